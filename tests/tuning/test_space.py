"""What a search may change: how it is written, and which flags its values stand for.

Short because there is little to write.
"""

import pytest

from deepspeech_training.errors import ConfigError
from deepspeech_training.settings.augmentation import augmentations
from deepspeech_training.settings.flags import TABLE
from deepspeech_training.tuning.space import (
    AUGMENT_STRENGTH,
    DEFAULT_SPACE,
    Choice,
    Interval,
    flags_of,
    parse_space,
)
from deepspeech_training.tuning.trial import RESERVED, check_flags


def test_lists_and_ranges_are_read():
    assert parse_space(['n_hidden=128, 256', '--learning_rate=1e-4:1e-2:log', 'dropout_rate=0:0.5']) == [
        Choice('n_hidden', ('128', '256')), Interval('learning_rate', 1e-4, 1e-2, True),
        Interval('dropout_rate', 0., .5, False)]


def test_flags_that_are_searched_for_exist():
    names = {each.name for each in parse_space(DEFAULT_SPACE)}
    assert names - {AUGMENT_STRENGTH} <= set(TABLE) and AUGMENT_STRENGTH in names


@pytest.mark.parametrize('texts, said', [
    (['n_hidden'], 'neither a list'), (['=3'], 'neither a list'), (['n_hidden='], 'neither a list'),
    (['dropout_rate=a:b'], 'neither a list'), (['dropout_rate=0:1:2:log'], 'neither a list'),
    (['dropout_rate=0.5:0.1'], 'to a greater one'), (['dropout_rate=0:inf'], 'to a greater one'),
    (['learning_rate=0:1:log'], 'above 0'), (['n_hidden=1,2', 'n_hidden=3'], 'given 2 times')])
def test_what_cannot_be_read_is_refused(texts, said):
    with pytest.raises(ConfigError, match=said):
        parse_space(texts)


def test_values_become_flags():
    assert flags_of({'learning_rate': 0.00123456789, 'n_hidden': '128'}) == ['--learning_rate=0.00123457', '--n_hidden=128']
    assert flags_of({AUGMENT_STRENGTH: 0.}) == []
    assert '--augment=tempo[p=0.5,factor=1~0.1]' in flags_of({AUGMENT_STRENGTH: .5})


@pytest.mark.parametrize('strength', [1e-6, 1 / 3, 1.])
def test_every_strength_of_augmentation_can_be_asked_for(strength):
    asked = augmentations(flag.partition('=')[2] for flag in flags_of({AUGMENT_STRENGTH: strength}))
    assert [each.name for each in asked] == ['tempo', 'pitch', 'time_mask', 'frequency_mask']


@pytest.mark.parametrize('name', RESERVED)
def test_flags_that_the_search_decides_are_refused(name):
    with pytest.raises(ConfigError, match=f'--{name}: the search decides'):
        check_flags(['--train_files', 'a.csv', '--dev_files', 'a.csv', f'--{name}=1'])


def test_trials_need_a_validation_set():
    with pytest.raises(ConfigError, match='--dev_files is missing'):
        check_flags(['--train_files', 'a.csv'])
