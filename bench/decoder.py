"""Times decoders on the same probabilities and the same scorer, one thread each, in one run.

    bench/decoder.py --published PYTHON --probabilities outputs.npz --scorer large.scorer --beam_width 1024 500

`outputs.npz` comes from acoustic_outputs.py, `large.scorer` from large_scorer.py, PYTHON is an interpreter that has the
published ds_ctcdecoder 0.9.3. With `--others PYTHON --language_model lm.binary --words vocabulary.txt` pyctcdecode and
flashlight-text take part, from an interpreter that has them. Each decoder runs in a process of its own; they take turns,
a few clips at a time, so that the load of the machine falls on all alike. Ratios are what counts.
"""

import argparse
import os
import pickle
import subprocess
import sys
import time
from typing import Any, Dict, List, Mapping, Sequence, Union

import numpy as np

from deepspeech_training.text.metrics import edit_counts, error_rates

HERE = os.path.dirname(os.path.abspath(__file__))
PUBLISHED = os.path.join(os.path.dirname(HERE), 'tests', 'helpers', 'published_decoder_worker.py')
CLIPS_PER_TURN = 10


class Contestant:
    """A decoder in a process of its own."""

    def __init__(self, name: str, command: Sequence[str], job: Mapping[str, Any]) -> None:
        self.name, self._job = name, job
        environment = dict(os.environ)
        if command[0] != sys.executable:
            environment.pop('PYTHONPATH', None)  # other interpreters have their own packages
        self._process: Any = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, env=environment)
        self.seconds, self.peak_kib = 0.0, 0
        self.texts: List[str] = []

    def decode(self, clips: Sequence[np.ndarray], beam_width: int) -> None:
        """Decodes some clips and adds up the time that took."""
        decodes = [dict(probs=rows.astype(np.float64).tobytes(), beam_width=beam_width) for rows in clips]
        pickle.dump(dict(self._job, decodes=decodes), self._process.stdin, 4)
        self._process.stdin.flush()
        for seconds, found in pickle.load(self._process.stdout):
            self.seconds += seconds
            self.texts.append(text_of(found[0][1], self._job['labels']))
        self.peak_kib = pickle.load(self._process.stdout)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def text_of(found: Union[str, Sequence[int]], labels: Sequence[str]) -> str:
    """Returns the text of a list of labels, or the text itself."""
    return found if isinstance(found, str) else ''.join(labels[label] for label in found)


def main() -> None:
    args = parse_arguments()
    outputs = np.load(args.probabilities)
    clips = [outputs[str(index)] for index in range(len(outputs['transcripts']))]
    n_rows = sum(map(len, clips))
    print(f'{len(clips)} clips, {n_rows} rows ({n_rows * 0.02:.1f} s of audio)')
    for scorer in ('', args.scorer):
        for beam_width in args.beam_width:
            print(f'\nbeam {beam_width}, {os.path.basename(scorer) or "no scorer"}')
            race(args, [str(label) for label in outputs['labels']], clips, list(outputs['transcripts']), scorer=scorer,
                 beam_width=beam_width)
    batches(args, [str(label) for label in outputs['labels']], clips)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--published', required=True)
    parser.add_argument('--probabilities', required=True)
    parser.add_argument('--scorer', required=True)
    parser.add_argument('--beam_width', type=int, nargs='+', default=[1024])
    parser.add_argument('--alpha', type=float, default=0.93)
    parser.add_argument('--beta', type=float, default=1.18)
    parser.add_argument('--others')
    parser.add_argument('--language_model')
    parser.add_argument('--words')
    return parser.parse_args()


def race(args: argparse.Namespace, labels: Sequence[str], clips: Sequence[np.ndarray], transcripts: Sequence[str],
         scorer: str, beam_width: int) -> None:
    """Lets all contestants decode all clips and prints what they needed."""
    job = dict(labels=labels, scorer=scorer, alpha=args.alpha, beta=args.beta)
    ours = os.path.join(HERE, 'our_decoder.py')
    contestants = [Contestant('ds_ctcdecoder 0.9.3', [args.published, PUBLISHED], job),
                   Contestant('ours', [sys.executable, ours, 'native'], job),
                   Contestant('ours, fast', [sys.executable, ours, 'fast'], job)]
    if args.others:
        with open(args.words, encoding='utf-8') as file:
            others = dict(job, scorer=args.language_model if scorer else '', words=file.read().split() if scorer else None)
        contestants += [Contestant(name, [args.others, ours, name], others) for name in ('pyctcdecode', 'flashlight')]
    published = contestants[0]
    for first in range(0, len(clips), CLIPS_PER_TURN):
        for contestant in list(contestants):
            try:
                contestant.decode(clips[first:first + CLIPS_PER_TURN], beam_width)
            except (EOFError, BrokenPipeError):
                print(f'  {contestant.name} failed and is left out')
                contestants.remove(contestant)
    print(f'  {"":20} {"seconds":>8} {"ratio":>6} {"peak MiB":>8} {"WER":>8}')
    for contestant in contestants:
        wer, _ = error_rates([edit_counts(said, heard) for said, heard in zip(transcripts, contestant.texts)])
        ratio = published.seconds / contestant.seconds if published in contestants else float('nan')
        print(f'  {contestant.name:20} {contestant.seconds:8.2f} {ratio:6.1f} '
              f'{contestant.peak_kib / 1024:8.0f} {100 * wer:7.2f}%')
        contestant.close()


def batches(args: argparse.Namespace, labels: Sequence[str], clips: Sequence[np.ndarray]) -> None:
    """Times decode_batch on one and on two threads, in turns."""
    from ds_ctcdecoder.ctcdecode import Alphabet, Decoder, DecoderOptions, Scorer
    alphabet = Alphabet(labels)
    scorer = Scorer.load(args.scorer, alphabet)
    lengths = [len(rows) for rows in clips]
    batch = np.zeros((len(clips), max(lengths), len(labels) + 1), np.float32)
    for item, rows in zip(batch, clips):
        item[:len(rows)] = rows
    decoders = {n: Decoder(alphabet, scorer, DecoderOptions(beam_width=1024), n) for n in (1, 2)}
    seconds: Dict[int, List[float]] = {n: [] for n in decoders}
    for _ in range(5):
        for n, decoder in decoders.items():
            started = time.perf_counter()
            decoder.decode_batch(batch, lengths)
            seconds[n].append(time.perf_counter() - started)
    best = {n: min(times) for n, times in seconds.items()}
    print(f'\nbatch of all clips, beam 1024, scorer: 1 thread {best[1]:.3f} s, 2 threads {best[2]:.3f} s, '
          f'ratio {best[1] / best[2]:.2f} (best of 5 each)')


if __name__ == '__main__':
    main()
