"""The inference model as a TensorFlow Lite file, the same for every TensorFlow: none takes part.

Names, order and shapes are those the published client expects. It feeds no lengths: in a call with fewer frames than
the file's, what is left of earlier frames follows them, and the client drops what comes of it. So only models that go
forward can be told apart from their future; others need a graph (.pb).
"""

from typing import List, Optional, Sequence, Tuple, Union

import numpy as np
from deepspeech.features.mfcc import LOWEST_HZ, N_BANDS
from deepspeech.formats.flexbuffer import flexbuffer

from ..errors import ExportError
from ..model.acoustic import NORM_EPSILON
from ..model.recurrent import GATES
from ..model.variables import AcousticWeights
from ..settings.features import N_INPUT, WINDOW_FRAMES, FeatureConfig
from ..settings.model import ModelConfig
from .feature_matrices import FeatureMatrices, feature_matrices
from .metadata import ExportSpec
from .tflite_file import FLOAT32, INT32, STRING, Tensor, TfliteFile

RELU = np.int8(1)  # ActivationFunctionType
QUANTIZED_FROM = 1024  # weights; smaller matrices are not worth the loss of accuracy


def tflite_model(spec: ExportSpec, weights: AcousticWeights, quantize: bool) -> bytes:
    """Returns the content of a .tflite file.

    Args:
      spec: what it is to be.
      weights: arrays, from `trained_weights`.
      quantize: whether matrices are stored as 8-bit numbers; runtimes then round what is multiplied with them, too.
    Raises:
      ExportError: files of this kind cannot hold such a model.
    """
    check_tflite(spec.model, spec.features, spec.batch_size)
    network = _Network(spec.model, weights, quantize)
    width = [1, spec.model.n_cell]
    inputs = [network.file.tensor([1, spec.n_steps, WINDOW_FRAMES, N_INPUT], 'input_node'),
              network.file.tensor(width, 'previous_state_c'), network.file.tensor(width, 'previous_state_h'),
              network.file.tensor([spec.features.window_samples], 'input_samples')]
    windows, c, h, samples = inputs
    outputs = network.acoustic(windows, c, h)
    outputs.append(network.features(samples, spec.features))
    outputs += [network.metadata(name, value) for name, value in spec.metadata.items()]
    return network.file.content(inputs, outputs)


def check_tflite(model: ModelConfig, features: FeatureConfig, batch_size: int) -> None:
    """Raises ExportError for a model that such files cannot hold."""
    remedy = 'export a graph (.pb), without --export_tflite.'
    if model.bidirectional:
        raise ExportError(f'--rnn_direction bidirectional: TensorFlow Lite clients do not say where a recording ends, '
                          f'so its backward direction would begin in earlier audio; train with '
                          f'--rnn_direction unidirectional, or {remedy}')
    if features.whitened:
        raise ExportError(f'--feature_set {features.feature_set}: TensorFlow Lite clients do not say where a recording '
                          f'ends, so its mean and deviation cannot be known; {remedy}')
    if batch_size != 1:
        raise ExportError(f'--export_batch_size {batch_size}: TensorFlow Lite files take one utterance per '
                          f'call; leave the flag out or {remedy}')


