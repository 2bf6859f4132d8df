"""How the Python packages beside this file are built: hooks for pip (PEP 517, 660) around scikit-build-core.

Each package directory has a setup.py that passes these hooks on. They add what scikit-build-core cannot know: where the one
CMake project is (this directory, or `native/` in a source archive), that a source archive holds its own copy of it, and what
to do where the compiler or KenLM is missing. In a checkout all packages and Pythons share one build directory, so every C++
file is compiled once; it may be removed at any time.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sysconfig
import tempfile
from typing import Any, Dict, Iterator, List, Optional, Sequence

TREE = os.path.dirname(os.path.abspath(__file__))
COMMON = ('CMakeLists.txt', 'VERSION', 'native_build.py', *(f'third_party/kenlm/{name}' for name in (
    'CMakeLists.txt', 'LICENSE', 'COPYING', 'cmake', 'lm', 'util')))
DECODER = ('ctcdecode/CMakeLists.txt', 'ctcdecode/src', 'ctcdecode/tests', 'ctcdecode/fuzz')
DECODER_TOOLS = ('tools/CMakeLists.txt', 'tools/generate_scorer_package.cc', 'tools/generate_trie.cc',
                 'tools/enumerate_kenlm_vocabulary.cc')
LAYERS = ('layers/CMakeLists.txt', 'layers/exports.map', 'layers/src', 'layers/tests', 'ctcdecode/tests/check.h',
          *(f'runtime/src/kernels/{name}' for name in (
              'kernels.cmake', 'aligned_array.h', 'aligned_array.cc', 'processor.h', 'processor.cc', 'functions.h',
              'activations.h', 'float32_products.h', 'tiles_amx.h', 'vector_avx2.h', 'vector_avx512.h')))
# What the source archive of the package in a directory holds of the project, beside its own files.
PARTS = {'ctcdecode': COMMON + DECODER + DECODER_TOOLS + ('ctcdecode/python/bindings.cc',),
         'python': COMMON + DECODER + ('tools', 'runtime', 'include'),
         'layers': COMMON + LAYERS, 'kenlm': COMMON + ('kenlm/CMakeLists.txt',)}
OWN = {'ctcdecode': ('python/ds_ctcdecoder',), 'python': ('deepspeech',), 'layers': ('deepspeech_layers',),
       'kenlm': ('deepspeech_kenlm',)}
OWN_ALWAYS = ('pyproject.toml', 'setup.py', 'VERSION', 'LICENSE')
CLIENT_TARGETS = ('deepspeech', 'deepspeech_program', 'convert_graphdef_memmapped_format')
DEBRIS = ('__pycache__', '*.pyc', 'build', '*.egg-info', '.pin', '*.arpa')
PACKAGES = {'ctcdecode': 'g++ python3-dev', 'python': 'g++', 'layers': 'g++', 'kenlm':
            'g++ libboost-program-options-dev libboost-system-dev libboost-thread-dev libboost-test-dev zlib1g-dev'}
Settings = Optional[Dict[str, Any]]


class BuildFailed(SystemExit):
    """Ends the build with one sentence, which pip prints below its own report."""

    def __init__(self, reason: str) -> None:
        super().__init__(f'E The native parts cannot be built: {reason}')


def get_requires_for_build_sdist(config_settings: Settings = None) -> List[str]:
    return _backend().get_requires_for_build_sdist(_settings(config_settings))


def get_requires_for_build_wheel(config_settings: Settings = None) -> List[str]:
    _check_system()
    return _backend().get_requires_for_build_wheel(_settings(config_settings))


def get_requires_for_build_editable(config_settings: Settings = None) -> List[str]:
    _check_system()
    return _backend().get_requires_for_build_editable(_settings(config_settings))


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings = None) -> str:
    return _backend().prepare_metadata_for_build_wheel(metadata_directory, _settings(config_settings))


def prepare_metadata_for_build_editable(metadata_directory: str, config_settings: Settings = None) -> str:
    return _backend().prepare_metadata_for_build_editable(metadata_directory, _settings(_of_editable(config_settings)))


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: Optional[str] = None) -> str:
    with build_lock():
        try:
            return _backend().build_wheel(wheel_directory, _settings(config_settings), metadata_directory)
        except SystemExit as error:
            raise BuildFailed(f'cmake or the compiler reported the errors above; if something is missing, on Debian or Ubuntu: '
                              f'apt-get install {PACKAGES[_package()]}') from error


def build_editable(wheel_directory: str, config_settings: Settings = None, metadata_directory: Optional[str] = None) -> str:
    """Builds a wheel that points to the package in the checkout; the compiled parts are put into the package there."""
    with build_lock():
        build = cmake_build(TREE, build_directory('native'), CLIENT_TARGETS,
                            ['-DNATIVE_PYTHON=OFF'], PACKAGES['python'])
        cmake_install(build, os.path.join(TREE, 'python', 'deepspeech'), ('library', 'headers', 'programs'))
        return _backend().build_editable(wheel_directory, _settings(_of_editable(config_settings)), metadata_directory)


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    if _in_source_archive():
        return _backend().build_sdist(sdist_directory, _settings(config_settings))
    _check_system()
    target, here = os.path.abspath(sdist_directory), os.getcwd()
    with tempfile.TemporaryDirectory() as scratch:
        gather(_package(), here, scratch)
        os.chdir(scratch)
        try:
            return _backend().build_sdist(target, config_settings)
        finally:
            os.chdir(here)


def gather(package: str, directory: str, target: str) -> None:
    """Copies into `target` all that the source archive of a package holds; links become files."""
    for name in OWN_ALWAYS + OWN[package]:
        if os.path.exists(os.path.join(directory, name)):
            _copy(os.path.join(directory, name), os.path.join(target, name))
    for name in PARTS[package]:
        _copy(os.path.join(TREE, name), os.path.join(target, 'native', name))


def _copy(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(source):
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*DEBRIS))
    else:
        shutil.copy2(source, target)


def build_directory(name: str) -> str:
    """Returns where a checkout is compiled on this kind of machine."""
    return os.path.join(TREE, 'build', f'{sysconfig.get_platform()}-{name}')


def cmake_build(source: str, build: str, targets: Sequence[str], options: Sequence[str], packages: str) -> str:
    """Compiles `targets` of the CMake project in `source` into the directory `build`, which is returned.

    Args:
      options: -D... arguments.
      packages: Debian packages whose absence is the likely cause of a failing configuration.
    """
    _check_system(packages)
    os.makedirs(build, exist_ok=True)
    # cmake and ninja may lie in a build environment that is gone at the next call, so both are named each time.
    cmake, ninja = shutil.which('cmake') or 'cmake', shutil.which('ninja') or 'ninja'
    _run([cmake, '-S', source, '-B', build, '-G', 'Ninja', f'-DCMAKE_MAKE_PROGRAM={ninja}',
          '-DCMAKE_BUILD_TYPE=Release', '-Wno-dev', *options], os.path.join(build, 'configure.log'),
         f'the compiler or a library is missing; on Debian or Ubuntu: apt-get install {packages}')
    _run([ninja, '-C', build, *targets], os.path.join(build, 'compile.log'), 'the compiler reported errors')
    return build


def cmake_install(build: str, prefix: str, components: Sequence[str]) -> None:
    """Installs parts of what was built, without debugging symbols."""
    for component in components:
        _run([shutil.which('cmake') or 'cmake', '--install', build, '--prefix', prefix, '--component', component, '--strip'],
             os.path.join(build, 'install.log'), f'the files of {component} could not be written to {prefix}')


def _run(command: Sequence[str], log: str, reason: str) -> None:
    """Runs a build step; what it prints goes to the file `log`."""
    with open(log, 'wb') as output:
        try:
            result = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT)
        except FileNotFoundError as error:
            raise BuildFailed(f'{command[0]} is not installed: pip install cmake ninja') from error
    if result.returncode:
        raise BuildFailed(f'{reason} (details in {log})')


def _check_system(packages: str = 'g++') -> None:
    """Says what is missing before anything is downloaded or compiled."""
    if not os.path.exists(os.path.join(TREE, 'third_party', 'kenlm', 'lm', 'model.hh')):
        raise BuildFailed('the sources of KenLM are missing; fetch them first: python native_client/fetch_kenlm.py')
    if not any(shutil.which(name) for name in (os.environ.get('CXX', 'c++'), 'g++', 'clang++')):
        raise BuildFailed(f'there is no C++ compiler; on Debian or Ubuntu: apt-get install {packages}')


def _backend() -> Any:
    import scikit_build_core.build  # a build requirement: not there when this file is imported for something else

    return scikit_build_core.build


def _settings(given: Settings) -> Settings:
    """Returns the caller's settings and those that depend on where this file is."""
    settings = {'cmake.source-dir': TREE, **(given or {})}
    if not _in_source_archive():
        settings.setdefault('build-dir', build_directory('kenlm' if _package() == 'kenlm' else 'native'))
    return settings


def _of_editable(given: Settings) -> Settings:
    return {**(given or {}), 'wheel.cmake': 'false', 'editable.mode': 'inplace'}


def _package() -> str:
    """Returns which package is built: that of the working directory, where hooks are called."""
    return next(name for name, folders in OWN.items() if os.path.isdir(folders[0]))


def _in_source_archive() -> bool:
    return os.path.basename(TREE) == 'native'


@contextlib.contextmanager
def build_lock() -> Iterator[None]:
    """Lets one build at a time use the build directories of a checkout."""
    if _in_source_archive():
        yield
        return
    os.makedirs(os.path.join(TREE, 'build'), exist_ok=True)
    with open(os.path.join(TREE, 'build', 'lock'), 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
