"""What the greedy error rates of a validation cost of an epoch, in processor seconds.

    bench/epoch_wer.py
    bench/epoch_wer.py --n_hidden 64 512 --train data/asterisk-en/train.csv --dev data/asterisk-en/dev.csv

In one run, every validation is made twice, in turns first: with the likeliest class of each frame fetched and its transcripts
compared, and with the losses alone. The learning rate is next to 0: a network of random weights writes more letters than one
that has learned anything, so that is what rates cost at most. Processor seconds of all threads, so that other work on the
machine does not count.
"""

import argparse
import json
import os
import tempfile
import time
from typing import Any, Dict, List

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import prepare_sets
from deepspeech_training.settings.config import (
    CheckpointConfig,
    OptimizerConfig,
    ReportConfig,
    RunConfig,
    ScheduleConfig,
    SetConfig,
)
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.train.loop import train
from deepspeech_training.train.passes import PassRunner

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TINY = os.path.join(ROOT, 'data', 'tiny-dataset')
NEXT_TO_NOTHING = 1e-30


def main() -> None:
    args = parse_arguments()
    for n_hidden in args.n_hidden:
        seconds = measured(args, n_hidden)
        with_rates, without = sum(seconds['with rates'][1:]), sum(seconds['without'][1:])  # the first ones set things up
        epochs = sum(seconds['training'][1:]) + without
        share = (with_rates - without) / epochs
        print(json.dumps({'n_hidden': n_hidden, 'epochs': len(seconds['training']) - 1,
                          'training_cpu_s': round(epochs - without, 2), 'validation_cpu_s': round(without, 3),
                          'with_rates_cpu_s': round(with_rates, 3), 'share_of_epoch_percent': round(100 * share, 2)}))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--n_hidden', type=int, nargs='+', default=[64, 256])
    parser.add_argument('--train', default=os.path.join(TINY, 'train.csv'))
    parser.add_argument('--dev', default=os.path.join(TINY, 'dev.csv'))
    parser.add_argument('--alphabet', default=os.path.join(TINY, 'alphabet.txt'))
    parser.add_argument('--batch_size', type=int, default=16)
    parser.add_argument('--epochs', type=int, default=6)
    return parser.parse_args()


def measured(args: argparse.Namespace, n_hidden: int) -> Dict[str, List[float]]:
    """Trains and returns the processor seconds of the passes of each kind, one for each epoch."""
    seconds: Dict[str, List[float]] = {'training': [], 'with rates': [], 'without': []}
    validate, update = PassRunner.evaluate, PassRunner.train

    def timed(kind: str, work: Any, *words: Any) -> Any:
        begin_s = time.process_time()
        result = work(*words)
        seconds[kind].append(time.process_time() - begin_s)
        return result

    def evaluate(runner: Any, planned: Any, epoch: int, step: int, of_best: bool = False) -> Any:
        whole = runner._graph
        plain = whole._replace(dev_step=whole.dev_step._replace(paths=(), lengths=()))
        results = {}
        for kind in sorted(('with rates', 'without'), reverse=epoch % 2 == 0):
            runner._graph = plain if kind == 'without' else whole
            results[kind] = timed(kind, validate, runner, planned, epoch, step, kind == 'without')
        runner._graph = whole
        return results['with rates']

    PassRunner.evaluate = evaluate  # type: ignore[method-assign]
    PassRunner.train = lambda *words: timed('training', update, *words)  # type: ignore[method-assign]
    try:
        with tempfile.TemporaryDirectory() as directory:
            run_training(args, n_hidden, directory)
    finally:
        PassRunner.evaluate, PassRunner.train = validate, update  # type: ignore[method-assign]
    return seconds


def run_training(args: argparse.Namespace, n_hidden: int, directory: str) -> None:
    alphabet = Alphabet.from_file(args.alphabet)
    run = RunConfig(alphabet, ModelConfig(alphabet.size, n_hidden), train=SetConfig((args.train,), args.batch_size),
                    dev=SetConfig((args.dev,), args.batch_size), optimizer=OptimizerConfig(NEXT_TO_NOTHING),
                    schedule=ScheduleConfig(epochs=args.epochs), checkpoints=CheckpointConfig(directory, directory),
                    report=ReportConfig(show_progressbar=False, summary_dir=directory))
    log = Log(3)
    sets = prepare_sets(run, directory, log).training
    assert sets is not None
    train(run, sets, None, CheckpointDirectory(directory), log)


if __name__ == '__main__':
    main()
