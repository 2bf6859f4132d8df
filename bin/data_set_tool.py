#!/usr/bin/env python
"""Makes one data set of several, from short to long: a CSV file with WAV files, a tar archive, or a sample database (SDB).

    bin/data_set_tool.py train1.csv train2.sdb train.sdb
    bin/data_set_tool.py --audio-type wav --include alphabet.txt train.sdb train.tar.gz
    bin/data_set_tool.py --augment 'reverb[delay=20:60~10]' --clock 0.5 train.csv reverberant.csv

16-bit mono sound is taken as it is; other audio becomes that, at its own sample rate. An SDB gets Opus, which loses a little,
unless --audio-type wav is given; the others get what there is. The target appears when it is complete.
"""

import argparse
import os
import sys

from deepspeech_training.console.log import Log
from deepspeech_training.data.set_building import OPUS, WAV, BuildConfig, build_set, describe_left_out
from deepspeech_training.data.set_targets import Target
from deepspeech_training.entry import run_command
from deepspeech_training.errors import ConfigError, DataError
from deepspeech_training.features.augment.samples import SampleAugmenter
from deepspeech_training.paths import require_kept


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('sources', nargs='+', help='.csv and .sdb files')
    parser.add_argument('target', help='what to write: .csv, .sdb, .tar, .tar.gz or .tgz')
    parser.add_argument('--audio-type', '--audio_type', choices=[OPUS, WAV],
                        help='what becomes of the sound (opus in an SDB, else wav; with opus, CSV files and archives get WAV '
                             'files of what Opus leaves)')
    parser.add_argument('--bitrate', type=int, help='bits per second of Opus (as the library likes)')
    parser.add_argument('--workers', type=int, default=os.cpu_count() or 1, help='threads that convert (%(default)s)')
    parser.add_argument('--unlabeled', action='store_true', help='without transcripts')
    parser.add_argument('--absolute-paths', '--absolute_paths', action='store_true', help='in a CSV file')
    parser.add_argument('--augment', action='append', default=[], metavar='SPEC',
                        help='augmentation of samples, as in training; may be given several times')
    parser.add_argument('--clock', type=float, default=0., help='position in a training that its values are of (%(default)s)')
    parser.add_argument('--include', action='append', default=[], metavar='FILE', help='file for the root of an archive')
    return parser.parse_intermixed_args()


def main() -> None:
    args = parse_arguments()
    if args.workers < 1:
        raise ConfigError(f'--workers {args.workers}: at least one is needed.')
    target = Target(args.target, not args.unlabeled, absolute=args.absolute_paths, included=tuple(args.include))
    require_kept(args.sources, args.target, DataError)
    log = Log()
    change = SampleAugmenter(args.augment, args.clock, log) if args.augment else None
    built = build_set(args.sources, target, BuildConfig(args.audio_type, args.bitrate, args.workers), log, change)
    log.info(f'Wrote {target.path}: {built.n_samples - len(built.left_out)} samples.')
    if built.left_out:
        raise DataError(describe_left_out(target, built))


if __name__ == '__main__':
    sys.exit(run_command(main))
