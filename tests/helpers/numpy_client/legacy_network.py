"""Networks of releases 0.1 to 0.4, computed from the weights in their frozen graphs.

Such a graph has loops, slices and a beam search, but neither an alphabet nor the settings of its features. It is not run: the
weights are constants with known names, and the names tell the release and so the network and its features.
"""

from typing import Dict, Iterator, Mapping, Optional, Sequence, Tuple

import numpy as np
from deepspeech.errors import INVALID_SHAPE, MODEL_INCOMPATIBLE, ModelError
from deepspeech.formats.frozen_graph import relu_clip_of
from deepspeech.formats.nodes import Node

from .legacy_features import FEATURE_SETS, N_CONTEXT, N_FEATURES, RATE_HZ, STEP_SAMPLES, legacy_features
from .lstm import block_lstm
from .operations import in_double, softmax
from .streaming import WholeListener

WINDOW_FRAMES = 2 * N_CONTEXT + 1
BOTH_DIRECTIONS = ('bidirectional_rnn/fw/basic_lstm_cell', 'bidirectional_rnn/bw/basic_lstm_cell')  # 0.1
ONE_DIRECTION = (('lstm_fused_cell',), ('rnn/lstm_cell',))  # 0.2-0.4; 0.4 for TensorFlow Lite
CELL_PARTS = (('kernel', 'bias'), ('weights', 'biases'))  # the second ones with TensorFlow 1.0 and 1.1
CELL = {'forget_bias': 1.0, 'cell_clip': -1.0}  # attributes of the operation; no clipping
BEAM_WIDTH = 500  # of those clients
RELU_CLIP = 20.0
BLOCK_STEPS = 3000  # computed together, a minute of audio; bounds the memory for intermediate results

State = Tuple[np.ndarray, np.ndarray]  # c and h of one direction, float32 [1, cell]
Cell = Tuple[np.ndarray, np.ndarray]  # kernel and bias of one direction


class LegacyNetwork:
    """The acoustic model in such a graph; it takes whole utterances.

    Attributes:
      alphabet: None, because it is in a file of its own.
      rate_hz, step_samples, beam_width, n_classes: as in a Network.
    Raises:
      ModelError: weights are missing or do not fit each other.
    """

    alphabet = None
    rate_hz, step_samples, beam_width = RATE_HZ, STEP_SAMPLES, BEAM_WIDTH

    def __init__(self, nodes: Sequence[Node]) -> None:
        by_name = {node.name: node for node in nodes}
        scopes, parts = _cell_names(by_name)
        constants = {name: node.attributes['value'] for name, node in by_name.items()
                     if node.op == 'Const' and 'value' in node.attributes}
        self.n_classes, shapes = _shapes(constants, scopes, parts)
        _check(constants, shapes)
        self._dense = {layer: (constants[f'h{layer}'], constants[f'b{layer}']) for layer in (1, 2, 3, 5, 6)}
        kernel, bias = parts
        self._cells = [(constants[f'{scope}/{kernel}'], constants[f'{scope}/{bias}']) for scope in scopes]
        limit = relu_clip_of(nodes)
        self._relu_clip = np.float32(RELU_CLIP) if limit is None else limit
        self._feature_set = FEATURE_SETS[_feature_set(by_name, scopes)]

    def listener(self) -> WholeListener:
        """Returns a listener for one utterance, which yields probabilities when it is complete."""
        return WholeListener(self)

    def features(self, samples: np.ndarray) -> np.ndarray:
        """Returns the frames of an utterance with their context, float32 [n_steps + 18, 26], of int16 [n_samples]."""
        return legacy_features(samples, self._feature_set)

    def probabilities(self, frames: np.ndarray) -> Iterator[np.ndarray]:
        """Yields float32 [n, n_classes] for consecutive steps of an utterance, whose frames are float32 [n_steps + 18, 26]."""
        n_steps = len(frames) - 2 * N_CONTEXT
        blocks = [frames[start:start + BLOCK_STEPS + 2 * N_CONTEXT] for start in range(0, n_steps, BLOCK_STEPS)]
        state = self._zero_state
        for block, state_afterwards in zip(blocks, self._states_afterwards(blocks)):
            part, state = self._run(block, state, state_afterwards)
            yield part

    @property
    def _zero_state(self) -> State:
        n_cell = self._cells[0][1].size // 4
        zeros = np.zeros((1, n_cell), np.float32)
        return zeros, zeros

    def _states_afterwards(self, blocks: Sequence[np.ndarray]) -> Sequence[Optional[State]]:
        """Returns for each block the state with which the backward direction enters it; None if there is no such direction.

        Only these states are kept, so all blocks but the first one are computed twice.
        """
        if len(self._cells) == 1:
            return [None] * len(blocks)
        states = [self._zero_state]
        for block in blocks[:0:-1]:
            _, state = self._recur(self._cells[1], self._below(block)[::-1], states[-1])
            states.append(state)
        return states[::-1]

    def _run(self, block: np.ndarray, state: State, state_afterwards: Optional[State]) -> Tuple[np.ndarray, State]:
        """Returns (probabilities float32 [n, n_classes] of a block, state of the forward direction at its end)."""
        x = self._below(block)
        outputs, state = self._recur(self._cells[0], x, state)
        if state_afterwards is not None:
            backward, _ = self._recur(self._cells[1], x[::-1], state_afterwards)
            outputs = np.concatenate([outputs, backward[::-1]], axis=1)
        return self._above(outputs), state

    def _below(self, frames: np.ndarray) -> np.ndarray:
        """Layers 1 to 3: float32 [n, width of layer 3] of frames [n + 18, 26]."""
        n_steps = len(frames) - 2 * N_CONTEXT
        windows = np.lib.stride_tricks.as_strided(frames, (n_steps, WINDOW_FRAMES * N_FEATURES), frames.strides,
                                                  writeable=False)
        return self._clipped(3, self._clipped(2, self._clipped(1, windows)))

    def _recur(self, cell: Cell, x: np.ndarray, state: State) -> Tuple[np.ndarray, State]:
        """One direction of the recurrent layer: (outputs float32 [n, cell], state at the end)."""
        kernel, bias = cell
        steps = np.int64(len(x))
        _, c, *_, h = block_lstm(CELL, steps, x[:, np.newaxis], *state, kernel=kernel, wci=None, wcf=None, wco=None, bias=bias)
        return h[:, 0], (c[-1], h[-1])

    def _above(self, x: np.ndarray) -> np.ndarray:
        """Layers 5 and 6: probabilities float32 [n, n_classes]."""
        weights, bias = self._dense[6]
        return softmax(in_double(np.dot, self._clipped(5, x), weights) + bias)

    def _clipped(self, layer: int, x: np.ndarray) -> np.ndarray:
        """A dense layer with clipped ReLU."""
        weights, bias = self._dense[layer]
        return np.clip(in_double(np.dot, x, weights) + bias, 0, self._relu_clip)


