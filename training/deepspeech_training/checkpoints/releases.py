"""How a model of any release is read: each of its variables becomes one of ours.

Our graphs know two families of names: those of 0.6-0.9.3, unidirectional, and those of v0.1, bidirectional. What other
releases called otherwise, laid out otherwise or added at run time is translated here, on NumPy values, and is saved
under our names afterwards. Nothing else needs to know of it.
"""

from functools import partial
from typing import Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ..errors import CheckpointError
from ..model.cudnn_lstm import GATES
from ..model.variables import (
    BIDIRECTIONAL_CELLS,
    DENSE_LAYERS,
    LAYERS,
    UNIDIRECTIONAL_CELL,
    DenseNames,
    Geometry,
    cell_names,
    dense_names,
    layer_names,
    norm_names,
    slot_names,
)
from ..settings.model import DIRECTIONS


class StoredVariable(NamedTuple):
    """Where a variable of ours comes from."""

    name: str  # of the stored variable
    shape: List[int]  # after `convert`
    convert: Callable[[np.ndarray], np.ndarray]  # from the stored value to ours


class Release(NamedTuple):
    """How a release named its variables."""

    dense: DenseNames  # names of weights and bias of a dense layer, with a place for its number
    cells: Tuple[str, ...]  # scope of each direction's cell
    forget_bias: float  # what was added to the forget gate at run time and our graph does not add
    feature_sets: Tuple[str, ...]  # which of config.FEATURE_SETS it may have been trained on, the likeliest first


class Translation(NamedTuple):
    """A whole acoustic model under our names; what has no name of ours keeps its own."""

    release: Release
    variables: Dict[str, StoredVariable]
    geometry: Geometry


Variables = Dict[str, StoredVariable]
NUMBERED, LETTERED = dense_names('unidirectional', '{}'), dense_names('bidirectional', '{}')
FUSED_CELL, PORTABLE_CELL = ('lstm_fused_cell',), ('rnn/lstm_cell',)
RELEASES = (
    Release(NUMBERED, (UNIDIRECTIONAL_CELL,), 0., ('current', 'v0.5')),  # 0.7-0.9.3, Coqui STT; 0.6
    Release(NUMBERED, FUSED_CELL, 1., ('v0.5',)),  # 0.5
    Release(NUMBERED, PORTABLE_CELL, 1., ('v0.5',)),  # 0.5, of a TensorFlow Lite graph
    Release(LETTERED, FUSED_CELL, 1., ('v0.4', 'v0.2')),  # 0.2-0.4
    Release(LETTERED, PORTABLE_CELL, 1., ('v0.4',)),  # 0.4, of a TensorFlow Lite graph
    Release(LETTERED, BIDIRECTIONAL_CELLS, 0., ('v0.1',)),  # v0.1, the Russian fork; ours add its forget bias
)
# TensorFlow 1.0 and 1.1 called a cell's variables by the second pair.
CELL_NAMES = (('kernel', 'bias'), ('weights', 'biases'))
POWERS = ('beta1_power', 'beta2_power')
LEARNING_RATE = 'learning_rate'
CUDNN_VECTOR = 'cudnn_lstm/opaque_kernel'


def translate(shapes: Mapping[str, List[int]], path: str) -> Translation:
    """Returns the Translation of stored variables.

    Args:
      shapes: {stored name: list of sizes}.
      path: what to call the model in messages.
    Raises:
      CheckpointError: there is no acoustic model, or a part of it is missing.
    """
    variables = {name: StoredVariable(name, shape, _unchanged) for name, shape in shapes.items()}
    _add_powers(variables)
    _add_cudnn_cell(variables)
    release, ours = _renamed_by_release(variables)
    geometry = _geometry(ours, path)
    assert release is not None, 'a model that lacks nothing is of a release'
    return Translation(release, ours, geometry)


def _renamed_by_release(variables: Variables) -> Tuple[Optional[Release], Variables]:
    """Returns whose names the variables have and the variables under ours; None and as they are if nobody's."""
    for release in RELEASES:
        cells = [cell for cell in (_cell_stored_in(variables, scope) for scope in release.cells) if cell]
        if release.dense.weights.format(6) in variables and len(cells) == len(release.cells):
            return _told_apart(release, variables), _renamed(variables, release, cells)
    return None, variables


def _told_apart(release: Release, variables: Variables) -> Release:
    """Returns the release of 0.6 to 0.9.3 with what is known of its features: 0.7 was the first to store the learning rate."""
    if release.feature_sets != ('current', 'v0.5'):
        return release
    return release._replace(feature_sets=('current',) if LEARNING_RATE in variables else ('v0.5', 'current'))


