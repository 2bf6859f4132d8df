"""The inference model as a TensorFlow Lite file, the same for every TensorFlow: none takes part.

Names, order and shapes are those the published client expects. It feeds no lengths: in a call with fewer frames than
the file's, what is left of earlier frames follows them, and the client drops what comes of it. Models that hear backward, or
take the mean of an utterance, would hear these frames. Their files have a further input, `input_lengths` int32 [1], and a
version that clients refuse which do not give it; this project's client and plain runtimes do.
"""

from typing import List, Optional, Union

import numpy as np
from deepspeech.formats.flexbuffer import flexbuffer
from deepspeech.formats.tflite_schema import VERSION_WITH_LENGTHS

from ..errors import ExportError
from ..features.mel import LOWEST_HZ, N_BANDS
from ..model.acoustic import NORM_EPSILON
from ..model.variables import AcousticWeights
from ..settings.features import N_INPUT, WINDOW_FRAMES, FeatureConfig
from ..settings.model import ModelConfig
from .feature_matrices import FeatureMatrices, feature_matrices
from .metadata import ExportSpec
from .tflite_file import INT32, STRING, Tensor, TfliteFile
from .tflite_layers import NO_ACTIVATION, RELU, TfliteLayers
from .tflite_recurrent import direction, looped, written_out


def tflite_model(spec: ExportSpec, weights: AcousticWeights, quantize: bool) -> bytes:
    """Returns the content of a .tflite file.

    Args:
      spec: what it is to be.
      weights: arrays, from `trained_weights`.
      quantize: whether matrices are stored as 8-bit numbers; runtimes then round what is multiplied with them, too.
    Raises:
      ExportError: files of this kind cannot hold such a model.
    """
    check_tflite(spec.batch_size)
    file = TfliteFile()
    network = _Network(file, spec.model, weights, quantize)
    graph, width = network.graph, [1, spec.model.n_cell]
    inputs = [graph.tensor([1, spec.n_steps, WINDOW_FRAMES, N_INPUT], 'input_node'),
              graph.tensor(width, 'previous_state_c'), graph.tensor(width, 'previous_state_h'),
              graph.tensor([spec.features.window_samples], 'input_samples')]
    windows, c, h, samples = inputs
    lengths, metadata = None, spec.metadata
    if spec.needs_whole_utterances:
        lengths = graph.tensor([1], 'input_lengths', INT32)
        inputs.append(lengths)
        metadata = dict(metadata, metadata_version=VERSION_WITH_LENGTHS)
        if spec.features.whitened:
            windows = network.whitened(windows, lengths)
    outputs = network.acoustic(windows, lengths, c, h)
    outputs.append(network.features(samples, spec.features))
    outputs += [network.metadata(name, value) for name, value in metadata.items()]
    graph.inputs, graph.outputs = inputs, outputs
    return file.content()


def check_tflite(batch_size: int) -> None:
    """Raises ExportError for a model that such files cannot hold."""
    if batch_size != 1:
        raise ExportError(f'--export_batch_size {batch_size}: TensorFlow Lite files take one utterance per call; leave the '
                          f'flag out, or export a graph (.pb), without --export_tflite.')