def _cell_names(by_name: Mapping[str, Node]) -> Tuple[Tuple[str, ...], Tuple[str, str]]:
    """Returns (scopes of the recurrent layer's cells, names of a cell's kernel and bias)."""
    for scopes in (BOTH_DIRECTIONS, *ONE_DIRECTION):
        for parts in CELL_PARTS:
            if f'{scopes[0]}/{parts[0]}' in by_name:
                return scopes, parts
    raise ModelError(MODEL_INCOMPATIBLE, 'the weights of the recurrent layer are missing under all names that releases '
                                         '0.1 to 0.4 had for them; get the file again.')


def _shapes(constants: Mapping[str, np.ndarray], scopes: Sequence[str],
            parts: Tuple[str, str]) -> Tuple[int, Dict[str, Tuple[int, ...]]]:
    """Returns (number of classes, shapes that the constants must have by name)."""
    try:
        (n_hidden,), (n_classes,) = constants['b1'].shape, constants['b6'].shape
    except (KeyError, ValueError) as error:
        raise ModelError(INVALID_SHAPE, 'b1 and b6 do not say how wide the layers are; the file is damaged or no model '
                                        'for clients, get it again.') from error
    n_rnn = n_hidden * len(scopes)
    shapes: Dict[str, Tuple[int, ...]] = {}
    for layer, n_in, n_out in ((1, WINDOW_FRAMES * N_FEATURES, n_hidden), (2, n_hidden, n_hidden), (3, n_hidden, n_rnn),
                               (5, n_rnn, n_hidden), (6, n_hidden, n_classes)):
        shapes[f'h{layer}'], shapes[f'b{layer}'] = (n_in, n_out), (n_out,)
    for scope in scopes:
        shapes[f'{scope}/{parts[0]}'], shapes[f'{scope}/{parts[1]}'] = (n_rnn + n_hidden, 4 * n_hidden), (4 * n_hidden,)
    return n_classes, shapes


def _check(constants: Mapping[str, np.ndarray], shapes: Mapping[str, Tuple[int, ...]]) -> None:
    """Raises ModelError unless all constants in `shapes` are there and have these shapes."""
    for name, shape in shapes.items():
        if name not in constants:
            raise ModelError(MODEL_INCOMPATIBLE, f'the constant {name} is missing; pass a frozen graph, which '
                                                 f'--export_dir of that release wrote.')
        value = constants[name]
        if value.shape != shape or value.dtype != np.float32:
            raise ModelError(INVALID_SHAPE, f'{name} is {value.dtype} {value.shape}, but the other layers need float32 '
                                            f'{shape}; the file is damaged, get it again.')


def _feature_set(by_name: Mapping[str, Node], scopes: Sequence[str]) -> str:
    """Returns the name of the features that a model was trained with. From 0.4 on, `logits` are probabilities."""
    if scopes == BOTH_DIRECTIONS:
        return 'v0.1'
    logits = by_name.get('logits')
    return 'v0.4' if (logits and logits.op == 'Softmax') or scopes == ONE_DIRECTION[1] else 'v0.2'
