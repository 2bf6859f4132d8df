"""Compiles KenLM's lmplz, filter and build_binary from the published `kenlm` source distribution into the package.

cmake and ninja are build requirements; a C++ compiler and Boost must be on the system.
"""

import os
import shutil
import sys
from typing import Tuple

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
try:
    from native_build import cmake_build, fetch_kenlm
except ImportError:  # pip before 21.3 builds in a copy of this directory
    sys.exit('E This package is built with files beside it; upgrade pip (21.3 or newer), then install it from the checkout.')

PROGRAMS = ('lmplz', 'filter', 'build_binary')
SYSTEM_PACKAGES = ('g++ libboost-program-options-dev libboost-system-dev libboost-thread-dev libboost-test-dev '
                   'zlib1g-dev')


class BuildWithPrograms(build_py):
    """Adds the compiled programs to the package's files."""

    def run(self) -> None:
        super().run()
        parent = os.path.abspath(self.get_finalized_command('build').build_temp)
        build = cmake_build(fetch_kenlm(parent), parent, PROGRAMS,
                            ['-DBoost_USE_STATIC_LIBS=ON', '-DENABLE_INTERPOLATE=OFF'], SYSTEM_PACKAGES)
        target = os.path.join(self.build_lib, 'deepspeech_kenlm', 'bin')
        os.makedirs(target, exist_ok=True)
        for name in PROGRAMS:
            shutil.copy2(os.path.join(build, 'bin', name), target)


class PlatformDistribution(Distribution):
    """Holds programs, hence depends on the platform."""

    def has_ext_modules(self) -> bool:
        return True


class AnyPythonWheel(bdist_wheel):
    """The programs do not depend on the Python version."""

    def get_tag(self) -> Tuple[str, str, str]:
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
