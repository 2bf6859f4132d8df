"""Frozen graphs of releases 0.1 to 0.4: their weights, and the network that those releases made of them.

Such a graph holds loops, slices and a beam search, and tells clients neither its alphabet nor its features. Nothing of
it is run: the weights are constants with known names, and what is computed with them follows from those names.
"""

import numpy as np

from ..errors import INVALID_SHAPE, MODEL_INCOMPATIBLE, ModelError
from .streaming import WholeListener
from .threads import ThreadChoice
from ..features.legacy import FEATURE_SETS, N_CONTEXT, N_FEATURES, RATE_HZ, STEP_SAMPLES, legacy_features
from ..formats.frozen_graph import relu_clip_of
from .lstm import block_lstm
from .operations import softmax

WINDOW_FRAMES = 2 * N_CONTEXT + 1
BOTH_DIRECTIONS = ('bidirectional_rnn/fw/basic_lstm_cell', 'bidirectional_rnn/bw/basic_lstm_cell')  # 0.1
ONE_DIRECTION = (('lstm_fused_cell',), ('rnn/lstm_cell',))  # 0.2-0.4; 0.4 for TensorFlow Lite
CELL_PARTS = (('kernel', 'bias'), ('weights', 'biases'))  # the second ones with TensorFlow 1.0 and 1.1
CELL = {'forget_bias': 1.0, 'cell_clip': -1.0}  # attributes of the operation; no clipping
BEAM_WIDTH = 500  # of those clients
RELU_CLIP = 20.0
BLOCK_STEPS = 3000  # the network's intermediate results are kept for a minute of audio


class LegacyNetwork:
    """The acoustic model in such a graph; it hears whole utterances.

    Attributes:
      alphabet: None, it is in a file of its own.
      rate_hz, step_samples, beam_width, n_classes: as in a Network.
    """

    alphabet = None
    rate_hz, step_samples, beam_width = RATE_HZ, STEP_SAMPLES, BEAM_WIDTH

    def __init__(self, nodes, n_threads):
        """Takes a list of Nodes. Raises ModelError if weights are missing or do not fit each other."""
        by_name = {node.name: node for node in nodes}
        scopes, parts = _cell_names(by_name)
        constants = {name: node.attributes['value'] for name, node in by_name.items()
                     if node.op == 'Const' and 'value' in node.attributes}
        self.n_classes, shapes = _shapes(constants, scopes, parts)
        _check(constants, shapes)
        self._dense = {layer: (constants[f'h{layer}'], constants[f'b{layer}']) for layer in (1, 2, 3, 5, 6)}
        self._cells = [tuple(constants[f'{scope}/{part}'] for part in parts) for scope in scopes]
        limit = relu_clip_of(nodes)
        self._relu_clip = np.float32(RELU_CLIP) if limit is None else limit
        self._feature_set = FEATURE_SETS[_feature_set(by_name, scopes)]
        self._threads = ThreadChoice(n_threads, sum(value.size for value in constants.values()))

    def listener(self):
        """Returns what takes an utterance in pieces and gives its probabilities when it is complete."""
        return WholeListener(self)

    def features(self, samples):
        """Returns float32 [steps + 18, 26], frames with their context, of int16 [n_samples]."""
        return legacy_features(samples, self._feature_set)

    def probabilities(self, frames):
        """Yields float32 [n, n_classes] for consecutive steps of an utterance.

        Args:
          frames: float32 [steps + 18, 26].
        """
        n_steps = len(frames) - 2 * N_CONTEXT
        blocks = [frames[start:start + BLOCK_STEPS + 2 * N_CONTEXT] for start in range(0, n_steps, BLOCK_STEPS)]
        state = self._zero_state
        for block, state_afterwards in zip(blocks, self._states_afterwards(blocks)):
            part, state = self._run(block, state, state_afterwards)
            yield part

    @property
    def _zero_state(self):
        n_cell = self._cells[0][1].size // 4
        return (np.zeros((1, n_cell), np.float32),) * 2

    def _states_afterwards(self, blocks):
        """Returns for each block the state in which the backward direction, which begins at the end, comes to it.

        So what is in between has to be computed twice for all blocks but the first one, and kept for one only.
        """
        if len(self._cells) == 1:
            return [None] * len(blocks)
        states = [self._zero_state]
        for block in blocks[:0:-1]:
            with self._threads.of_call(len(block)):
                _, state = self._hear(self._cells[1], self._below(block)[::-1], states[-1])
            states.append(state)
        return states[::-1]

    def _run(self, block, state, state_afterwards):
        """Returns (probabilities of the steps of a block, state of the forward direction at its end)."""
        with self._threads.of_call(len(block)):
            x = self._below(block)
            outputs, state = self._hear(self._cells[0], x, state)
            if len(self._cells) > 1:
                backward, _ = self._hear(self._cells[1], x[::-1], state_afterwards)
                outputs = np.concatenate([outputs, backward[::-1]], axis=1)
            return self._above(outputs), state

    def _below(self, frames):
        """Layers 1 to 3: float32 [n, width of layer 3] of n + 18 frames."""
        n_steps = len(frames) - 2 * N_CONTEXT
        windows = np.lib.stride_tricks.as_strided(frames, (n_steps, WINDOW_FRAMES * N_FEATURES), frames.strides,
                                                  writeable=False)
        return self._clipped(3, self._clipped(2, self._clipped(1, windows)))

    def _hear(self, cell, x, state):
        """One direction of the recurrent layer: (outputs float32 [n, cell], state at the end)."""
        kernel, bias = cell
        steps = np.int64(len(x))
        _, c, *_, h = block_lstm(CELL, steps, x[:, np.newaxis], *state, kernel, None, None, None, bias)
        return h[:, 0], (c[-1], h[-1])

    def _above(self, x):
        weights, bias = self._dense[6]
        return softmax(np.dot(self._clipped(5, x), weights) + bias)

    def _clipped(self, layer, x):
        weights, bias = self._dense[layer]
        return np.clip(np.dot(x, weights) + bias, 0, self._relu_clip)


