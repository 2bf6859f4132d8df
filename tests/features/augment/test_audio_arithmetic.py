"""Augmentations of sound against plain loops, against levels by definition, and on real speech."""

import numpy as np
import pytest
from sounds import speech
from wav_files import tone

from deepspeech_training.data import opus_encoder
from deepspeech_training.errors import DataError
from deepspeech_training.features.augment import audio
from deepspeech_training.features.augment.loudness import peak_dbfs

RATE_HZ = 16000
IMPULSE = np.array([0.1, -0.3, 1, 0, 0.5, 0, 0, -0.25], np.float32)
# Each augmentation with values as they are picked.
ALL = {'volume': lambda samples: audio.volume(samples, -10),
       'overlay': lambda samples: audio.overlay(samples, samples[::-1], 3),
       'overlay of silence': lambda samples: audio.overlay(samples, np.zeros_like(samples), 3),
       'reverb': lambda samples: audio.reverb(samples, RATE_HZ, delay_ms=20, decay_db=10),
       'reverb without end': lambda samples: audio.reverb(samples, RATE_HZ, delay_ms=0, decay_db=-10),
       'convolve_reverb': lambda samples: audio.convolve_reverb(samples, IMPULSE),
       'resample': lambda samples: audio.resample(samples, RATE_HZ, 8000),
       'resample above': lambda samples: audio.resample(samples, RATE_HZ, 44100),
       'speed': lambda samples: audio.speed(samples, 1.0832),
       'slow': lambda samples: audio.speed(samples, 0.5),
       'codec': lambda samples: audio.codec(samples, RATE_HZ, 3200),
       'codec of another rate': lambda samples: audio.codec(samples, 22050, 64000)}


@pytest.fixture
def said():
    """Real speech, float32, not to be written to."""
    return read_only(speech() / 32767)


def read_only(samples):
    samples = np.array(samples, np.float32)
    samples.flags.writeable = False
    return samples


def noise(n, seed, peak=0.5):
    return read_only(np.random.RandomState(seed).uniform(-peak, peak, n))


def peak(samples):
    return np.abs(samples).max()


def lag(samples, reference):
    """Returns by how many samples something comes late."""
    n_fft = 2 * len(samples)
    likeness = np.fft.irfft(np.fft.rfft(samples, n_fft) * np.conj(np.fft.rfft(reference, n_fft)))
    best = int(np.argmax(likeness))
    return best if best < len(samples) else best - n_fft


@pytest.mark.parametrize('name', sorted(ALL))
@pytest.mark.parametrize('n', [0, 1, 2, 3, 17, 320, 961])
@pytest.mark.parametrize('kind', ['noise', 'silence', 'clipped'])
def test_short_and_silent_and_clipped_sound_stays_sound(name, n, kind):
    samples = {'noise': noise(n, 1), 'silence': read_only(np.zeros(n)),
               'clipped': read_only(np.where(np.arange(n) % 4 < 2, 1, -32768 / 32767))}[kind]
    result = ALL[name](samples)
    assert result.dtype == np.float32 and result.ndim == 1
    assert (np.abs(result) <= 1).all()  # which a NaN is not
    if name not in ('speed', 'slow'):
        assert len(result) == n
    if kind == 'silence' and 'codec' not in name:
        assert not result.any()


@pytest.mark.parametrize('name', sorted(ALL))
def test_speech_is_changed_in_the_same_way_every_time(said, name):
    result = ALL[name](said)
    assert np.array_equal(result, ALL[name](said)) and result.any()
    assert result.base is not said and not np.shares_memory(result, said)
    if name not in ('overlay of silence', 'resample above'):
        n = min(len(result), len(said))
        assert np.abs(result[:n] - said[:n]).max() > 0.01


def test_volume_sets_the_peak(said):
    assert peak(audio.volume(said, 3.0103)) == pytest.approx(1, rel=1e-6)
    assert peak_dbfs(audio.volume(said, -20)) == pytest.approx(-20, abs=1e-4)


@pytest.mark.parametrize('snr_db', [-6, 0, 3, 20])
def test_overlay_puts_noise_below_speech_by_the_peaks_and_keeps_the_peak(said, snr_db):
    under = noise(len(said), 2, peak=0.03)
    result = audio.overlay(said, under, snr_db)
    scaled = under.astype(float) * peak(said) / peak(under) / 10 ** (snr_db / 20)
    mixed = said + scaled
    np.testing.assert_allclose(result, mixed * peak(said) / peak(mixed), atol=1e-6)
    assert peak_dbfs(result) == pytest.approx(peak_dbfs(said), abs=1e-4)


def test_silence_laid_under_speech_changes_nothing(said):
    np.testing.assert_allclose(audio.overlay(said, np.zeros_like(said), -100), said, rtol=1e-6)


@pytest.mark.parametrize('delay_ms, decay_db', [(20, 10), (3.3, 1), (0, 6), (20, 0), (20, -5), (1000, 10)])
def test_reverb_is_the_sum_of_five_combs(delay_ms, decay_db):
    samples = noise(1800, 3)
    total, gain = samples.astype(float), 10 ** (-max(0, decay_db) / 20)
    for prime in (17, 19, 23, 29, 31):
        delay = max(16, int(delay_ms * prime / 17 * RATE_HZ / 1000))
        y = samples.astype(float)
        for i in range(delay, len(y)):
            y[i] = samples[i] + gain * y[i - delay]
        total += y
    np.testing.assert_allclose(audio.reverb(samples, RATE_HZ, delay_ms, decay_db), total * peak(samples) / peak(total),
                               atol=1e-6)


