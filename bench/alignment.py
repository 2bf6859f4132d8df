"""Measures how far word boundaries of bin/align.py are from the true ones, where these are known: at gaps between clips.

    bench/alignment.py --csv build/asterisk-en/test.csv build/asterisk-en/dev.csv --model export/output_graph.pbmm

Clips are joined, 20 to a recording, with 0.3 to 1.2 s of quiet noise (-63 dB of full scale) between them. What is more than 40
dB below the loudest 10 ms of a clip is cut off its ends first, so the first word of a clip begins, and the last one ends, at an
edge of a gap. These boundaries are measured, no others: nobody has marked those between the words of a clip. So a clip of one
word has both of its boundaries measured. A word counts as right when all of its measured boundaries are within --within_ms.

Then every second text is that of another clip, and it is counted which clips have the score that clips for training need.
"""

import argparse
import csv
import os
import sys
from typing import Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
from deepspeech.audio import read_audio

from deepspeech_training.recordings.acoustics import ExportedModel, alphabet_in
from deepspeech_training.recordings.aligned import Aligned, align
from deepspeech_training.recordings.pauses import Levels
from deepspeech_training.recordings.results import TimedWord
from deepspeech_training.settings.recordings import ClipsConfig

CLIPS_OF_RECORDING = 20
GAP_S = (0.3, 1.2)
NOISE = 23  # of 32768, standard deviation
BELOW_LOUD_DB = 40


class Error(NamedTuple):
    """How far the measured boundaries of a word are from the true ones, in ms, and whose they are."""

    word: str
    transcript: str
    errors_ms: Tuple[float, ...]


def trimmed(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    levels = Levels(samples, rate_hz).levels_db
    loud = np.flatnonzero(levels > levels.max() - BELOW_LOUD_DB)
    n = rate_hz // 100
    return samples[loud[0] * n:(loud[-1] + 1) * n]


def clips_of(paths: Sequence[str], rate_hz: int) -> List[Tuple[np.ndarray, str]]:
    clips = []
    for path in paths:
        with open(path, encoding='utf-8', newline='') as file:
            for row in csv.DictReader(file):
                audio = read_audio(os.path.join(os.path.dirname(path), row['wav_filename']), rate_hz)
                clips.append((trimmed(audio, rate_hz), row['transcript']))
    return clips


def join(clips: Sequence[Tuple[np.ndarray, str]], rate_hz: int, random: np.random.RandomState,
         ) -> Tuple[np.ndarray, List[Tuple[float, float]]]:
    """Returns a recording, and from when to when each clip is in it."""
    parts, spans, n_samples = [], [], 0

    def gap() -> np.ndarray:
        return np.rint(random.randn(int(random.uniform(*GAP_S) * rate_hz)) * NOISE).astype(np.int16)

    for samples, _ in clips:
        parts += [gap(), samples]
        begin = n_samples + len(parts[-2])
        n_samples = begin + len(samples)
        spans.append((begin / rate_hz, n_samples / rate_hz))
    return np.concatenate([*parts, gap()]), spans


def errors_of(words: Sequence[TimedWord], clips: Sequence[Tuple[np.ndarray, str]],
              spans: Sequence[Tuple[float, float]]) -> List[Error]:
    errors, first = [], 0
    for (_, transcript), (begin_s, end_s) in zip(clips, spans):
        own = words[first:first + len(transcript.split())]
        first += len(own)
        begin_ms, end_ms = 1000 * (own[0].start_s - begin_s), 1000 * (own[-1].end_s - end_s)
        measured = [(own[0], (begin_ms, end_ms))] if len(own) == 1 else [(own[0], (begin_ms,)), (own[-1], (end_ms,))]
        errors += [Error(word.text, transcript, found) for word, found in measured]
    return errors


def scores_of(aligned: Aligned, texts: Sequence[str], spans: Sequence[Tuple[float, float]], step_s: float) -> List[float]:
    """Returns the score of each clip, as that of a run of words between pauses."""
    return [float(aligned.losses[int(begin_s / step_s):int(end_s / step_s) + 1].sum()) / len(text.replace(' ', ''))
            for text, (begin_s, end_s) in zip(texts, spans)]


def report_scores(right: Sequence[float], wrong: Sequence[float]) -> None:
    limit = ClipsConfig.least_score
    kept, passed = (100 * np.mean(np.array(scores) >= limit) for scores in (right, wrong))
    print(f'score of at least {limit:g}: {kept:.1f} % of {len(right)} clips with their own text, {passed:.1f} % of '
          f'{len(wrong)} with that of another clip')


def measured(clips: Sequence[Tuple[np.ndarray, str]], model: ExportedModel, random: np.random.RandomState,
             ) -> Iterator[Tuple[List[Error], List[float], List[float]]]:
    """Yields of each recording the errors of its words, the scores of its clips, and those of clips with the text of others."""
    order = random.permutation(len(clips))
    for first in range(0, len(clips), CLIPS_OF_RECORDING):
        chosen = [clips[number] for number in order[first:first + CLIPS_OF_RECORDING]]
        samples, spans = join(chosen, model.rate_hz, random)
        texts = [text for _, text in chosen]
        aligned = align(samples, ' '.join(texts), model)
        mixed = [clips[random.randint(len(clips))][1] if place % 2 else text for place, text in enumerate(texts)]
        scores = scores_of(align(samples, ' '.join(mixed), model), mixed, spans, model.step_s)
        yield (errors_of(aligned.timed, chosen, spans), scores_of(aligned, texts, spans, model.step_s),
               [score for score, own, text in zip(scores, texts, mixed) if own != text])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--csv', nargs='+', required=True, help='sets of clips')
    parser.add_argument('--model', required=True, help='exported model')
    parser.add_argument('--within_ms', type=float, default=80., help='what is right (%(default)s)')
    parser.add_argument('--seeds', type=int, nargs='+', default=[1, 2, 3, 4], help='of order and gaps (%(default)s)')
    parser.add_argument('--show', type=int, default=0, help='how many of the worst words to print')
    arguments = parser.parse_args()
    alphabet = alphabet_in(arguments.model)
    assert alphabet is not None
    model = ExportedModel(arguments.model, alphabet)
    clips = clips_of(arguments.csv, model.rate_hz)
    errors, right, wrong = [], [], []
    for seed in arguments.seeds:
        for found, of_own, of_others in measured(clips, model, np.random.RandomState(seed)):
            errors += found
            right += of_own
            wrong += of_others
    worst = np.array([max(map(abs, error.errors_ms)) for error in errors])
    for number in np.argsort(-worst)[:arguments.show]:
        print(f'{errors[number].word!r} of {errors[number].transcript!r}: '
              f'{", ".join(f"{each:+.0f} ms" for each in errors[number].errors_ms)}')
    share = 100 * np.mean(worst <= arguments.within_ms)
    print(f'{len(errors)} words at gaps between {len(clips)} clips in {len(arguments.seeds)} orders: {share:.1f} % within '
          f'{arguments.within_ms:g} ms, median {np.median(worst):.0f} ms, 95 % within {np.percentile(worst, 95):.0f} ms')
    report_scores(right, wrong)
    return 0


if __name__ == '__main__':
    sys.exit(main())
