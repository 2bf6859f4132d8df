"""Damages audio files and gives them to the trainer and to the client: each must read them or refuse them in a sentence, soon,
in little memory, and both must do the same.

    bench/fuzz_audio.py --cases 20000 --jobs 2 [--seed 0] [AUDIO ...]

Without files, a clip of the tests in a dozen formats, made by ffmpeg and sox. Damage goes mostly to where the structure is:
the head and the end. Case n of a seed is always the same; a case that fails is printed with its number and kept in
build/fuzz-audio.
"""

import argparse
import collections
import os
import resource
import subprocess
import tempfile
from pathlib import Path
from typing import Dict, List, Sequence, Union

import numpy as np
from deepspeech.audio import read_audio
from deepspeech.errors import AudioError
from fuzz_models import TOP, Seed, damaged
from fuzz_workers import bound, case_file, cases_of, fuzz_parser, run_workers

from deepspeech_training.data.preflight import prepare_recording
from deepspeech_training.data.utterance import RecordedFile
from deepspeech_training.errors import DataError
from deepspeech_training.settings.features import FeatureConfig

CLIP = TOP / 'tests' / 'clips' / 'digits_yesterday.wav'
FORMATS: Dict[str, Sequence[str]] = {
    'pcm.wav': (), 'float.wav': ('-c:a', 'pcm_f32le'), 'wide.wav': ('-c:a', 'pcm_s24le'), 'rf64.wav': ('-rf64', 'always'),
    'alaw.wav': ('-c:a', 'pcm_alaw', '-ar', '8000'), 'adpcm.wav': ('-c:a', 'adpcm_ms'), 'mp3.wav': ('-c:a', 'libmp3lame'),
    'a.mp3': (), 'stream.mp3': ('-write_xing', '0', '-q:a', '5'), 'a.flac': (), 'a.ogg': (), 'a.opus': (), 'a.aiff': (),
    'a.au': (), 'a.w64': (), 'a.caf': ()}
FAILED = TOP / 'build' / 'fuzz-audio'
SECONDS = 60  # for one case
MEMORY_BYTES = 3 << 30
HEAD_BYTES, TAIL_BYTES = 128, 32  # where the structure is


def main() -> None:
    arguments = parse_arguments()
    if arguments.worker is not None:
        work(arguments)
        return
    with tempfile.TemporaryDirectory() as directory:
        run_workers(__file__, arguments, arguments.audio or undamaged(directory))


def parse_arguments() -> argparse.Namespace:
    parser = fuzz_parser(__doc__)
    parser.add_argument('audio', nargs='*', help='files to damage')
    return parser.parse_args()


def undamaged(directory: str) -> List[str]:
    """Writes the clip in all formats; returns the paths."""
    paths = []
    for name, options in FORMATS.items():
        paths.append(os.path.join(directory, name))
        subprocess.run(['ffmpeg', '-v', 'error', '-i', str(CLIP), *options, paths[-1]], check=True)
    paths.append(os.path.join(directory, 'a.sph'))
    subprocess.run(['sox', str(CLIP), paths[-1]], check=True)
    return paths


def work(arguments: argparse.Namespace) -> None:
    """Runs the cases of one worker; the program ends with the first failure."""
    bound(MEMORY_BYTES)
    seeds = [with_structure(path) for path in arguments.audio]
    outcomes: 'collections.Counter[str]' = collections.Counter()
    with tempfile.TemporaryDirectory() as converted:
        for number in cases_of(arguments):
            suffix, content = damaged(seeds, arguments.seed, number)
            with case_file(FAILED / f'seed{arguments.seed}-case{number}{suffix}', content, SECONDS) as path:
                by_client, by_trainer = heard_by_client(path), heard_by_trainer(path, converted)
                check(number, by_client, by_trainer)
                outcomes['refused' if isinstance(by_trainer, str) else 'read'] += 1
    print(f'worker {arguments.worker}: {dict(sorted(outcomes.items()))}, '
          f'{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB at most')


def with_structure(path: str) -> Seed:
    """Returns (suffix, content, places where the structure is) of a file."""
    content = Path(path).read_bytes()
    places = list(range(HEAD_BYTES)) + list(range(len(content) - TAIL_BYTES, len(content)))
    return Path(path).suffix, content, places


def heard_by_client(path: str) -> Union[np.ndarray, str]:
    """Returns the samples, or why there are none."""
    try:
        return read_audio(path, 16000)
    except AudioError as error:
        return str(error)


def heard_by_trainer(path: str, converted: str) -> Union[np.ndarray, str]:
    """Returns the samples that training would see as integers, or why there are none."""
    try:
        RecordedFile(path).probe()
    except DataError:
        pass  # it is converted then
    try:
        sound = prepare_recording(path, FeatureConfig(), converted).audio.read()
    except DataError as error:
        return str(error)
    assert np.isfinite(sound).all()
    return np.rint(sound * 32767).astype(np.int16)


def check(number: int, by_client: Union[np.ndarray, str], by_trainer: Union[np.ndarray, str]) -> None:
    """Ends the program if trainer and client disagree. Only the trainer has SoX, and a shortest length."""
    if isinstance(by_client, str) and isinstance(by_trainer, str):
        assert '\n' not in by_client + by_trainer
        return
    if isinstance(by_trainer, str):
        assert 'shorter than one window' in by_trainer, f'case {number}: client reads {len(by_client)} samples: {by_trainer}'
    elif isinstance(by_client, str):
        assert 'not audio of a known format' in by_client, f'case {number}: trainer reads {len(by_trainer)}: {by_client}'
    else:
        same = len(by_client) == len(by_trainer) and np.abs(by_client.astype(int) - by_trainer).max() <= 1
        assert same, f'case {number}: {len(by_client)} and {len(by_trainer)} samples'


if __name__ == '__main__':
    main()
