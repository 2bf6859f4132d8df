"""Runs whole trainings on real speech and compares wall clock, validation loss and word error rate.

    bench/train_run.py --data data/asterisk-en --scorer build/asterisk-en/train.scorer --variants float32 bfloat16
    bench/train_run.py ... --variants float32 tf1-block --tf1 .venv37/bin/python --seeds 4568

The data and the scorer are those of `bin/run-asterisk.sh en`. Variants and seeds take turns, one run at a time. Results
are kept in `--out`, one JSON file for each run, so that the command started again does only what is missing;
`--plot FILE` draws the validation losses (needs matplotlib).
"""

import argparse
import os
import sys
from typing import Callable, List, Sequence

from whole_run import ROOT, Result, result_of

FLAGS = ('--train_batch_size 16 --dev_batch_size 16 --test_batch_size 16 --learning_rate 0.001 --dropout_rate 0.2 '
         '--rnn_direction unidirectional --show_progressbar false')
# What a variant adds. Those of tf1 run under the interpreter of --tf1. tf1-block is the nearest to DeepSpeech 0.9.3: its
# operation for the recurrent layer, features computed in every epoch.
VARIANTS = {'auto': '', 'float32': '--precision float32', 'bfloat16': '--precision bfloat16',
            'loop': '--lstm_impl loop', 'block': '--precision float32 --lstm_impl block', 'tf1-loop': '',
            'tf1-block': '--lstm_impl block --feature_cache off'}


def main() -> None:
    args = parse_arguments()
    os.makedirs(args.out, exist_ok=True)
    results = []
    for seed in args.seeds:
        for variant in args.variants:
            results.append(result_of(command_of(args, variant, seed), os.path.join(args.out, f'{variant}-{seed}.json'),
                                     variant=variant, seed=seed))
            show(results[-1], args.target_loss)
    summary(results, args.variants)
    if args.plot:
        plot(results, args.plot)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True, help='folder with train.csv, dev.csv, test.csv and alphabet.txt')
    parser.add_argument('--scorer', required=True)
    parser.add_argument('--variants', nargs='+', default=['float32', 'bfloat16'], choices=sorted(VARIANTS))
    parser.add_argument('--seeds', nargs='+', type=int, default=[4568, 1, 2])
    parser.add_argument('--epochs', type=int, default=60)
    parser.add_argument('--n_hidden', type=int, default=256)
    parser.add_argument('--target_loss', type=float, default=35.1, help='time until the validation loss is this low')
    parser.add_argument('--tf1', help='interpreter with TensorFlow 1.15.5')
    parser.add_argument('--out', default=os.path.join('build', 'train_run'))
    parser.add_argument('--plot')
    return parser.parse_args()


def command_of(args: argparse.Namespace, variant: str, seed: int) -> List[str]:
    directory = os.path.join(args.out, f'{variant}-{seed}')
    command = [args.tf1 if variant.startswith('tf1') else sys.executable, os.path.join(ROOT, 'DeepSpeech.py')]
    command += [f'--{kind}_files={os.path.join(args.data, kind)}.csv' for kind in ('train', 'dev', 'test')]
    command += [f'--alphabet_config_path={os.path.join(args.data, "alphabet.txt")}', f'--scorer_path={args.scorer}',
                f'--checkpoint_dir={directory}', f'--summary_dir={directory}', f'--random_seed={seed}',
                f'--epochs={args.epochs}', f'--n_hidden={args.n_hidden}', '--load_train=init']
    return command + FLAGS.split() + VARIANTS[variant].split()


def show(result: Result, target_loss: float) -> None:
    reached = next((f'{seconds:.0f} s' for loss, seconds in zip(result['dev_losses'], result['dev_times_s'])
                    if loss <= target_loss), 'never')
    print(f'{result["variant"]:10} seed {result["seed"]:5}: {result["wall_s"]:6.1f} s, dev loss {target_loss} after '
          f'{reached}, best {min(result["dev_losses"]):.2f}, WER {100 * result["wer"]:.1f} %', flush=True)


def summary(results: Sequence[Result], variants: Sequence[str]) -> None:
    """Prints the means of each variant, and its wall clock as a part of the last one's."""
    def mean(variant: str, value: Callable[[Result], float]) -> float:
        values = [value(result) for result in results if result['variant'] == variant]
        return sum(values) / len(values)
    last = mean(variants[-1], lambda result: result['wall_s'])
    print(f'\n{"mean":10} {"wall clock":>10} {"ratio":>6} {"best dev loss":>13} {"WER":>6}')
    for variant in variants:
        wall_s = mean(variant, lambda result: result['wall_s'])
        print(f'{variant:10} {wall_s:8.1f} s {last / wall_s:6.2f} {mean(variant, lambda r: min(r["dev_losses"])):13.2f} '
              f'{100 * mean(variant, lambda r: r["wer"]):5.1f}%')


def plot(results: Sequence[Result], path: str) -> None:
    """Draws the validation loss of every run, one colour for each variant."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(8, 5))
    variants = list(dict.fromkeys(result['variant'] for result in results))
    for number, variant in enumerate(variants):
        runs = [result for result in results if result['variant'] == variant]
        for run in runs:
            label = f'{variant} ({len(runs)} seeds)' if run is runs[0] else None
            axes.plot(range(1, len(run['dev_losses']) + 1), run['dev_losses'], color=f'C{number}', alpha=.7, label=label)
    axes.set_xlabel('epoch')
    axes.set_ylabel('validation loss')
    axes.grid(alpha=.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == '__main__':
    main()
