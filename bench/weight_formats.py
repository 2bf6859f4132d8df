"""Measures what narrow weights cost: word and character error rates of models with weights in each number format.

    bench/weight_formats.py --models MODEL.pbmm... --csv dev.csv test.csv --scorer my.scorer

Every clip is transcribed with each format, without and with the scorer. Besides the error rates, prints the largest and the
mean difference of a probability from those with float32 weights, and how many texts differ.
"""

import argparse
from typing import List, NamedTuple, Sequence

import numpy as np
from deepspeech import Model
from deepspeech.network import Network

from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.datasets import read_set
from deepspeech_training.settings.config import SetConfig
from deepspeech_training.text.metrics import edit_counts, error_rates

FORMATS = ('float32', 'bf16', 'int8')


class Heard(NamedTuple):
    """What a model with weights of one format made of all clips."""

    probabilities: List[np.ndarray]
    texts: List[str]
    scored_texts: List[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--models', required=True, nargs='+')
    parser.add_argument('--csv', required=True, nargs='+')
    parser.add_argument('--scorer', required=True)
    args = parser.parse_args()
    utterances = list(read_set(SetConfig(tuple(args.csv))))
    clips = [np.rint(read_wav(utterance.id)[0] * 32767).astype(np.int16) for utterance in utterances]
    references = [utterance.transcript for utterance in utterances]
    print(f'{len(clips)} clips\n')
    print('| model | weights | WER | CER | WER, scorer | CER, scorer | texts changed | probabilities: largest, mean change |')
    print('|---|---|---|---|---|---|---|---|')
    for path in args.models:
        exact = listen(path, FORMATS[0], args.scorer, clips)
        for name in FORMATS:
            heard = exact if name == FORMATS[0] else listen(path, name, args.scorer, clips)
            print_row(path, name, references, heard, exact)


def listen(path: str, weights: str, scorer: str, clips: Sequence[np.ndarray]) -> Heard:
    """Transcribes all clips."""
    network, model = Network(path, weights=weights), Model(path, weights=weights)
    probabilities = [network.probabilities(clip) for clip in clips]
    texts = [model.stt(clip) for clip in clips]
    model.enableExternalScorer(scorer)
    return Heard(probabilities, texts, [model.stt(clip) for clip in clips])


def print_row(path: str, weights: str, references: Sequence[str], heard: Heard, exact: Heard) -> None:
    """Prints a line of the table."""
    rates = [error_rates([edit_counts(reference, text) for reference, text in zip(references, texts)])
             for texts in (heard.texts, heard.scored_texts)]
    differences = np.concatenate([np.abs(a - b).ravel() for a, b in zip(heard.probabilities, exact.probabilities)])
    changed = [sum(a != b for a, b in zip(texts, others))
               for texts, others in ((heard.texts, exact.texts), (heard.scored_texts, exact.scored_texts))]
    print(f'| {path} | {weights} | ' + ' | '.join(f'{wer:.2%} | {cer:.2%}' for wer, cer in rates)
          + f' | {changed[0]}, {changed[1]} | {differences.max():.4f}, {differences.mean():.6f} |')


if __name__ == '__main__':
    main()
