#!/usr/bin/env python
"""Tells whether two WAV files hold the same sound: by the level of what is different between them.

    bin/compare_samples.py before.wav after.wav
    bin/compare_samples.py --if-differ --threshold -40 before.wav after.wav
    bin/compare_samples.py --if-differ --picture both.png before.wav after.wav

Files that differ in format or length are never the same, nor can it be said how different they are. The exit code is 0 if they
are the same, with --if-differ if they are not, and 1 otherwise.
"""

import argparse
import sys

from deepspeech_training.data.comparison import level_of_difference, picture_of_both
from deepspeech_training.entry import run_command
from deepspeech_training.errors import DataError
from deepspeech_training.paths import write_atomically


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('sample1', help='a WAV file')
    parser.add_argument('sample2', help='another one')
    parser.add_argument('--threshold', type=float, default=-60.,
                        help='dB of the difference above which they are not the same (%(default)s)')
    parser.add_argument('--if-differ', '--if_differ', action='store_true', help='succeed if they are not the same')
    parser.add_argument('--no-success-output', '--no_success_output', action='store_true', help='say nothing on success')
    parser.add_argument('--picture', metavar='FILE', help='PNG file for the spectrograms of both, one above the other')
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    if args.picture:
        write_atomically(args.picture, picture_of_both(args.sample1, args.sample2), DataError)
    level_db = level_of_difference(args.sample1, args.sample2)
    is_different = level_db > args.threshold
    said = (f'{args.sample1} and {args.sample2} {"differ" if is_different else "are the same"}: the difference has '
            f'{level_db:.2f} dB, {"above" if is_different else "not above"} {args.threshold:.2f} dB.')
    if is_different != args.if_differ:
        raise DataError(said)
    if not args.no_success_output:
        print(said, file=sys.stderr)


if __name__ == '__main__':
    sys.exit(run_command(main))
