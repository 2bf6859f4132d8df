"""Packs the client `deepspeech`: Python, and the native library that it calls.

Short because setuptools does the work.
"""

import os

from setuptools import find_packages, setup

HERE = os.path.dirname(os.path.abspath(__file__))

# A link to the trainer's; in wheels and source archives it is a file.
with open(os.path.join(HERE, 'deepspeech', 'VERSION'), encoding='utf-8') as file:
    VERSION = file.read().strip()

setup(
    name='deepspeech',
    version=VERSION,
    description='Speech to text with trained models, under the names of the published deepspeech, without TensorFlow',
    license='MPL-2.0',
    python_requires='>=3.7',
    install_requires=[
        'numpy',
        'soundfile>=0.12',  # the first with MP3
        'soxr>=0.3',
    ],
    extras_require={'microphone': ['sounddevice']},
    packages=find_packages(include=['deepspeech', 'deepspeech.*']),
    package_data={'deepspeech': ['VERSION', 'lib/libdeepspeech.so']},
    entry_points={'console_scripts': ['deepspeech = deepspeech.client:main']},
)