class _Network(TfliteLayers):
    """The parts of a model, added to a new graph of `file`. Letters in comments: T steps, H width."""

    def __init__(self, file: TfliteFile, config: ModelConfig, weights: AcousticWeights, quantize: bool) -> None:
        super().__init__(file.graph(), quantize)
        self._file, self._config, self._weights = file, config, weights
        self._clip = self.graph.constant(np.float32(config.relu_clip))
        self._last_axis = self.graph.constant(np.int32(1))
        if config.layer_norm:
            self._epsilon = self.graph.constant(np.float32(NORM_EPSILON))

    def whitened(self, windows: Tensor, lengths: Tensor) -> Tensor:
        """Adds what `legacy_features.whitened` does: mean 0 and deviation 1 over the valid steps of the utterance."""
        n_steps = windows.shape[1]
        one, none = (self.graph.constant(np.float32(limit)) for limit in (1, 0))
        n_valid = self.graph.tensor([1])
        self.graph.apply('CAST', [lengths], [n_valid], {0: np.int8(INT32), 1: np.int8(0)})
        steps = self.graph.constant(np.arange(n_steps, dtype=np.float32).reshape(1, n_steps, 1, 1))
        left = self.binary('SUB', n_valid, steps)
        is_valid = self.binary('MINIMUM', self.binary('MAXIMUM', left, none), one)
        root = self.unary('RSQRT', n_valid)
        share = self.binary('MUL', self.binary('MUL', root, root), self.graph.constant(np.float32(n_steps)))

        axes = self.graph.constant(np.array([1, 2, 3], np.int32))

        def mean(x: Tensor) -> Tensor:
            return self.binary('MUL', self.mean(self.binary('MUL', x, is_valid), axes, n_axes=3), share)

        centre = mean(windows)
        deviation = self.unary('RSQRT', mean(self.binary('SQUARED_DIFFERENCE', windows, centre)))
        return self.binary('MUL', self.binary('SUB', windows, centre), deviation)

    def acoustic(self, windows: Tensor, lengths: Optional[Tensor], c: Tensor, h: Tensor) -> List[Tensor]:
        """Adds the network; returns its probabilities and the state of its forward direction, c and h, after the last step.

        Only a backward direction looks at `lengths`: it begins at the end of the recording, or of the call.
        """
        x = windows
        for layer in (1, 2, 3):
            x = self._activated(layer, x)
        x, c, h = self._recurrent(x, lengths, c, h)
        scores = self._dense(6, self._activated(5, x))
        probabilities = self.graph.tensor(scores.shape, 'logits')
        self.graph.apply('SOFTMAX', [scores], [probabilities], {0: np.float32(1)})
        return [probabilities, c, h]

    def features(self, samples: Tensor, config: FeatureConfig) -> Tensor:
        """Adds the features of a window, the current ones by operators that bear TensorFlow's names."""
        if config.legacy:
            return self._legacy_features(samples, feature_matrices(config))
        n_window, = samples.shape
        n_bins = 1 + 2 ** (n_window - 1).bit_length() // 2
        spectrogram = self.graph.tensor([1, 1, n_bins])
        self.graph.apply('AudioSpectrogram', [self.reshaped(samples, [n_window, 1])], [spectrogram], flexbuffer({
            'window_size': n_window, 'stride': config.step_samples, 'magnitude_squared': True}))
        coefficients = self.graph.tensor([1, 1, N_INPUT])
        rate_hz = self.graph.constant(np.int32(config.rate_hz))
        self.graph.apply('Mfcc', [spectrogram, rate_hz], [coefficients], flexbuffer({
            'upper_frequency_limit': config.upper_hz, 'lower_frequency_limit': float(LOWEST_HZ),
            'filterbank_channel_count': N_BANDS, 'dct_coefficient_count': N_INPUT}))
        mfccs = self.graph.tensor([1, N_INPUT], 'mfccs')
        self.reshape(coefficients, mfccs, [-1, N_INPUT])  # so it serves any number of windows, too
        return mfccs

    def _legacy_features(self, samples: Tensor, matrices: FeatureMatrices) -> Tensor:
        """Adds features as products with FeatureMatrices, whose precision they need."""
        def product(x, matrix, name=''):
            return self.product(x, self.graph.constant(matrix.T.astype(np.float32)), name=name)

        waves = product(self.reshaped(samples, [1] + samples.shape), matrices.spectrum)
        bands = np.concatenate([matrices.bands] * 2)  # both parts of a wave count alike
        energies = product(self.binary('MUL', waves, waves), bands)
        energies = self.binary('MAXIMUM', energies, self.graph.constant(np.float32(matrices.floor)))
        return product(self.unary('LOG', energies), matrices.transform, 'mfccs')

    def metadata(self, name: str, value: Union[int, bytes]) -> Tensor:
        """Adds an int or bytes. Clients run the operator that gives it: a mere constant they would not find."""
        if isinstance(value, int):
            return self.reshaped(self.graph.constant(np.array([value], np.int32), f'{name}_copy'), [1], name, INT32)
        return self.reshaped(self.graph.string(value, f'{name}_copy'), [1], name, STRING)

    def _recurrent(self, x: Tensor, lengths: Optional[Tensor], c: Tensor, h: Tensor) -> List[Tensor]:
        """Adds the recurrent layer over x [T, n]; returns its outputs, and c and h of the forward direction."""
        names = 'new_state_c', 'new_state_h'
        forward = direction(self, x, self._weights.cells[0], c, h)
        if lengths is None:
            return written_out(self, forward, names)
        outputs, c, h = looped(self._file, self, forward, lengths, names)
        if not self._config.bidirectional:
            return [outputs, c, h]
        zeros = self.graph.constant(np.zeros([1, self._config.n_cell], np.float32))
        backward = direction(self, self._reversed(x, lengths), self._weights.cells[1], zeros, zeros)
        heard_backward, _, _ = looped(self._file, self, backward, lengths)
        return [self.joined([outputs, self._reversed(heard_backward, lengths)], axis=1), c, h]

    def _reversed(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Adds x [T, n] with its valid steps in reverse order; what follows them stays behind them."""
        n_steps, width = x.shape
        of_batch = self.reshaped(x, [n_steps, 1, width])
        y = self.graph.tensor(of_batch.shape)
        self.graph.apply('REVERSE_SEQUENCE', [of_batch, lengths], [y], {0: np.int32(0), 1: np.int32(1)})
        return self.reshaped(y, [n_steps, width])

    def _activated(self, layer: int, x: Tensor) -> Tensor:
        """A dense layer with clipped ReLU and, where the model has it, layer normalisation."""
        x = self.binary('MINIMUM', self._dense(layer, x, RELU), self._clip)
        if not self._config.layer_norm:
            return x
        norm = self._weights.norms[layer]
        mean = self.mean(x, self._last_axis)
        variance = self.mean(self.binary('SQUARED_DIFFERENCE', x, mean), self._last_axis)
        scale = self.unary('RSQRT', self.binary('ADD', variance, self._epsilon))
        x = self.binary('MUL', self.binary('SUB', x, mean), scale)
        x = self.binary('MUL', x, self.graph.constant(norm.gamma))
        return self.binary('ADD', x, self.graph.constant(norm.beta))

    def _dense(self, layer: int, x: Tensor, activation: np.int8 = NO_ACTIVATION) -> Tensor:
        dense = self._weights.dense[layer]
        return self.product(x, self.matrix(dense.weights), self.graph.constant(dense.bias), activation)
