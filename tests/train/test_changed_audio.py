"""Audio that is shortened, removed or swapped while a training runs is named and left out; the training goes on."""

import csv
import os
import shutil

import numpy as np
import pytest
from wav_files import wav_bytes

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import prepare_sets
from deepspeech_training.errors import DataError
from deepspeech_training.settings.config import CheckpointConfig, ReportConfig, RunConfig, ScheduleConfig, SetConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train.loop import train


@pytest.fixture
def copied_clips(clips, tmp_path):
    """CSV with copies of the nine recordings, and their paths from short to long."""
    with open(str(clips), encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    path = tmp_path / 'copies.csv'
    with open(str(path), 'w', encoding='utf-8', newline='') as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        shutil.copy(str(clips.parent / row['wav_filename']), str(tmp_path / row['wav_filename']))
    return str(path), sorted((str(tmp_path / row['wav_filename']) for row in rows), key=os.path.getsize)


@pytest.fixture
def trained(copied_clips, alphabet, tmp_path, log):
    """Function (what happens to the files after the check) that trains an epoch; returns the last checkpoint."""
    def run_training(change, batch_size):
        path, wavs = copied_clips
        directory = str(tmp_path / 'checkpoints')
        os.makedirs(directory)
        run = RunConfig(alphabet, ModelConfig(alphabet.size, 8), train=SetConfig((path,), batch_size),
                        dev=SetConfig((path,), batch_size), schedule=ScheduleConfig(epochs=2), feature_cache='off',
                        checkpoints=CheckpointConfig(directory, directory),
                        report=ReportConfig(show_progressbar=False, summary_dir=directory))
        sets = prepare_sets(run, str(tmp_path), Log(3))
        change(wavs)
        train(run, sets.training, None, CheckpointDirectory(directory), log)
        return CheckpointDirectory(directory).last(log)
    return run_training


@pytest.mark.parametrize('batch_size', [1, 4])
def test_a_few_changed_files_are_named_once_and_left_out(trained, output, batch_size):
    def change(wavs):
        os.remove(wavs[0])
        with open(wavs[3], 'r+b') as file:
            file.truncate(10000)
        with open(wavs[5], 'wb') as file:
            file.write(wav_bytes(np.full(20000, np.nan, '<f4').tobytes(), bits=32, tag=3))
        os.remove(wavs[8])
        os.mkfifo(wavs[8])
    last = trained(change, batch_size)
    said = output.getvalue()
    assert last.progress['epoch'] == 2 and np.isfinite(last.progress['best'])
    assert all(np.isfinite(last.value(name)).all() for name in last.shapes)
    named = [line for line in said.split('\n') if line.startswith('E Cannot be used any more: ')]
    assert len(named) == 4 and len(set(named)) == 4
    for reason in ('cannot be opened (No such file', 'ends after 0.31 of ', '32-bit float', 'it is a named pipe'):
        assert sum(reason in line for line in named) == 1
    assert said.count('W 4 of 9 utterances of ') == 4 and 'diverged' not in said


def test_a_training_whose_files_have_all_gone_ends_with_a_sentence(trained):
    with pytest.raises(DataError, match=r'copies\.csv: 5 of 9 utterances cannot be read any more, for example .*wav: cannot be '
                                        r'opened \(No such file or directory\); see that the files are as they were'):
        trained(lambda wavs: [os.remove(wav) for wav in wavs], 1)
