"""WAV files byte by byte, so that tests can make odd ones."""

import struct

import numpy as np


def tone(n_samples, rate_hz=16000, frequency_hz=440.0):
    """Returns float64 [n_samples] of a sine at half of full scale."""
    return 0.5 * np.sin(2 * np.pi * frequency_hz * np.arange(n_samples) / rate_hz)


def wav_bytes(data, n_channels=1, rate_hz=16000, bits=16, tag=1, before=b'', after=b'', data_size=None, riff_size=None,
              extension=b''):
    """Returns a WAV file; sizes can be made to lie."""
    block = n_channels * bits // 8
    fields = struct.pack('<HHIIHH', tag, n_channels, rate_hz, rate_hz * block, block, bits) + extension
    chunks = b'WAVEfmt ' + struct.pack('<I', len(fields)) + fields + before
    chunks += b'data' + struct.pack('<I', len(data) if data_size is None else data_size) + data + after
    return b'RIFF' + struct.pack('<I', len(chunks) if riff_size is None else riff_size) + chunks


def pcm16(samples):
    return np.round(samples * 32767).astype('<i2').tobytes()
