"""What many tests use: real speech, the classic alphabet, a log, a clock, and the trainer as a program."""

import io
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fork_server import ForkServer
from once import ONCE
from wav_files import pcm16, tone, wav_bytes

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
def repeated_clips(clips, tmp_path):
    """Function that writes a CSV with the clips so many times over, so that an epoch takes a while; returns its path."""
    def repeat(n_times):
        header, *rows = clips.read_text(encoding='utf-8').splitlines()
        path = tmp_path / 'long.csv'
        path.write_text('\n'.join([header] + [f'{clips.parent}/{row}' for row in rows] * n_times) + '\n', encoding='utf-8')
        return path
    return repeat


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
    from deepspeech_training.console.log import Log
    return Log(1, output)


@pytest.fixture
def make_wav(tmp_path):
    """make_wav(name, n_samples, rate_hz=16000, **how) writes a tone and returns the path as str."""
    def make(name, n_samples=16000, rate_hz=16000, n_channels=1, **how):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = np.repeat(tone(n_samples, rate_hz), n_channels)
        path.write_bytes(wav_bytes(pcm16(samples), n_channels, rate_hz, **how))
        return str(path)
    return make


@pytest.fixture
def make_csv(tmp_path):
    """make_csv(text, name) writes text or bytes as they are and returns the path as str."""
    def make(text, name='set.csv'):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode('utf-8'))
        return str(path)
    return make


class Clock:
    """Called, it gives the seconds that a test has set."""

    seconds = 0.

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope='session')
def fork_server():
    """Process that has TensorFlow loaded and runs the trainer in forks of itself."""
    server = ForkServer()
    yield server
    server.close()


@pytest.fixture
def home(tmp_path):
    """Environment of programs, with a home directory of their own."""
    return dict(os.environ, HOME=str(tmp_path / 'home'), XDG_DATA_HOME=str(tmp_path / 'data'),
                XDG_CACHE_HOME=str(tmp_path / 'cache'), PYTHONIOENCODING='utf-8')


@pytest.fixture
def deepspeech(fork_server, home, tmp_path):
    """Function that runs `DeepSpeech.py ...` and returns subprocess.CompletedProcess."""
    numbers = itertools.count()

    def run(*arguments, timeout=300):
        number = next(numbers)
        output, errors = (tmp_path / f'.run-{number}.{stream}' for stream in ('output', 'errors'))
        code = fork_server.start(arguments, home, output, errors).wait(timeout)
        return subprocess.CompletedProcess(arguments, code, *(path.read_text(encoding='utf-8') for path in (output, errors)))
    return run


@pytest.fixture
def fresh_deepspeech(home):
    """Function like `deepspeech` that runs the program itself, from its first line on."""
    def run(*arguments, timeout=300):
        return subprocess.run([sys.executable, 'DeepSpeech.py', *map(str, arguments)], cwd=str(ROOT), timeout=timeout,
                              env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              universal_newlines=True, encoding='utf-8')
    return run


def pytest_addoption(parser):
    parser.addoption('--long', action='store_true', help='every case; kills, flips and stops as the project was judged by')


@pytest.hookimpl(tryfirst=True)  # before `-m` makes its choice
def pytest_collection_modifyitems(config, items):
    if not config.getoption('--long'):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker('long')])
        items[:] = [item for item in items if not item.get_closest_marker('long')]
    for item in items:
        if item.nodeid.startswith(ONCE):
            item.add_marker('once')


def pytest_make_parametrize_id(val, argname):
    """Name of bytes and long texts in a test's name: their sort, so that names are short and the same in every process."""
    return f'{argname}_{len(val)}' if isinstance(val, (bytes, str)) and (isinstance(val, bytes) or len(val) > 100) else None


@pytest.fixture
def is_long(request):
    """Whether to try as often as it takes to be sure, not as often as a change can wait for."""
    return request.config.getoption('--long')
