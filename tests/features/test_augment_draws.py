"""What chance decides is a function of (seed, epoch, index, augmentation), and as the ranges say."""

import hashlib

import numpy as np
import pytest

from deepspeech_training.data.utterance import Draw
from deepspeech_training.features.augment.chain import Chain
from deepspeech_training.features.augment.draws import Facts, Moment, fewest_frames, generator
from deepspeech_training.settings.augmentation import augmentations

DRAW = Draw(seed=4568, epoch=3, index=17, clock=0.5)
# As NumPy 2.4 and 1.18 both gave them; what they are is of no interest, only that it is the same.
UNIFORM = [0.4608715744435856, 0.27694684688920557, 0.23776653984515617]
NORMAL = [0.9928524016240261, 0.17281462107521517, -0.28046657028882693]
DIGEST = '017abe681cd6550ef10e8b3e24b4bed3'  # of 200000 more of either


def moments(text, n=1000, clock=0.):
    """Yields a Moment for each of the first n utterances that get the augmentation."""
    (asked,) = augmentations([text])
    for index in range(n):
        draw = Draw(1, 0, index, clock)
        yield Moment(asked, generator(draw, asked.domain, 0), clock, Facts(16000))


def test_random_numbers_are_the_same_with_every_numpy():
    rng = generator(DRAW, 'spectrogram', 2)
    assert rng.random(3).tolist() == UNIFORM
    assert rng.standard_normal(3).tolist() == NORMAL
    more = rng.standard_normal(200000).tobytes() + rng.random(200000).tobytes()
    assert hashlib.md5(more).hexdigest() == DIGEST


@pytest.mark.parametrize('other', [DRAW._replace(seed=4569), DRAW._replace(epoch=4), DRAW._replace(index=18)])
def test_each_use_of_an_utterance_has_others(other):
    mine, theirs = [generator(draw, 'features', 0).random(1000) for draw in (DRAW, other)]
    assert abs(np.corrcoef(mine, theirs)[0, 1]) < 0.1 and not np.isin(mine, theirs).any()


def test_augmentations_are_independent_of_each_other_and_of_the_clock():
    same = generator(DRAW._replace(clock=0.9), 'features', 0).random(1000)
    streams = [generator(DRAW, domain, number).random(1000) for domain in ('signal', 'features') for number in (0, 1)]
    assert np.array_equal(same, streams[2])
    correlation = np.corrcoef(streams) - np.eye(4)
    assert np.abs(correlation).max() < 0.1


def test_two_augmentations_of_the_same_probability_are_not_applied_together():
    chain = Chain(augmentations(['pitch[p=0.5] warp[p=0.5]']))
    applied = [[each.name for each, _ in chain.drawn(Draw(1, 0, index)).get('spectrogram', [])] for index in range(1000)]
    for names in ([], ['pitch'], ['warp'], ['pitch', 'warp']):
        assert 190 < applied.count(names) < 310  # 250 expected, deviation 14


@pytest.mark.parametrize('p', [0, 0.2, 1])
def test_an_augmentation_is_applied_with_its_probability(p):
    chain = Chain(augmentations([f'volume[p={p}]']))
    n_applied = sum(bool(chain.drawn(Draw(9, 2, index))) for index in range(1000))
    assert n_applied == 1000 * p if p in (0, 1) else abs(n_applied - 1000 * p) < 50


@pytest.mark.parametrize('clock, low, high', [(0, 8, 12), (0.5, 13, 17), (1, 18, 22)])
def test_a_thousand_draws_are_spread_evenly_over_the_range(clock, low, high):
    values = np.array([moment.pick('snr') for moment in moments('noise[snr=10:20~2]', clock=clock)])
    assert low <= values.min() < low + 0.1 and high - 0.1 < values.max() <= high
    assert abs(values.mean() - (low + high) / 2) < 0.15 and abs(values.std() - 4 / np.sqrt(12)) < 0.05
    assert np.histogram(values, bins=8, range=(low, high))[0].min() > 80  # 125 expected


def test_a_thousand_whole_draws_are_rounded():
    values = [moment.pick_whole('n') for moment in moments('time_mask[n=3~2]')]
    counts = [values.count(value) for value in range(7)]
    assert sum(counts) == 1000 and counts[0] == counts[6] == 0
    assert all(90 < count < 160 for count in (counts[1], counts[5])) and all(200 < count < 300 for count in counts[2:5])


def test_values_of_one_augmentation_are_independent_of_each_other():
    pairs = np.array([(moment.pick('delay'), moment.pick('decay')) for moment in moments('reverb[delay=20~10,decay=10~5]')])
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.1


def test_every_place_of_a_mask_is_as_likely():
    places = [moment.below(5) for moment in moments('frequency_mask')]
    assert all(150 < places.count(place) < 250 for place in range(5))


@pytest.mark.parametrize('labels, n_frames', [([], 0), ([3], 1), ([3, 3], 3), ([1, 1, 1, 2], 6), ([1, 2, 1], 3)])
def test_equal_neighbours_need_a_blank_between_them(labels, n_frames):
    assert fewest_frames(np.array(labels, np.int32)) == n_frames


@pytest.mark.parametrize('text', ['noise', 'volume', 'speed', 'reverb', 'resample', 'codec', 'time_mask[domain=signal]'])
def test_of_no_sound_nothing_comes(text):
    chain = Chain(augmentations([text]))
    assert chain.audio(np.zeros(0, np.float32), chain.drawn(DRAW), DRAW, Facts(16000)).shape == (0,)
