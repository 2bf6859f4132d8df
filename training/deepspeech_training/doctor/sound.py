"""Which formats of sound can be read and made here: tried on a made-up sound, by the modules that training uses."""

import os
import shutil
import tempfile
from typing import List

import numpy as np
from deepspeech.sound_library import load_package

from ..data.conversion import FORMATS_OF_SOX, convert_audio, to_int16, wav_header
from ..data.opus_encoder import load_libopus
from ..errors import DataError
from ..programs import ProgramError, run
from .findings import Section

RATE_HZ, OTHER_RATE_HZ, SECONDS = 16000, 44100, 0.5
FORMATS = {'FLAC': 'FLAC', 'Ogg Vorbis': 'OGG', 'MP3': 'MP3', 'AIFF': 'AIFF'}  # as libsndfile calls them
SOX_NAMES = dict(zip(FORMATS_OF_SOX, ('amr-nb', 'sph', 'wv')))


def examine_sound(section: Section) -> None:
    """Adds the formats that work, and what is missing for the others."""
    with tempfile.TemporaryDirectory() as folder:
        wav = os.path.join(folder, 'sound.wav')
        sound = np.sin(np.arange(int(SECONDS * OTHER_RATE_HZ)) * 440 * 2 * np.pi / OTHER_RATE_HZ).astype(np.float32) / 2
        data = to_int16(sound).tobytes()
        with open(wav, 'wb') as file:
            file.write(wav_header(OTHER_RATE_HZ, len(data)) + data)
        _try(section, 'WAV, other rates', wav)
        _compressed(section, folder, sound)
    _sox(section)
    try:
        load_libopus()
        section.ok('Opus, written', 'by libopus of the system')
    except DataError as error:
        section.warn('Opus, written', 'libopus is not there: sample databases hold WAV then',
                     str(error).partition('; ')[2] or str(error))
    ffmpeg = shutil.which('ffmpeg')
    section.ok('ffmpeg', ffmpeg or 'not installed; it is needed for video, M4A and WMA only, to convert them before')


def _compressed(section: Section, folder: str, sound: np.ndarray) -> None:
    """Adds the formats of libsndfile: each is written by it, then read as training does."""
    try:
        library = load_package('soundfile', 'sound', 'other than WAV')
    except Exception as error:
        section.fail('FLAC, MP3, Ogg', error,
                     'pip install soundfile; where its library is missing: apt-get install libsndfile1')
        return
    section.ok('libsndfile', library.__libsndfile_version__)
    for name, kind in FORMATS.items():
        path = os.path.join(folder, f'sound.{kind.lower()}')
        if kind not in library.available_formats():
            section.warn(name, f'libsndfile {library.__libsndfile_version__} does not know it',
                         'pip install --upgrade soundfile; MP3 needs libsndfile 1.1')
            continue
        try:
            library.write(path, sound, OTHER_RATE_HZ, format=kind)
        except RuntimeError as error:
            section.warn(name, f'could not be tried: libsndfile does not write it ({error})', 'pip install --upgrade soundfile')
            continue
        _try(section, name, path)


def _try(section: Section, name: str, path: str) -> None:
    """Adds whether a file can be converted to what features are made of."""
    try:
        convert_audio(path, path + '.converted.wav', RATE_HZ)
        section.ok(name, f'read, {OTHER_RATE_HZ} Hz converted to {RATE_HZ} Hz')
    except DataError as error:
        section.fail(name, error, 'bash bin/setup.sh installs what is missing')


def _sox(section: Section) -> None:
    """Adds SoX, and those formats for which it is needed."""
    install, wanted = 'apt-get install sox libsox-fmt-all', ', '.join(FORMATS_OF_SOX)
    if not shutil.which('sox'):
        section.warn('SoX', f'not on PATH: {wanted} cannot be read', install)
        return
    lines: List[str] = []
    try:
        run(['sox', '--help'], 30., on_line=lines.append)
    except ProgramError as error:
        section.warn('SoX', f'cannot be used ({error.reason}): {wanted} cannot be read', install)
        return
    known = {word for line in lines if line.startswith('AUDIO FILE FORMATS:') for word in line.split()}
    missing = [kind for kind, name in SOX_NAMES.items() if name not in known]
    section.judge(not missing, 'SoX', f'{shutil.which("sox")}, ' + (f'without {", ".join(missing)}' if missing
                                                                  else f'for {wanted}'), install)
