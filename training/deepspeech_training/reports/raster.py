"""Pictures of matrices: numbers become shades or colours, these a PNG file, the file an address within a page."""

import base64
import struct
import zlib

import numpy as np

SIGNATURE = b'\x89PNG\r\n\x1a\n'
_OF_COLOURS, _OF_PALETTE = 2, 3  # PNG's colour types
N_SHADES = 64
# From low to high, by rising lightness, so that it can be read without seeing colours, too: red, green, blue.
_STOPS = ((8, 10, 34), (54, 22, 104), (122, 32, 120), (190, 54, 92), (236, 108, 52), (250, 178, 46), (252, 250, 190))


def shades(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Returns indices of shades, uint8, of a float array of any shape; what is beyond `low` and `high` counts as these."""
    share = np.clip((values - low) / (high - low), 0, 1) if high > low else np.zeros(values.shape)
    return (share * (N_SHADES - 1)).round().astype(np.uint8)


def palette() -> np.ndarray:
    """Returns the shades, uint8 [N_SHADES, 3]."""
    places = np.linspace(0, len(_STOPS) - 1, N_SHADES)
    channels = [np.interp(places, range(len(_STOPS)), [stop[channel] for stop in _STOPS]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def png_of(pixels: np.ndarray) -> bytes:
    """Returns a PNG file of indices of shades, uint8 [rows, columns], or of colours, uint8 [rows, columns, 3].

    Source: PNG, third edition (W3C 2025); filter type 0.
    """
    has_shades = pixels.ndim == 2
    n_rows, n_columns = pixels.shape[:2]
    rows = np.concatenate([np.zeros((n_rows, 1), np.uint8), pixels.reshape(n_rows, -1)], axis=1)
    header = struct.pack('>IIBBBBB', n_columns, n_rows, 8, _OF_PALETTE if has_shades else _OF_COLOURS, 0, 0, 0)
    return (SIGNATURE + _chunk(b'IHDR', header) + (_chunk(b'PLTE', palette().tobytes()) if has_shades else b'')
            + _chunk(b'IDAT', zlib.compress(rows.tobytes(), 9)) + _chunk(b'IEND', b''))


def png_data_uri(pixels: np.ndarray) -> str:
    """Returns the address of a picture within the page."""
    return 'data:image/png;base64,' + base64.b64encode(png_of(pixels)).decode('ascii')


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack('>I', len(content)) + name + content + struct.pack('>I', zlib.crc32(name + content))
