"""The native parts as others get them: source archives that are complete, commands, the archive of programs, one version."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import threading
from pathlib import Path

import deepspeech
import ds_ctcdecoder
import pytest

TOP = Path(__file__).resolve().parents[1]
NATIVE = TOP / 'native_client'
sys.path.insert(0, str(NATIVE))
import make_archive  # noqa: E402  build scripts, not part of a package
import native_build  # noqa: E402

CLIENT = Path(deepspeech.__file__).resolve().parent
PACKAGES = sorted(native_build.PARTS)
COMMANDS = ('deepspeech', 'deepspeech_native', 'convert_graphdef_memmapped_format', 'generate_scorer_package', 'generate_trie',
            'enumerate_kenlm_vocabulary')
CMAKE, NINJA = [Path(sys.executable).with_name(name) for name in ('cmake', 'ninja')]  # of the tests' requirements
NEEDED = {'libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2', 'librt.so.1', 'ld-linux-x86-64.so.2',
          'ld-linux-aarch64.so.1'}  # the system's C library, in one piece or several


def output_of(*command, **options):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(params=PACKAGES)
def source_archive(request, tmp_path):
    """(package, directory with all that its source archive holds)."""
    native_build.gather(request.param, str(NATIVE / request.param), str(tmp_path))
    return request.param, tmp_path


def test_a_source_archive_holds_what_it_includes(source_archive):
    _, directory = source_archive
    files = [path for path in directory.rglob('*') if path.is_file()]
    assert not any(path.is_symlink() for path in files)
    names = {path.name for path in files}
    sources = [path for path in files if path.suffix in {'.cc', '.h'} and 'third_party' not in path.parts]
    missing = {(path.name, header) for path in sources
               for header in re.findall(r'^#include "(?:.*/)?(.+)"', path.read_text(encoding='utf-8'), re.MULTILINE)
               if header not in names}
    assert not missing


def test_a_source_archive_names_no_file_outside_of_it(source_archive):
    package, directory = source_archive
    build = directory / 'build'
    options = ['-DNATIVE_KENLM_TOOLS=ON', '-Wno-dev'] if package == 'kenlm' else []
    output_of(CMAKE, '-S', directory / 'native', '-B', build, '-G', 'Ninja', f'-DCMAKE_MAKE_PROGRAM={NINJA}', *options)
    targets = ['lmplz'] if package == 'kenlm' else ['all']
    planned = output_of(NINJA, '-C', build, '-n', '-v', *targets)  # fails where a source is missing
    assert str(directory) in planned
    assert str(TOP) not in planned.replace(sys.prefix, '')  # CMake itself lies in the environment, and that may lie there


def test_packages_are_built_by_the_same_hooks():
    doors = {(NATIVE / package / 'setup.py').read_text(encoding='utf-8') for package in PACKAGES}
    assert len(doors) == 1


def said_by_the_door(directory, *arguments):
    done = subprocess.run([sys.executable, *arguments], cwd=str(directory), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True)
    assert done.returncode == 1 and done.stdout == ''
    (line,) = done.stderr.strip().split('\n')
    return line


def test_a_pip_that_copies_the_package_away_is_told_what_to_do(tmp_path):
    shutil.copy(str(NATIVE / 'python' / 'setup.py'), str(tmp_path))
    for arguments in (['setup.py', 'install'], ['-c', 'import setup']):
        assert 'upgrade pip' in said_by_the_door(tmp_path, *arguments)


def test_a_build_without_kenlm_says_what_to_run(source_archive):
    _, directory = source_archive
    shutil.rmtree(str(directory / 'native' / 'third_party'))
    line = said_by_the_door(directory, '-c', 'import setup; setup.get_requires_for_build_wheel()')
    assert line.startswith('E ') and line.endswith('python native_client/fetch_kenlm.py')


def test_an_archive_is_built_while_nobody_else_builds(tmp_path, monkeypatch):
    """Another build holds the lock; the archive's waits for it, here up to a second, before it calls cmake."""
    events = []
    monkeypatch.setattr(native_build, 'TREE', str(tmp_path))
    monkeypatch.setattr(make_archive, 'fetch_kenlm', lambda: None)
    monkeypatch.setattr(make_archive, 'cmake_build', lambda *arguments: events.append('build'))
    monkeypatch.setattr(make_archive, 'cmake_install', lambda *arguments: events.append('install'))
    monkeypatch.setattr(make_archive, 'pack', lambda files, path: open(path, 'w').close())
    monkeypatch.setattr(sys, 'argv', ['make_archive.py', '--output', str(tmp_path)])
    with native_build.build_lock():
        builder = threading.Thread(target=make_archive.main)
        builder.start()
        builder.join(0.5)
        assert events == []
    builder.join()
    assert events == ['build', 'install'] and (tmp_path / make_archive.archive_name()).exists()


