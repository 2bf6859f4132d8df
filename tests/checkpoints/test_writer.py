"""What a checkpoint writer writes, keeps and clears away."""

from deepspeech_training.checkpoints import files, metadata
from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.train.state import TrainingState


def names_in(directory):
    return sorted(path.name[:-len('.index')] for path in directory.glob('*.index'))


def test_old_checkpoints_are_removed_also_those_of_earlier_runs(open_writer, tmp_path):
    for begin in (0, 3):
        with open_writer(max_to_keep=2) as (writer, session):
            for step in range(begin, begin + 3):
                writer.save_last(session, step, TrainingState().as_dict())
                writer.save_best(session, step, TrainingState().as_dict())
    assert names_in(tmp_path) == ['best_dev-5', 'train-4', 'train-5']
    assert CheckpointDirectory(str(tmp_path)).names('last') == ['train-4', 'train-5']


def test_what_a_killed_run_did_not_come_to_remove_is_removed(open_writer, tmp_path):
    with open_writer() as (writer, session):
        for step in (1, 2, 3):
            writer.save_last(session, step, TrainingState().as_dict())
    # Killed after the state file of a writer that keeps one was moved, before the others were removed.
    CheckpointDirectory(str(tmp_path)).point_to('last', ['train-3'])
    files.announce(str(tmp_path), ['train-3', 'train-1', 'train-2'])
    with open_writer():
        assert names_in(tmp_path) == ['train-3']


def test_none_is_removed_when_all_are_to_be_kept(open_writer, tmp_path):
    with open_writer(max_to_keep=0) as (writer, session):
        for step in range(7):
            writer.save_last(session, step, TrainingState().as_dict())
    assert len(names_in(tmp_path)) == 7


def test_checkpoints_of_other_trainers_stay(open_writer, tmp_path):
    with open_writer() as (writer, session):
        for step in (1, 2):
            writer.save_last(session, step, TrainingState().as_dict())
    (tmp_path / 'train-1.json').unlink()
    with open_writer(max_to_keep=1) as (writer, session):
        writer.save_last(session, 3, TrainingState().as_dict())
    assert names_in(tmp_path) == ['train-1', 'train-3']


def test_they_are_not_written_over_either(open_writer, tmp_path):
    with open_writer() as (writer, session):
        for step in (1, 2):
            writer.save_last(session, step, TrainingState().as_dict())
        (tmp_path / 'train-1.json').unlink()
        foreign = (tmp_path / 'train-1.index').read_bytes()
        assert writer.save_last(session, 1, TrainingState().as_dict()) == str(tmp_path / 'train.2-1')
        assert writer.save_last(session, 1, TrainingState().as_dict()) == str(tmp_path / 'train.3-1')
    assert (tmp_path / 'train-1.index').read_bytes() == foreign


def test_the_newest_checkpoint_is_never_written_over(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        first = writer.save_best(session, 7, TrainingState(best=2.).as_dict())
        second = writer.save_best(session, 7, TrainingState(best=1.).as_dict())
        assert (first, second) == (str(tmp_path / 'best_dev-7'), str(tmp_path / 'best_dev.2-7'))
        assert names_in(tmp_path) == ['best_dev.2-7']
        assert writer.save_best(session, 7, TrainingState(best=0.5).as_dict()) == first
    assert CheckpointDirectory(str(tmp_path)).best(log).progress['best'] == 0.5


def test_an_older_checkpoint_of_the_same_step_is_replaced(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        for step in (1, 2, 1):
            writer.save_last(session, step, TrainingState(epoch=step).as_dict())
    assert CheckpointDirectory(str(tmp_path)).names('last') == ['train-2', 'train-1']
    assert CheckpointDirectory(str(tmp_path)).last(log).path == str(tmp_path / 'train-1')


def test_what_a_killed_save_left_is_cleared_away(open_writer, tmp_path):
    with open_writer() as (writer, session):
        for step in (1, 2):
            writer.save_last(session, step, TrainingState().as_dict())
    # Killed after the files were moved into place, before the state file was.
    CheckpointDirectory(str(tmp_path)).point_to('last', ['train-1'])
    files.announce(str(tmp_path), ['train-2'])
    (tmp_path / '.tmp-train-3.data-00000-of-00001').write_bytes(b'half of it')
    with open_writer():
        assert names_in(tmp_path) == ['train-1'] and not list(tmp_path.glob('.tmp-*'))
    # Killed when all was done but the note was still there.
    files.announce(str(tmp_path), ['train-1'])
    with open_writer():
        assert names_in(tmp_path) == ['train-1'] and not (tmp_path / files.JOURNAL).exists()


def test_metadata_of_the_first_version_without_checksums_is_read(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        writer.save_last(session, 1, TrainingState(epoch=4).as_dict())
    (tmp_path / 'train-1.json').write_text('{"format": 1, "progress": {"epoch": 4}}')
    assert CheckpointDirectory(str(tmp_path)).last(log).progress == {'epoch': 4}
    assert metadata.read(str(tmp_path / 'nothing')) is None
