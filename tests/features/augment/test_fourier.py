"""Fourier transforms that leave signals alone give what NumPy's give."""

import numpy as np
import pytest

from deepspeech_training.features.augment import fourier


@pytest.mark.parametrize('shape, n', [((1,), 1), ((1,), 2), ((3,), 4), ((100,), 256), ((4, 64), 64), ((2, 3, 1000), 4096)])
@pytest.mark.parametrize('leaves_alone', [False, fourier.LEAVES_SIGNALS_ALONE])
def test_they_are_those_of_numpy(shape, n, leaves_alone, monkeypatch):
    monkeypatch.setattr(fourier, 'LEAVES_SIGNALS_ALONE', leaves_alone)
    values = np.random.RandomState(7).standard_normal(shape)
    spectrum = fourier.rfft(values, n)
    assert spectrum.shape == shape[:-1] + (n // 2 + 1,)
    assert np.abs(spectrum - np.fft.rfft(values, n)).max() < 1e-11
    back = fourier.irfft(spectrum, n)
    assert back.dtype == np.float64 and np.abs(back[..., :shape[-1]] - values).max() < 1e-12


def test_the_imaginary_part_is_transformed_as_well():
    rng = np.random.RandomState(8)
    values = rng.standard_normal(512) + 1j * rng.standard_normal(512)
    assert np.abs(fourier.transformed(values) - np.fft.fft(values)).max() < 1e-11
