"""State files of this and other machines, sealed and not."""

from deepspeech_training.checkpoints.directory import read_state_file, write_state_file


def test_absolute_paths_of_another_machine_lead_into_the_directory(tmp_path):
    (tmp_path / 'checkpoint').write_text('model_checkpoint_path: "/home/somebody/ckpt/train-7"\n'
                                         'all_model_checkpoint_paths: "/home/somebody/ckpt/train-7"\n')
    assert read_state_file(str(tmp_path), 'checkpoint') == (['train-7'], True, True)


def test_no_state_file_means_no_checkpoint(tmp_path):
    assert read_state_file(str(tmp_path), 'best_dev_checkpoint') == ([], True, False)


def test_written_state_is_what_tensorflow_reads(tmp_path):
    from deepspeech_training.compat import tf
    write_state_file(str(tmp_path), 'checkpoint', ['train-1', 'train-2'])
    found = tf.train.get_checkpoint_state(str(tmp_path))
    assert found.model_checkpoint_path == str(tmp_path / 'train-2')
    assert list(found.all_model_checkpoint_paths) == [str(tmp_path / 'train-1'), str(tmp_path / 'train-2')]
    assert read_state_file(str(tmp_path), 'checkpoint') == (['train-1', 'train-2'], True, False)


def test_a_changed_name_is_noticed_and_a_person_may_take_the_seal_away(tmp_path):
    write_state_file(str(tmp_path), 'checkpoint', ['train-10', 'train-12'])
    path = tmp_path / 'checkpoint'
    changed = path.read_text().replace('train-12', 'train-10')
    path.write_text(changed)
    assert not read_state_file(str(tmp_path), 'checkpoint').as_written
    path.write_text(changed.split('\n', 1)[1])
    assert read_state_file(str(tmp_path), 'checkpoint') == (['train-10'], True, True)
