"""What is said of data sets and of directories of checkpoints, sound and damaged, without changing anything there."""

import hashlib
import shutil
from pathlib import Path

import pytest

from deepspeech_training.doctor.data_sets import examine_data_set, examine_overlaps
from deepspeech_training.doctor.findings import Section
from deepspeech_training.doctor.stored_runs import examine_checkpoints
from deepspeech_training.text.alphabet import Alphabet

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / 'tests' / 'golden'


@pytest.fixture
def set_findings(tmp_path):
    """Function (CSV, alphabet) -> {name: [findings]}."""
    def examine(path, alphabet=None, default='/nowhere'):
        section = Section('set')
        examine_data_set(section, str(path), alphabet, default)
        return by_name(section)
    return examine


def by_name(section):
    found = {}
    for finding in section.all:
        found.setdefault(finding.name, []).append(finding)
    return found


def failures(found):
    return {name for name, findings in found.items() for finding in findings if finding.status == 'fail'}


def rows(*lines):
    return '\n'.join(['wav_filename,transcript', *lines]) + '\n'


def test_a_sound_set(set_findings, clips):
    found = set_findings(clips, default=str(ROOT / 'data' / 'alphabet.txt'))
    assert not failures(found)
    assert found['size'][0].value == '9 rows, 0.1 minutes of WAV'
    assert found['left out'][0].value == '0 of 9 rows looked at'
    assert found['alphabet'][0].status == 'ok' and 'the default, has all of them' in found['alphabet'][0].value


def test_what_would_stop_a_training_or_be_left_out(set_findings, make_csv, make_wav):
    make_wav('long.wav', 32000)
    make_wav('short.wav', 3200)
    Path(make_wav('cut.wav', 16000)).write_bytes(b'RIFF')
    found = set_findings(make_csv(rows('long.wav,hello', 'short.wav,much too long for so little', 'cut.wav,cut',
                                       'gone.wav,gone', 'long.wav,')))
    assert failures(found) == {'empty transcripts', 'missing audio'}
    assert 'set.csv, line 6' in found['empty transcripts'][0].value
    assert 'gone.wav' in found['missing audio'][0].value
    assert found['left out'][0].status == 'warn'
    assert found['left out'][0].value.startswith('2 of 3 rows looked at, for example ')
    assert 'line 3' in found['left out'][0].value and 'line 4' in found['left out'][0].value
    assert found['repeated audio'][0].status == 'warn'


def test_other_formats_are_tried(set_findings, make_csv, make_wav):
    make_wav('other.wav', 44100, 44100, n_channels=2)
    found = set_findings(make_csv(rows('other.wav,hello')))
    assert found['other formats'][0].value == '1 recording to be converted before a training, once'
    assert found['left out'][0].value == '0 of 1 row looked at'


def test_characters_outside_the_alphabet(set_findings, make_csv, make_wav):
    make_wav('a.wav')
    path = make_csv(rows('a.wav,zoé'))
    found = set_findings(path, Alphabet('abcz', 'small.txt'))
    assert failures(found) == {'alphabet'}
    assert found['alphabet'][0].value == "small.txt lacks 'o' 'é'"
    default = set_findings(path, default=str(ROOT / 'data' / 'alphabet.txt'))
    assert default['alphabet'][0].status == 'warn' and "lacks 'é'" in default['alphabet'][0].value
    decomposed = set_findings(make_csv(rows('a.wav,zoe\u0301')))
    assert any('Unicode normal form' in finding.value for finding in decomposed['characters'])


def test_a_file_that_is_no_data_set(set_findings, tmp_path, make_csv):
    assert failures(set_findings(tmp_path / 'gone.csv')) == {'file'}
    assert failures(set_findings(make_csv('a,b\n1,2\n'))) == {'file'}


