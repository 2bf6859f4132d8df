import os
import random
from collections import Counter

import pytest

from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import prepare_sets, read_each, read_set
from deepspeech_training.data.rejected import TOO_SHORT, Rejection, write_rejected
from deepspeech_training.data.utterance import RecordedFile, Row
from deepspeech_training.errors import DataError
from deepspeech_training.settings.config import CheckpointConfig, RunConfig, SetConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.text.alphabet import Alphabet

ROW = Row(RecordedFile('/a.wav'), 'x', size_bytes=1, id='/a.wav', source='set.csv', line=2, speaker='')
REJECTED = Rejection(ROW, 'too short', TOO_SHORT)


@pytest.fixture
def make_set(make_csv, make_wav):
    """make_set(name, [n_samples, ...]) writes a CSV whose clips are called like it and numbered."""
    def make(name, lengths, rate_hz=16000):
        rows = ['wav_filename,wav_filesize,transcript']
        for index, n_samples in enumerate(lengths):
            make_wav(f'{name}{index}.wav', n_samples, rate_hz)
            rows.append(f'{name}{index}.wav,{44 + 2 * n_samples},{name}{index}')
        return make_csv('\n'.join(rows) + '\n', name + '.csv')
    return make


def names(rows):
    return [row.transcript for row in rows]


def test_smallest_file_first_and_equal_sizes_in_file_order(make_csv):
    path = make_csv('wav_filename,wav_filesize,transcript\na.wav,30,a\nb.wav,9,b\nc.wav,30,c\nd.wav,100,d\n')
    for reverse, order in ((False, ['b', 'a', 'c', 'd']), (True, ['d', 'a', 'c', 'b'])):
        config = SetConfig(files=(path,), reverse=reverse)
        assert names(read_set(config)) == names(read_each(config)[0][1]) == order


def test_without_sizes_the_files_themselves_are_ordered_by_size(make_csv, make_wav):
    make_wav('long.wav', 2000)
    make_wav('short.wav', 1000)
    path = make_csv('wav_filename,transcript\nlong.wav,l\nshort.wav,s\ngone.wav,g\n')
    assert names(read_set(SetConfig(files=(path,)))) == ['g', 's', 'l']


def test_several_files_are_merged_by_duration(make_set):
    a, b = make_set('a', [100, 300, 500]), make_set('b', [200, 300, 400])
    assert names(read_set(SetConfig(files=(a, b)))) == ['a0', 'b0', 'a1', 'b1', 'b2', 'a2']
    assert names(read_set(SetConfig(files=(b, a)))) == ['a0', 'b0', 'b1', 'a1', 'b2', 'a2']


def test_reverse_merges_longest_first_with_ties_in_source_order(make_set):
    a, b = make_set('a', [100, 300, 500]), make_set('b', [200, 300, 400])
    assert names(read_set(SetConfig(files=(a, b), reverse=True))) == ['a2', 'b2', 'a1', 'b1', 'b0', 'a0']


def test_duration_counts_not_size(make_set):
    fast, slow = make_set('f', [1600], rate_hz=32000), make_set('s', [1000], rate_hz=8000)  # 50 ms and 125 ms
    assert names(read_set(SetConfig(files=(slow, fast)))) == ['f0', 's0']


def test_merge_is_ordered_even_when_the_sizes_lie(make_csv, make_wav):
    rng = random.Random(3)
    files, duration_of = [], {}
    for name in 'abc':
        rows = ['wav_filename,wav_filesize,transcript']
        for index in range(8):
            duration_of[f'{name}{index}'] = n_samples = rng.randrange(1, 6) * 100
            make_wav(f'{name}{index}.wav', n_samples)
            rows.append(f'{name}{index}.wav,{rng.randrange(1000)},{name}{index}')
        files.append(make_csv('\n'.join(rows), name + '.csv'))
    for reverse in (False, True):
        order = names(read_set(SetConfig(files=tuple(files), reverse=reverse)))
        durations = [duration_of[name] for name in order]
        assert durations == sorted(durations, reverse=reverse)
        assert sorted(order) == sorted(duration_of)
        assert all(one[0] <= two[0] for one, two in zip(order, order[1:]) if duration_of[one] == duration_of[two])


