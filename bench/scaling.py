"""How many workers are worth their while: a model of the time of a step, its tables, and real workers to check it against.

    bench/scaling.py                                          (the tables of doc/scaling.md)
    bench/scaling.py --check 2 3 4 --n_hidden 512 --batch 4 --frames 100

A step takes the time of its gradients, which does not depend on how many workers there are, and that of their sum. For `n`
workers with gradients of `b` bytes in float32:

    float32     a ring: 2 (n - 1) messages, one after the other, each of b / n bytes
    bfloat16    n - 1 messages at once, then n - 1 one after the other, each of b / 2 / n bytes
    servers     p of them: n gradients to them, and the sums back; b n / p bytes go through each of them, either way
    small       the exchange of losses: 2 (n - 1) messages without bytes to speak of, one after the other

An exchange takes `run_s` whatever it is, a message `hop_s`, and each byte the time of the link and that of the software, which
copies it. No two overlap.

With `--check` workers train together on this machine. The costs come from the exchanges of losses, and from the sum of float32
of the first number of workers; all else is predicted from them. More workers than processors share them.
"""

import argparse
import statistics
import sys
from typing import NamedTuple, Sequence, Tuple

import numpy as np
from cluster import Fleet, Shape, alone, together

from deepspeech_training.model.variables import forward_flops
from deepspeech_training.processors import n_processors
from deepspeech_training.settings.model import ModelConfig

N_LABELS = 28
GBIT = 1e9 / 8  # bytes
WORKERS = (2, 4, 8, 16, 32, 64, 128, 256)
LINKS = (1, 10, 25, 100)  # Gbit/s
NO_LINK = float('inf')  # bytes a second, of workers on one machine


class Costs(NamedTuple):
    """What a message takes besides the link."""

    run_s: float  # of an exchange
    hop_s: float
    copy_s: float  # of each byte that a worker sends and receives


MEASURED = Costs(2.2e-3, 0.1e-3, 2.2e-9)  # on the machine of doc/scaling.md; messages of a network are assumed


class Work(NamedTuple):
    """What a worker does in a step when it is alone."""

    name: str
    n_hidden: int
    step_s: float


WORKS = (Work('Processors, 512 units', 512, 0.314), Work('Processors, 2048 units', 2048, 1.97),
         Work('GPUs, 2048 units (a step of 0.1 s is assumed)', 2048, 0.1))


def gradient_bytes(n_hidden: int, direction: str = 'unidirectional') -> float:
    """Returns how long the gradients are in float32; biases are left out."""
    return 4 * forward_flops(ModelConfig(N_LABELS, n_hidden, direction), 1) / 2


def reduce_s(n: int, size_bytes: float, link: float, costs: Costs, precision: str = 'float32') -> float:
    """Returns the time of a sum over `n` workers whose links take so many bytes a second, either way."""
    if precision == 'float32':
        return costs.run_s + 2 * (n - 1) * (costs.hop_s + size_bytes / n * (1 / link + costs.copy_s))
    return costs.run_s + n * costs.hop_s + 2 * (n - 1) / n * size_bytes / 2 * (1 / link + costs.copy_s)


def small_s(n: int, costs: Costs) -> float:
    """Returns the time of the exchange of losses."""
    return costs.run_s + 2 * (n - 1) * costs.hop_s


def servers_s(n: int, p: int, size_bytes: float, link: float, costs: Costs) -> float:
    """Returns the time in which gradients reach `p` parameter servers, and weights all of `n` workers."""
    return costs.run_s + 2 * (costs.hop_s + max(n / p, 1) * size_bytes * (1 / link + costs.copy_s))


def main() -> None:
    args = parse_arguments()
    if args.check:
        check(args)
        return
    for work in WORKS:
        show_table(work, Costs(args.run_ms / 1000, args.hop_ms / 1000, args.copy_ns * 1e-9))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--run_ms', type=float, default=1000 * MEASURED.run_s, help='of an exchange (%(default)s)')
    parser.add_argument('--hop_ms', type=float, default=1000 * MEASURED.hop_s, help='of a message (%(default)s)')
    parser.add_argument('--copy_ns', type=float, default=1e9 * MEASURED.copy_s, help='of a byte in the software (%(default)s)')
    parser.add_argument('--check', type=int, nargs='+', metavar='N', help='numbers of real workers')
    parser.add_argument('--n_hidden', type=int, default=512)
    parser.add_argument('--batch', type=int, default=4, help='of one worker')
    parser.add_argument('--frames', type=int, default=100, help='in every utterance')
    parser.add_argument('--reduce_precision', nargs='+', default=['float32', 'bfloat16'])
    parser.add_argument('--turns', type=int, default=5)
    parser.add_argument('--steps', type=int, default=3, help='of a turn')
    parser.add_argument('--python', default=sys.executable, help='interpreter that runs the workers')
    return parser.parse_args()


