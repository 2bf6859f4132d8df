"""Acoustic models of releases from 0.5 on: samples and windows of frames in, probabilities of labels out.

The names of nodes and their meanings are those of graph version 6, of DeepSpeech 0.7 to 0.9.3.
"""

import errno
from typing import Any, Callable, List, Tuple, Union

import numpy as np
from deepspeech.errors import (
    FAIL_CREATE_SESS,
    FAIL_INIT_MMAP,
    FAIL_READ_PROTOBUF,
    FAIL_RUN_SESS,
    INVALID_SHAPE,
    MODEL_INCOMPATIBLE,
    ModelError,
)
from deepspeech.formats.frozen_graph import map_file, read_graph
from deepspeech.formats.tflite import is_tflite, read_tflite
from deepspeech.formats.tflite_schema import VERSION_WITH_LENGTHS

from .graph import Graph
from .legacy_network import LegacyNetwork
from .operations import TFLITE_OPERATIONS
from .streaming import Listener

GRAPH_VERSION = 6
MAX_RATE_HZ = 1000000
MAX_BEAM_WIDTH = 1 << 14  # that a model may suggest; 500 is usual
MAX_INPUTS = 1 << 24  # numbers in an input of the network; 500 windows of 19 frames have 1 / 60 of that

State = Tuple[np.ndarray, np.ndarray]  # c and h, float32 [batch, cell]


def open_network(path: str) -> 'Union[Network, LegacyNetwork]':
    """Returns the Network in a model file, or the LegacyNetwork if it is of a release before 0.5.

    Args:
      path: of a `.pb`, `.pbmm` or `.tflite` file.
    Raises:
      ModelError: names the cause; the code is the published client's for it.
    """
    try:
        data = map_file(path)
    except (OSError, ValueError) as error:
        code = FAIL_INIT_MMAP if path.endswith(('.pbmm', '.tflite')) else FAIL_READ_PROTOBUF
        reason = getattr(error, 'strerror', None) or 'it is empty'
        if getattr(error, 'errno', None) == errno.EISDIR:
            code = MODEL_INCOMPATIBLE
        raise ModelError(code, f'{path} cannot be read ({reason}); pass the path of an exported model.') from error
    try:
        return _read(data)
    except ModelError as error:
        raise ModelError(error.code, f'{path}: {error.detail}') from error
    except (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError) as error:
        # A damaged file may lack what readers take for granted, a constant of two axes for instance.
        raise ModelError(FAIL_CREATE_SESS, f'{path}: its parts do not fit each other ({error!r}); the file is damaged, get it '
                                           f'again.') from error


def _read(data: memoryview) -> 'Union[Network, LegacyNetwork]':
    """Returns the model in a file of any format; the content decides, not the name."""
    if is_tflite(data):
        return Network(Graph(read_tflite(data), TFLITE_OPERATIONS))
    nodes = read_graph(data)
    names = {node.name for node in nodes}
    if 'metadata_version' not in names and {'h1', 'h6'} <= names:  # of a release before 0.5
        return LegacyNetwork(nodes)
    return Network(Graph(nodes))


def _acoustic_function(graph: Graph) -> Callable[..., List[np.ndarray]]:
    """Returns a function (batch, lengths, c, h) -> [probabilities, c, h]."""
    outputs = ['logits', 'new_state_c', 'new_state_h']
    if 'input_lengths' in graph.nodes:
        return graph.function(['input_node', 'input_lengths', 'previous_state_c', 'previous_state_h'], outputs)
    run = graph.function(['input_node', 'previous_state_c', 'previous_state_h'], outputs)
    return lambda batch, lengths, c, h: run(batch, c, h)  # models of TensorFlow Lite always run all steps


