"""The names that scripts written for DeepSpeech call: `python evaluate.py ...` in the checkout does what `bin/` does."""

import ast
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMES = ('evaluate', 'lm_optimizer', 'stats')


def run(*words, env=None, cwd=ROOT):
    return subprocess.run([sys.executable, *map(str, words)], cwd=str(cwd), env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, encoding='utf-8', timeout=300)


def test_they_differ_only_in_the_name():
    texts = {(ROOT / f'{name}.py').read_text(encoding='utf-8').replace(name, 'NAME') for name in NAMES}
    assert len(texts) == 1 and len(texts.pop().splitlines()) == 7
    assert all(os.access(str(ROOT / f'{name}.py'), os.X_OK) for name in NAMES)


@pytest.mark.parametrize('name', NAMES)
def test_they_are_the_programs_of_bin_wherever_they_are_called(name, tmp_path):
    ours, of_bin = (run(path, '--help', cwd=tmp_path) for path in (ROOT / f'{name}.py', ROOT / 'bin' / f'{name}.py'))
    assert ours.stdout == of_bin.stdout and f'bin/{name}.py' in ours.stdout and ours.returncode == of_bin.returncode


def test_installed_commands_lead_to_functions_of_the_package():
    (commands,) = [ast.literal_eval(node.value) for node in ast.parse((ROOT / 'setup.py').read_text(encoding='utf-8')).body
                   if isinstance(node, ast.Assign) and node.targets[0].id == 'COMMANDS']
    names = ('train', 'evaluate', 'transcribe', 'align', 'lm-optimizer', 'make-scorer', 'import', 'doctor')
    assert {f'deepspeech-{name}' for name in names} == commands.keys()
    for called in commands.values():
        module, function = called.split(':')
        assert callable(getattr(importlib.import_module(f'deepspeech_training.{module}'), function))


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    """Directory of a model that was trained for a moment, with the flags of its training."""
    folder = tmp_path_factory.mktemp('model')
    result = run('DeepSpeech.py', '--train_files', ROOT / 'tests' / 'clips' / 'clips.csv', '--n_hidden', 16, '--epochs', 1,
                 '--train_batch_size', 3, '--checkpoint_dir', folder, '--alphabet_config_path', ROOT / 'data' / 'alphabet.txt',
                 '--noshow_progressbar')
    assert result.returncode == 0, result.stderr
    return folder


def test_evaluate_does_the_test_alone_with_the_flags_of_a_training(model, home, clips, tmp_path):
    before = sorted(model.glob('train-*'))
    report = tmp_path / 'test.json'
    result = run('evaluate.py', '--flagfile', model / 'flags.txt', '--test_files', clips, '--export_dir', tmp_path / 'export',
                 '--test_batch_size', 4, '--test_output_file', report, '--noshow_progressbar', env=home)
    assert result.returncode == 0, result.stderr
    assert f'Test on {clips} - WER: ' in result.stdout and 'Epoch' not in result.stdout
    assert not (tmp_path / 'export').exists() and sorted(model.glob('train-*')) == before
    results = json.loads(report.read_text(encoding='utf-8'))
    assert len(results) == 9 and {'wav_filename', 'src', 'res', 'loss', 'wer', 'cer'} <= results[0].keys()
    trainer = run('DeepSpeech.py', '--checkpoint_dir', model, '--n_hidden', 16, '--test_files', clips, '--test_batch_size', 4,
                  '--alphabet_config_path', ROOT / 'data' / 'alphabet.txt', '--noshow_progressbar', env=home)
    assert trainer.stdout == result.stdout


def test_evaluate_says_what_is_missing(model, home, clips, tmp_path):
    for words, said in ((['--checkpoint_dir', model], 'pass --test_files'),
                        (['--checkpoint_dir', tmp_path, '--test_files', clips], 'no checkpoint')):
        result = run('evaluate.py', *words, env=home)
        assert result.returncode == 1 and 'Traceback' not in result.stderr
        assert said in result.stdout + result.stderr
