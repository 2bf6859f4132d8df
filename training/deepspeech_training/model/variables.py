"""The variables of the acoustic model and their names, which are public: published checkpoints are read by name.

A unidirectional model carries the names of DeepSpeech 0.6-0.9.3, a bidirectional one those (and the geometry) of
v0.1. Dense layers are numbered 1, 2, 3, 5, 6; the recurrent layer takes the place of layer 4.
"""

from collections import namedtuple

from ..compat import tf
from ..config import N_INPUT, WINDOW_FRAMES
from ..errors import CheckpointError
from .lstm import LstmWeights

DENSE_LAYERS = (1, 2, 3, 5, 6)
NORMED_LAYERS = (1, 2, 3, 5)

UNIDIRECTIONAL_CELL = 'cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell'
BIDIRECTIONAL_CELLS = ('bidirectional_rnn/fw/basic_lstm_cell', 'bidirectional_rnn/bw/basic_lstm_cell')

DenseWeights = namedtuple('DenseWeights', 'weights bias')
NormWeights = namedtuple('NormWeights', 'gamma beta')
# dense: {layer: DenseWeights}; cells: one LstmWeights per direction, forward first; norms: {layer: NormWeights}
AcousticWeights = namedtuple('AcousticWeights', 'dense cells norms')


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


Geometry = namedtuple('Geometry', 'direction n_hidden n_outputs layer_norm')


def geometry_of(shapes, source):
    """Returns the Geometry that a checkpoint's variables have.

    Args:
      shapes: {variable name: list of sizes}.
      source: what to call the checkpoint in messages.
    Raises:
      CheckpointError: the variables are not those of a model this version can build.
    """
    for direction in ('unidirectional', 'bidirectional'):
        last = dense_names(direction, 6).weights
        if last in shapes:
            missing = [name for names in cell_names(direction) for name in names if name not in shapes]
            if missing:
                raise CheckpointError(f'{source}: variable {missing[0]} is missing; the checkpoint is of another '
                                      f'generation or incomplete. Checkpoints of v0.2-v0.5 cannot be loaded yet.')
            n_hidden, n_outputs = shapes[last]
            return Geometry(direction, n_hidden, n_outputs, norm_names(1).gamma in shapes)
    raise CheckpointError(f'{source}: neither {dense_names("unidirectional", 6).weights} nor '
                          f'{dense_names("bidirectional", 6).weights} is in it; this is not a checkpoint of an '
                          f'acoustic model. It holds {", ".join(sorted(shapes)[:5])} ...')
