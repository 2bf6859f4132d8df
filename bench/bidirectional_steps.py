"""How many frames a call of a bidirectional model should have: word error rate and speed of several --n_steps.

    bench/bidirectional_steps.py --checkpoint_dir CHECKPOINTS --alphabet alphabet.txt --scorer x.scorer test.csv

In each call the backward direction begins anew at its end, so that short calls lack the future; long ones compute frames that
short utterances do not have, and give no intermediate result before they are full.
"""

import argparse
import os
import tempfile
import time
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from deepspeech import Model

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.console.log import Log
from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.datasets import read_set
from deepspeech_training.export.package import export
from deepspeech_training.settings.config import Asked, CheckpointConfig, ExportConfig, SetConfig
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.text.metrics import edit_counts, error_rates

STEPS = (16, 32, 64, 128, 250, 500, 1000)
STEP_S = 0.02


def main() -> None:
    arguments = parse_arguments()
    utterances = read_set(SetConfig((arguments.csv,)))
    audio = [np.rint(read_wav(utterance.id)[0] * 32767).astype(np.int16) for utterance in utterances]
    seconds = sum(map(len, audio)) / 16000
    print(f'{len(audio)} recordings, {seconds:.0f} s, the longest {max(map(len, audio)) / 16000:.1f} s')
    print('n_steps  one call   WER      CER      seconds of computing per second of audio')
    with tempfile.TemporaryDirectory() as directory:
        paths = {n_steps: exported(arguments, n_steps, os.path.join(directory, str(n_steps))) for n_steps in STEPS}
        results: Dict[int, List[Any]] = {n_steps: [] for n_steps in STEPS}
        for _ in range(arguments.turns):  # one after the other, because other jobs disturb all of them alike then
            for n_steps in STEPS:
                results[n_steps].append(transcribe(paths[n_steps], arguments.scorer, utterances, audio))
    for n_steps in STEPS:
        taken, (wer, cer) = min(results[n_steps], key=lambda result: result[0])
        print(f'{n_steps:7}  {n_steps * STEP_S:6.2f} s  {wer:7.1%}  {cer:7.1%}  {taken / seconds:.4f}')


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--checkpoint_dir', required=True)
    parser.add_argument('--alphabet', required=True)
    parser.add_argument('--scorer', required=True)
    parser.add_argument('--turns', type=int, default=3)
    parser.add_argument('csv')
    return parser.parse_args()


def exported(arguments: argparse.Namespace, n_steps: int, directory: str) -> str:
    """Returns the path of the checkpoint's model with calls of `n_steps` frames."""
    os.makedirs(directory)
    checkpoints = CheckpointConfig(arguments.checkpoint_dir, directory)
    alphabet = Alphabet.from_file(arguments.alphabet)
    asked = Asked(alphabet, checkpoints=checkpoints, export=ExportConfig(directory, n_steps=n_steps))
    source = checkpoint_to_evaluate(CheckpointDirectory(checkpoints.load_dir), 'auto', Log(level=3))
    return export(resolve(asked, source, Log(level=3)), source, Log(level=3))[1]


def transcribe(path: str, scorer: str, utterances: Sequence[Any], audio: Sequence[np.ndarray]) -> Tuple[float, Tuple[float,
               float]]:
    """Returns (seconds, error rates over all recordings)."""
    model = Model(path)
    model.enableExternalScorer(scorer)
    begun = time.perf_counter()
    texts = [model.stt(each) for each in audio]
    taken = time.perf_counter() - begun
    return taken, error_rates([edit_counts(utterance.transcript, text) for utterance, text in zip(utterances, texts)])


if __name__ == '__main__':
    main()
