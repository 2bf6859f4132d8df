"""Programs in other languages over the native library: those of native_client/examples, built and run."""

import os
import shutil
import subprocess
from pathlib import Path

import deepspeech
import pytest
from deepspeech import Model
from deepspeech.library import load_library

NATIVE = Path(__file__).resolve().parent.parent.parent / 'native_client'
EXAMPLES = NATIVE / 'examples'


@pytest.fixture
def library_path():
    return load_library()._name


@pytest.fixture
def expected(model, clip):
    """What the Python package hears, with the scorer."""
    return model.stt(clip)


def output_of(command, **options):
    """Returns what a command prints."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, timeout=300, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def built(source, program, library_path, compiler=('gcc', '-std=c99')):
    """Compiles a program against the library, which it finds where it lies."""
    directory = os.path.dirname(library_path)
    output_of([*compiler, '-Wall', '-Wextra', '-Werror', '-pedantic', source, f'-I{NATIVE / "include"}', '-o', program,
               f'-L{directory}', '-l:' + os.path.basename(library_path), f'-Wl,-rpath,{directory}'])
    return program


def test_c(tmp_path, library_path, expected, model_path, scorer_path, clip_path):
    program = built(EXAMPLES / 'c' / 'transcribe.c', tmp_path / 'transcribe', library_path)
    assert output_of([program, model_path, scorer_path, clip_path]) == expected + '\n'
    failed = subprocess.run([str(program), str(tmp_path / 'missing.pb'), '', clip_path], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, universal_newlines=True)
    assert failed.returncode == 1 and 'missing.pb: The model file cannot be read as a graph. (0x3005)' in failed.stderr


def test_c_under_the_names_of_coqui(tmp_path, library_path, expected, model_path, scorer_path, clip_path):
    source = (EXAMPLES / 'c' / 'transcribe.c').read_text(encoding='utf-8')
    renamed = tmp_path / 'transcribe_stt.c'
    renamed.write_text(source.replace('DS_', 'STT_').replace('deepspeech.h', 'coqui-stt.h'), encoding='utf-8')
    program = built(renamed, tmp_path / 'transcribe_stt', library_path)
    assert output_of([program, model_path, scorer_path, clip_path]) == expected + '\n'


def test_c_plus_plus_takes_the_headers(tmp_path, library_path):
    source = tmp_path / 'versions.cc'
    source.write_text('#include <cstdio>\n#include "coqui-stt.h"\n#include "deepspeech_more.h"\n'
                      'int main() { char* version = DS_Version(); std::puts(version); DS_FreeString(version); }\n')
    program = built(source, tmp_path / 'versions', library_path, ('g++', '-std=c++11'))
    assert output_of([program]) == f'{deepspeech.version()}\n'


def test_go(tmp_path, library_path, model_path, clip_path, clip):
    if not shutil.which('go'):
        pytest.skip('there is no Go compiler here (Debian: golang-go)')
    directory = os.path.dirname(library_path)
    environment = dict(os.environ, CGO_ENABLED='1', CGO_CFLAGS=f'-I{NATIVE / "include"}', GOCACHE=str(tmp_path / 'cache'),
                       CGO_LDFLAGS=f'-L{directory} -l:{os.path.basename(library_path)} -Wl,-rpath,{directory}',
                       GOFLAGS='-mod=mod', GO111MODULE='on')
    program = tmp_path / 'transcribe'
    output_of(['go', 'build', '-o', program, '.'], cwd=str(EXAMPLES / 'go'), env=environment)
    assert output_of([program, model_path, '', clip_path]) == Model(model_path).stt(clip) + '\n'


def test_node(tmp_path, library_path, expected, model_path, scorer_path, clip_path):
    if not shutil.which('npm'):
        pytest.skip('there is no Node with npm here')
    for name in ('package.json', 'transcribe.js'):
        shutil.copy(str(EXAMPLES / 'node' / name), str(tmp_path))
    install = ['npm', 'install', '--no-audit', '--no-fund', '--cache', str(tmp_path / 'cache')]
    installed = subprocess.run(install, cwd=str(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               universal_newlines=True, timeout=300)
    if installed.returncode:
        pytest.skip(f'npm cannot install koffi, the foreign function interface: {installed.stdout[-300:]}')
    output = output_of(['node', tmp_path / 'transcribe.js', model_path, scorer_path, clip_path],
                       env=dict(os.environ, DS_LIBRARY=library_path))
    assert output == expected + '\n'
