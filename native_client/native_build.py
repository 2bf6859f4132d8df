"""What the builds of `kenlm` and `ctcdecode` share: the pinned KenLM sources, cmake, and build errors in one sentence."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from typing import Sequence

SOURCE_PIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'kenlm-source.txt')


class BuildFailed(SystemExit):
    """Ends the build with one sentence, which pip prints below its own report."""

    def __init__(self, reason: str) -> None:
        super().__init__(f'E The native parts cannot be built: {reason}')


def run(command: Sequence[str], log: str, reason: str) -> None:
    """Runs a build step; what it prints goes to the file `log`."""
    with open(log, 'wb') as output:
        result = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT)
    if result.returncode:
        raise BuildFailed(f'{reason} (details in {log})')


def fetch_kenlm(parent: str) -> str:
    """Downloads and unpacks the pinned source distribution into `parent`; returns its directory.

    The sources come through pip, with the index the user has configured, and are checked against a hash.
    """
    source = os.path.join(parent, 'source')
    if os.path.isdir(source):
        return source
    os.makedirs(parent, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as scratch:
        # Without isolation, or pip would set up a second build environment only to read the name and version.
        run([sys.executable, '-m', 'pip', 'download', '--no-deps', '--no-binary', ':all:', '--no-build-isolation',
             '--require-hashes', '--requirement', SOURCE_PIN, '--dest', scratch],
            os.path.join(parent, 'fetch.log'),
            'pip could not download the sources named in kenlm-source.txt; is the package index reachable?')
        (archive,) = [name for name in os.listdir(scratch) if name.endswith('.tar.gz')]
        with tarfile.open(os.path.join(scratch, archive)) as tar:
            tar.extractall(scratch)
        os.rename(os.path.join(scratch, archive[:-len('.tar.gz')]), source)
    return source


def cmake_build(source: str, parent: str, targets: Sequence[str], options: Sequence[str], packages: str) -> str:
    """Compiles `targets` of the cmake project in `source` under `parent`; returns the build directory.

    Args:
      options: -D... arguments.
      packages: Debian packages whose absence is the likely cause of a failing configuration.
    """
    if not any(shutil.which(name) for name in (os.environ.get('CXX', 'c++'), 'g++', 'clang++')):
        raise BuildFailed(f'there is no C++ compiler; on Debian or Ubuntu: apt-get install {packages}')
    build = os.path.join(parent, 'build')
    os.makedirs(build, exist_ok=True)
    # cmake and ninja lie in a build environment that is gone at the next call, so both are named each time.
    cmake, ninja = shutil.which('cmake') or 'cmake', shutil.which('ninja') or 'ninja'
    run([cmake, '-S', source, '-B', build, '-G', 'Ninja', f'-DCMAKE_MAKE_PROGRAM={ninja}',
         '-DCMAKE_BUILD_TYPE=Release', '-Wno-dev', *options], os.path.join(parent, 'configure.log'),
        f'the compiler or a library is missing; on Debian or Ubuntu: apt-get install {packages}')
    run([ninja, '-C', build, *targets], os.path.join(parent, 'compile.log'), 'the compiler reported errors')
    return build
