"""The short help is one screen of what most runs need; flags that there are not are answered with what may be meant."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from deepspeech_training.settings import legacy_flags
from deepspeech_training.settings.flags import TABLE
from deepspeech_training.settings.help_screen import USUAL, USUAL_OF_OTHERS, WIDTH
from deepspeech_training.settings.suggestions import ELSEWHERE, alike

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 50
NAMES = [*TABLE, *legacy_flags.TABLE]


def run(*words):
    return subprocess.run([sys.executable, *words], cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True)


@pytest.mark.parametrize('program', ['DeepSpeech.py', 'bin/evaluate.py', 'bin/lm_optimizer.py', 'bin/transcribe.py',
                                     'bin/align.py'])
@pytest.mark.parametrize('flag', ['--help', '-h'])
def test_the_help_fits_a_screen(program, flag):
    result = run(program, flag)
    lines = result.stdout.rstrip('\n').split('\n')
    flags = lines[lines.index(f'usage: python {Path(program).name} [--flag value | --flag=value | --switch | --noswitch] ...'):]
    assert result.returncode == 0 and not result.stderr
    assert len(flags) <= MOST_LINES and max(map(len, flags)) <= WIDTH
    assert '--checkpoint_dir' in result.stdout and '--helpfull lists all' in flags[-1]


def test_it_has_the_flags_by_groups_and_a_program_s_own_first():
    trainer, transcriber = run('DeepSpeech.py', '--help').stdout, run('bin/transcribe.py', '--help').stdout
    assert re.findall(r'^(\w[\w ]+):$', trainer, re.MULTILINE) == list(USUAL)
    assert re.findall(r'^(\w[\w ]+):$', transcriber, re.MULTILINE) == ['transcription', *USUAL_OF_OTHERS]
    assert '--src ' in transcriber and '--train_files' not in transcriber
    assert re.search(r'--epochs +epochs of this call: .* \[75\]', trainer) and '--[no]early_stop ' in trainer


def test_all_usual_flags_exist():
    assert {name for names in [*USUAL.values(), *USUAL_OF_OTHERS.values()] for name in names} <= set(TABLE)


@pytest.mark.parametrize('given, meant', [
    ('tran_files', 'train_files'), ('train-files', 'train_files'), ('Epochs', 'epochs'), ('lr', 'learning_rate'),
    ('no-early-stop', 'noearly_stop'), ('batchsize', 'batch_size'), ('lm_weigth', 'lm_weight'),
    ('use_cudnn_rn', 'use_cudnn_rnn'), ('checkpoint', 'checkpoint_dir'), ('aug', 'augment'), ('scorer_pth', 'scorer_path')])
def test_what_is_meant_is_found_among_the_names_of_all_releases(given, meant):
    assert alike(given, NAMES)[0] == meant


def test_nothing_is_proposed_for_what_is_like_nothing():
    assert alike('zzz', NAMES) == [] and alike('x', NAMES) == []


def test_names_of_other_programs_lead_to_flags_of_today():
    assert set(ELSEWHERE.values()) <= set(TABLE) and not set(ELSEWHERE) & set(NAMES)


def test_the_run_says_it_in_a_sentence_and_what_became_of_old_flags():
    result = run('DeepSpeech.py', '--lm_weigth', '1')
    assert result.returncode == 1 and not result.stderr
    assert result.stdout == ('E --lm_weigth: there is no such flag; did you mean --lm_weight (of an earlier release: divided '
                             'by ln 10: --lm_alpha; logarithms were to base 10 then)? --help shows the usual flags, '
                             '--helpfull all.\n')
