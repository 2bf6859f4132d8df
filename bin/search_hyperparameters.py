#!/usr/bin/env python
"""Finds learning rate, dropout, width and strength of augmentation with the lowest validation loss.

    bin/search_hyperparameters.py --out build/search --trials 30 --epochs 20 -- \\
      --train_files train.csv --dev_files dev.csv --train_batch_size 16 --dev_batch_size 16

Behind the -- stand the flags of every training. Each trial is one, with other values of what is searched for; one that is worse
than the median of the others after as many epochs is stopped. Interrupted, the same command goes on; with more --trials it adds
to them. Any flag can be searched for:

    --tune learning_rate=1e-4:1e-2:log --tune n_hidden=256,512 --tune beta2=0.98,0.999
"""

import argparse
import sys

from deepspeech_training.checkpoints.lock import locked
from deepspeech_training.console.log import Log
from deepspeech_training.entry import run_command
from deepspeech_training.errors import ConfigError
from deepspeech_training.paths import ensure_writable
from deepspeech_training.tuning.results import lines_of, plot, require_plotting, write_table
from deepspeech_training.tuning.space import DEFAULT_SPACE, parse_space
from deepspeech_training.tuning.study import Search, Task
from deepspeech_training.tuning.trial import check_flags


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', required=True, help='directory where everything is kept')
    parser.add_argument('--trials', type=int, default=30, help='how many trainings, with those of earlier calls (%(default)s)')
    parser.add_argument('--epochs', type=int, default=20, help='of each (%(default)s)')
    parser.add_argument('--tune', action='append', metavar='FLAG=VALUES',
                        help=f'what to search for, may be repeated ({" ".join(DEFAULT_SPACE)})')
    parser.add_argument('--seed', type=int, default=4568, help='of the draws (%(default)s)')
    parser.add_argument('--plot', metavar='FILE', help='draw losses by epoch and by setting: a PNG, SVG or PDF')
    parser.add_argument('flags', nargs='*', help='flags of every training')
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    if args.trials < 1 or args.epochs < 1:
        raise ConfigError(f'--trials {args.trials} --epochs {args.epochs}: at least 1 of both.')
    check_flags(args.flags)
    if args.plot:
        require_plotting(args.plot)
    task, log = Task(args.flags, parse_space(args.tune or DEFAULT_SPACE), args.epochs, args.seed), Log()
    ensure_writable(args.out, 'out')
    with locked(args.out, log, 'out'):
        search = Search(task, args.out, log)
        try:
            search.run(args.trials)
        finally:
            table = write_table(search.trials, args.out)
    print(*lines_of(search.trials), sep='\n')
    print(f'All trials: {table}')
    if args.plot:
        plot(search.trials, args.plot)
        print(f'Picture: {args.plot}')


if __name__ == '__main__':
    sys.exit(run_command(main))