def test_kenlm_is_not_fetched_without_pip_and_that_is_said(tmp_path):
    for name in ('fetch_kenlm.py', 'kenlm-source.txt'):
        shutil.copy(str(NATIVE / name), str(tmp_path))
    (tmp_path / 'pip.py').write_text('import sys\nsys.exit(f"{sys.executable}: No module named pip")\n')
    done = subprocess.run([sys.executable, str(tmp_path / 'fetch_kenlm.py')], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, env=dict(os.environ, PYTHONPATH=str(tmp_path)))
    assert done.returncode == 1 and done.stderr.startswith(f'E {sys.executable} has no pip, which downloads the KenLM')
    assert done.stderr.endswith('virtual environment.\n') and done.stderr.count('\n') == 1


def test_there_is_one_version():
    version = (NATIVE / 'VERSION').read_text(encoding='utf-8').strip()
    assert version == (TOP / 'training' / 'deepspeech_training' / 'VERSION').read_text(encoding='utf-8').strip()
    assert version == ds_ctcdecoder.__version__ == deepspeech.version()


@pytest.mark.parametrize('name', COMMANDS)
def test_programs_are_commands(name):
    command = os.path.join(sysconfig.get_path('scripts'), name)
    assert re.search('usage|--', output_of(command, '--help'), re.IGNORECASE)


def test_the_library_shows_its_functions_only_and_needs_the_c_library_only():
    library = CLIENT / 'lib' / 'libdeepspeech.so'
    names = set(re.findall(r' [A-Z] (\w+)$', output_of('nm', '-D', '--defined-only', library), re.MULTILINE))
    declared = {name for header in (NATIVE / 'include').glob('*.h')
                for name in re.findall(r'\b((?:DS|DSX|STT)_\w+)\(', header.read_text(encoding='utf-8'))
                if not name.startswith(('DS_FOR_', 'STT_FOR_', 'STT_ENUM'))}
    assert names == declared
    needed = set(re.findall(r'NEEDED.*\[(.+)\]', output_of('readelf', '-d', library)))
    assert needed <= NEEDED


@pytest.fixture
def prefix(tmp_path):
    """Directory in which the native parts lie as cmake installs them."""
    prefix = tmp_path / 'prefix'
    for folder in ('lib', 'bin', 'include'):
        shutil.copytree(str(CLIENT / folder), str(prefix / folder))
    shutil.copy(str(Path(ds_ctcdecoder.__file__).parent / 'bin' / 'generate_scorer_package'), str(prefix / 'bin'))
    (prefix / 'lib' / 'libstt.so').symlink_to('libdeepspeech.so')
    return prefix


def test_the_archive_has_the_published_content_and_runs_where_it_is_unpacked(prefix, tmp_path):
    archive = tmp_path / make_archive.archive_name()
    assert re.fullmatch(r'native_client\.\w+\.cpu\.linux\.tar\.xz', archive.name)
    make_archive.pack(make_archive.contents(str(prefix)), str(archive))
    unpacked = tmp_path / 'unpacked'
    with tarfile.open(str(archive)) as tar:
        tar.extractall(str(unpacked))
    published = {'deepspeech', 'libdeepspeech.so', 'deepspeech.h', 'generate_scorer_package',
                 'convert_graphdef_memmapped_format', 'LICENSE'}
    assert published <= set(os.listdir(str(unpacked)))
    elsewhere = {'cwd': str(tmp_path), 'env': {}}
    version = (NATIVE / 'VERSION').read_text(encoding='utf-8').strip()
    assert version in output_of(unpacked / 'deepspeech', '--version', **elsewhere)
    for program in ('generate_scorer_package', 'convert_graphdef_memmapped_format'):
        assert program in output_of(unpacked / program, '--help', **elsewhere)
    assert os.readlink(str(unpacked / 'libstt.so')) == 'libdeepspeech.so'


def test_the_archive_depends_on_contents_only(prefix, tmp_path):
    files = make_archive.contents(str(prefix))
    make_archive.pack(files, str(tmp_path / 'one'))
    for path in files.values():
        if not os.path.islink(path) and path.startswith(str(prefix)):
            os.utime(path, (1e9, 1e9))
    make_archive.pack(dict(reversed(list(files.items()))), str(tmp_path / 'two'))
    assert (tmp_path / 'one').read_bytes() == (tmp_path / 'two').read_bytes()
