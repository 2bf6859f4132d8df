"""How a model of any release is read: each of its variables becomes one of ours.

Our graphs know two families of names: those of 0.6-0.9.3, unidirectional, and those of v0.1, bidirectional. What other
releases called otherwise, laid out otherwise or added at run time is translated here, on NumPy values, and is saved
under our names afterwards. Nothing else needs to know of it.
"""

from collections import namedtuple

import numpy as np

from ..model.cudnn_lstm import GATES
from ..model.variables import BIDIRECTIONAL_CELLS, DENSE_LAYERS, UNIDIRECTIONAL_CELL, cell_names, dense_names, slot_names

# Where a variable of ours comes from. name: of the stored variable. shape: list of sizes, after `convert`. convert:
# function from the stored value to ours.
Stored = namedtuple('Stored', 'name shape convert')
# dense: names of weights and bias of a dense layer. cells: scope of each direction's cell. forget_bias: what was added
# to the forget gate at run time and our graph does not add. feature_sets: which of config.FEATURE_SETS it may have been
# trained on, the likeliest first.
Release = namedtuple('Release', 'dense cells forget_bias feature_sets')
# generation: a Release, or None if the variables are of none. variables: {our name: Stored}; what has no name of
# ours keeps its own.
Translation = namedtuple('Translation', 'generation variables')

LAYERS, LETTERS = dense_names('unidirectional', '{}'), dense_names('bidirectional', '{}')
FUSED_CELL, PORTABLE_CELL = ('lstm_fused_cell',), ('rnn/lstm_cell',)
RELEASES = (
    Release(LAYERS, (UNIDIRECTIONAL_CELL,), 0., ('current',)),  # 0.6-0.9.3, Coqui STT
    Release(LAYERS, FUSED_CELL, 1., ('current',)),  # 0.5
    Release(LAYERS, PORTABLE_CELL, 1., ('current',)),  # 0.5, of a TensorFlow Lite graph
    Release(LETTERS, FUSED_CELL, 1., ('v0.4', 'v0.2')),  # 0.2-0.4
    Release(LETTERS, PORTABLE_CELL, 1., ('v0.4',)),  # 0.4, of a TensorFlow Lite graph
    Release(LETTERS, BIDIRECTIONAL_CELLS, 0., ('v0.1',)),  # v0.1, the Russian fork; ours add its forget bias
)
# TensorFlow 1.0 and 1.1 called a cell's variables by the second pair.
CELL_NAMES = (('kernel', 'bias'), ('weights', 'biases'))
POWERS = ('beta1_power', 'beta2_power')
CUDNN_VECTOR = 'cudnn_lstm/opaque_kernel'


def translate(shapes):
    """Returns the Translation of stored variables.

    Args:
      shapes: {stored name: list of sizes}.
    """
    variables = {name: Stored(name, shape, _unchanged) for name, shape in shapes.items()}
    _add_powers(variables)
    _add_cudnn_cell(variables)
    for generation in RELEASES:
        cells = [_cell_stored_in(variables, scope) for scope in generation.cells]
        if generation.dense.weights.format(6) in variables and all(cells):
            return Translation(generation, _renamed(variables, generation, cells))
    return Translation(None, variables)


def _add_powers(variables):
    """Finds Adam's beta powers where mixed-precision training has put them: within the scope of a condition."""
    for power in POWERS:
        scoped = sorted(name for name in variables if name.endswith(f'/{power}'))
        if scoped and power not in variables:
            variables[power] = variables[scoped[0]]


def _add_cudnn_cell(variables):
    """Takes cuDNN's vector, and what Adam remembers of it, apart.

    The kernel and the bias are mostly there beside it, their optimizer state is not. A vector of another size than that
    of one plain layer is left alone: its layout is not known.
    """
    layer = variables.get(LAYERS.weights.format(6))
    n = layer.shape[0] if layer and len(layer.shape) == 2 else 0
    ((kernel, bias),) = cell_names('unidirectional')
    names = zip([CUDNN_VECTOR] + slot_names(CUDNN_VECTOR), [kernel] + slot_names(kernel), [bias] + slot_names(bias))
    for vector, of_kernel, of_bias in names:
        if vector not in variables or variables[vector].shape != [8 * n * n + 8 * n]:
            continue
        variables.setdefault(of_kernel, Stored(vector, [2 * n, 4 * n], lambda flat: _cudnn_kernel(flat, n)))
        of_which = _cudnn_bias if vector == CUDNN_VECTOR else _cudnn_bias_slot
        variables.setdefault(of_bias, Stored(vector, [4 * n], lambda flat, of_which=of_which: of_which(flat, n)))


def _cudnn_kernel(flat, n):
    """Returns [2n, 4n] of cuDNN's vector; see model/cudnn_lstm.py."""
    matrices = flat[:8 * n * n].reshape(2, 4, n, n)  # [input or recurrent, gate, cell, inputs]
    return matrices[:, list(GATES)].transpose(0, 3, 1, 2).reshape(2 * n, 4 * n)


def _cudnn_bias(flat, n):
    """Returns [4n]; cuDNN adds the input and the recurrent biases."""
    return _cudnn_biases(flat, n).sum(axis=0)


def _cudnn_bias_slot(flat, n):
    """Returns [4n] of a slot: both biases have had the gradient of their sum, hence equal moments, and so has the sum.

    While cuDNN trained both, their sum moved by two steps at a time; from here on it moves by one, as any other bias.
    """
    return _cudnn_biases(flat, n)[0]


def _cudnn_biases(flat, n):
    return flat[8 * n * n:].reshape(2, 4, n)[:, list(GATES)].reshape(2, 4 * n)


def _cell_stored_in(variables, scope):
    """Returns the stored names of a cell's kernel and bias, or None."""
    for kernel, bias in CELL_NAMES:
        if f'{scope}/{kernel}' in variables:
            return f'{scope}/{kernel}', f'{scope}/{bias}'
    return None


def _renamed(variables, generation, cells):
    """Returns `variables` under our names, with the forget bias in the bias."""
    direction = 'bidirectional' if len(cells) > 1 else 'unidirectional'
    pairs = [pair for ours, theirs in zip(cell_names(direction), cells) for pair in zip(ours, theirs)]
    for layer in DENSE_LAYERS:
        pairs += zip(dense_names(direction, layer), (name.format(layer) for name in generation.dense))
    renamed = dict(variables)
    for ours, theirs in pairs:
        for our_name, name in zip([ours] + slot_names(ours), [theirs] + slot_names(theirs)):
            if name in variables:
                renamed.pop(name, None)
                renamed[our_name] = variables[name]
    for _, bias in cell_names(direction):
        if generation.forget_bias and bias in renamed:
            renamed[bias] = renamed[bias]._replace(convert=_opened_by(generation.forget_bias))
    return renamed


def _opened_by(forget_bias):
    """Returns a function that adds `forget_bias` to the third quarter of a bias, that of the forget gate."""
    return lambda bias: bias + np.repeat(np.array([0, 0, forget_bias, 0], bias.dtype), len(bias) // 4)


def _unchanged(value):
    return value
