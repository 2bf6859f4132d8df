"""State files of this and other machines, sealed and not."""

import hashlib

import pytest

from deepspeech_training.checkpoints import metadata
from deepspeech_training.checkpoints.directory import read_state_file, write_state_file
from deepspeech_training.errors import CheckpointError


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


def test_a_path_of_windows_leads_into_the_directory_too(tmp_path):
    (tmp_path / 'checkpoint').write_text('model_checkpoint_path: "C:\\\\models\\\\train-7"\n')
    assert read_state_file(str(tmp_path), 'checkpoint') == (['train-7'], True, True)


def test_a_line_that_a_person_wrote_is_taken_as_it_is(tmp_path):
    for line in ('model_checkpoint_path: "best_dev-3"', "  model_checkpoint_path : 'best_dev-3'\n\n",
                 '\ufeffmodel_checkpoint_path:"/x/best_dev-3"\r\n'):
        (tmp_path / 'best_dev_checkpoint').write_bytes(line.encode('utf-8'))
        assert read_state_file(str(tmp_path), 'best_dev_checkpoint') == (['best_dev-3'], True, True)


def test_what_has_neither_a_seal_nor_a_known_beginning_is_damage(tmp_path):
    write_state_file(str(tmp_path), 'checkpoint', ['train-10', 'train-12'])
    path = tmp_path / 'checkpoint'
    sound = path.read_bytes()
    for place in range(len(sound)):
        for bit in range(8):
            damaged = bytearray(sound)
            damaged[place] ^= 1 << bit
            path.write_bytes(bytes(damaged))
            assert not read_state_file(str(tmp_path), 'checkpoint').as_written, bytes(damaged)


def test_a_seal_holds_for_one_kind_only_and_those_of_earlier_versions_for_any(tmp_path):
    write_state_file(str(tmp_path), 'checkpoint', ['train-2'])
    (tmp_path / 'best_dev_checkpoint').write_bytes((tmp_path / 'checkpoint').read_bytes())
    assert not read_state_file(str(tmp_path), 'best_dev_checkpoint').as_written
    content = 'model_checkpoint_path: "train-2"\nall_model_checkpoint_paths: "train-2"\n'
    seal = hashlib.sha256(content.encode('ascii')).hexdigest()[:32]
    (tmp_path / 'checkpoint').write_text(f'# seal {seal}\n{content}')
    assert read_state_file(str(tmp_path), 'checkpoint') == (['train-2'], True, False)


def test_a_damaged_number_of_the_format_does_not_do_away_with_the_checksum(tmp_path):
    prefix = str(tmp_path / 'train-1')
    metadata.write(prefix, {'progress': {'best': 2.5}, 'files': {}})
    path = tmp_path / 'train-1.json'
    path.write_bytes(path.read_bytes().replace(b'"format": 2', b'"format": 1').replace(b'2.5', b'0.5'))
    with pytest.raises(CheckpointError, match='is damaged or was changed by hand'):
        metadata.read(prefix)
