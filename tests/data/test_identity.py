"""What a set is known by: its sound and transcripts, not where its files lie or what they are called."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from deepspeech_training.data.identity import order_digest, row_digest, set_digest
from deepspeech_training.data.utterance import EXCERPT_BYTES, AudioFile, Utterance

CLIPS = Path(__file__).resolve().parents[1] / 'clips'


def utterance(path, transcript='yesterday'):
    return Utterance.of(str(path), transcript, (0, 0, 0), 40, AudioFile.probe(str(path)))


@pytest.fixture
def clip(tmp_path):
    """A recording to change."""
    return Path(shutil.copy(str(CLIPS / 'digits_yesterday.wav'), str(tmp_path / 'clip.wav')))


def test_a_copy_elsewhere_or_a_touched_file_is_the_same(clip, tmp_path):
    before = row_digest(utterance(clip))
    os.utime(str(clip), (5, 5))
    assert row_digest(utterance(clip)) == before
    (tmp_path / 'other').mkdir()
    assert row_digest(utterance(shutil.move(str(clip), str(tmp_path / 'other' / 'name.wav')))) == before


@pytest.mark.parametrize('place', ['beginning', 'middle', 'end'])
def test_other_sound_of_the_same_name_size_and_time_is_not(place, clip):
    before, state, data = row_digest(utterance(clip)), clip.stat(), bytearray(clip.read_bytes())
    begin = {'beginning': 3000, 'middle': len(data) // 2, 'end': len(data) - 100}[place]
    data[begin:begin + 100] = bytes(100) if any(data[begin:begin + 100]) else b'\1' * 100
    clip.write_bytes(bytes(data))
    os.utime(str(clip), ns=(state.st_atime_ns, state.st_mtime_ns))
    assert row_digest(utterance(clip)) != before


def test_another_transcript_is_another_utterance(clip):
    assert row_digest(utterance(clip, 'today')) != row_digest(utterance(clip)) != row_digest(utterance(clip, None))


@pytest.mark.parametrize('size', [44 + 2, EXCERPT_BYTES - 1, EXCERPT_BYTES, EXCERPT_BYTES + 1, 3 * EXCERPT_BYTES])
def test_short_files_are_looked_at_whole(size, make_wav):
    n_samples = (size - 44) // 2
    paths = [make_wav(name, n_samples) for name in ('a.wav', 'b.wav')]
    assert row_digest(utterance(paths[0])) == row_digest(utterance(paths[1]))
    with open(paths[1], 'r+b') as file:
        file.seek(-1, os.SEEK_END)
        file.write(b'\x7b')
    assert row_digest(utterance(paths[0])) != row_digest(utterance(paths[1]))


def test_the_order_matters_to_steps_only():
    wavs = sorted(CLIPS.glob('*.wav'))
    rows = [utterance(path) for path in wavs]
    assert set_digest(rows) == set_digest(rows[::-1]) != set_digest(rows[:-1])
    steps = [[np.array([0, 1])], [np.array([2])]]
    assert order_digest(rows, steps) == order_digest(rows[:3], steps) != order_digest(rows, steps[::-1])
    assert order_digest(rows, steps) != order_digest(rows, [[np.array([1, 0])], [np.array([2])]])
