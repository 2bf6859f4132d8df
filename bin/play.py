#!/usr/bin/env python
"""Plays samples of a WAV file or a data set, as they are or augmented.

    bin/play.py train.csv --random
    bin/play.py train.sdb --start 3 --number 1 --augment 'reverb[delay=50,decay=2]' --augment volume
    bin/play.py speech.wav --augment 'codec[bitrate=4000]' --output after.wav

SoX (its program play) or aplay makes the sound. With --pipe or --output none is needed: the first sample is written as a WAV
file. Sound is 16-bit and mono, at the rate of the sample. Each time a sample is played again, it is augmented otherwise.
"""

import argparse
import os
import random
import sys
import tempfile
from typing import Callable, Iterator, List, Optional

from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import read_rows
from deepspeech_training.data.playing import player
from deepspeech_training.data.set_building import plain_sound, wav_of
from deepspeech_training.data.utterance import RecordedFile, Row
from deepspeech_training.entry import run_command
from deepspeech_training.errors import ConfigError, DataError
from deepspeech_training.features.augment.samples import SampleAugmenter
from deepspeech_training.paths import write_atomically


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', help='.wav, .csv or .sdb file')
    parser.add_argument('--start', type=int, default=0, help='first sample; negative ones count from the end (%(default)s)')
    parser.add_argument('--number', type=int, default=-1, help='how many; -1: without end (%(default)s)')
    parser.add_argument('--random', action='store_true', help='samples at random')
    parser.add_argument('--augment', action='append', default=[], metavar='SPEC',
                        help='augmentation of samples, as in training; may be given several times')
    parser.add_argument('--clock', type=float, default=0.5, help='position in a training that its values are of (%(default)s)')
    parser.add_argument('--pipe', action='store_true', help='write the first sample as WAV to standard output, and stop')
    parser.add_argument('--output', metavar='FILE', help='write the first sample as WAV to this file, and stop')
    parser.add_argument('--quiet', action='store_true', help='say nothing of the samples')
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    log = Log(2, sys.stderr)  # standard output may be the sound
    rows = rows_of(args.source, log)
    start = args.start + (len(rows) if args.start < 0 else 0)
    if not 0 <= start < len(rows):
        raise ConfigError(f'--start {args.start}: {args.source} has {len(rows)} samples; choose from {-len(rows)} to '
                          f'{len(rows) - 1}.')
    play = writer(args) or player('pass --output FILE or --pipe')
    augment = SampleAugmenter(args.augment, args.clock, log)
    number = 1 if args.pipe or args.output else args.number
    try:
        with tempfile.TemporaryDirectory() as scratch:
            for count, index in enumerate(indices(start, number, len(rows), args.random)):
                row = rows[index]
                if not args.quiet:
                    print(f'{row.id}{"" if row.transcript is None else f": {row.transcript}"}', file=sys.stderr)
                audio = plain_sound(row.recording, os.path.join(scratch, 'sample.wav'))
                play(wav_of(augment(audio.read(), audio.rate_hz, count * len(rows) + index), audio.rate_hz))
    except KeyboardInterrupt:
        print('Stopped.', file=sys.stderr)


def rows_of(path: str, log: Log) -> List[Row]:
    """Returns the samples of a file; those of a set without transcripts, too."""
    if os.path.splitext(path)[1].lower() == '.wav':
        return [Row(RecordedFile(path), None, 0, path, source=path, line=0, speaker='')]
    try:
        return read_rows(path, log.warn)
    except DataError:
        return read_rows(path, log.warn, labelled=False)


def indices(start: int, number: int, n_rows: int, is_random: bool) -> Iterator[int]:
    """Yields which samples to play."""
    n_done = 0
    while number < 0 or n_done < number:
        yield random.randrange(n_rows) if is_random else (start + n_done) % n_rows
        n_done += 1


def writer(args: argparse.Namespace) -> Optional[Callable[[bytes], object]]:
    """Returns what writes a WAV file where it is asked for, None if it is to be played."""
    if args.output:
        return lambda wav: write_atomically(args.output, wav, DataError)
    return sys.stdout.buffer.write if args.pipe else None


if __name__ == '__main__':
    sys.exit(run_command(main))