@pytest.mark.parametrize('n', [1, 100, 5000, 40000])
@pytest.mark.parametrize('n_impulse', [1, 2, 300, 4096, 9000])
def test_a_room_is_a_convolution_from_the_direct_sound_on(n, n_impulse):
    samples, impulse = noise(n, 4), np.array(noise(n_impulse, 5))
    direct = n_impulse // 3
    impulse[direct] = 0.9
    wet = np.convolve(samples.astype(float), impulse)[direct:direct + n]
    np.testing.assert_allclose(audio.convolve_reverb(samples, impulse), wet * peak(samples) / peak(wet), atol=1e-6)


@pytest.mark.parametrize('before, after', [(0, 0), (500, 0), (0, 5000), (3000, 3000)])
def test_a_room_without_walls_changes_nothing(said, before, after):
    impulse = np.concatenate([np.zeros(before), [-0.2], np.zeros(after)]).astype(np.float32)
    np.testing.assert_allclose(audio.convolve_reverb(said, -impulse), said, atol=1e-6)


@pytest.mark.parametrize('impulse', [np.zeros(0, np.float32), np.zeros(9, np.float32)])
def test_no_response_is_no_room(said, impulse):
    assert np.array_equal(audio.convolve_reverb(said, impulse), said)


def test_resampling_takes_what_is_above_half_the_rate_and_nothing_else():
    low, high = tone(RATE_HZ, frequency_hz=1000), tone(RATE_HZ, frequency_hz=6000)
    result = audio.resample(read_only(0.5 * (low + high)), RATE_HZ, 8000)
    middle = slice(500, -500)
    np.testing.assert_allclose(result[middle], 0.5 * low[middle], atol=1e-3)


@pytest.mark.parametrize('through_hz', [8000, 11025, 12345, 22050, 48000])
def test_resampled_speech_comes_neither_late_nor_shorter(said, through_hz):
    result = audio.resample(said[:-1], RATE_HZ, through_hz)
    assert len(result) == len(said) - 1 and lag(result, said[:-1]) == 0


def test_through_the_same_rate_sound_stays_as_it_is(said):
    assert np.array_equal(audio.resample(said, RATE_HZ, RATE_HZ), said)
    assert np.array_equal(audio.speed(said, 1), said)


@pytest.mark.parametrize('factor', [0.5, 0.9, 1.0832, 1.5])
def test_faster_is_shorter_and_higher(factor):
    result = audio.speed(read_only(tone(RATE_HZ, frequency_hz=1000)), factor)
    assert abs(len(result) - RATE_HZ / factor) <= 0.5
    expected = tone(len(result), frequency_hz=1000 * factor)
    np.testing.assert_allclose(result[500:-500], expected[500:-500], atol=2e-3)


def test_the_length_is_exact_whatever_the_factor():
    for n, factor in zip(range(1, 400), np.random.RandomState(5).uniform(0.4, 2.5, 399)):
        result = audio.speed(noise(n, n), float(factor))
        assert abs(len(result) - n / factor) <= 0.5 and np.isfinite(result).all()
    assert [len(audio.speed(noise(9000, 1), 9000 / n)) for n in range(5000, 5100)] == list(range(5000, 5100))


@pytest.mark.parametrize('rate_hz', [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize('bitrate', [6000, 24000])
def test_sound_through_the_codec_is_known_again_and_not_late(said, rate_hz, bitrate):
    result = audio.codec(said, rate_hz, bitrate)
    assert abs(lag(result, said)) <= rate_hz // 4000  # a quarter of a millisecond
    assert 0.5 < np.corrcoef(result, said)[0, 1] < 0.9999


def test_fewer_bits_are_farther_from_the_sound(said):
    errors = [np.std(audio.codec(said, RATE_HZ, bitrate) - said) for bitrate in (64000, 16000, 6000)]
    assert errors == sorted(errors) and errors[0] < 0.5 * errors[-1]


def test_the_end_of_the_sound_comes_through_the_codec():
    samples = np.zeros(9600, np.float32)
    samples[-400:] = tone(400, frequency_hz=1000)
    assert np.std(audio.codec(samples, RATE_HZ, 24000)[-300:]) > 0.5 * np.std(samples[-300:])


def test_without_libopus_a_sentence_says_what_to_do(monkeypatch, said):
    monkeypatch.setattr(opus_encoder, 'NAMES', ('libnone.so',))
    monkeypatch.setattr(opus_encoder.ctypes.util, 'find_library', lambda name: None)
    audio.libopus.cache_clear()
    with pytest.raises(DataError, match=r'install it \(.* libopus0\), or leave the augmentation codec out\.$'):
        audio.codec(said, RATE_HZ, 3200)


def test_values_are_the_same_everywhere():
    """Pinned; NumPy 1.18 and 2.4, libsoxr as packaged for Python 3.7 and 3.11 gave the same to the last digit."""
    index = np.arange(4000)
    samples = read_only(0.4 * np.sin(index ** 2 / 4000) + 0.3 * np.sin(index / 3))
    for result, expected in ((audio.reverb(samples, RATE_HZ, 20, 10), (0, 0.4289417, 0.5114092, 0.1136731)),
                             (audio.convolve_reverb(samples, IMPULSE), (-0.0085674, 0.4741013, 0.1382706, 0.0701199)),
                             (audio.resample(samples, RATE_HZ, 11025), (0.0108241, 0.5215611, 0.5120741, 0.1941195)),
                             (audio.speed(samples, 1.0832), (0.0034886, -0.2172159, -0.5250885, -0.3197911))):
        np.testing.assert_allclose(result[[0, 100, 2000, -100]], expected, atol=2e-7)
