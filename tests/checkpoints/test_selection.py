"""Which checkpoint a training starts from."""

from deepspeech_training.checkpoints.directory import CheckpointDirectories
from deepspeech_training.checkpoints.initialisation import initial_model
from deepspeech_training.settings.config import CheckpointConfig
from deepspeech_training.train.state import TrainingState


def chosen(directory, log, load_train='auto'):
    config = CheckpointConfig(str(directory), str(directory), load_train)
    return initial_model(config, CheckpointDirectories.of(config), log).path


def test_a_run_goes_on_from_its_last_checkpoint(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        writer.save_best(session, 3, TrainingState('run', epoch=1).as_dict())
        writer.save_last(session, 5, TrainingState('run', epoch=1, position=2).as_dict())
    for method in ('auto', 'last'):
        assert chosen(tmp_path, log, method) == str(tmp_path / 'train-5')
    assert chosen(tmp_path, log, 'best') == str(tmp_path / 'best_dev-3')


def test_killed_between_a_new_best_model_and_the_next_checkpoint_it_goes_on_from_the_best(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        writer.save_last(session, 5, TrainingState('run', epoch=1, position=2).as_dict())
        writer.save_best(session, 5, TrainingState('run', epoch=2).as_dict())
    for method in ('auto', 'last'):
        assert chosen(tmp_path, log, method) == str(tmp_path / 'best_dev-5')


def test_who_went_back_to_an_older_checkpoint_by_hand_gets_it(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        writer.save_last(session, 5, TrainingState('run', epoch=1).as_dict())
        writer.save_last(session, 9, TrainingState('run', epoch=3).as_dict())
        writer.save_best(session, 9, TrainingState('run', epoch=3).as_dict())
        path = tmp_path / 'checkpoint'
        path.write_text('model_checkpoint_path: "train-5"\n')
        for method in ('auto', 'last'):
            assert chosen(tmp_path, log, method) == str(tmp_path / 'train-5')
        # The run goes on from there; the best one is still further.
        writer.save_last(session, 7, TrainingState('run', epoch=2).as_dict())
        assert chosen(tmp_path, log) == str(tmp_path / 'train-7')


def test_the_best_model_of_an_earlier_run_does_not_come_back(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        writer.save_best(session, 90, TrainingState('old', epoch=30).as_dict())
        writer.save_last(session, 5, TrainingState('new', epoch=1, position=2).as_dict())
    assert chosen(tmp_path, log) == str(tmp_path / 'train-5')