class Network:
    """The functions of an acoustic model.

    Attributes:
      alphabet: serialised, bytes.
      rate_hz: of the audio it was trained with.
      window_samples, step_samples: of one frame of features.
      beam_width: suggested for decoding.
      n_features: values in a frame.
      n_context: frames on each side of the current one in a window.
      n_steps: frames per call.
      n_classes: labels and the blank.
    Raises:
      ModelError: the graph is not such a model, or its parts do not fit each other.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        version = self._number('metadata_version')
        takes_lengths = version == VERSION_WITH_LENGTHS and 'input_lengths' in graph.nodes
        if version != GRAPH_VERSION and not takes_lengths:
            raise ModelError(MODEL_INCOMPATIBLE, f'graph version {version}, but {GRAPH_VERSION} is needed; export the model '
                                                 f'anew from its checkpoint, or with --initialize_from_frozen_model.')
        self.rate_hz = self._number('metadata_sample_rate')
        self.window_samples, self.step_samples = (
            int(self.rate_hz * (self._number(f'metadata_feature_win_{name}') / 1000)) for name in ('len', 'step'))
        self.beam_width = self._number('metadata_beam_width')
        if not (0 < self.rate_hz <= MAX_RATE_HZ and 0 < self.step_samples <= self.window_samples <= MAX_RATE_HZ
                and 0 < self.beam_width <= MAX_BEAM_WIDTH):
            raise ModelError(MODEL_INCOMPATIBLE, f'windows of {self.window_samples} samples, {self.step_samples} apart, at '
                                                 f'{self.rate_hz} Hz and a beam of {self.beam_width} make no sense.')
        (self.alphabet,) = self._constant('metadata_alphabet')
        self._n_batch, self.n_steps, n_windowed, self.n_features = self._sizes('input_node', 4)
        self.n_context = n_windowed // 2
        if n_windowed % 2 == 0:
            raise ModelError(INVALID_SHAPE, f'input_node takes windows of {n_windowed} frames; an odd number of them is '
                                            f'needed.')
        self._state_sizes = [self._sizes(f'previous_state_{name}', 2) for name in 'ch']
        self._features = graph.function(['input_samples'], ['mfccs'])
        self._features_of_many = self._takes_several_windows()
        self._run = _acoustic_function(graph)
        self._check_features()
        self.n_classes = self._count_classes()

    @property
    def zero_state(self) -> State:
        """The state at the beginning of an utterance."""
        c_sizes, h_sizes = self._state_sizes
        return np.zeros(c_sizes, np.float32), np.zeros(h_sizes, np.float32)

    def listener(self) -> Listener:
        """Returns a Listener for one utterance."""
        return Listener(self)

    def features(self, samples: np.ndarray) -> np.ndarray:
        """Returns the frames of samples.

        Args:
          samples: float32 [window_samples + (n - 1) * step_samples], in [-1, 1).
        Returns:
          float32 [n, n_features].
        """
        if self._features_of_many:
            return self._features(samples)[0].reshape(-1, self.n_features)
        starts = range(0, len(samples) - self.window_samples + 1, self.step_samples)
        return np.concatenate([self._features(samples[start:start + self.window_samples])[0].reshape(1, -1)
                               for start in starts])

    def probabilities(self, windows: np.ndarray, state: State) -> Tuple[np.ndarray, State]:
        """Runs the network over consecutive windows of frames.

        Args:
          windows: float32 [n, 2 * n_context + 1, n_features], at least one.
          state: returned by the previous call, or `zero_state`.
        Returns:
          (float32 [n, n_classes], new state).
        """
        parts = []
        for start in range(0, len(windows), self.n_steps):
            part, state = self._call(windows[start:start + self.n_steps], state)
            parts.append(part)
        return np.concatenate(parts), state

    def _call(self, windows: np.ndarray, state: State) -> Tuple[np.ndarray, State]:
        """Runs the network over the windows of a call, padded with zeros to a whole one."""
        n_valid, n_steps = len(windows), self.n_steps
        batch = np.zeros((self._n_batch, n_steps) + windows.shape[1:], np.float32)
        batch[0, :n_valid] = windows  # the rest of the batch is not used
        lengths = np.full(self._n_batch, n_valid, np.int32)
        with np.errstate(all='ignore'):  # `_check` finds what is not finite
            probabilities, c, h = self._run(batch, lengths, *state)
        self._check(probabilities, n_steps, c, h)
        return probabilities.reshape(n_steps, self._n_batch, -1)[:n_valid, 0], (c, h)

    def _check(self, probabilities: np.ndarray, n_steps: int, c: np.ndarray, h: np.ndarray) -> None:
        """Raises ModelError for results of other shapes or without finite numbers: only now they show a damaged file."""
        if probabilities.size != n_steps * self._n_batch * self.n_classes:
            raise ModelError(FAIL_RUN_SESS, f'logits has the shape {probabilities.shape}, but there are {n_steps} steps and '
                                            f'{self.n_classes} classes; the file is damaged, get it again.')
        if not np.all(np.isfinite(probabilities)):
            raise ModelError(FAIL_RUN_SESS, 'logits gives something else than numbers; the weights are damaged, get the file '
                                            'again.')
        if [c.shape, h.shape] != self._state_sizes:
            raise ModelError(FAIL_RUN_SESS, f'the states come out as {c.shape} and {h.shape}, but go in as '
                                            f'{self._state_sizes}; the file is damaged, get it again.')

    def _takes_several_windows(self) -> bool:
        """Returns whether one run computes the features of several overlapping windows from their samples.

        It does if the samples are the direct input of a spectrogram with the client's window and step, and the nodes after it
        take more than one frame.
        """
        needed = [self._graph.nodes[name] for name in self._graph.in_order(['mfccs'])]
        if not all(node.attributes.get('window_size') == self.window_samples
                   and node.attributes.get('stride') == self.step_samples
                   and self._only_reshaped(node.inputs[0][0])
                   for node in needed if node.op == 'AudioSpectrogram'):
            return False
        try:
            features = self._features(np.zeros(self.window_samples + self.step_samples, np.float32))[0]
        except ModelError:
            return False
        return features.size == 2 * self.n_features

    def _only_reshaped(self, name: str) -> bool:
        """Returns whether a node is `input_samples`, possibly reshaped."""
        while self._graph.nodes[name].op in ('ExpandDims', 'Identity'):
            name = self._graph.nodes[name].inputs[0][0]
        return name == 'input_samples'

    def _check_features(self) -> None:
        """Raises ModelError unless a window has as many features as the network takes."""
        features = self._features(np.zeros(self.window_samples, np.float32))[0]
        if features.size != self.n_features:
            raise ModelError(INVALID_SHAPE, f'mfccs gives {features.size} values, input_node takes {self.n_features}.')

    def _count_classes(self) -> int:
        """Returns the number of classes in `logits`.

        It is the size of the last layer's bias. Only without a bias the network is run, because that reads all weights, which
        takes longer than all the rest of opening a model.
        """
        name = 'logits'
        while self._graph.nodes[name].op in ('Softmax', 'Reshape', 'Squeeze', 'Identity'):
            name = self._graph.nodes[name].inputs[0][0]
        node = self._graph.nodes[name]
        bias = self._graph.nodes[node.inputs[1][0]] if node.op == 'BiasAdd' else node
        while bias.op == 'Identity':
            bias = self._graph.nodes[bias.inputs[0][0]]
        if bias.op == 'Const' and bias.attributes['value'].size > 1:
            return bias.attributes['value'].size
        batch = np.zeros((self._n_batch, self.n_steps, 2 * self.n_context + 1, self.n_features), np.float32)
        return self._run(batch, np.ones(self._n_batch, np.int32), *self.zero_state)[0].shape[-1]

    def _constant(self, name: str) -> np.ndarray:
        """Returns a constant of one value, [1]."""
        if name not in self._graph.nodes:
            raise ModelError(MODEL_INCOMPATIBLE, f'{name} is missing; this is not a model for clients of 0.7 to 0.9. Export '
                                                 f'it anew from its checkpoint, or with --initialize_from_frozen_model.')
        (values,) = self._graph.function([], [name])()
        if values.size != 1:
            raise ModelError(MODEL_INCOMPATIBLE, f'{name} has {values.size} values instead of one.')
        return values.reshape(-1)

    def _number(self, name: str) -> int:
        (value,) = self._constant(name)
        if not isinstance(value, np.integer):
            raise ModelError(MODEL_INCOMPATIBLE, f'{name} is {value!r} and not a number.')
        return int(value)

    def _sizes(self, name: str, n_axes: int) -> Tuple[int, ...]:
        """Returns the static sizes of an input."""
        node = self._graph.nodes.get(name)
        sizes: Any = node.attributes.get('shape') if node else None
        is_usable = isinstance(sizes, tuple) and len(sizes) == n_axes and min(sizes) > 0
        if not is_usable or np.prod(sizes, dtype=float) > MAX_INPUTS:
            raise ModelError(INVALID_SHAPE, f'{name} has the sizes {sizes if node else "of nothing: it is missing"}; '
                                            f'{n_axes} known ones, not too large, are needed. Export the model anew with '
                                            f'--export_dir.')
        return sizes
