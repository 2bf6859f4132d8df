"""What many tests use: real speech, the classic alphabet, a log, a clock, and the trainer as a program."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CLIPS = ROOT / 'tests' / 'clips' / 'clips.csv'


@pytest.fixture
def alphabet():
    from deepspeech_training.text.alphabet import Alphabet
    return Alphabet.from_file(str(ROOT / 'data' / 'alphabet.txt'))


@pytest.fixture
def clips():
    """CSV with nine recordings of human speech."""
    return CLIPS


@pytest.fixture
def one_clip(tmp_path):
    """CSV with one recording, by absolute path."""
    path = tmp_path / 'one.csv'
    wav = CLIPS.parent / 'digits_yesterday.wav'
    path.write_text(f'wav_filename,wav_filesize,transcript\n{wav},{wav.stat().st_size},yesterday\n', encoding='utf-8')
    return path


@pytest.fixture
def output():
    """What a Log of level 1 printed."""
    return io.StringIO()


@pytest.fixture
def log(output):
    from deepspeech_training.log import Log
    return Log(1, output)


class Clock:
    """Called, it gives the seconds that a test has set."""

    seconds = 0.

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def deepspeech(tmp_path):
    """Function that runs `python DeepSpeech.py ...` in the checkout, with a home directory of its own."""
    def run(*arguments, timeout=300):
        environment = dict(os.environ, HOME=str(tmp_path / 'home'), XDG_DATA_HOME=str(tmp_path / 'data'),
                           XDG_CACHE_HOME=str(tmp_path / 'cache'), PYTHONIOENCODING='utf-8')
        return subprocess.run([sys.executable, 'DeepSpeech.py', *map(str, arguments)], cwd=str(ROOT), timeout=timeout,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              universal_newlines=True, encoding='utf-8')
    return run


def pytest_addoption(parser):
    parser.addoption('--long', action='store_true', help='as many kills, flips and stops as the project was judged by')


@pytest.fixture
def is_long(request):
    """Whether to try as often as it takes to be sure, not as often as a change can wait for."""
    return request.config.getoption('--long')
