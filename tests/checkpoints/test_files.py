"""State files of this and other machines, and checkpoints that are not there whole."""

import pytest

from deepspeech_training.checkpoints import files
from deepspeech_training.errors import CheckpointError
from deepspeech_training.paths import ensure_writable


def put_checkpoint(directory, name):
    for suffix in (files.INDEX_SUFFIX, files.DATA_SUFFIX):
        (directory / (name + suffix)).write_bytes(b'x')


def test_absolute_paths_of_another_machine_lead_into_the_directory(tmp_path):
    put_checkpoint(tmp_path, 'train-7')
    (tmp_path / 'checkpoint').write_text('model_checkpoint_path: "/home/somebody/ckpt/train-7"\n'
                                         'all_model_checkpoint_paths: "/home/somebody/ckpt/train-7"\n')
    assert files.newest(str(tmp_path), files.LAST_STATE) == str(tmp_path / 'train-7')


def test_an_incomplete_newest_checkpoint_gives_way_to_the_one_before(tmp_path):
    put_checkpoint(tmp_path, 'train-1')
    put_checkpoint(tmp_path, 'train-2')
    files.write_state(str(tmp_path), files.LAST_STATE, ['train-1', 'train-2'])
    (tmp_path / 'train-2.index').unlink()
    assert files.newest(str(tmp_path), files.LAST_STATE) == str(tmp_path / 'train-1')


def test_no_state_file_means_no_checkpoint(tmp_path):
    assert files.newest(str(tmp_path), files.BEST_STATE) is None


def test_a_state_file_without_its_checkpoint_is_an_error_that_names_it(tmp_path):
    files.write_state(str(tmp_path), files.LAST_STATE, ['train-3'])
    with pytest.raises(CheckpointError, match='train-3'):
        files.newest(str(tmp_path), files.LAST_STATE)


def test_written_state_is_what_tensorflow_reads(tmp_path):
    from deepspeech_training.compat import tf
    files.write_state(str(tmp_path), files.LAST_STATE, ['train-1', 'train-2'])
    state = tf.train.get_checkpoint_state(str(tmp_path))
    assert state.model_checkpoint_path == str(tmp_path / 'train-2')
    assert list(state.all_model_checkpoint_paths) == [str(tmp_path / 'train-1'), str(tmp_path / 'train-2')]


def test_a_directory_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(CheckpointError, match='--checkpoint_dir'):
        ensure_writable(str(tmp_path / 'file' / 'below'), 'checkpoint_dir', CheckpointError)
