"""The list of utterances that a run has left out."""

import csv
import os

import pytest

from deepspeech_training.data.rejected import TOO_SHORT, Rejection, write_rejected
from deepspeech_training.data.utterance import RecordedFile, Row
from deepspeech_training.errors import DataError


def rejection(name, reason='too short', transcript='x'):
    row = Row(RecordedFile(f'/converted/{name}'), transcript, size_bytes=1, id=f'/data/{name}', source='set.csv', line=2,
              speaker='')
    return Rejection(row, reason, TOO_SHORT)


def lines_of(path):
    with open(str(path), encoding='utf-8', newline='') as file:
        return list(csv.reader(file))


def test_rejected_csv_names_the_original_audio(tmp_path):
    path = tmp_path / 'rejected.csv'
    write_rejected(str(path), {'train': [rejection('a.wav', 'needs 6, has 5', 'sch\u00f6n, "ja"')]})
    assert lines_of(path) == [['set', 'wav_filename', 'reason', 'transcript'],
                             ['train', '/data/a.wav', 'needs 6, has 5', 'sch\u00f6n, "ja"']]
    assert os.listdir(str(tmp_path)) == ['rejected.csv']


def test_repeated_run_does_not_list_twice_and_keeps_other_sets(tmp_path):
    path = tmp_path / 'rejected.csv'
    write_rejected(str(path), {'train': [rejection('a.wav'), rejection('b.wav')], 'dev': [rejection('c.wav')]})
    write_rejected(str(path), {'test': [rejection('d.wav')]})
    write_rejected(str(path), {'train': [rejection('b.wav')], 'dev': []})
    assert [row[:2] for row in lines_of(path)[1:]] == [['test', '/data/d.wav'], ['train', '/data/b.wav']]


def test_nothing_rejected_writes_nothing_but_clears_an_old_list(tmp_path):
    path = tmp_path / 'rejected.csv'
    write_rejected(str(path), {'train': [], 'dev': []})
    assert not path.exists()
    write_rejected(str(path), {'train': [rejection('a.wav')]})
    write_rejected(str(path), {'train': []})
    assert lines_of(path) == [['set', 'wav_filename', 'reason', 'transcript']]


def test_line_ends_of_all_kinds_stay_in_their_cells(tmp_path):
    path = tmp_path / 'rejected.csv'
    write_rejected(str(path), {'train': [rejection('a.wav', transcript='mac\rline\nfeed\r\nboth')]})
    assert write_rejected(str(path), {'dev': [rejection('b.wav')]})
    assert lines_of(path)[1:] == [['train', '/data/a.wav', 'too short', 'mac\rline\nfeed\r\nboth'],
                                  ['dev', '/data/b.wav', 'too short', 'x']]


def test_unwritable_list_is_named(tmp_path):
    with pytest.raises(DataError, match='gone/rejected.csv: cannot be written'):
        write_rejected(str(tmp_path / 'gone' / 'rejected.csv'), {'train': [rejection('a.wav')]})


def test_a_pipe_in_place_of_the_list_is_named(tmp_path):
    os.mkfifo(str(tmp_path / 'rejected.csv'))
    with pytest.raises(DataError, match='rejected.csv: the list of left-out utterances cannot be read'):
        write_rejected(str(tmp_path / 'rejected.csv'), {'train': [rejection('a.wav')]})
