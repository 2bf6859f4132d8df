"""Makers of real WAV and CSV files."""

import numpy as np
import pytest
from wav_files import pcm16, tone, wav_bytes


@pytest.fixture
def make_wav(tmp_path):
    """make_wav(name, n_samples, rate_hz=16000, **how) writes a tone and returns the path as str."""
    def make(name, n_samples=16000, rate_hz=16000, n_channels=1, **how):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = np.repeat(tone(n_samples, rate_hz), n_channels)
        path.write_bytes(wav_bytes(pcm16(samples), n_channels, rate_hz, **how))
        return str(path)
    return make


@pytest.fixture
def make_csv(tmp_path):
    """make_csv(text, name) writes text or bytes as they are and returns the path as str."""
    def make(text, name='set.csv'):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode('utf-8'))
        return str(path)
    return make
