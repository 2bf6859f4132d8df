"""Python and its packages: versions, packages of others under our names, packages that overwrite each other.

By the standard library alone.
"""

import os
import platform
import struct
import sys
from typing import List, Tuple

from .. import __version__ as trainer
from .findings import Section
from .installed import Requirement, directory_of, python_numbers, requirements, version_of

PYTHONS = '3.7, 3.9 to 3.13'
SETUP = 'bash bin/setup.sh'
TENSORFLOWS = ('tensorflow', 'tensorflow-gpu', 'tensorflow-cpu', 'tf-nightly')
ESSENTIAL = ('numpy', 'protobuf', 'absl-py', 'pyxdg')  # the others are needed by some programs only
# Newer ones than the bound: with them TensorFlow 1.15 does not start (protobuf) or makes no LSTM (NumPy).
BREAKING = ('numpy', 'protobuf')
# Ours: the package, its name for pip, a file (or the beginning of its name) that the published one lacks, where its source is.
OURS = (('deepspeech', 'deepspeech', 'result_files.py', '-e ./native_client/python'),
        ('ds_ctcdecoder', 'ds_ctcdecoder', 'ctcdecode', './native_client/ctcdecode'),
        ('deepspeech_layers', 'deepspeech-layers', 'library.py', './native_client/layers'),
        ('deepspeech_kenlm', 'deepspeech-kenlm-tools', '__init__.py', './native_client/kenlm'))
NEEDED = ('deepspeech', 'ds_ctcdecoder')  # the others save time, or are needed for scorers only
OVERWRITING = ('deepspeech-gpu', 'deepspeech-tflite')  # published packages that hold files of the same names


def examine_software(section: Section, checkout: str) -> None:
    """Adds what Python and the packages are.

    Args:
      section: to add to.
      checkout: the directory that holds requirements.txt.
    """
    _python(section)
    _checkout(section, checkout)
    wanted = requirements(os.path.join(checkout, 'requirements.txt'))
    _tensorflow(section, [one for one in wanted if one.name == 'tensorflow'])
    for requirement in wanted:
        if requirement.name != 'tensorflow':
            _package(section, requirement)
    for ours in OURS:
        _own_package(section, *ours)
    both = [name for name in OVERWRITING if version_of(name)]
    if both:
        section.fail('published clients', f'{", ".join(both)} installed: it overwrites files of our package deepspeech',
                     f'pip uninstall {" ".join(both)}, then pip install --force-reinstall -e ./native_client/python')
    _gpu_wheels(section, os.path.join(checkout, 'constraints-gpu.txt'))


def _python(section: Section) -> None:
    bits = 8 * struct.calcsize('P')
    found = f'{platform.python_version()}, {bits} bit, {sys.executable}'
    python = python_numbers()[:2]
    if python == (3, 7) or (3, 9) <= python <= (3, 13):
        section.ok('Python', found)
    else:
        section.fail('Python', found, f'there is no TensorFlow for it that this trainer runs on; use Python {PYTHONS}: '
                                      f'PYTHON=python3.11 VENV=.venv311 {SETUP}')
    if bits != 64:
        section.fail('Python', f'{bits} bit', 'TensorFlow needs a Python of 64 bits')
    system = f'{platform.system()} {platform.release()}, {platform.machine()}'
    if platform.system() == 'Windows':
        section.fail('system', system, 'training needs Linux or macOS: use WSL 2 or Dockerfile.train')
    else:
        section.ok('system', system)
    section.judge(sys.prefix != sys.base_prefix or os.path.exists('/.dockerenv'), 'virtual environment',
                  sys.prefix if sys.prefix != sys.base_prefix else 'none',
                  f'packages of other programs share this Python, and their updates can break this one: {SETUP} makes one')


def _checkout(section: Section, checkout: str) -> None:
    used = directory_of('deepspeech_training')
    here = os.path.realpath(os.path.join(checkout, 'training', 'deepspeech_training'))
    section.judge(used == here or 'site-packages' in str(used), 'deepspeech_training', f'{trainer}, {used}',
                  f'this program lies in another checkout, {checkout}: start the programs of the one that is installed, or '
                  f'install this one, {SETUP}')
    installed = version_of('deepspeech_training') or version_of('deepspeech-training')
    section.judge(bool(installed), 'installed package', installed or 'not installed',
                  'programs find deepspeech_training by PYTHONPATH or by chance only: pip install -e . in the checkout')


