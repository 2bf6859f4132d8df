"""Small archives of the layouts that corpora really have, with real speech inside, and importers run on them as people do."""

import csv
import io
import os
import subprocess
import sys
import tarfile
import urllib.request
import wave
import zipfile
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from functools import lru_cache
from pathlib import Path
from unittest import mock

from sounds import TESTS

from deepspeech_training.corpora import door

TOP = TESTS.parent
CLIPS = sorted((TOP / 'data' / 'tiny-dataset' / 'wav').glob('*.wav'))  # 16 kHz mono, 0.6 to 3 s
# Nothing listens on the discard port, so every connection is refused at once.
OFFLINE = {**{name: 'http://127.0.0.1:9' for name in ('http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY')},
           'no_proxy': '', 'NO_PROXY': ''}


@lru_cache(maxsize=None)
def speech(index, ending='wav', rate_hz=16000, options=()):
    """Returns the bytes of a real clip (of 2 s or more) in the format of `ending`, made by ffmpeg, or by SoX for .sph.

    `options` are further words for that program, such as `('-ac', '2')`.
    """
    source = str(long_clips()[index % len(long_clips())])
    if ending == 'wav' and rate_hz == 16000 and not options:
        return Path(source).read_bytes()
    if ending == 'sph':
        command = ['sox', '-D', source, '-t', 'sph', *options, '-r', str(rate_hz), '-']
    else:
        container = {'wav': ['-f', 'wav'], 'opus': ['-f', 'opus'], 'ogg': ['-c:a', 'libvorbis', '-f', 'ogg']}.get(
            ending, ['-f', ending])
        command = ['ffmpeg', '-nostdin', '-v', 'error', '-i', source, '-ar', str(rate_hz), *options, *container, '-']
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


@lru_cache(maxsize=None)
def long_clips():
    """Returns the paths of real clips that are long enough for any text of 40 characters or less, at 30 ms for each."""
    return [path for path in CLIPS if seconds(path) >= 1.3]


def seconds(path):
    with wave.open(str(path)) as wav:
        return wav.getnframes() / wav.getframerate()


def make_tar(path, files, compression='gz'):
    """Writes a tar archive of {name: bytes or text}, in that order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(str(path), f'w:{compression}') as archive:
        for name, content in files.items():
            data = content.encode('utf-8') if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(data), 1500000000
            archive.addfile(member, io.BytesIO(data))
    return path


def tar_bytes(files, compression='gz'):
    """Returns what `make_tar` writes, for archives within archives."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f'w:{compression}') as archive:
        for name, content in files.items():
            data = content.encode('utf-8') if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def make_zip(path, files):
    """Writes a zip archive of {name: bytes or text}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(str(path), 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def make_tree(directory, files):
    """Writes {name: bytes or text} below a directory."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode('utf-8') if isinstance(content, str) else content)
    return directory


def run_importer(name, *words, **environment):
    """Runs an importer in this process, which saves the start of another; returns what `run_program` does.

    With variables for its environment, it is run in a process of its own.
    """
    if environment:
        return run_program(name, *words, **environment)
    program = str(TOP / 'bin' / f'import_{name}.py')
    argv, out, errors = [program, '--workers', '1', *map(str, words)], io.StringIO(), io.StringIO()
    with ExitStack() as stack:
        for change in (mock.patch.object(sys, 'argv', argv), mock.patch.dict(os.environ, OFFLINE), redirect_stdout(out),
                       redirect_stderr(errors)):
            stack.enter_context(change)
        urllib.request.install_opener(None)  # it keeps the proxies of the environment that it was made in
        stack.callback(urllib.request.install_opener, None)
        code = door.main(name)
    return subprocess.CompletedProcess(argv, code, out.getvalue(), errors.getvalue())


def run_program(name, *words, **environment):
    """Runs bin/import_<name>.py, which finds no network; returns the finished process."""
    command = [sys.executable, str(TOP / 'bin' / f'import_{name}.py'), *map(str, words)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                          env={**os.environ, **OFFLINE, **environment})


def read_csv(path):
    """Returns the rows of a CSV file as dicts; [] where there is none."""
    if not path.exists():
        return []
    with open(str(path), newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def transcripts(path):
    """Returns {stem of the WAV file: transcript} of a CSV file, after a look at each WAV file."""
    rows = read_csv(path)
    for row in rows:
        wav_path = Path(os.path.join(str(path.parent), row['wav_filename']))
        assert wav_path.stat().st_size == int(row['wav_filesize'])
        with wave.open(str(wav_path)) as wav:
            assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16000, 1, 2)
            assert wav.getnframes() > 1600
    return {Path(row['wav_filename']).stem: row['transcript'] for row in rows}


def import_twice(name, *words, files):
    """Imports two times, first as people do, and returns that process; the second time changes no byte, as nothing is to do.

    Args:
      files: CSV files that have to be there.
    """
    first = run_program(name, *words)
    assert first.returncode == 0, first.stderr + first.stdout
    before = {path: path.read_bytes() for path in files}
    again = run_importer(name, *words)
    assert again.returncode == 0, again.stderr
    assert 'nothing to do' in again.stdout
    assert {path: path.read_bytes() for path in files} == before
    return first
