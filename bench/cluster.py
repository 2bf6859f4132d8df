"""Times training steps of workers that train together against one that trains alone, in one run.

    bench/cluster.py --n_hidden 512 --batch 16 --workers 1 2 --pin
    bench/cluster.py --workers 2 --pin --reduce_precision float32 bfloat16 --lstm native

With `--pin` worker i has a processor for itself, as one alone has: what a machine more for each worker would be, but for the
network, which is that of the machine with itself. As many workers alone at the same time, who exchange nothing, show what
sharing memory and the load of the machine cost. All ways take turns, some steps each, so that this load falls on all alike.

Of each way: best and median time of a step, utterances a second, how many times as much as one worker alone, and per worker.
Where the time of a step goes: forward and backward, the sum of the gradients, the exchange of losses, the rest (Adam, waiting).
Seconds of a processor that each worker takes: where these are far from the time of a step, others had the processors. Bytes a
step through the loopback device, all workers together (/proc/net/dev), beside what a ring has to send. The best large product
of each worker in this run says how fast the processors were.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
from contextlib import ExitStack
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from deepspeech_training.processors import n_processors

HERE = os.path.dirname(os.path.abspath(__file__))
WORKER = os.path.join(HERE, 'cluster_worker.py')
PARTS = ('gradients', 'reduce', 'small')
MIB = 1 << 20
Answers = List[Dict[str, float]]


class Fleet:
    """Workers that are told the same at the same time, see cluster_worker.py.

    Args:
      name: of the way in which they work.
      jobs: one for each.
      python: interpreter.
      cores: of each worker; None: all of them may use all.
    """

    def __init__(self, name: str, jobs: Sequence[Dict[str, Any]], python: str, cores: Optional[Sequence[int]] = None):
        self.name, self.turns = name, {}  # type: ignore[var-annotated]
        self._processes: List[Any] = []
        for index, job in enumerate(jobs):
            pin = ['taskset', '-c', str(cores[index])] if cores else []
            self._processes.append(subprocess.Popen([*pin, python, WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                                    universal_newlines=True))
            self._tell(self._processes[-1], json.dumps(job))
        self.vector_bytes = 0.

    def wait(self) -> None:
        """Waits until all of them are ready."""
        self.vector_bytes = self._answers()[0]['vector_bytes']

    @property
    def n_workers(self) -> int:
        return len(self._processes)

    def take_turn(self, what: str, n: int) -> Answers:
        """Lets all run `what` so often; returns what they tell of it."""
        for process in self._processes:
            self._tell(process, f'{what} {n}')
        answers = self._answers()
        self.turns.setdefault(what, []).append(answers)
        return answers

    def seconds(self, what: str) -> List[float]:
        """Returns the times of the turns, each that of the slowest worker."""
        return [max(answer['seconds'] for answer in answers) for answers in self.turns[what]]

    def best(self, what: str, field: str = 'seconds') -> float:
        """Returns the mean over the workers of the turn that was the best by time."""
        turn = min(self.turns[what], key=lambda answers: max(answer['seconds'] for answer in answers))
        return statistics.mean(answer[field] for answer in turn)

    def close(self) -> None:
        for process in self._processes:
            process.stdin.close()
        for process in self._processes:
            process.wait()

    @staticmethod
    def _tell(process: Any, line: str) -> None:
        process.stdin.write(line + '\n')
        process.stdin.flush()

    def _answers(self) -> Answers:
        lines = [process.stdout.readline() for process in self._processes]
        if not all(lines):
            raise SystemExit(f'E {self.name}: a process ended, see above.')
        return [json.loads(line) for line in lines]


class Shape(NamedTuple):
    """What a worker computes."""

    n_hidden: int
    batch: int
    frames: int
    direction: str
    lstm: str
    precision: str

    def job(self, **place: Any) -> Dict[str, Any]:
        return dict(self._asdict(), n_labels=28, dropout=0.05, product_size=2048,
                    **dict({'workers': [], 'index': 0, 'reduce_precision': 'float32'}, **place))


def alone(shape: Shape, n: int, python: str, is_pinned: bool) -> Fleet:
    """Returns workers that do not know of each other."""
    return Fleet(f'{n} alone', [shape.job()] * n, python, cores_of(n, is_pinned))


def together(shape: Shape, n: int, python: str, is_pinned: bool, *, reduce_precision: str) -> Fleet:
    """Returns workers that train together."""
    hosts = [f'127.0.0.1:{port}' for port in free_ports(n)]
    jobs = [shape.job(workers=hosts, index=index, reduce_precision=reduce_precision) for index in range(n)]
    return Fleet(f'{n} {reduce_precision}', jobs, python, cores_of(n, is_pinned))


def cores_of(n: int, is_pinned: bool) -> Optional[List[int]]:
    """Returns a processor for each of so many workers; where there are fewer, several have the same."""
    return [index % n_processors() for index in range(n)] if is_pinned else None


def free_ports(n: int) -> List[int]:
    """Returns ports that nothing listens on."""
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind(('127.0.0.1', 0))
        return [each.getsockname()[1] for each in sockets]


def loopback_bytes() -> int:
    """Returns how many bytes the machine has sent to itself."""
    with open('/proc/net/dev') as file:
        return next(int(line.split(':')[1].split()[0]) for line in file if line.strip().startswith('lo:'))


def main() -> None:
    args = parse_arguments()
    shape = Shape(n_hidden=args.n_hidden, batch=args.batch, frames=args.frames, direction=args.direction, lstm=args.lstm,
                  precision=args.precision)
    counts = sorted(set(args.workers) - {1})
    fleets = [alone(shape, n, args.python, args.pin) for n in [1, *counts]]
    fleets += [together(shape, n, args.python, args.pin, reduce_precision=precision)
               for n in counts for precision in args.reduce_precision]
    for fleet in fleets:
        fleet.wait()
    sent: Dict[str, float] = {}
    for _ in range(args.turns):
        for fleet in fleets:
            before = loopback_bytes()
            fleet.take_turn('step', args.steps)
            sent[fleet.name] = (loopback_bytes() - before) / args.steps
        for fleet in fleets:
            for part in PARTS:
                fleet.take_turn(part, args.steps)
            fleet.take_turn('product', 1)
    print(f'{shape.direction}, n_hidden {shape.n_hidden}, batch {shape.batch} a worker, {shape.frames} frames, {shape.lstm}, '
          f'{shape.precision}; gradients {fleets[0].vector_bytes / MIB:.1f} MiB')
    for fleet in fleets:
        show(fleet, fleets[0], shape, sent[fleet.name])
    for fleet in fleets:
        fleet.close()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--workers', type=int, nargs='+', default=[1, 2], help='how many; one is always there')
    parser.add_argument('--pin', action='store_true', help='each worker has one processor for itself')
    parser.add_argument('--n_hidden', type=int, default=512)
    parser.add_argument('--batch', type=int, default=16, help='of one worker')
    parser.add_argument('--frames', type=int, default=200, help='in every utterance')
    parser.add_argument('--direction', default='unidirectional')
    parser.add_argument('--lstm', default='loop')
    parser.add_argument('--precision', default='float32')
    parser.add_argument('--reduce_precision', nargs='+', default=['float32'])
    parser.add_argument('--turns', type=int, default=7)
    parser.add_argument('--steps', type=int, default=3, help='of a turn')
    parser.add_argument('--python', default=sys.executable, help='interpreter that runs the steps')
    return parser.parse_args()


def show(fleet: Fleet, one: Fleet, shape: Shape, sent: float) -> None:
    """Prints what a way took."""
    seconds, n = fleet.seconds('step'), fleet.n_workers
    median, of_one = statistics.median(seconds), statistics.median(one.seconds('step'))
    speedup = n * of_one / median
    parts = {part: statistics.median(fleet.seconds(part)) for part in PARTS}
    print(f'{fleet.name:10} step {1e3 * min(seconds):.0f} ms best, {1e3 * median:.0f} median; '
          f'{n * shape.batch / median:.1f} utterances/s, {speedup:.2f} x, {100 * speedup / n:.0f} %; '
          f'processor {1e3 * fleet.best("step", "cpu_s"):.0f} ms')
    print(f'{"":10} ' + ', '.join(f'{part} {1e3 * value:.1f}' for part, value in parts.items())
          + f', rest {1e3 * (median - sum(parts.values())):.1f} ms; {sent / MIB:.1f} MiB sent, of a float32 ring '
          f'{2 * (n - 1) * fleet.vector_bytes / MIB if "alone" not in fleet.name else 0:.1f}; '
          f'product {2e-9 * 2048 ** 3 / min(fleet.seconds("product")):.0f} GFLOP/s; '
          f'peak {fleet.best("step", "peak_mib"):.0f} MiB', flush=True)


if __name__ == '__main__':
    main()