def test_limit_comes_last(make_set):
    a, b = make_set('a', [100, 300, 500]), make_set('b', [200, 300, 400])
    assert names(read_set(SetConfig(files=(a, b), limit=3))) == ['a0', 'b0', 'a1']
    assert names(read_set(SetConfig(files=(a, b), limit=2, reverse=True))) == ['a2', 'b2']
    assert len(read_set(SetConfig(files=(a, b), limit=100))) == 6


def test_missing_audio_does_not_stop_the_merge(make_set, make_csv):
    gone = make_csv('wav_filename,wav_filesize,transcript\ngone.wav,1,gone\n', 'gone.csv')
    assert names(read_set(SetConfig(files=(make_set('a', [100]), gone)))) == ['gone', 'a0']


def test_test_files_stay_apart_and_are_limited_each(make_set):
    a, b = make_set('a', [300, 100]), make_set('b', [200, 150])
    assert [(path, names(rows)) for path, rows in read_each(SetConfig(files=(b, a), limit=1))] == [
        (b, ['b1']), (a, ['a1'])]


def test_upper_case_extension_is_a_csv(make_set, tmp_path):
    path = tmp_path / 'A.CSV'
    with open(make_set('a', [100])) as file:
        path.write_text(file.read())
    assert names(read_set(SetConfig(files=(str(path),)))) == ['a0']


@pytest.mark.parametrize('files, message', [
    ((), 'at least one CSV'),
    (('x/train.sdb',), r'x/train\.sdb: cannot be opened \(No such file'),
    (('train.tsv',), r"train\.tsv: unknown type of data set '\.tsv'"), (('train',), "unknown type of data set ''")])
def test_other_sources_are_refused_by_name(files, message):
    with pytest.raises(DataError, match=message):
        read_set(SetConfig(files=files))


def test_each_audio_file_is_opened_once_by_all_checks_of_all_sets(make_set, tmp_path, monkeypatch):
    """Merging by duration, the check of each set, conversion and the recording to transcribe share what was seen."""
    def lengths(first):
        return [first + 1600 * index for index in range(3)]

    a, b, slow = make_set('a', lengths(16000)), make_set('b', lengths(16800)), make_set('s', lengths(16000), 8000)
    opened, plain_open = Counter(), os.open

    def counting_open(file, *arguments, **options):
        opened[str(file)] += str(file).endswith('.wav')
        return plain_open(file, *arguments, **options)

    directory = str(tmp_path / 'checkpoints')
    alphabet = Alphabet('abs012')
    run = RunConfig(alphabet, ModelConfig(alphabet.size), train=SetConfig((a, slow, b)), dev=SetConfig((a, slow)),
                    metrics=SetConfig((b,)), test=SetConfig((slow, a)), one_shot_file=str(tmp_path / 'a0.wav'),
                    checkpoints=CheckpointConfig(directory, directory))
    monkeypatch.setattr(os, 'open', counting_open)
    sets = prepare_sets(run, str(tmp_path / 'converted'), Log(3))
    monkeypatch.undo()
    assert len(sets.training.train) == 9 and [len(utterances) for _, utterances in sets.test] == [3, 3]
    names = [f'{name}{index}' for name in 'abs' for index in range(3)]
    # To convert a recording, it is opened once more.
    assert {name: opened[str(tmp_path / f'{name}.wav')] for name in names} == {name: 1 + (name[0] == 's') for name in names}
    copies = {utterance.audio.describe() for utterance in sets.test[0][1]}
    # A copy is looked for before it is made, then read once.
    assert len(copies) == 3 and {opened[path] for path in copies} == {2}
    for utterance in sets.training.train:
        assert utterance.n_samples == len(utterance.audio.read())


@pytest.mark.parametrize('damage', [b'\xff\xfe', b'set,wav\n', b'set,wav_filename,reason,transcript\ntrain,a', b'\0\0"'])
def test_a_damaged_list_of_rejected_rows_is_begun_anew(damage, tmp_path):
    path = tmp_path / 'rejected.csv'
    path.write_bytes(damage)
    assert not write_rejected(str(path), {'test': [REJECTED]})
    assert [line.split(',')[0] for line in path.read_text(encoding='utf-8').splitlines()] == ['set', 'test']
    assert write_rejected(str(path), {'train': [REJECTED]})
