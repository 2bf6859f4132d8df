"""Splits that are the same everywhere and keep speakers apart."""

import random

import pytest

from deepspeech_training.corpora.splits import Shares, parse_shares, split
from deepspeech_training.errors import ConfigError


def clips_of(n_clips, n_speakers):
    return [(f'clip{index}', f'speaker{index % n_speakers}' if n_speakers else '') for index in range(n_clips)]


def by_clip(clips, **options):
    return dict(zip(clips, split(clips, **options)))


@pytest.mark.parametrize('n_clips, n_speakers', [(1000, 50), (1000, 0), (100, 7), (30, 3)])
def test_order_of_the_clips_is_of_no_importance(n_clips, n_speakers):
    clips = clips_of(n_clips, n_speakers)
    expected = by_clip(clips)
    random.Random(1).shuffle(clips)
    assert by_clip(clips) == expected
    assert by_clip(clips, seed=1) != expected


@pytest.mark.parametrize('n_clips, n_speakers', [(1000, 50), (1000, 10), (60, 3), (500, 400)])
def test_speakers_are_kept_apart_and_no_set_is_empty(n_clips, n_speakers):
    sets = {}
    for (_, speaker), name in by_clip(clips_of(n_clips, n_speakers)).items():
        sets.setdefault(name, set()).add(speaker)
    assert set(sets) == {'train', 'dev', 'test'}
    assert not sets['train'] & sets['dev'] and not sets['train'] & sets['test'] and not sets['dev'] & sets['test']


def test_sizes_are_those_asked_for():
    names = split(clips_of(10000, 500), Shares(70, 20, 10))
    assert 6800 < names.count('train') < 7200 and 1900 < names.count('dev') < 2200 and 900 < names.count('test') < 1200
    assert set(split(clips_of(100, 10), Shares(100, 0, 0))) == {'train'}


def test_a_speaker_of_half_the_clips_trains():
    clips = [(f'clip{index}', 'loud' if index < 500 else f'speaker{index}') for index in range(1000)]
    assert {name for (_, speaker), name in by_clip(clips).items() if speaker == 'loud'} == {'train'}


def test_few_speakers_or_clips():
    assert sorted(set(split(clips_of(100, 2)))) == ['dev', 'test', 'train']
    assert sorted(split(clips_of(3, 0))) == ['dev', 'test', 'train']
    assert split(clips_of(1, 0)) == ['train']
    assert split([]) == []


def test_adding_a_clip_moves_few_others():
    """So that a corpus that grows keeps its test set, mostly."""
    before, after = by_clip(clips_of(1000, 0)), by_clip(clips_of(1010, 0))
    assert sum(before[clip] != after[clip] for clip in before) < 20


@pytest.mark.parametrize('text', ['80,10', '80,10,20', 'a,b,c', '0,50,50', '110,-10,0', '80,10,10,0', ''])
def test_shares_that_are_none_are_refused(text):
    with pytest.raises(ConfigError, match='--split'):
        parse_shares(text)


def test_hundreds_of_thousands_of_clips_are_parted_at_once():
    names = split(clips_of(200000, 0))
    assert (names.count('test'), names.count('dev')) == (20000, 20000)
