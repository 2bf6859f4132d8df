"""Where too few threads may be started, a run says so; TensorFlow, once loaded, would end the program."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from deepspeech_training.entry import require_threads

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope='module')
def library(tmp_path_factory):
    """Path of a library that limits the threads of a program it is loaded into."""
    library = tmp_path_factory.mktemp('library') / 'few_threads.so'
    source = HERE / 'few_threads.c'
    subprocess.run(['cc', '-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', str(library), str(source), '-ldl'], check=True)
    return library


@pytest.mark.parametrize('limit', [0, 5, 20])
def test_a_run_that_cannot_start_its_threads_says_so(limit, library, clips, home, tmp_path):
    run = subprocess.run([sys.executable, 'DeepSpeech.py', '--train_files', str(clips), '--epochs', '1', '--checkpoint_dir',
                          str(tmp_path / 'ckpt')], cwd=str(HERE.parents[1]), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         env=dict(home, LD_PRELOAD=str(library), THREADS=str(limit)), universal_newlines=True)
    (line,) = run.stdout.splitlines()
    assert run.returncode == 1 and not run.stderr
    assert line.startswith('E only ') and f'only {limit} of the' in line and 'ulimit -u' in line


def test_threads_that_can_be_had_are_given_back():
    before = threading.active_count()
    require_threads(50)
    assert threading.active_count() == before
