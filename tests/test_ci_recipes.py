"""The published project's own recipes of continuous integration for sample databases, as it ran them, with fewer epochs."""

import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
N_SAMPLES = 46797  # of LDC93S1.wav


@pytest.fixture
def checkout(tmp_path):
    """A checkout with the two files of LDC93S1 put in place by hand; other speech of that length stands in for the sound."""
    data = tmp_path / 'checkout' / 'data' / 'smoke_test'
    data.mkdir(parents=True)
    top = data.parents[1]
    for name in ('bin', 'DeepSpeech.py'):
        (top / name).symlink_to(TOP / name)
    (top / 'data' / 'alphabet.txt').symlink_to(TOP / 'data' / 'alphabet.txt')
    sound = b''
    for path in sorted((TOP / 'tests' / 'clips').glob('*.wav')):
        with wave.open(str(path)) as clip:
            sound += clip.readframes(clip.getnframes())
    with wave.open(str(data / 'LDC93S1.wav'), 'wb') as file:
        file.setparams((1, 2, 16000, 0, 'NONE', ''))
        file.writeframes(sound[:2 * N_SAMPLES])
    sentence = 'She had your dark suit in greasy wash water all year.'
    (data / 'LDC93S1.txt').write_text(f'0 {N_SAMPLES} {sentence}\n', encoding='utf-8')
    return top


@pytest.mark.slow
def test_make_an_sdb_train_on_it_on_it_and_a_csv_file_and_go_on(checkout, home, tmp_path):
    (tmp_path / 'tmp').mkdir()
    environment = dict(home, TMPDIR=str(tmp_path / 'tmp'), VENV=str(Path(sys.executable).parents[1]))

    def recipe(*words):
        result = subprocess.run(['bash', os.path.join('bin', words[0]), *words[1:]], cwd=str(checkout), env=environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, encoding='utf-8')
        assert result.returncode == 0, result.stdout
        return result.stdout

    said = recipe('run-tc-ldc93s1_new_sdb.sh', '3', '16000')
    assert (checkout / 'data' / 'smoke_test' / 'ldc93s1.sdb').read_bytes().startswith(b'SAMPLEDB')
    assert 'Test on data/smoke_test/ldc93s1.sdb - WER' in said and (tmp_path / 'tmp' / 'train_sdb' / 'output_graph.pb').exists()
    said = recipe('run-tc-ldc93s1_new_sdb_csv.sh', '2', '8000')  # the clip is converted
    assert 'Test on data/smoke_test/ldc93s1.csv - WER' in said and 'data_set_tool' not in said
    assert (tmp_path / 'tmp' / 'ldc93s1_cache_sdb_csv.features-data').stat().st_size > 0
    said = recipe('run-tc-ldc93s1_checkpoint_sdb.sh')
    assert 'Resuming from the most recent checkpoint' in said and 'Training epoch 3' in said
    assert 'Loading best validating checkpoint from' in (tmp_path / 'tmp' / 'ckpt_sdb.log').read_text(encoding='utf-8')


def test_a_recipe_without_epochs_says_what_it_wants():
    result = subprocess.run(['bash', str(TOP / 'bin' / 'run-tc-ldc93s1_new_sdb.sh')], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, universal_newlines=True)
    assert result.returncode == 1 and 'EPOCHS SAMPLE_RATE, for example 220 16000' in result.stdout
