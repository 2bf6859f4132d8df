"""Shells complete flags, and values of those that have a list of them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Fills in what a shell tells a completion of the words that are there, the last one at the cursor, and prints what is proposed.
ASK = '''
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_deepspeech_flags
printf '%s\\n' "${{COMPREPLY[@]}}"
'''


def script_for(shell, *more):
    return subprocess.run([sys.executable, 'DeepSpeech.py', '--print_completion', shell, *more], cwd=str(ROOT),
                          stdout=subprocess.PIPE, universal_newlines=True)


@pytest.fixture(scope='module')
def script():
    result = script_for('bash')
    assert result.returncode == 0
    return result.stdout


@pytest.fixture
def proposed(script, tmp_path):
    """Function (words) that returns what a bash proposes for the last of them, in a directory with a CSV file."""
    (tmp_path / 'train.csv').write_text('')

    def ask(*words):
        quoted = ' '.join(f"'{word}'" for word in words)
        return subprocess.run(['bash', '-c', script + ASK.format(words=quoted)], cwd=str(tmp_path), stdout=subprocess.PIPE,
                              check=True, universal_newlines=True).stdout.split()
    return ask


@pytest.mark.parametrize('words, found', [
    (('deepspeech-train', '--train_f'), ['--train_files']),
    (('deepspeech-train', '--noearly'), ['--noearly_stop']),
    (('./DeepSpeech.py', '--train_files', 'a.csv', '--lr_s'), ['--lr_schedule']),
    (('deepspeech-train', '--best_by', ''), ['loss', 'wer', 'cer']),
    (('deepspeech-train', '--best_by', '=', 'w'), ['wer']), (('deepspeech-train', '--best_by', '='), ['loss', 'wer', 'cer']),
    (('deepspeech-train', '--train_files', 'tr'), ['train.csv']),
    (('deepspeech-train', '--outlier_d'), []), (('deepspeech-transcribe', '--outlier_d'), ['--outlier_duration_ms']),
    (('transcribe.py', '--vad', 'w'), ['webrtc']), (('deepspeech-align', '--clips'), ['--clips_dir'])])
def test_flags_and_values_are_completed(proposed, words, found):
    assert proposed(*words) == found


def test_it_is_registered_for_all_programs_with_these_flags(script):
    asked = 'complete -p deepspeech-train deepspeech-evaluate DeepSpeech.py transcribe.py'
    shown = subprocess.run(['bash', '-c', f'{script}\n{asked}'], stdout=subprocess.PIPE, check=True,
                           universal_newlines=True).stdout
    assert shown.count('-F _deepspeech_flags') == 4


def test_other_shells_are_refused():
    result = script_for('fish')
    assert result.returncode == 1 and result.stdout == 'E --print_completion fish: flags are completed in bash and zsh.\n'


@pytest.mark.skipif(not shutil.which('zsh'), reason='there is no zsh')
def test_zsh_takes_the_same_function(tmp_path):
    # As zsh calls functions of bash; of what they propose it takes what begins like the word itself.
    code = script_for('zsh').stdout + 'emulate sh\n' + ASK.format(words="deepspeech-train '--best_by' 'w'")
    result = subprocess.run(['zsh', '-f', '-c', code], cwd=str(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            universal_newlines=True)
    assert result.stdout.split() in (['wer'], ['loss', 'wer', 'cer']), result.stderr
