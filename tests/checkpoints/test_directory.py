"""A directory of checkpoints is verified once in a run, and again only where something has changed."""

import re
from collections import Counter

import pytest

from deepspeech_training import digests
from deepspeech_training.checkpoints.directory import CheckpointDirectories, CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate, initial_model
from deepspeech_training.digests import file_digest
from deepspeech_training.errors import CheckpointError
from deepspeech_training.evaluate import fingerprint
from deepspeech_training.phases import run_phases
from deepspeech_training.settings.config import (
    Asked,
    CheckpointConfig,
    DecoderConfig,
    ExportConfig,
    ReportConfig,
    ScheduleConfig,
    SetConfig,
)
from deepspeech_training.settings.model import AskedModel
from deepspeech_training.train.state import TrainingState


@pytest.fixture
def read(monkeypatch):
    """Counter of (name, state) of the files that were read for their digests."""
    counter = Counter()

    def counted(path):
        counter[path.split('/')[-1], digests.file_state(path)] += 1
        return file_digest(path)

    monkeypatch.setattr(digests, 'file_digest', counted)
    monkeypatch.setattr(fingerprint, 'file_digest', counted)
    return counter


@pytest.fixture
def saved(open_writer, tmp_path):
    """The path of a directory with train-1, train-2 and best_dev-1."""
    with open_writer() as (writer, session):
        for step in (1, 2):
            writer.save_last(session, step, TrainingState('run', epoch=step).as_dict())
        writer.save_best(session, 1, TrainingState('run', epoch=1).as_dict())
    return tmp_path


def names_read(counter):
    assert set(counter.values()) == {1}, counter
    return sorted(re.sub(r'\.(index|data-.*)', '', name) for name, _ in counter)


def test_each_file_is_read_once_however_often_one_asks(saved, read, log):
    directory = CheckpointDirectory(str(saved))
    for _ in range(3):
        assert directory.last(log).path == directory.newest_of_own_run(log).path == str(saved / 'train-2')
        assert directory.best(log).path == str(saved / 'best_dev-1')
    assert directory.last(log) is directory.last(log)
    assert names_read(read) == ['best_dev-1'] * 2 + ['train-2'] * 2


def test_what_was_just_written_is_not_read_again(open_writer, read, log, tmp_path):
    with open_writer() as (writer, session):
        path = writer.save_last(session, 1, TrainingState().as_dict())
        assert writer.directory.last(log).path == path
        writer.update_progress(path, TrainingState(epoch=4).as_dict())
        found = writer.directory.last(log)
        assert found.progress['epoch'] == 4
        assert found.identity() == file_digest(path + '.index').sha256
    assert names_read(read) == ['train-1'] * 2


def test_damage_is_named_once(saved, log, output):
    (saved / 'train-2.index').write_bytes(b'')
    (saved / 'best_dev-1.index').write_bytes(b'')
    config = CheckpointConfig(str(saved), str(saved))
    directories = CheckpointDirectories.of(config)
    assert initial_model(config, directories, log).path == str(saved / 'train-1')
    assert checkpoint_to_evaluate(directories.save, 'auto', log).path == str(saved / 'train-1')
    assert output.getvalue().count('W 1 damaged checkpoint left out: ') == 1
    assert output.getvalue().count('no best validating checkpoint is sound') == 1


def test_without_a_log_damage_is_not_counted_as_named(saved, log, output):
    (saved / 'train-2.index').write_bytes(b'')
    directory = CheckpointDirectory(str(saved))
    assert directory.last().path == directory.last(log).path == str(saved / 'train-1')
    assert output.getvalue().count('W 1 damaged checkpoint left out: ') == 1


def test_what_changes_meanwhile_is_verified_anew(saved, log):
    directory = CheckpointDirectory(str(saved))
    assert directory.last(log).path == str(saved / 'train-2')
    path = saved / 'train-2.data-00000-of-00001'
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert directory.last(log).path == str(saved / 'train-1')
    path.write_bytes(content)
    assert directory.last(log).path == str(saved / 'train-2')


def test_one_directory_by_one_name_is_one_object(tmp_path):
    config = CheckpointConfig(str(tmp_path), str(tmp_path))
    load, save = CheckpointDirectories.of(config)
    assert load is save
    load, save = CheckpointDirectories.of(CheckpointConfig(str(tmp_path), str(tmp_path / 'other')))
    assert load is not save and load.digests is save.digests


@pytest.fixture
def whole_run(alphabet, clips, tmp_path):
    """Asked: to train, validate, lower the learning rate, test and export."""
    of_clips = SetConfig((str(clips),), 9)
    report = ReportConfig(show_progressbar=False, report_count=0, summary_dir=str(tmp_path / 'summaries'))
    return Asked(alphabet, AskedModel(n_hidden=4), train=of_clips, dev=of_clips, test=of_clips,
                 schedule=ScheduleConfig(epochs=2, es_min_delta=1e6, reduce_lr_on_plateau=True, plateau_epochs=1),
                 checkpoints=CheckpointConfig(str(tmp_path / 'ckpt'), str(tmp_path / 'ckpt'), max_to_keep=2),
                 decoder=DecoderConfig(beam_width=8), report=report, export=ExportConfig(str(tmp_path / 'export')))


def test_training_test_and_export_read_each_file_once(whole_run, read, log, output, tmp_path):
    run_phases(whole_run, log)
    assert {'best_dev-1', 'best_dev-2', 'train-1', 'train-2'} <= set(names_read(read))
    assert 'Encountered a plateau' in output.getvalue() and 'Loading best validating checkpoint' in output.getvalue()
    directory = CheckpointDirectory(str(tmp_path / 'ckpt'))
    before = directory.names('last')[-1:] + directory.names('best')
    read.clear()
    run_phases(whole_run, log)
    assert 'Resuming from the most recent checkpoint' in output.getvalue()
    found = names_read(read)
    assert [found.count(name) for name in before] == [2, 2]  # verified, and once


def test_a_directory_that_is_damaged_throughout_is_refused_each_time(saved):
    for path in saved.glob('*.index'):
        path.write_bytes(b'')
    directory = CheckpointDirectory(str(saved))
    for _ in range(2):
        with pytest.raises(CheckpointError, match='no most recent checkpoint is sound .2 damaged checkpoints found'):
            directory.last()
