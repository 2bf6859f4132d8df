"""Installs the trainer's Python package; versions of what it needs are stated in requirements.txt only.

Short because setuptools does the work.
"""

import os
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent
# And the modules and functions of the package that they call.
COMMANDS = {'deepspeech-train': 'main:main', 'deepspeech-evaluate': 'main:evaluate', 'deepspeech-transcribe': 'main:transcribe',
            'deepspeech-align': 'main:align', 'deepspeech-lm-optimizer': 'main:search',
            'deepspeech-make-scorer': 'commands.make_scorer:run', 'deepspeech-import': 'commands.importing:run',
            'deepspeech-doctor': 'commands.doctor:run'}


def requirements():
    """Returns the named packages of requirements.txt; paths and options are pip's business.

    DS_NOTENSORFLOW, set to anything, leaves TensorFlow out: for an environment that has its own build of it.
    """
    lines = (line.split('#')[0].strip() for line in (ROOT / 'requirements.txt').read_text().splitlines())
    named = [line for line in lines if line and line[0] not in '-.']
    return [line for line in named if not (os.environ.get('DS_NOTENSORFLOW') and line.startswith('tensorflow'))]


setup(
    name='deepspeech_training',
    version=(ROOT / 'training' / 'deepspeech_training' / 'VERSION').read_text().strip(),
    description='Trains speech recognisers with TensorFlow',
    license='MPL-2.0',
    package_dir={'': 'training'},
    packages=find_packages('training'),
    package_data={'deepspeech_training': ['VERSION']},
    entry_points={'console_scripts': [f'{name} = deepspeech_training.{call}' for name, call in COMMANDS.items()]},
    python_requires='>=3.7, <3.14, !=3.8.*',
    install_requires=requirements(),
)