def _geometry(variables: Variables, path: str) -> Geometry:
    """Returns the Geometry of a model under our names. Raises CheckpointError: see `translate`."""
    lasts = {direction: dense_names(direction, 6).weights for direction in DIRECTIONS}
    for direction, last in lasts.items():
        if last in variables:
            layer_norm = norm_names(1).gamma in variables
            names = [name for layer in LAYERS for name in layer_names(direction, layer, layer_norm)]
            missing = [name for name in names if name not in variables]
            if missing:
                raise CheckpointError(f'{path}: variable {missing[0]} is not in it, under none of the names that it '
                                      f'ever had; the model is incomplete. Choose another one.')
            n_hidden, n_outputs = variables[last].shape
            return Geometry(direction, n_hidden, n_outputs, layer_norm)
    raise CheckpointError(f'{path}: neither {" nor ".join(lasts.values())} is in it; this is not an acoustic model. '
                          f'It holds {", ".join(sorted(variables)[:5])} ...')


def _add_powers(variables: Variables) -> None:
    """Finds Adam's beta powers where mixed-precision training has put them: within the scope of a condition."""
    for power in POWERS:
        scoped = sorted(name for name in variables if name.endswith(f'/{power}'))
        if scoped and power not in variables:
            variables[power] = variables[scoped[0]]


def _add_cudnn_cell(variables: Variables) -> None:
    """Takes cuDNN's vector, and what Adam remembers of it, apart.

    The kernel and the bias are mostly there beside it, their optimizer state is not. A vector of another size than that
    of one plain layer is left alone: its layout is not known.
    """
    layer = variables.get(NUMBERED.weights.format(6))
    n = layer.shape[0] if layer and len(layer.shape) == 2 else 0
    ((kernel, bias),) = cell_names('unidirectional')
    names = zip([CUDNN_VECTOR] + slot_names(CUDNN_VECTOR), [kernel] + slot_names(kernel), [bias] + slot_names(bias))
    for vector, of_kernel, of_bias in names:
        if vector not in variables or variables[vector].shape != [8 * n * n + 8 * n]:
            continue
        variables.setdefault(of_kernel, StoredVariable(vector, [2 * n, 4 * n], partial(_cudnn_kernel, n=n)))
        of_which = _cudnn_bias if vector == CUDNN_VECTOR else _cudnn_bias_slot
        variables.setdefault(of_bias, StoredVariable(vector, [4 * n], partial(of_which, n=n)))


def _cudnn_kernel(flat: np.ndarray, n: int) -> np.ndarray:
    """Returns float32 [2n, 4n] of cuDNN's vector [8n² + 8n]; see model/cudnn_lstm.py."""
    matrices = flat[:8 * n * n].reshape(2, 4, n, n)  # [input or recurrent, gate, cell, inputs]
    return matrices[:, list(GATES)].transpose(0, 3, 1, 2).reshape(2 * n, 4 * n)


def _cudnn_bias(flat: np.ndarray, n: int) -> np.ndarray:
    """Returns float32 [4n]; cuDNN adds the input and the recurrent biases."""
    return _cudnn_biases(flat, n).sum(axis=0)


def _cudnn_bias_slot(flat: np.ndarray, n: int) -> np.ndarray:
    """Returns float32 [4n] of a slot: both biases have had the gradient of their sum, hence equal moments, and so has the sum.

    While cuDNN trained both, their sum moved by two steps at a time; from here on it moves by one, as any other bias.
    """
    return _cudnn_biases(flat, n)[0]


def _cudnn_biases(flat: np.ndarray, n: int) -> np.ndarray:
    return flat[8 * n * n:].reshape(2, 4, n)[:, list(GATES)].reshape(2, 4 * n)


def _cell_stored_in(variables: Variables, scope: str) -> Optional[Tuple[str, str]]:
    """Returns the stored names of a cell's kernel and bias, or None."""
    for kernel, bias in CELL_NAMES:
        if f'{scope}/{kernel}' in variables:
            return f'{scope}/{kernel}', f'{scope}/{bias}'
    return None


def _renamed(variables: Variables, release: Release, cells: Sequence[Tuple[str, str]]) -> Variables:
    """Returns `variables` under our names, with the forget bias in the bias."""
    direction = 'bidirectional' if len(cells) > 1 else 'unidirectional'
    pairs = [pair for ours, theirs in zip(cell_names(direction), cells) for pair in zip(ours, theirs)]
    for layer in DENSE_LAYERS:
        pairs += zip(dense_names(direction, layer), (name.format(layer) for name in release.dense))
    renamed = dict(variables)
    for ours, theirs in pairs:
        for our_name, name in zip([ours] + slot_names(ours), [theirs] + slot_names(theirs)):
            if name in variables:
                renamed.pop(name, None)
                renamed[our_name] = variables[name]
    for _, bias in cell_names(direction):
        if release.forget_bias and bias in renamed:
            renamed[bias] = renamed[bias]._replace(convert=_opened_by(release.forget_bias))
    return renamed


def _opened_by(forget_bias: float) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a function that adds `forget_bias` to the third quarter of a bias, that of the forget gate."""
    return lambda bias: bias + np.repeat(np.array([0, 0, forget_bias, 0], bias.dtype), len(bias) // 4)


def _unchanged(value: np.ndarray) -> np.ndarray:
    return value
