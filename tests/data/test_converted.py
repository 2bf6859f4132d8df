"""The directory of converted audio: what killed runs leave is removed, what is used stays, and it does not grow forever."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deepspeech_training.data.converted import ConvertedAudio

HOLDER = ('import sys, time; from deepspeech_training.data.converted import ConvertedAudio\n'
          'held = ConvertedAudio(sys.argv[1]); print("here", flush=True); time.sleep(100)')


@pytest.fixture
def directory(tmp_path):
    """A directory with copies 0 to 9 of 1000 bytes each, used in this order, and an unfinished one."""
    path = tmp_path / 'converted'
    path.mkdir()
    for number in range(10):
        (path / f'{number}.wav').write_bytes(bytes(1000))
        os.utime(str(path / f'{number}.wav'), (1000 + number, 500))
    (path / '.tmp-0123.wav').write_bytes(bytes(100))
    return path


def names(directory):
    return sorted(name for name in os.listdir(str(directory)) if name != '.lock' and not name.startswith('.run-'))


def wavs(*numbers):
    return [f'{number}.wav' for number in numbers]


def test_what_was_not_used_for_longest_goes_first_and_what_is_used_stays(directory):
    assert ConvertedAudio(str(directory), 4000).tidy([str(directory / '1.wav')]) == 6
    assert names(directory) == wavs(1, 7, 8, 9)
    assert os.stat(str(directory / '1.wav')).st_mtime == 500  # by which features are known
    assert ConvertedAudio(str(directory), 1000).tidy([]) == 3
    assert names(directory) == wavs(1)  # used last


def test_all_that_a_run_uses_stays_beyond_the_limit(directory):
    every = [str(directory / name) for name in wavs(*range(10))]
    assert ConvertedAudio(str(directory), 10).tidy(every) == 0
    assert names(directory) == wavs(*range(10))


def test_nothing_is_removed_while_another_run_goes_on_and_a_killed_one_is_none(directory):
    with subprocess.Popen([sys.executable, '-c', HOLDER, str(directory)], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b'here\n'
        assert ConvertedAudio(str(directory), 0).tidy([]) == 0
        assert len(names(directory)) == 11
        other.kill()
    assert ConvertedAudio(str(directory), 0).tidy([]) == 10
    assert names(directory) == []
    assert len([name for name in os.listdir(str(directory)) if name.startswith('.run-')]) == 1  # that of this test


def test_a_directory_that_is_not_there_or_has_no_room_is_no_reason_to_end(tmp_path):
    gone = tmp_path / 'gone'
    held = ConvertedAudio(str(gone))
    assert held.tidy([str(gone / 'a.wav')]) == 0 and not gone.exists()
    gone.mkdir()  # made by the first conversion
    (gone / '.tmp-1.wav').write_bytes(b'')
    assert held.tidy([]) == 0 and names(gone) == []
    Path(str(tmp_path / 'file')).write_bytes(b'')
    assert ConvertedAudio(str(tmp_path / 'file')).tidy([]) == 0
