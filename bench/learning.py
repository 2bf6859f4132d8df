"""Measures what averaging, schedules, augmentation and other ways to learn better gain on little data.

    bench/learning.py --sets data/asterisk-en data/asterisk-fr --variants default recipe
    bench/learning.py --sets data/asterisk-en --seeds 4568 --plot build/learning.png

A set is a directory of `bin/run-asterisk.sh LANGUAGE` or of the same layout: train.csv, dev.csv, test.csv, alphabet.txt and,
next to them or in build/, train.scorer. Each variant is what is added to the flags below. Seeds and variants take turns, one
training at a time; what was measured is kept in --out, so the command started again does only what is missing. The table has
the mean over the seeds and, in brackets, the lowest and the highest.
"""

import argparse
import os
import sys
from typing import Callable, Dict, List, Sequence, Tuple

from whole_run import ROOT, Result, result_of

FLAGS = ('--dev_batch_size 16 --test_batch_size 16 --rnn_direction unidirectional '
         '--show_progressbar false --load_train init').split()
WITHOUT_RECIPE = '--train_batch_size 16 --dropout_rate 0.2 --learning_rate 0.001'.split()  # as bin/run-asterisk.sh has it
VARIANTS: Dict[str, str] = {
    'default': '',
    'cosine': '--lr_schedule warmup_cosine --warmup_epochs 2',
    'one_cycle': '--lr_schedule one_cycle --warmup_epochs 10',
    'clip': '--clip_gradient_norm 5',
    'decay': '--weight_decay 0.01',
    'ema': '--ema_decay 0.998',
    'average': '--average_checkpoints 5',
    'masks': '--augment time_mask[p=0.5,n=3,size=100] --augment frequency_mask[p=0.5,n=3,size=5]',
    'voices': '--augment pitch[p=0.5,pitch=1~0.1] --augment tempo[p=0.5,factor=1~0.2]',
    'coefficients': '--augment coefficient_mask[p=0.3]',
    'small': '--augment preset=small',
    'noisy': '--augment preset=noisy',
    'phone': '--augment preset=phone',
    'recipe': '--recipe small',
}
FIGURES: Sequence[Tuple[str, Callable[[Result], float], str]] = (
    ('dev loss', lambda result: min(result['dev_losses']), '{:.2f}'),
    ('CER', lambda result: 100 * result['cer'], '{:.1f}'),
    ('WER', lambda result: 100 * result['wer'], '{:.1f}'),
    ('greedy CER', lambda result: 100 * result['greedy_cer'], '{:.1f}'),
    ('greedy WER', lambda result: 100 * result['greedy_wer'], '{:.1f}'),
    ('wall s', lambda result: result['wall_s'], '{:.0f}'),
)


def main() -> None:
    args = parse_arguments()
    os.makedirs(args.out, exist_ok=True)
    results: List[Result] = []
    for seed in args.seeds:
        for directory in args.sets:
            for variant in args.variants:
                results.append(trained(args, directory, variant, seed))
                result = results[-1]
                print(f'{result["set"]:12} {variant:12} seed {seed:5}: ' + ', '.join(
                    f'{name} {form.format(value(result))}' for name, value, form in FIGURES), flush=True)
    for directory in args.sets:
        print(*table(results, name_of(directory), args.variants), sep='\n')
    if args.plot:
        plot(results, args.plot)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--sets', nargs='+', required=True, help='directories of data sets')
    parser.add_argument('--variants', nargs='*', default=list(VARIANTS), metavar='NAME', help=', '.join(VARIANTS))
    parser.add_argument('--add', nargs='+', default=[], metavar='NAME=FLAGS', help='further variants')
    parser.add_argument('--seeds', nargs='+', type=int, default=[4568, 1, 2])
    parser.add_argument('--epochs', type=int, default=60)
    parser.add_argument('--n_hidden', type=int, default=256)
    parser.add_argument('--out', default=os.path.join('build', 'learning'))
    parser.add_argument('--plot', metavar='FILE', help='draw validation losses by epoch (needs matplotlib)')
    args = parser.parse_args()
    args.flags = {**VARIANTS, **dict(each.split('=', 1) for each in args.add)}
    args.variants += [each.split('=', 1)[0] for each in args.add]
    for name in set(args.variants) - set(args.flags):
        parser.error(f'--variants {name}: there is no such variant; choose among {", ".join(args.flags)}.')
    return args


def name_of(directory: str) -> str:
    return os.path.basename(os.path.normpath(directory))


def trained(args: argparse.Namespace, directory: str, variant: str, seed: int) -> Result:
    """Returns the result of one training."""
    name = f'{name_of(directory)}-{variant}-{seed}'
    checkpoints, added = os.path.join(args.out, name), args.flags[variant].split()
    command = [sys.executable, os.path.join(ROOT, 'DeepSpeech.py'),
               *[f'--{kind}_files={os.path.join(directory, kind)}.csv' for kind in ('train', 'dev', 'test')],
               f'--alphabet_config_path={os.path.join(directory, "alphabet.txt")}', f'--scorer_path={scorer_of(directory)}',
               f'--checkpoint_dir={checkpoints}', f'--summary_dir={checkpoints}', f'--random_seed={seed}',
               f'--epochs={args.epochs}', f'--n_hidden={args.n_hidden}', *FLAGS,
               *([] if '--recipe' in added else WITHOUT_RECIPE), *added]
    return result_of(command, checkpoints + '.json', set=name_of(directory), variant=variant, seed=seed)


def scorer_of(directory: str) -> str:
    places = [os.path.join(place, 'train.scorer') for place in (directory, os.path.join(ROOT, 'build', name_of(directory)))]
    for path in places:
        if os.path.exists(path):
            return path
    sys.exit(f'E {" and ".join(places)}: no such files; make a scorer of {directory}/train.txt with bin/make_scorer.py.')


def table(results: Sequence[Result], name: str, variants: Sequence[str]) -> List[str]:
    """Returns the rows of a Markdown table for a set."""
    lines = ['', f'| {name} | ' + ' | '.join(title for title, _, _ in FIGURES) + ' |', '|---' * (1 + len(FIGURES)) + '|']
    for variant in variants:
        of_variant = [result for result in results if (result['set'], result['variant']) == (name, variant)]
        cells = []
        for _, value, form in FIGURES:
            values = [value(result) for result in of_variant]
            cells.append(f'{form.format(sum(values) / len(values))} ({form.format(min(values))} to {form.format(max(values))})')
        lines.append(f'| {variant} | ' + ' | '.join(cells) + ' |')
    return lines


def plot(results: Sequence[Result], path: str) -> None:
    """Draws the validation losses of every run: a panel for each set, a colour for each variant."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    names, variants = (list(dict.fromkeys(result[key] for result in results)) for key in ('set', 'variant'))
    figure = Figure(figsize=(7 * len(names), 5))
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names):
        for number, variant in enumerate(variants):
            runs = [result for result in results if (result['set'], result['variant']) == (name, variant)]
            for run in runs:
                axes.plot(range(1, len(run['dev_losses']) + 1), run['dev_losses'], color=f'C{number % 10}', alpha=.7,
                          label=f'{variant} ({len(runs)} seeds)' if run is runs[0] else None)
        axes.set(xlabel='epoch', ylabel='validation loss', title=name)
        axes.grid(alpha=.3)
        axes.legend()
    figure.tight_layout()
    FigureCanvasAgg(figure).print_figure(path, dpi=110)


if __name__ == '__main__':
    main()
