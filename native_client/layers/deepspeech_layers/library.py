"""libdeepspeech_layers.so, called by ctypes: its functions with their types, its sentences as exceptions.

The functions are those of src/interface/layers.h. The environment's DS_LAYERS_LIBRARY names another file.
"""

import ctypes
import os
from ctypes import POINTER, Structure, c_char_p, c_float, c_int32, c_size_t, c_uint64, c_void_p
from functools import lru_cache
from typing import Any

INTERFACE = 1  # as DSL_INTERFACE of layers.h: goes up with every change of structures and functions
ENVIRONMENT = 'DS_LAYERS_LIBRARY'
BESIDE = os.path.join('lib', 'libdeepspeech_layers.so')  # from this package


class LayerError(RuntimeError):
    """The library did nothing, and says why."""


class LayerMemoryError(LayerError, MemoryError):
    """There is not enough memory."""


class CShape(Structure):
    """DSL_LstmShape."""

    _fields_ = [('n_time', c_size_t), ('n_batch', c_size_t), ('n_cell', c_size_t), ('n_directions', c_size_t),
                ('lengths', c_void_p), ('is_bfloat16', c_int32), ('n_threads', c_int32), ('h_stride', c_size_t)]


class CForward(Structure):
    """DSL_LstmForward."""

    _fields_ = [('is_reversed', c_int32)] + [(name, c_void_p) for name in (
        'z', 'recurrent', 'bias', 'c0', 'h0', 'h', 'gates', 'c', 'c_last', 'h_last')]


class CBackward(Structure):
    """DSL_LstmBackward."""

    _fields_ = [('is_reversed', c_int32)] + [(name, c_void_p) for name in (
        'gates', 'c', 'recurrent', 'c0', 'dh', 'dc_last', 'dh_last', 'dz', 'dbias', 'dc0', 'dh0')]


class CActivation(Structure):
    """DSL_Activation."""

    _fields_ = [('n_rows', c_size_t), ('n_units', c_size_t), ('clip', c_float), ('drop', c_float), ('seed', c_uint64),
                ('is_bfloat16', c_int32), ('n_threads', c_int32)]


class CCtc(Structure):
    """DSL_Ctc."""

    _fields_ = ([(name, c_size_t) for name in ('n_time', 'n_batch', 'n_classes', 'n_labels')] +
                [(name, c_void_p) for name in ('logits', 'lengths', 'labels', 'losses', 'gradients')] +
                [('n_threads', c_int32)])


def path() -> str:
    """Returns where the library is."""
    return os.environ.get(ENVIRONMENT) or os.path.join(os.path.dirname(os.path.abspath(__file__)), BESIDE)


@lru_cache(maxsize=None)
def load(file: str) -> Any:
    """Returns the library.

    Raises:
      OSError: there is none, or the system cannot load it.
    """
    library = ctypes.CDLL(file)
    library.DSL_Interface.restype, library.DSL_Interface.argtypes = c_int32, ()
    library.DSL_Kernels.restype, library.DSL_Kernels.argtypes = c_char_p, ()
    for name, direction in (('DSL_RunLstm', CForward), ('DSL_RunLstmBack', CBackward)):
        function = getattr(library, name)
        function.restype, function.argtypes = c_char_p, (POINTER(CShape), POINTER(direction))
    for name, n_arrays in (('DSL_RunActivation', 3), ('DSL_RunActivationBack', 4)):
        function = getattr(library, name)
        function.restype, function.argtypes = c_char_p, (POINTER(CActivation), *[c_void_p] * n_arrays)
    library.DSL_RunCtc.restype, library.DSL_RunCtc.argtypes = c_char_p, (POINTER(CCtc),)
    return library


def call(name: str, *arguments: Any) -> None:
    """Calls a function of the library.

    Raises:
      LayerError: the library says why it did nothing.
    """
    fault = getattr(load(path()), name)(*arguments)
    if fault:
        raise (LayerMemoryError if b'memory' in fault else LayerError)(fault.decode())


def kernels() -> str:
    """Returns the name of the kernels that this processor runs, such as 'avx2'; '' if there are none for it."""
    return load(path()).DSL_Kernels().decode()


def reason_missing() -> str:
    """Returns in a few words why the layers cannot be used here; '' if they can."""
    try:
        if load(path()).DSL_Interface() != INTERFACE:
            return f'its library is of another version than its Python package: {path()}'
        return '' if kernels() else 'it has no kernels for this processor'
    except (OSError, AttributeError) as error:  # the latter: a library that lacks a function
        return f'its library cannot be loaded: {error}'