def test_recordings_in_two_sets(make_csv, make_wav, tmp_path):
    make_wav('a.wav')
    section = Section('sets')
    sets = [examine_data_set(section, make_csv(rows('a.wav,hello'), name), None, '/nowhere')
            for name in ('one.csv', 'other.csv')]
    section = Section('between')
    examine_overlaps(section, sets)
    assert [(finding.status, '1 audio file' in finding.value) for finding in section.all] == [('warn', True)]


@pytest.fixture
def trained(deepspeech, one_clip, tmp_path):
    """Directory of checkpoints of a run of two epochs."""
    directory = tmp_path / 'checkpoints'
    done = deepspeech('--train_files', one_clip, '--dev_files', one_clip, '--epochs', 2, '--n_hidden', 8, '--checkpoint_dir',
                      directory, '--noshow_progressbar')
    assert done.returncode == 0, done.stderr
    return directory


def contents(directory):
    return {path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in directory.iterdir()}


def checkpoint_findings(directory):
    section = Section('checkpoints')
    alphabet = examine_checkpoints(section, str(directory)).alphabet
    return by_name(section), alphabet


def test_checkpoints_of_a_run(trained, alphabet):
    before = contents(trained)
    found, stored = checkpoint_findings(trained)
    assert contents(trained) == before
    assert not failures(found)
    assert 'train-2, update 2, sound, epoch 2' in found['last'][0].value
    assert 'best validation loss ' in found['last'][0].value
    assert 'best_dev-' in found['best'][0].value
    assert 'n_hidden 8' in found['model'][0].value
    assert stored == alphabet


def test_a_damaged_checkpoint_is_named(trained):
    last = trained / 'train-2.data-00000-of-00001'
    data = bytearray(last.read_bytes())
    data[len(data) // 2] ^= 1
    last.write_bytes(bytes(data))
    found, _ = checkpoint_findings(trained)
    assert failures(found) == {'last'}
    assert f'{last}: is damaged' in found['last'][0].value
    assert found['last, 1 before'][0].value.startswith('train-1, update 1, sound')


def test_a_damaged_state_file_is_named(trained):
    (trained / 'checkpoint').write_bytes(b'\0' * 64)
    found, _ = checkpoint_findings(trained)
    assert failures(found) == {'checkpoint'}


def test_exit_code_and_alphabet_of_a_run_meet_the_data(trained, doctor, found, make_csv, make_wav, tmp_path):
    make_wav('a.wav')
    (tmp_path / 'small.txt').write_text('h\ne\nl\no\n')
    examined = doctor('--checkpoint_dir', trained, '--csv', make_csv(rows('a.wav,zoé')))
    assert examined.code == 1
    assert found(examined, 'alphabet', 'Data set set.csv')['value'] == "of the checkpoint lacks 'é'"
    examined = doctor('--checkpoint_dir', trained, '--alphabet', tmp_path / 'small.txt', '--csv',
                      make_csv(rows('a.wav,hello')))
    assert examined.code == 1
    assert found(examined, 'checkpoint')['value'] == 'has another alphabet, of 28 labels'
    assert found(examined, 'alphabet', 'Data set set.csv')['status'] == 'ok'


def test_checkpoints_of_deepspeech_093(tmp_path):
    directory = tmp_path / 'published'
    shutil.copytree(str(GOLDEN / 'ds093-plain' / 'checkpoint'), str(directory))
    found, stored = checkpoint_findings(directory)
    assert failures(found) == {'last'}  # only the best one is kept there
    assert [finding.status for finding in found['best']] == ['ok', 'ok']
    assert 'n_hidden 48' in found['best'][1].value and stored is None
    data = directory / 'best_dev-18.data-00000-of-00001'
    damaged = bytearray(data.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    data.write_bytes(bytes(damaged))
    found, _ = checkpoint_findings(directory)
    assert failures(found) == {'last', 'best'}


def test_a_directory_without_checkpoints(tmp_path):
    found, _ = checkpoint_findings(tmp_path)
    assert failures(found) == {'checkpoints'}
    found, _ = checkpoint_findings(tmp_path / 'nowhere')
    assert 'there is no such directory' in found['checkpoints'][0].remedy
