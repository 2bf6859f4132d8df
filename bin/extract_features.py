#!/usr/bin/env python
"""Makes features for talking heads (AD-NeRF, ER-NeRF, SyncTalk and others) of recordings: windows of logits, a file for each.

    bin/extract_features.py --input speech.wav --model models/output_graph.pb                 # speech.npy
    bin/extract_features.py --input recordings --output features --fps 30 --model model.pbmm  # all .wav files in a folder

A file holds float32 [frames of the video, 16, labels + 1] as np.load reads it: for each frame the logits of 320 ms around it,
computed as that research does with the graph of release 0.1.0. Any exported model does (.pb, .pbmm, .tflite, of any release),
and TensorFlow is not needed. How it is computed is said in deepspeech_training/recordings/logit_windows.py.
"""

import argparse
import io
import os
import sys
from typing import List, Tuple

import numpy as np

from deepspeech_training.entry import run_command  # first: the package says what is missing

# isort: split
from deepspeech.audio import read_audio
from deepspeech.errors import AudioError
from deepspeech.errors import DeepSpeechError as ClientError
from deepspeech.network import Network

from deepspeech_training.errors import ConfigError, DataError, ExportError
from deepspeech_training.paths import write_atomically
from deepspeech_training.recordings.acoustics import alphabet_in
from deepspeech_training.recordings.logit_windows import logit_windows

ENGLISH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data', 'alphabet.txt')
CLASSES_OF_RESEARCH = 29
FPS_BOUNDS = 1, 240


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--input', default='', metavar='WAV', help='an audio file, or a folder of .wav files')
    parser.add_argument('--output', default='', metavar='NPY',
                        help='file for the features, of a folder the folder for them; by default beside the audio')
    parser.add_argument('--model', default='', help='exported model (.pb, .pbmm, .tflite)')
    parser.add_argument('--alphabet', metavar='FILE', help='alphabet.txt of a model before 0.5, which has none in it; by '
                        'default the English one (data/alphabet.txt)')
    parser.add_argument('--fps', type=float, default=25., help='frames of the video in a second (%(default)g)')
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    if not FPS_BOUNDS[0] <= args.fps <= FPS_BOUNDS[1]:
        raise ConfigError(f'--fps {args.fps:g}: expected {FPS_BOUNDS[0]} to {FPS_BOUNDS[1]}, usually 25 or 30.')
    targets = targets_of(args.input, args.output)
    network = open_model(args.model, args.alphabet)
    n_failed = 0
    for source, target in targets:
        try:
            windows = windows_of(source, network, args.fps)
        except DataError as error:
            if len(targets) == 1:
                raise
            print(f'E {error}', file=sys.stderr)
            n_failed += 1
            continue
        file = io.BytesIO()
        np.save(file, windows)
        write_atomically(target, file.getvalue(), DataError)
        print(f'{target}: {" x ".join(map(str, windows.shape))}')
    if n_failed:
        raise DataError(f'{n_failed} of {len(targets)} recordings gave no features; see above.')


def targets_of(source: str, output: str) -> List[Tuple[str, str]]:
    """Returns the audio files that are asked for, each with the path of its features. Raises ConfigError: there are none."""
    if not source:
        raise ConfigError('pass an audio file, or a folder of .wav files, as --input.')
    if not os.path.isdir(source):
        return [(source, output or f'{os.path.splitext(source)[0]}.npy')]
    names = sorted(name for name in os.listdir(source) if name.lower().endswith('.wav'))
    if not names:
        raise ConfigError(f'{source}: there is no .wav file in this folder; name another one as --input.')
    if output:
        os.makedirs(output, exist_ok=True)
    return [(os.path.join(source, name), os.path.join(output or source, f'{os.path.splitext(name)[0]}.npy')) for name in names]


def open_model(path: str, alphabet: str) -> Network:
    """Returns the network of a model. Raises ConfigError or ExportError: it cannot be used."""
    if not path:
        raise ConfigError('pass an exported model (.pb, .pbmm, .tflite) as --model; bin/fetch_models.sh brings released ones.')
    try:
        network = Network(path, alphabet or (None if alphabet_in(path) else ENGLISH))
    except ClientError as error:
        raise ExportError(f'{path}: {error}') from error
    if network.n_classes != CLASSES_OF_RESEARCH:
        print(f'W {path} has {network.n_classes} outputs; networks trained on features of release 0.1.0 take '
              f'{CLASSES_OF_RESEARCH}.', file=sys.stderr)
    return network


def windows_of(path: str, network: Network, fps: float) -> np.ndarray:
    """Returns the features of an audio file. Raises DataError: it has none."""
    try:
        samples = read_audio(path, network.rate_hz)
        windows = logit_windows(network, samples, fps)
    except AudioError as error:
        raise DataError(str(error)) from error
    except ClientError as error:
        raise DataError(f'{path}: {error}') from error
    if not len(windows):
        duration_ms = len(samples) / network.rate_hz * 1000
        raise DataError(f'{path}: {duration_ms:.3g} ms are too short for a frame at {fps:g} a second.')
    return windows


if __name__ == '__main__':
    sys.exit(run_command(main))
