"""Systems that are not Linux: on Windows every program says in a sentence that it cannot run there; macOS is taken as it is."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOORS = sorted(ROOT.glob('bin/import_*.py'))
# What Windows lacks is taken away when the standard library is loaded, which would else look for what Windows has instead.
WINDOWS = '''
import argparse, asyncio, ctypes, logging, multiprocessing, os, platform, runpy, shutil, signal, socket, ssl, subprocess, sys
import tempfile, threading, urllib.request, zipfile
try:
    import numpy, pandas, absl.logging
except ImportError:
    pass
for name in ('fcntl', 'resource', 'termios', 'pwd', 'grp'):
    sys.modules[name] = None  # cannot be imported
for name in ('SIGHUP', 'SIGKILL', 'SIGPIPE', 'SIGXFSZ', 'SIGQUIT', 'SIGALRM', 'SIGUSR1', 'SIGUSR2'):
    delattr(signal, name)
for name in ('O_NONBLOCK', 'O_NOFOLLOW', 'O_NOCTTY', 'O_DIRECTORY', 'O_CLOEXEC', 'geteuid', 'getuid', 'killpg',
             'sched_getaffinity', 'fork', 'mkfifo'):
    delattr(os, name)
sys.platform, platform.system = 'win32', lambda: 'Windows'
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
'''
# TensorFlow is loaded first: it would look for libraries of macOS. So is what finds libraries, in the way of Linux: Debian's
# Python lacks that of macOS.
MACOS = '''
import builtins, ctypes.util, os, platform, runpy, sys
import deepspeech_training.compat
del os.sched_getaffinity
made_of = builtins.open

def without_proc(path, *arguments, **named):
    if str(path).startswith('/proc/'):
        raise FileNotFoundError(2, 'No such file or directory', path)
    return made_of(path, *arguments, **named)

exists = os.path.exists
os.path.exists = lambda path: not str(path).startswith('/proc/') and exists(path)
builtins.open = without_proc
sys.platform, platform.system = 'darwin', lambda: 'Darwin'
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
'''
ARGUMENTS = {'make_scorer.py': ['text.txt', '--alphabet', 'data/alphabet.txt', '--output', '/tmp/none/my.scorer'],
             'DeepSpeech.py': ['--train_files', 'tests/clips/clips.csv'],
             'transcribe.py': ['--src', 'tests/clips/letters_k.wav'],
             'data_set_tool.py': ['tests/clips/clips.csv', '/tmp/none/set.sdb'], 'make_alphabet.py': ['tests/clips/clips.csv'],
             'stats.py': ['-csv', 'tests/clips/clips.csv'], 'check_dataset.py': ['tests/clips/clips.csv', '-o', '/tmp/none'],
             'evaluate.py': ['--test_files', 'tests/clips/clips.csv'], DOORS[0].name: ['/tmp/none']}


def on(system, program, *words, home):
    return subprocess.run([sys.executable, '-c', system, str(program), *map(str, words)], cwd=str(ROOT), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, env=home, timeout=300)


@pytest.mark.parametrize('name', sorted(ARGUMENTS))
def test_on_windows_every_program_says_that_it_cannot_run_there(name, home):
    program = ROOT / name if name == 'DeepSpeech.py' else ROOT / 'bin' / name
    result = on(WINDOWS, program, *ARGUMENTS[name], home=home)
    said = (result.stdout + result.stderr).strip()
    assert result.returncode == 1 and 'Traceback' not in said, said
    assert said.startswith('E Windows lacks what the trainer locks files and ends programs with; it runs on Linux and macOS.')
    assert 'WSL 2' in said and '\n' not in said


def test_on_windows_the_short_help_and_the_doctor_answer(home):
    result = on(WINDOWS, ROOT / 'DeepSpeech.py', '--help', home=home)
    assert result.returncode == 0 and '--train_files' in result.stdout
    examined = on(WINDOWS, ROOT / 'bin' / 'doctor.py', home=home)
    assert examined.returncode == 1 and 'Traceback' not in examined.stdout + examined.stderr, examined.stderr
    assert 'training needs Linux or macOS: use WSL 2' in examined.stdout


@pytest.mark.slow
def test_without_what_only_linux_has_it_trains_tests_and_exports(home, clips, tmp_path):
    command = ('--train_files', clips, '--dev_files', clips, '--test_files', clips, '--epochs', 1, '--n_hidden', 8,
               '--checkpoint_dir', tmp_path / 'ckpt', '--export_dir', tmp_path / 'export', '--noshow_progressbar')
    refused = on(MACOS, ROOT / 'DeepSpeech.py', *command, '--train_batch_size', 'auto', home=home)
    assert refused.returncode == 1 and '--train_batch_size auto: this system does not say how much memory' in refused.stdout
    result = on(MACOS, ROOT / 'DeepSpeech.py', *command, '--train_batch_size', 3, home=home)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f'Test on {clips} - WER: ' in result.stdout and (tmp_path / 'export' / 'output_graph.pb').exists()
