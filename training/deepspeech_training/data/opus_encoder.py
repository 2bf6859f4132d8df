"""Makes Opus of sound, as sample databases hold it, by the library libopus of the system (Debian, Ubuntu: libopus0)."""

import ctypes
import ctypes.util
from typing import Any, List, Optional

import numpy as np

from ..errors import DataError
from .opus import PACKET_MS, RATES_HZ, in_container

NAMES = ('libopus.so.0', 'libopus.0.dylib', 'opus.dll')
# Source: <opus/opus_defines.h>, the published interface of libopus.
_AUDIO, _SET_BITRATE, _SET_COMPLEXITY = 2049, 4002, 4010
MOST_BYTES = 4000  # of a packet, as the interface recommends; at the highest bit rate one of 60 ms has 3840


def load_libopus(otherwise: str = 'pass --audio-type wav') -> Any:
    """Returns the library.

    Args:
      otherwise: what else to do where it is not there.
    Raises:
      DataError: it is not there.
    """
    for name in (*NAMES, ctypes.util.find_library('opus')):
        try:
            library = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if library:
            return _declared(library)
    raise DataError('Opus is encoded by libopus, which is not there; install it (Debian, Ubuntu: apt-get install libopus0), or '
                    f'{otherwise}.')


def _declared(library: Any) -> Any:
    """Returns the library with the types of what is called; without them, pointers would be cut to 32 bits."""
    pointer, number = ctypes.c_void_p, ctypes.c_int32
    library.opus_encoder_create.restype = pointer
    library.opus_encoder_create.argtypes = [number, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]
    library.opus_encode.restype = number
    library.opus_encode.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, number]
    library.opus_encoder_ctl.restype = ctypes.c_int
    library.opus_encoder_destroy.restype = None
    library.opus_encoder_destroy.argtypes = [pointer]
    library.opus_strerror.restype = ctypes.c_char_p
    library.opus_strerror.argtypes = [ctypes.c_int]
    return library


def encode_opus(library: Any, samples: np.ndarray, rate_hz: int, bitrate: Optional[int] = None,
                complexity: Optional[int] = None) -> bytes:
    """Returns sound as an Opus container; the same sound always gives the same bytes, as long as the library is the same.

    Args:
      library: of `load_libopus`; may be used by several threads.
      samples: int16 [n_samples], mono.
      rate_hz: one of `opus.RATES_HZ`.
      bitrate: bits per second, within OPUS_BITRATES; None: as the library likes.
      complexity: from 0, the fastest, to 10; None: as the library likes.
    Raises:
      DataError: the library refuses.
    """
    assert rate_hz in RATES_HZ
    n_packet = rate_hz * PACKET_MS // 1000
    code = ctypes.c_int()
    encoder = library.opus_encoder_create(rate_hz, 1, _AUDIO, ctypes.byref(code))
    if not encoder:
        raise _failed(library, code.value)
    try:
        for request, value in ((_SET_BITRATE, bitrate), (_SET_COMPLEXITY, complexity)):
            if value is not None:
                # A function of any number of arguments, so these have to bring their types.
                _checked(library, library.opus_encoder_ctl(ctypes.c_void_p(encoder), ctypes.c_int(request),
                                                           ctypes.c_int32(value)))
        packets: List[bytes] = []
        buffer = ctypes.create_string_buffer(MOST_BYTES)
        for start in range(0, len(samples), n_packet):
            part = samples[start:start + n_packet].astype('<i2').tobytes().ljust(2 * n_packet, b'\0')
            n_bytes = _checked(library, library.opus_encode(encoder, part, n_packet, buffer, MOST_BYTES))
            packets.append(buffer.raw[:n_bytes])
    finally:
        library.opus_encoder_destroy(encoder)
    return in_container(packets, len(samples), rate_hz)


def _checked(library: Any, code: int) -> int:
    """Returns what a function has returned. Raises DataError: that says it failed."""
    if code < 0:
        raise _failed(library, code)
    return code


def _failed(library: Any, code: int) -> DataError:
    return DataError(f'libopus cannot encode: {library.opus_strerror(code).decode("ascii", "replace")}.')