def _tensorflow(section: Section, wanted: List[Requirement]) -> None:
    found = [(name, version) for name, version in ((name, version_of(name)) for name in TENSORFLOWS) if version]
    if not found:
        advice = f'pip install "{wanted[0].text()}"' if wanted else 'use another Python'
        section.fail('tensorflow', 'not installed', f'nothing can be trained, tested or exported without it: {SETUP}, or '
                                                    f'{advice}. Data sets, scorers and the client need none')
        return
    for name, version in found:
        if wanted and wanted[0].broken_bound(version):
            section.warn(name, version, f'not one of the versions that were tried: pip install "{wanted[0].text()}"')
        else:
            section.ok(name, version)
    if len(found) > 1:
        names = [name for name, _ in found]
        section.warn('two TensorFlows', ' and '.join(names), f'they are files of the same names, and of each the one that was '
                     f'installed last is there: pip uninstall {" ".join(names)}, then {SETUP}')


def _package(section: Section, wanted: Requirement) -> None:
    version = version_of(wanted.name)
    install = f'pip install "{wanted.text()}"'
    if not version:
        add = section.fail if wanted.name in ESSENTIAL else section.warn
        add(wanted.name, 'not installed', install)
        return
    broken = wanted.broken_bound(version)
    tensorflow = next(filter(None, map(version_of, TENSORFLOWS)), '')
    if broken == '<' and tensorflow.startswith('1.') and wanted.name in BREAKING:
        section.fail(wanted.name, version, f'too new for TensorFlow {tensorflow}, which fails with it: {install}')
    elif broken:
        section.warn(wanted.name, version, f'not one of the versions that were tried: {install}')
    else:
        section.ok(wanted.name, version)


def _own_package(section: Section, module: str, name: str, mark: str, source: str) -> None:
    """Adds one of our packages, which a published one may stand in front of."""
    place, version = directory_of(module), version_of(name)
    install = f'pip install {source} in the checkout, or {SETUP}'
    if not place:
        add = section.fail if module in NEEDED else section.warn
        add(module, 'not installed', install)
    elif not any(file.startswith(mark) for file in os.listdir(place)):
        section.fail(module, f'{version or "a version that does not say which"}, {place}: the published package, not ours',
                     f'it cannot stand in for ours: {_removal(name, os.path.dirname(place))}, then {install}')
    elif module in ('deepspeech', 'ds_ctcdecoder', 'deepspeech_layers') and version and version != trainer:
        section.warn(module, f'{version}, {place}', f'the trainer is {trainer}: {install}')
    else:
        section.ok(module, f'{version or "not installed, but found"}, {place}')


def _removal(name: str, directory: str) -> str:
    paths = map(os.path.realpath, os.environ.get('PYTHONPATH', '').split(os.pathsep))
    return f'take {directory} from PYTHONPATH' if directory in paths else f'pip uninstall {name}'


def _gpu_wheels(section: Section, constraints: str) -> None:
    """Adds NVIDIA's libraries as pip brought them, where they are not those that TensorFlow was built with."""
    differing: List[Tuple[str, str, str]] = []
    n_found = 0
    for wanted in requirements(constraints):
        version = version_of(wanted.name)
        n_found += bool(version)
        if version and wanted.broken_bound(version):
            differing.append((wanted.name, version, wanted.text()))
    if differing:
        section.warn('NVIDIA packages', '; '.join(f'{name} {version} instead of {text.split("==")[1]}'
                                                  for name, version, text in differing),
                     'with newer ones recurrent layers fail on some GPUs (tensorflow/tensorflow#105092), and another package '
                     'may have brought them: GPU=yes bash bin/setup.sh, or pip install -c constraints-gpu.txt '
                     '"tensorflow[and-cuda]"')
    elif n_found:
        section.ok('NVIDIA packages', f'{n_found}, as TensorFlow was built with')
