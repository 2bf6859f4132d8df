"""Compiles the decoder, its Python module and its programs into the package `ds_ctcdecoder`.

cmake, ninja and pybind11 are build requirements; a C++17 compiler must be on the system.
"""

import os
import shutil
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
try:
    from native_build import cmake_build, fetch_kenlm
except ImportError:  # pip before 21.3 builds in a copy of this directory
    sys.exit('E This package is built with files beside it; upgrade pip (21.3 or newer), then install it from the checkout.')

MODULE = 'ds_ctcdecoder.ctcdecode'
PROGRAMS = ('generate_scorer_package', 'generate_trie', 'enumerate_kenlm_vocabulary')
VERSION_FILE = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'training', 'deepspeech_training', 'VERSION')


class BuildWithCmake(build_ext):
    """Lets cmake make the module and the programs, and puts them where setuptools expects them."""

    def run(self) -> None:
        import pybind11

        parent = os.path.abspath(self.build_temp)
        build = cmake_build(HERE, parent, ['ctcdecode_python', *PROGRAMS],
                            [f'-DKENLM_SOURCE={fetch_kenlm(parent)}', f'-Dpybind11_DIR={pybind11.get_cmake_dir()}',
                             f'-DPYTHON_EXECUTABLE={sys.executable}', '-DPYBIND11_FINDPYTHON=OFF'], 'g++ python3-dev')
        target = self.get_ext_fullpath(MODULE)
        programs = os.path.join(os.path.dirname(target), 'bin')
        os.makedirs(programs, exist_ok=True)
        shutil.copy2(os.path.join(build, 'python', os.path.basename(target)), target)
        for name in PROGRAMS:
            shutil.copy2(os.path.join(build, 'bin', name), programs)


with open(VERSION_FILE, encoding='utf-8') as file:
    VERSION = file.read().strip()

setup(
    name='ds_ctcdecoder',
    version=VERSION,
    description='CTC beam search with KenLM scorers, under the names of the published ds_ctcdecoder',
    license='MPL-2.0',
    python_requires='>=3.7',
    install_requires=['numpy'],
    packages=['ds_ctcdecoder'],
    package_dir={'': 'python'},
    package_data={'ds_ctcdecoder': ['py.typed', '*.pyi']},
    ext_modules=[Extension(MODULE, [])],
    cmdclass={'build_ext': BuildWithCmake},
    entry_points={'console_scripts': [f'{name} = ds_ctcdecoder.commands:{name}' for name in PROGRAMS]},
)
