"""Real speech, and files of it that odd programs might have written."""

import struct
import subprocess
import wave
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parents[1]
CLIP = TESTS / 'clips' / 'digits_yesterday.wav'
RATE_HZ = 16000
SUBFORMAT_TAIL = b'\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71'


def speech():
    """Returns int16 [n_samples] of CLIP, read by Python's own module."""
    with wave.open(str(CLIP)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), '<i2')


def wav_bytes(data, n_channels=1, rate_hz=RATE_HZ, bits=16, tag=1, before=b'', after=b'', data_size=None,
              riff_size=None):
    """Returns a WAV file; sizes can be made to lie."""
    block = n_channels * bits // 8
    fields = struct.pack('<HHIIHH', tag, n_channels, rate_hz, rate_hz * block, block, bits)
    if tag == 0xFFFE:
        fields += struct.pack('<HHIH', 22, bits, 0, 1) + SUBFORMAT_TAIL
    chunks = b'WAVEfmt ' + struct.pack('<I', len(fields)) + fields + before
    chunks += b'data' + struct.pack('<I', len(data) if data_size is None else data_size) + data + after
    return b'RIFF' + struct.pack('<I', len(chunks) if riff_size is None else riff_size) + chunks


def run_program(*command):
    """Runs sox or ffmpeg; returns what it writes to a pipe."""
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert result.returncode == 0, result.stderr.decode('utf-8', 'replace')
    return result.stdout


def likeness(samples, reference=None):
    """Returns the correlation of two recordings, whichever comes a little later."""
    reference = speech() if reference is None else reference
    samples, reference = samples.astype(float), reference.astype(float)
    n_samples = min(len(samples), len(reference))
    spectra = np.fft.rfft(samples, 2 * len(samples)), np.fft.rfft(reference, 2 * len(samples))
    best = int(np.argmax(np.fft.irfft(spectra[0] * np.conj(spectra[1]))))
    shift = best if best < len(samples) else best - 2 * len(samples)
    assert abs(shift) < 0.1 * RATE_HZ
    here, there = samples[max(0, shift):], reference[max(0, -shift):]
    n_samples = min(len(here), len(there))
    return np.corrcoef(here[:n_samples], there[:n_samples])[0, 1]
