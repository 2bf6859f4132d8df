"""Times whole training steps (forward, CTC, backward, Adam) of several ways to compute them, in one run.

    bench/train_step.py --n_hidden 512 2048 --batch 16 --lstm block loop --precision float32 bfloat16
    bench/train_step.py --n_hidden 2048 --batch 64 --precision bfloat16 --direction unidirectional bidirectional
    bench/train_step.py --python .venv37/bin/python --precision float32       (TensorFlow 1.15.5)
    bench/train_step.py --n_hidden 128 256 512 --lstm block loop native --torch_python build/torch/bin/python

Each way runs in a process of its own; they take turns, a step at a time, so that the load of the machine falls on all
alike. So does a large matrix product of each precision: the most that the machine can do at that moment. Best and
median of the turns; GFLOP/s and what share of that product's they are; peak memory of the process. Ratios are what
counts, machines and hours differ.

`--torch_python` adds the same step written with PyTorch (nn.LSTM, dropout, CTC, fused Adam, autocast for bfloat16). It wants
an interpreter that has PyTorch, any build: python -m venv build/torch && build/torch/bin/pip install torch numpy
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
from typing import Any, Dict, List

from deepspeech_training.model.compute import FLOAT32_ONLY
from deepspeech_training.model.variables import training_flops
from deepspeech_training.settings.model import ModelConfig

HERE = os.path.dirname(os.path.abspath(__file__))
WORKER, TORCH_WORKER = [os.path.join(HERE, name) for name in ('training_worker.py', 'torch_worker.py')]
TORCH = 'torch'  # stands beside the implementations of the recurrent layer
PRODUCT_SIZE = 3072
N_LABELS = 28


class Contestant:
    """A graph in a process of its own, see training_worker.py."""

    def __init__(self, python: str, operations: float, worker: str = WORKER, **job: Any) -> None:
        self.job, self._operations = job, operations
        self.seconds: List[float] = []
        self.peak_mib = 0.
        self._process: Any = subprocess.Popen([python, worker], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         universal_newlines=True)
        self._tell(json.dumps(job))
        self._answer()  # of the first run, which also sets everything up

    def take_turn(self, how: str = 'go') -> Dict[str, Any]:
        """Runs once; returns what the worker tells of it."""
        self._tell(how)
        answer = self._answer()
        if how == 'go':
            self.seconds.append(answer['seconds'])
        self.peak_mib = answer['peak_mib']
        return answer

    def gflops(self) -> float:
        """GFLOP/s of the best turn."""
        return self._operations / min(self.seconds) / 1e9

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        self._process.stdin.write(line + '\n')
        self._process.stdin.flush()

    def _answer(self) -> Dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f'E {self.job}: the process ended, see above.')
        return json.loads(line)


def main() -> None:
    args = parse_arguments()
    for direction, n_hidden, batch in itertools.product(args.direction, args.n_hidden, args.batch):
        race(args, direction, n_hidden, batch)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--n_hidden', type=int, nargs='+', default=[512, 2048])
    parser.add_argument('--batch', type=int, nargs='+', default=[16])
    parser.add_argument('--frames', type=int, default=200, help='in every utterance')
    parser.add_argument('--direction', nargs='+', default=['unidirectional'])
    parser.add_argument('--lstm', nargs='+', default=['block', 'loop'])
    parser.add_argument('--precision', nargs='+', default=['float32', 'bfloat16'],
                        help='a way that has no such products sits out')
    parser.add_argument('--dropout', type=float, default=0.05)
    parser.add_argument('--turns', type=int, default=5)
    parser.add_argument('--python', default=sys.executable, help='interpreter that runs the steps')
    parser.add_argument('--torch_python', help='interpreter with PyTorch, which takes part then; see above')
    return parser.parse_args()


def race(args: argparse.Namespace, direction: str, n_hidden: int, batch: int) -> None:
    """Times all ways to compute one shape and prints a table."""
    model = ModelConfig(N_LABELS, n_hidden, direction)
    operations = training_flops(model, batch * args.frames)
    names = args.lstm + [TORCH] * bool(args.torch_python)
    ways = [(name, precision) for name in names for precision in args.precision
            if name not in FLOAT32_ONLY.get(precision, ())]
    products = {precision: Contestant(args.python, 2 * PRODUCT_SIZE ** 3, kind='product', size=PRODUCT_SIZE,
                                      precision=precision) for precision in {precision for _, precision in ways}}
    steps = [Contestant(args.torch_python if name == TORCH else args.python, operations,
                        TORCH_WORKER if name == TORCH else WORKER, kind='step', n_labels=N_LABELS, n_hidden=n_hidden,
                        batch=batch, frames=args.frames, direction=direction, dropout=args.dropout, lstm=name,
                        precision=precision) for name, precision in ways]
    contestants = list(products.values()) + steps
    for _ in range(args.turns):
        for contestant in contestants:
            contestant.take_turn()
    print(f'\n{direction}, n_hidden {n_hidden}, batch {batch}, {args.frames} frames: {operations / 1e9:.0f} GFLOP a step')
    print('large product: ' + ', '.join(f'{precision} {product.gflops():.0f} GFLOP/s'
                                        for precision, product in sorted(products.items())))
    print(f'{"":6} {"":9} {"best s":>8} {"median s":>8} {"ratio":>6} {"GFLOP/s":>8} {"of product":>10} {"peak MiB":>8}')
    slowest = min(steps[0].seconds)
    for step in steps:
        product = products[step.job['precision']].gflops()
        print(f'{step.job["lstm"]:6} {step.job["precision"]:9} {min(step.seconds):8.3f} '
              f'{statistics.median(step.seconds):8.3f} {slowest / min(step.seconds):6.2f} {step.gflops():8.0f} '
              f'{100 * step.gflops() / product:9.0f}% {step.peak_mib:8.0f}', flush=True)
    for contestant in contestants:
        contestant.close()


if __name__ == '__main__':
    main()