def show_table(work: Work, costs: Costs) -> None:
    """Prints the efficiency of every number of workers: the share of what as many of them would do without an exchange."""
    size_bytes = gradient_bytes(work.n_hidden)
    print(f'\n{work.name}: {work.step_s:g} s a step, {size_bytes / 2 ** 20:.0f} MiB of gradients. Efficiency in percent:\n')
    print('| link, sums | ' + ' | '.join(map(str, WORKERS)) + ' |')
    print('|---' * (len(WORKERS) + 1) + '|')
    for gbits in LINKS:
        link = gbits * GBIT
        rows = {precision: [reduce_s(n, size_bytes, link, costs, precision) + small_s(n, costs) for n in WORKERS]
                for precision in ('float32', 'bfloat16')}
        rows['1 server'] = [servers_s(n, 1, size_bytes, link, costs) for n in WORKERS]
        rows['a server for 4'] = [servers_s(n, -(-n // 4), size_bytes, link, costs) for n in WORKERS]
        for name, seconds in rows.items():
            cells = [f'{100 * work.step_s / (work.step_s + each):.0f}' for each in seconds]
            print(f'| {gbits} Gbit/s, {name} | ' + ' | '.join(cells) + ' |')


def check(args: argparse.Namespace) -> None:
    """Prints what was predicted and what was measured of real workers."""
    shape = Shape(n_hidden=args.n_hidden, batch=args.batch, frames=args.frames, direction='unidirectional', lstm='loop',
                  precision='float32')
    one = alone(shape, 1, args.python, True)
    fleets = [(n, precision, together(shape, n, args.python, True, reduce_precision=precision))
              for n in args.check for precision in args.reduce_precision]
    everyone = [one] + [fleet for _, _, fleet in fleets]
    for fleet in everyone:
        fleet.wait()
    for _ in range(args.turns):
        for fleet in everyone:
            for what in ('step', 'reduce', 'small'):
                fleet.take_turn(what, args.steps)

    compare(one, fleets)
    for fleet in everyone:
        fleet.close()


def compare(one: Fleet, fleets: Sequence[Tuple[int, str, Fleet]]) -> None:
    """Prints the costs that fit best, and what follows from them beside what was measured."""
    size_bytes, median = one.vector_bytes, statistics.median
    step_s = median(one.seconds('step'))
    hops, times = zip(*[(2 * (n - 1), median(fleet.seconds('small'))) for n, _, fleet in fleets])
    hop_s, run_s = np.polyfit(hops, times, 1) if len(set(hops)) > 1 else (0., times[0])
    hop_s = max(hop_s, 0.)
    n, _, first = fleets[0]
    copy_s = (median(first.seconds('reduce')) - run_s - 2 * (n - 1) * hop_s) / share_of(n) / (2 * (n - 1) / n * size_bytes)
    print(f'one worker: {1000 * step_s:.0f} ms a step, {size_bytes / 2 ** 20:.1f} MiB of gradients; an exchange '
          f'{1000 * run_s:.2f} ms, a message {1000 * hop_s:.2f} ms, a byte {1e9 * copy_s:.2f} ns')
    for n, precision, fleet in fleets:
        costs = Costs(run_s, hop_s, share_of(n) * copy_s)
        sum_s, losses_s = reduce_s(n, size_bytes, NO_LINK, costs, precision), small_s(n, costs)
        whole_s = share_of(n) * step_s + sum_s + losses_s
        told = {'sum': (sum_s, 'reduce'), 'losses': (losses_s, 'small'), 'step': (whole_s, 'step')}
        print(f'{n} workers, {precision:8}: ' + '; '.join(
            f'{name} predicted {1000 * predicted:.1f} ms, measured {1000 * median(fleet.seconds(what)):.1f}'
            for name, (predicted, what) in told.items()), flush=True)


def share_of(n: int) -> float:
    """Returns how many of `n` workers have one processor."""
    return max(1., n / n_processors())


if __name__ == '__main__':
    main()
