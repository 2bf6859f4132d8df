"""The variables of the acoustic model and their names, which are public: published checkpoints are read by name.

A unidirectional model carries the names of DeepSpeech 0.6-0.9.3, a bidirectional one those (and the geometry) of
v0.1. Dense layers are numbered 1, 2, 3, 5, 6; the recurrent layer takes the place of layer 4.
"""

from collections import namedtuple
from typing import NamedTuple, Optional

from ..compat import tf
from ..settings.config import N_INPUT, WINDOW_FRAMES, ModelConfig
from .lstm import LstmWeights

DENSE_LAYERS = (1, 2, 3, 5, 6)
NORMED_LAYERS = (1, 2, 3, 5)
RECURRENT = 'recurrent'
LAYERS = (1, 2, 3, RECURRENT, 5, 6)  # from the input to the output

UNIDIRECTIONAL_CELL = 'cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell'
BIDIRECTIONAL_CELLS = ('bidirectional_rnn/fw/basic_lstm_cell', 'bidirectional_rnn/bw/basic_lstm_cell')

DenseWeights = namedtuple('DenseWeights', 'weights bias')
NormWeights = namedtuple('NormWeights', 'gamma beta')
# dense: {layer: DenseWeights}; cells: one LstmWeights per direction, forward first; norms: {layer: NormWeights}
AcousticWeights = namedtuple('AcousticWeights', 'dense cells norms')


class Geometry(NamedTuple):
    """What decides the names and shapes of all variables."""

    direction: str
    n_hidden: int
    n_outputs: Optional[int]  # None: whatever the alphabet wants
    layer_norm: bool

    @classmethod
    def of(cls, config: ModelConfig) -> 'Geometry':
        return cls(config.direction, config.n_hidden, config.n_outputs, config.layer_norm)


def dense_names(direction, layer):
    """Returns the names of a dense layer's weights and bias."""
    if direction == 'bidirectional':
        return DenseWeights(f'h{layer}', f'b{layer}')
    return DenseWeights(f'layer_{layer}/weights', f'layer_{layer}/bias')


def norm_names(layer):
    """Returns the names of a layer normalisation's parameters."""
    return NormWeights(f'layer_{layer}/LayerNorm/gamma', f'layer_{layer}/LayerNorm/beta')


def cell_names(direction):
    """Returns the names of each direction's kernel and bias."""
    scopes = BIDIRECTIONAL_CELLS if direction == 'bidirectional' else (UNIDIRECTIONAL_CELL,)
    return [LstmWeights(f'{scope}/kernel', f'{scope}/bias') for scope in scopes]


def layer_names(direction, layer, layer_norm):
    """Returns the names of all variables of a layer, one of LAYERS."""
    if layer == RECURRENT:
        return [name for names in cell_names(direction) for name in names]
    norms = norm_names(layer) if layer_norm and layer in NORMED_LAYERS else ()
    return list(dense_names(direction, layer)) + list(norms)


def slot_names(name):
    """Returns the names of what Adam remembers of a variable: its first and its second moment."""
    return [f'{name}/Adam', f'{name}/Adam_1']


def dense_shape(config, layer):
    """Returns [inputs, outputs] of a dense layer."""
    width = config.n_hidden
    return {1: [WINDOW_FRAMES * N_INPUT, width], 2: [width, width], 3: [width, config.n_rnn_input],
            5: [config.n_rnn_output, width], 6: [width, config.n_outputs]}[layer]


def acoustic_weights(config):
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
        cells = [LstmWeights(variable(names.kernel, [config.n_rnn_input + config.n_cell, 4 * config.n_cell], glorot),
                             variable(names.bias, [4 * config.n_cell], zeros))
                 for names in cell_names(config.direction)]
        norms = {}
        if config.layer_norm:
            for layer in NORMED_LAYERS:
                names, shape = norm_names(layer), dense_shape(config, layer)[1:]
                norms[layer] = NormWeights(variable(names.gamma, shape, ones), variable(names.beta, shape, zeros))
    return AcousticWeights(dense, cells, norms)
