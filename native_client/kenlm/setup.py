"""Compiles KenLM's lmplz, filter and build_binary from the published `kenlm` source distribution into the package.

The sources come through pip, with the index the user has configured, and are checked against the hash in
kenlm-source.txt. cmake and ninja are build requirements; a C++ compiler and Boost must be on the system.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE_PIN = os.path.join(HERE, 'kenlm-source.txt')
PROGRAMS = ('lmplz', 'filter', 'build_binary')
SYSTEM_PACKAGES = ('g++ libboost-program-options-dev libboost-system-dev libboost-thread-dev libboost-test-dev '
                   'zlib1g-dev')


def stop(reason):
    """Ends the build with one sentence, which pip prints below its own report."""
    sys.exit(f'E KenLM\'s programs cannot be built: {reason}')


def run(command, log, reason):
    """Runs a build step; what it prints goes to the file `log`."""
    with open(log, 'wb') as output:
        result = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT)
    if result.returncode:
        stop(f'{reason} (details in {log})')


def fetch_sources(parent):
    """Downloads and unpacks the pinned source distribution into `parent`; returns its directory."""
    source = os.path.join(parent, 'source')
    if os.path.isdir(source):
        return source
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


def compile_programs(parent):
    """Compiles `PROGRAMS` under `parent`, taking up an earlier build; returns the directory they are in."""
    if not any(shutil.which(name) for name in (os.environ.get('CXX', 'c++'), 'g++', 'clang++')):
        stop(f'there is no C++ compiler; on Debian or Ubuntu: apt-get install {SYSTEM_PACKAGES}')
    os.makedirs(parent, exist_ok=True)
    source, build = fetch_sources(parent), os.path.join(parent, 'build')
    # cmake and ninja lie in a build environment that is gone at the next call, so both are named each time.
    ninja = shutil.which('ninja')
    run([shutil.which('cmake'), '-S', source, '-B', build, '-G', 'Ninja', f'-DCMAKE_MAKE_PROGRAM={ninja}',
         '-DCMAKE_BUILD_TYPE=Release', '-DBoost_USE_STATIC_LIBS=ON', '-DENABLE_INTERPOLATE=OFF', '-Wno-dev'],
        os.path.join(parent, 'configure.log'),
        f'the compiler or Boost is missing; on Debian or Ubuntu: apt-get install {SYSTEM_PACKAGES}')
    run([ninja, '-C', build] + list(PROGRAMS), os.path.join(parent, 'compile.log'), 'the compiler reported errors')
    return os.path.join(build, 'bin')


class BuildWithPrograms(build_py):
    """Adds the compiled programs to the package's files."""

    def run(self):
        super().run()
        compiled = compile_programs(os.path.abspath(self.get_finalized_command('build').build_temp))
        target = os.path.join(self.build_lib, 'deepspeech_kenlm', 'bin')
        os.makedirs(target, exist_ok=True)
        for name in PROGRAMS:
            shutil.copy2(os.path.join(compiled, name), target)


class PlatformDistribution(Distribution):
    """Holds programs, hence depends on the platform."""

    def has_ext_modules(self):
        return True


class AnyPythonWheel(bdist_wheel):
    """The programs do not depend on the Python version."""

    def get_tag(self):
        return ('py3', 'none') + super().get_tag()[2:]


setup(
    name='deepspeech-kenlm-tools',
    version='0.3.0',  # of the KenLM source distribution
    description="KenLM's lmplz, filter and build_binary for building scorers",
    python_requires='>=3.7',
    packages=['deepspeech_kenlm'],
    cmdclass={'build_py': BuildWithPrograms, 'bdist_wheel': AnyPythonWheel},
    distclass=PlatformDistribution,
)