class _Network:
    """The parts of a model, added to `file`. Letters in comments: T steps, H width."""

    def __init__(self, config: ModelConfig, weights: AcousticWeights, quantize: bool) -> None:
        self.file = TfliteFile()
        self._config, self._weights, self._quantize = config, weights, quantize
        self._clip = self.file.constant(np.float32(config.relu_clip))
        self._last_axis = self.file.constant(np.int32(1))
        if config.layer_norm:
            self._epsilon = self.file.constant(np.float32(NORM_EPSILON))

    def acoustic(self, windows: Tensor, c: Tensor, h: Tensor) -> List[Tensor]:
        """Adds the network; returns its probabilities and its state, c and h, after the last step."""
        x = windows
        for layer in (1, 2, 3):
            x = self._activated(layer, x)
        x, c, h = self._lstm(x, c, h)
        scores = self._dense(6, self._activated(5, x))
        probabilities = self.file.tensor(scores.shape, 'logits')
        self.file.apply('SOFTMAX', [scores], [probabilities], {0: np.float32(1)})
        return [probabilities, c, h]

    def features(self, samples: Tensor, config: FeatureConfig) -> Tensor:
        """Adds the features of a window, the current ones by operators that bear TensorFlow's names."""
        if config.legacy:
            return self._legacy_features(samples, feature_matrices(config))
        n_window, = samples.shape
        n_bins = 1 + 2 ** (n_window - 1).bit_length() // 2
        spectrogram = self.file.tensor([1, 1, n_bins])
        self.file.apply('AudioSpectrogram', [self._reshaped(samples, [n_window, 1])], [spectrogram], flexbuffer({
            'window_size': n_window, 'stride': config.step_samples, 'magnitude_squared': True}))
        coefficients = self.file.tensor([1, 1, N_INPUT])
        rate_hz = self.file.constant(np.int32(config.rate_hz))
        self.file.apply('Mfcc', [spectrogram, rate_hz], [coefficients], flexbuffer({
            'upper_frequency_limit': config.upper_hz, 'lower_frequency_limit': float(LOWEST_HZ),
            'filterbank_channel_count': N_BANDS, 'dct_coefficient_count': N_INPUT}))
        mfccs = self.file.tensor([1, N_INPUT], 'mfccs')
        self._reshape(coefficients, mfccs, [-1, N_INPUT])  # so it serves any number of windows, too
        return mfccs

    def _legacy_features(self, samples: Tensor, matrices: FeatureMatrices) -> Tensor:
        """Adds features as products with FeatureMatrices, whose precision they need."""
        def product(x, matrix, name=''):
            return self._product(x, self.file.constant(matrix.T.astype(np.float32)), name=name)

        waves = product(self._reshaped(samples, [1] + samples.shape), matrices.spectrum)
        bands = np.concatenate([matrices.bands] * 2)  # both parts of a wave count alike
        energies = product(self._binary('MUL', waves, waves), bands)
        energies = self._binary('MAXIMUM', energies, self.file.constant(np.float32(matrices.floor)))
        return product(self._unary('LOG', energies), matrices.transform, 'mfccs')

    def metadata(self, name: str, value: Union[int, bytes]) -> Tensor:
        """Adds an int or bytes. Clients run the operator that gives it: a mere constant they would not find."""
        if isinstance(value, int):
            return self._reshaped(self.file.constant(np.array([value], np.int32), f'{name}_copy'), [1], name, INT32)
        return self._reshaped(self.file.string(value, f'{name}_copy'), [1], name, STRING)

    def _lstm(self, x: Tensor, c: Tensor, h: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        """Unrolls the recurrent layer; see model/lstm.py. The share of its input is one product for all steps."""
        (cell,) = self._weights.cells
        n_steps, n_inputs = x.shape
        of_input = self._matrix(cell.kernel[:n_inputs])
        recurrent = self._matrix(cell.kernel[n_inputs:])
        bias = self.file.constant(cell.bias)
        heard = self._split(self._product(x, of_input, bias), n_steps, axis=0)  # T times [1, 4 H]
        outputs = []
        for step in range(n_steps):
            last = step == n_steps - 1
            z = self._binary('ADD', heard[step], self._product(h, recurrent))
            i, candidate, f, o = self._split(z, len(GATES), axis=1)
            kept = self._binary('MUL', self._unary('LOGISTIC', f), c)
            new = self._binary('MUL', self._unary('LOGISTIC', i), self._unary('TANH', candidate))
            c = self._binary('ADD', kept, new, 'new_state_c' if last else '')
            h = self._binary('MUL', self._unary('LOGISTIC', o), self._unary('TANH', c), 'new_state_h' if last else '')
            outputs.append(h)
        joined = self.file.tensor([n_steps, h.shape[1]])
        self.file.apply('CONCATENATION', outputs, [joined], {0: np.int32(0)})
        return joined, c, h

    def _activated(self, layer: int, x: Tensor) -> Tensor:
        """A dense layer with clipped ReLU and, where the model has it, layer normalisation."""
        x = self._binary('MINIMUM', self._dense(layer, x, RELU), self._clip)
        if not self._config.layer_norm:
            return x
        norm = self._weights.norms[layer]
        mean = self._mean(x)
        variance = self._mean(self._binary('SQUARED_DIFFERENCE', x, mean))
        scale = self._unary('RSQRT', self._binary('ADD', variance, self._epsilon))
        x = self._binary('MUL', self._binary('SUB', x, mean), scale)
        x = self._binary('MUL', x, self.file.constant(norm.gamma))
        return self._binary('ADD', x, self.file.constant(norm.beta))

    def _dense(self, layer: int, x: Tensor, activation: np.int8 = np.int8(0)) -> Tensor:
        dense = self._weights.dense[layer]
        return self._product(x, self._matrix(dense.weights), self.file.constant(dense.bias), activation)

    def _product(self, x: Tensor, matrix: Tensor, bias: Optional[Tensor] = None, activation: np.int8 = np.int8(0),
                 name: str = '') -> Tensor:
        """Adds x matrix' + bias; axes of `x` before the matrix' width become one."""
        n_outputs, n_inputs = matrix.shape
        y = self.file.tensor([int(np.prod(x.shape)) // n_inputs, n_outputs], name)
        self.file.apply('FULLY_CONNECTED', [x, matrix] if bias is None else [x, matrix, bias], [y], {0: activation})
        return y

    def _matrix(self, values: np.ndarray) -> Tensor:
        """Adds [inputs, outputs] weights, transposed as runtimes want them."""
        values = np.ascontiguousarray(values.T)
        if self._quantize and values.size >= QUANTIZED_FROM:
            return self.file.quantized(values)
        return self.file.constant(values)

    def _mean(self, x: Tensor) -> Tensor:
        y = self.file.tensor([x.shape[0], 1])
        self.file.apply('MEAN', [x, self._last_axis], [y], {0: np.bool_(True)})
        return y

    def _split(self, x: Tensor, n_parts: int, axis: int) -> List[Tensor]:
        shape = list(x.shape)
        shape[axis] //= n_parts
        parts = [self.file.tensor(shape) for _ in range(n_parts)]
        self.file.apply('SPLIT', [self.file.constant(np.int32(axis)), x], parts, {0: np.int32(n_parts)})
        return parts

    def _reshaped(self, x: Tensor, shape: Sequence[int], name: str = '', dtype: int = FLOAT32) -> Tensor:
        y = self.file.tensor(shape, name, dtype)
        self._reshape(x, y, shape)
        return y

    def _reshape(self, x: Tensor, y: Tensor, shape: Sequence[int]) -> None:
        sizes = np.array(shape, np.int32)
        self.file.apply('RESHAPE', [x, self.file.constant(sizes)], [y], {0: sizes})

    def _unary(self, operator: str, x: Tensor) -> Tensor:
        y = self.file.tensor(x.shape)
        self.file.apply(operator, [x], [y])
        return y

    def _binary(self, operator: str, left: Tensor, right: Tensor, name: str = '') -> Tensor:
        y = self.file.tensor(left.shape, name)
        self.file.apply(operator, [left, right], [y])
        return y
