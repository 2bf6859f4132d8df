"""Which checkpoint is the newest does not depend on the clock, which may go back."""

import os
import time

import pytest

from deepspeech_training.checkpoints import metadata
from deepspeech_training.checkpoints.directory import CheckpointDirectories, CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import initial_model
from deepspeech_training.settings.config import CheckpointConfig
from deepspeech_training.train.state import TrainingState


@pytest.fixture
def set_clock(monkeypatch):
    """Function that sets the time of day."""
    return lambda seconds: monkeypatch.setattr(time, 'time', lambda: float(seconds))


def damage(path):
    path.write_bytes(path.read_bytes()[:-3])


def chosen(directory, log):
    config = CheckpointConfig(str(directory), str(directory))
    return os.path.basename(initial_model(config, CheckpointDirectories.of(config), log).path)


def test_after_the_clock_went_back_a_damaged_state_file_leads_to_the_checkpoint_saved_last(open_writer, set_clock, tmp_path,
                                                                                           log):
    with open_writer() as (writer, session):
        for step, seconds in ((1, 5000), (2, 6000), (3, 100), (12, 200)):
            set_clock(seconds)
            writer.save_last(session, step, TrainingState('run', epoch=step).as_dict())
    damage(tmp_path / 'checkpoint')
    assert CheckpointDirectory(str(tmp_path)).last(log).path == str(tmp_path / 'train-12')


def test_so_it_does_over_several_calls_and_runs(open_writer, set_clock, tmp_path, log):
    for run, step, seconds in (('old', 50, 9000), ('new', 2, 500), ('new', 4, 300)):
        set_clock(seconds)
        with open_writer() as (writer, session):
            writer.save_last(session, step, TrainingState(run, epoch=step).as_dict())
    damage(tmp_path / 'checkpoint')
    assert CheckpointDirectory(str(tmp_path)).last(log).path == str(tmp_path / 'train-4')


def test_killed_after_a_new_best_model_and_the_clock_went_back_it_goes_on_from_the_best(open_writer, set_clock, tmp_path, log):
    with open_writer() as (writer, session):
        set_clock(9000)
        writer.save_last(session, 5, TrainingState('run', epoch=1, position=2).as_dict())
        set_clock(100)
        writer.save_best(session, 5, TrainingState('run', epoch=2).as_dict())
    assert chosen(tmp_path, log) == 'best_dev-5'


def test_a_best_model_saved_before_does_not_come_back_when_the_clock_goes_back(open_writer, set_clock, tmp_path, log):
    with open_writer() as (writer, session):
        set_clock(9000)
        writer.save_best(session, 5, TrainingState('run', epoch=2).as_dict())
        set_clock(100)
        last = writer.save_last(session, 5, TrainingState('run', epoch=2).as_dict())
        assert chosen(tmp_path, log) == 'train-5'
        set_clock(50)
        writer.update_progress(last, TrainingState('run', epoch=3).as_dict())
    assert chosen(tmp_path, log) == 'train-5'


def test_checkpoints_of_versions_that_did_not_count_go_by_their_progress(open_writer, tmp_path, log):
    places = {'train-30': (3, 0, 100.), 'train-9': (1, 2, 900.), 'train-21': (2, 1, 50.), 'train-24': (2, 4, 40.)}
    with open_writer() as (writer, session):
        for name, (epoch, position, saved_s) in places.items():
            path = writer.save_last(session, int(name[6:]), TrainingState('run', epoch=epoch, position=position).as_dict())
            values = metadata.read(path)
            del values['serial']
            metadata.write(path, dict(values, saved_s=saved_s))
        damage(tmp_path / 'checkpoint')
        for name in ('train-30', 'train-24', 'train-21', 'train-9'):
            assert CheckpointDirectory(str(tmp_path)).last(log).path == str(tmp_path / name)
            (tmp_path / f'{name}.json').rename(tmp_path / f'{name}.gone')
