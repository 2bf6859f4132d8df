"""Pictures of matrices: numbers become colours, colours a PNG file, the file an address within the page.

Short because PNG wants no more.
"""

import base64
import struct
import zlib

import numpy as np

SIGNATURE = b'\x89PNG\r\n\x1a\n'
_RGB = 2  # PNG's colour type
# From low to high, by rising lightness, so that it can be read without seeing colours, too: red, green, blue.
_SHADES = ((8, 10, 34), (54, 22, 104), (122, 32, 120), (190, 54, 92), (236, 108, 52), (250, 178, 46), (252, 250, 190))


def shades(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Returns colours, uint8 [rows, columns, 3], of float [rows, columns]; what is beyond `low` and `high` counts as these."""
    share = np.clip((values - low) / (high - low), 0, 1) if high > low else np.zeros(values.shape)
    stops = np.linspace(0, 1, len(_SHADES))
    channels = [np.interp(share, stops, [shade[channel] for shade in _SHADES]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def png_of(pixels: np.ndarray) -> bytes:
    """Returns a PNG file of uint8 [rows, columns, 3]. Source: PNG, third edition (W3C 2025); filter type 0 in each row."""
    n_rows, n_columns = pixels.shape[:2]
    rows = np.zeros((n_rows, 1 + 3 * n_columns), np.uint8)
    rows[:, 1:] = pixels.reshape(n_rows, -1)
    header = struct.pack('>IIBBBBB', n_columns, n_rows, 8, _RGB, 0, 0, 0)
    return SIGNATURE + _chunk(b'IHDR', header) + _chunk(b'IDAT', zlib.compress(rows.tobytes(), 9)) + _chunk(b'IEND', b'')


def png_data_uri(pixels: np.ndarray) -> str:
    """Returns the address of a picture within the page."""
    return 'data:image/png;base64,' + base64.b64encode(png_of(pixels)).decode('ascii')


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack('>I', len(content)) + name + content + struct.pack('>I', zlib.crc32(name + content))
