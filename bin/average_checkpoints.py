#!/usr/bin/env python
"""Writes a checkpoint whose weights are the mean of those of several checkpoints of a training.

    bin/average_checkpoints.py --checkpoint_dir checkpoints --output averaged --best 3

The directory `averaged` can be tested, exported and trained on like any other; DeepSpeech 0.9.3 loads it, too. Where
checkpoints hold moving averages of their weights (--ema_decay), these are taken: with `--last 1` they become the weights of a
checkpoint. The optimizer goes on from the newest one. For test and export, the trainer's `--average_checkpoints` is enough.
"""

import argparse
import os
import sys

from deepspeech_training.console.log import Log
from deepspeech_training.entry import positive, run_command
from deepspeech_training.errors import CheckpointError
from deepspeech_training.paths import ensure_writable


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--checkpoint_dir', required=True, help='directory of checkpoints to average')
    parser.add_argument('--output', required=True, help='directory to write to, without checkpoints')
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument('--last', type=positive, metavar='N', help='the newest N train-* checkpoints')
    which.add_argument('--best', type=positive, metavar='N',
                       help='the newest N best_dev-* checkpoints; a training keeps more than one with --average_checkpoints')
    return parser.parse_args()


def main() -> None:
    args, log = parse_arguments(), Log(stream=sys.stderr)
    if os.path.realpath(args.output) == os.path.realpath(args.checkpoint_dir):
        raise CheckpointError(f'--output {args.output}: this is the directory to average; pass another one.')
    from deepspeech_training.checkpoints.averaging import latest_of_kind, mean_of, save_alone  # --help is there at once
    from deepspeech_training.checkpoints.directory import CheckpointDirectory
    from deepspeech_training.checkpoints.lock import locked
    kind, n = ('last', args.last) if args.last else ('best', args.best)
    models = latest_of_kind(CheckpointDirectory(args.checkpoint_dir), kind, n, log)
    ensure_writable(args.output, 'output', CheckpointError)
    with locked(args.output, log, 'output'):
        path = save_alone(mean_of(models, log), CheckpointDirectory(args.output))
    print(f'Wrote {path}: the mean of {len(models)} checkpoints.')


if __name__ == '__main__':
    sys.exit(run_command(main))
