"""The variables of the acoustic model and their names, which are public: published checkpoints are read by name.

A unidirectional model carries the names of DeepSpeech 0.6-0.9.3, a bidirectional one those (and the geometry) of
v0.1. Dense layers are numbered 1, 2, 3, 5, 6; the recurrent layer takes the place of layer 4. What the shapes of the
variables decide is here, too: how much arithmetic the model takes.
"""

from typing import Dict, List, NamedTuple, Optional, Sequence, Union

from ..compat import tf
from ..settings.features import N_INPUT, WINDOW_FRAMES
from ..settings.model import ModelConfig
from .recurrent import GATES, LstmWeights

DENSE_LAYERS = (1, 2, 3, 5, 6)
NORMED_LAYERS = (1, 2, 3, 5)
RECURRENT = 'recurrent'
AVERAGE = 'ExponentialMovingAverage'
Layer = Union[int, str]
LAYERS: Sequence[Layer] = (1, 2, 3, RECURRENT, 5, 6)  # from the input to the output

UNIDIRECTIONAL_CELL = 'cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell'
BIDIRECTIONAL_CELLS = ('bidirectional_rnn/fw/basic_lstm_cell', 'bidirectional_rnn/bw/basic_lstm_cell')


class DenseWeights(NamedTuple):
    """A dense layer."""

    weights: tf.Tensor  # float32 [inputs, outputs]
    bias: tf.Tensor  # float32 [outputs]


class NormWeights(NamedTuple):
    """A layer normalisation, both float32 [outputs of the layer]."""

    gamma: tf.Tensor
    beta: tf.Tensor


class AcousticWeights(NamedTuple):
    """The weights of a model: variables, or arrays of their values."""

    dense: Dict[int, DenseWeights]  # by layer
    cells: List[LstmWeights]  # one per direction, forward first
    norms: Dict[int, NormWeights]  # by layer


class DenseNames(NamedTuple):
    weights: str
    bias: str


class NormNames(NamedTuple):
    gamma: str
    beta: str


class CellNames(NamedTuple):
    kernel: str
    bias: str


class Geometry(NamedTuple):
    """What decides the names and shapes of all variables."""

    direction: str
    n_hidden: int
    n_outputs: Optional[int]  # None: whatever the alphabet wants
    layer_norm: bool

    @classmethod
    def of(cls, config: ModelConfig) -> 'Geometry':
        return cls(config.direction, config.n_hidden, config.n_outputs, config.layer_norm)


def dense_names(direction: str, layer: Layer) -> DenseNames:
    """Returns the names of a dense layer's weights and bias."""
    if direction == 'bidirectional':
        return DenseNames(f'h{layer}', f'b{layer}')
    return DenseNames(f'layer_{layer}/weights', f'layer_{layer}/bias')


def norm_names(layer: int) -> NormNames:
    """Returns the names of a layer normalisation's parameters."""
    return NormNames(f'layer_{layer}/LayerNorm/gamma', f'layer_{layer}/LayerNorm/beta')


def cell_names(direction: str) -> List[CellNames]:
    """Returns the names of each direction's kernel and bias."""
    scopes = BIDIRECTIONAL_CELLS if direction == 'bidirectional' else (UNIDIRECTIONAL_CELL,)
    return [CellNames(f'{scope}/kernel', f'{scope}/bias') for scope in scopes]


def layer_names(direction: str, layer: Layer, layer_norm: bool) -> List[str]:
    """Returns the names of all variables of a layer, one of LAYERS."""
    if isinstance(layer, str):  # RECURRENT
        return [name for names in cell_names(direction) for name in names]
    norms = list(norm_names(layer)) if layer_norm and layer in NORMED_LAYERS else []
    return list(dense_names(direction, layer)) + norms


def slot_names(name: str) -> List[str]:
    """Returns the names of what Adam remembers of a variable: its first and its second moment."""
    return [f'{name}/Adam', f'{name}/Adam_1']


def average_name(name: str) -> str:
    """Returns the name of the moving average of a variable, see `train.averages`."""
    return f'{name}/{AVERAGE}'


def dense_shape(config: ModelConfig, layer: int) -> List[int]:
    """Returns [inputs, outputs] of a dense layer."""
    width = config.n_hidden
    return {1: [WINDOW_FRAMES * N_INPUT, width], 2: [width, width], 3: [width, config.n_rnn_input],
            5: [config.n_rnn_output, width], 6: [width, config.n_outputs]}[layer]


def cell_shape(config: ModelConfig) -> List[int]:
    """Returns [inputs, outputs] of the kernel of one direction of the recurrent layer."""
    return [config.n_rnn_input + config.n_cell, len(GATES) * config.n_cell]


def weights_to_restore(config: ModelConfig) -> AcousticWeights:
    """Returns what `acoustic_weights` does, in a graph that never runs their first values.

    Those are random; the seed is for TensorFlow's switch for determinism, which refuses to draw without one.
    """
    tf.set_random_seed(1)
    return acoustic_weights(config)


def acoustic_weights(config: ModelConfig) -> AcousticWeights:
    """Creates the model's variables in the current graph, or returns those already there.

    Dense and recurrent kernels start from Glorot's uniform distribution (Glorot & Bengio 2010), biases from 0.
    """
    def variable(name, shape, initializer):
        return tf.get_variable(name, shape, tf.float32, initializer, use_resource=False)

    with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
        glorot, zeros, ones = tf.glorot_uniform_initializer(), tf.zeros_initializer(), tf.ones_initializer()
        dense = {}
        for layer in DENSE_LAYERS:
            names, shape = dense_names(config.direction, layer), dense_shape(config, layer)
            dense[layer] = DenseWeights(variable(names.weights, shape, glorot), variable(names.bias, shape[1:], zeros))
        cells = [LstmWeights(variable(names.kernel, cell_shape(config), glorot),
                             variable(names.bias, cell_shape(config)[1:], zeros))
                 for names in cell_names(config.direction)]
        norms = {}
        if config.layer_norm:
            for layer in NORMED_LAYERS:
                gamma, beta = norm_names(layer)
                shape = dense_shape(config, layer)[1:]
                norms[layer] = NormWeights(variable(gamma, shape, ones), variable(beta, shape, zeros))
    return AcousticWeights(dense, cells, norms)


def forward_flops(config: ModelConfig, n_frames: int) -> int:
    """Returns the floating-point operations that the matrix products of a forward pass take.

    Two per multiply-add of the dense layers and of the recurrent layer, input projection included. Biases, activations,
    loss and optimiser are less than a hundredth of it and left out. So the figure, divided by time, can be held against
    what a machine reaches in matrix products.

    Args:
      n_frames: frames that are computed, padding included: utterances of a batch times frames of its longest one.
    """
    shapes = [dense_shape(config, layer) for layer in DENSE_LAYERS]
    shapes += [cell_shape(config) for _ in cell_names(config.direction)]
    return 2 * n_frames * sum(n_inputs * n_outputs for n_inputs, n_outputs in shapes)


def training_flops(config: ModelConfig, n_frames: int) -> int:
    """Returns the operations of a training step; the gradient takes two products for each one of the forward pass."""
    return 3 * forward_flops(config, n_frames)