def _cell_names(by_name):
    """Returns (scopes of the recurrent layer's cells, names of a cell's kernel and bias)."""
    for scopes in (BOTH_DIRECTIONS,) + ONE_DIRECTION:
        for parts in CELL_PARTS:
            if f'{scopes[0]}/{parts[0]}' in by_name:
                return scopes, parts
    raise ModelError(MODEL_INCOMPATIBLE, 'the weights of the recurrent layer are missing under all names that releases '
                                         '0.1 to 0.4 had for them; get the file again.')


def _shapes(constants, scopes, parts):
    """Returns (number of classes, {name: shape that a constant has to have})."""
    try:
        (n_hidden,), (n_classes,) = constants['b1'].shape, constants['b6'].shape
    except (KeyError, ValueError) as error:
        raise ModelError(INVALID_SHAPE, 'b1 and b6 do not say how wide the layers are; the file is damaged or no model '
                                        'for clients, get it again.') from error
    n_rnn = n_hidden * len(scopes)
    shapes = {}
    for layer, n_in, n_out in ((1, WINDOW_FRAMES * N_FEATURES, n_hidden), (2, n_hidden, n_hidden), (3, n_hidden, n_rnn),
                               (5, n_rnn, n_hidden), (6, n_hidden, n_classes)):
        shapes[f'h{layer}'], shapes[f'b{layer}'] = (n_in, n_out), (n_out,)
    for scope in scopes:
        shapes[f'{scope}/{parts[0]}'], shapes[f'{scope}/{parts[1]}'] = (n_rnn + n_hidden, 4 * n_hidden), (4 * n_hidden,)
    return n_classes, shapes


def _check(constants, shapes):
    """Raises ModelError unless all constants in `shapes` are there and have these shapes."""
    for name, shape in shapes.items():
        if name not in constants:
            raise ModelError(MODEL_INCOMPATIBLE, f'the constant {name} is missing; pass a frozen graph, which '
                                                 f'--export_dir of that release wrote.')
        value = constants[name]
        if value.shape != shape or value.dtype != np.float32:
            raise ModelError(INVALID_SHAPE, f'{name} is {value.dtype} {value.shape}, but the other layers need float32 '
                                            f'{shape}; the file is damaged, get it again.')


def _feature_set(by_name, scopes):
    """Returns the name of the features that a model was trained with; of 0.4 on, `logits` are probabilities."""
    if scopes == BOTH_DIRECTIONS:
        return 'v0.1'
    logits = by_name.get('logits')
    return 'v0.4' if (logits and logits.op == 'Softmax') or scopes == ONE_DIRECTION[1] else 'v0.2'
