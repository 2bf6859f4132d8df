"""Levels by definition: 20 log10 of the peak, 3.0103 of a peak of 1."""

import numpy as np
import pytest

from deepspeech_training.features.augment.loudness import gain_ratio, normalised, peak_dbfs


def samples_of(*values):
    samples = np.array(values, np.float32)
    samples.flags.writeable = False
    return samples


@pytest.mark.parametrize('values, level', [((0.2, -1), 3.0103), ((0.1, 0), -16.9897), ((0, -0.5), -3.0103), ((0.25,), -9.0309)])
def test_the_level_is_that_of_the_peak_whatever_its_sign(values, level):
    assert peak_dbfs(samples_of(*values)) == pytest.approx(level, abs=1e-4)


def test_silence_has_a_level():
    assert peak_dbfs(samples_of(0, 0)) == peak_dbfs(samples_of()) == pytest.approx(-316.9897)


@pytest.mark.parametrize('db, ratio', [(0, 1), (20, 10), (-20, 0.1), (6.0206, 2), (-60, 0.001)])
def test_twenty_decibels_are_a_factor_of_ten(db, ratio):
    assert gain_ratio(db) == pytest.approx(ratio, rel=1e-5)


@pytest.mark.parametrize('dbfs, peak', [(3.0103, 1), (-16.9897, 0.1), (-36.9897, 0.01)])
def test_normalised_samples_have_that_peak(dbfs, peak):
    result = normalised(samples_of(0.02, -0.04, 0.01), dbfs)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, [0.5 * peak, -peak, 0.25 * peak], rtol=1e-5)


def test_what_is_too_loud_is_clipped():
    np.testing.assert_allclose(normalised(samples_of(0.02, -0.04, 0.001), 23.0103), [1, -1, 0.25], rtol=1e-5)


@pytest.mark.parametrize('dbfs', [-1e9, -700, 0, 700, 1e9])
@pytest.mark.parametrize('values', [(), (0, 0), (1e-30, 0), (1, -1.00003)])
def test_no_level_gives_what_is_no_number(values, dbfs):
    result = normalised(samples_of(*values), dbfs)
    assert len(result) == len(values) and (np.abs(result) <= 1).all()
