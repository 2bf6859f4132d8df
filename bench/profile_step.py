"""Shows where the time of a training step goes, by part of the step and by width, from TensorFlow's own trace.

    bench/profile_step.py --n_hidden 64 128 256 512 1024 2048
    bench/profile_step.py --python .venv37/bin/python --lstm block           (TensorFlow 1.15.5)

Each width runs in a process of its own; they take turns, one step as it is and one traced. Percent of the traced step,
medians of the faster half of the turns, as other programs may slow the others. A moment in which several operations run is
divided among them; a part is wall clock, whatever number of threads it keeps busy. Tracing costs something for each
operation, so that parts of many small ones look larger than they are: "traced" says how much longer a traced step took.
Below the parts: what the system says of the steps that were not traced.
"""

import argparse
import json
import statistics
import sys
from typing import Any, Dict, List

from step_parts import PARTS
from train_step import Contestant

N_LABELS = 28
COLUMN = 9


def main() -> None:
    args = parse_arguments()
    contestants = [Contestant(args.python, 0., kind='step', n_labels=N_LABELS, n_hidden=n_hidden, batch=args.batch,
                              frames=args.frames, direction=args.direction, dropout=args.dropout, lstm=args.lstm,
                              precision=args.precision) for n_hidden in args.n_hidden]
    plain: List[List[Dict[str, Any]]] = [[] for _ in contestants]
    traced: List[List[Dict[str, Any]]] = [[] for _ in contestants]
    for _ in range(args.turns):
        for number, contestant in enumerate(contestants):
            plain[number].append(contestant.take_turn())
            traced[number].append(contestant.take_turn('trace'))
    for contestant in contestants:
        contestant.close()
    print(f'{args.lstm}, {args.precision}, {args.direction}, batch {args.batch}, {args.frames} frames; % of a traced step')
    print(f'{"width":40}' + ''.join(f'{n_hidden:{COLUMN}}' for n_hidden in args.n_hidden))
    show_parts(traced)
    show_system(plain, traced)
    if args.json:
        with open(args.json, 'w', encoding='utf-8') as file:
            json.dump(dict(n_hidden=args.n_hidden, plain=plain, traced=traced), file)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--n_hidden', type=int, nargs='+', default=[64, 128, 256, 512, 1024, 2048])
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--frames', type=int, default=200, help='in every utterance')
    parser.add_argument('--direction', default='unidirectional')
    parser.add_argument('--lstm', default='loop')
    parser.add_argument('--precision', default='float32')
    parser.add_argument('--dropout', type=float, default=0.05)
    parser.add_argument('--turns', type=int, default=9)
    parser.add_argument('--python', default=sys.executable, help='interpreter that runs the steps')
    parser.add_argument('--json', metavar='FILE', help='keep all measurements')
    return parser.parse_args()


def show_parts(traced: List[List[Dict[str, Any]]]) -> None:
    """Prints a line for each part that takes any time, one column per width."""
    columns = []
    for turns in map(faster_half, traced):
        medians = {part: statistics.median(turn['parts'][part] for turn in turns) for part in PARTS}
        columns.append({part: 100 * seconds / sum(medians.values()) for part, seconds in medians.items()})
    for part in PARTS:
        if any(column[part] >= 0.05 for column in columns):
            print(f'{part:40}' + ''.join(f'{column[part]:{COLUMN}.1f}' for column in columns))


def faster_half(turns: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Returns those of one contestant's turns that took less time than the others."""
    return sorted(turns, key=lambda turn: turn['seconds'])[:(len(turns) + 1) // 2]


def show_system(plain: List[List[Dict[str, Any]]], traced: List[List[Dict[str, Any]]]) -> None:
    """Prints times and page faults of a step."""
    def line(title: str, values: List[float], digits: int = 0) -> None:
        print(f'{title:40}' + ''.join(f'{value:{COLUMN}.{digits}f}' for value in values))

    def median(turns: List[Dict[str, Any]], name: str) -> float:
        return statistics.median(turn[name] for turn in faster_half(turns))

    line('step, ms', [1000 * median(turns, 'seconds') for turns in plain], 1)
    line('traced, ms', [1000 * statistics.median(sum(turn['parts'].values()) for turn in faster_half(turns))
                        for turns in traced], 1)
    line('processor time, ms', [1000 * (median(turns, 'user_s') + median(turns, 'system_s')) for turns in plain])
    line('of it in the system, ms', [1000 * median(turns, 'system_s') for turns in plain], 1)
    line('page faults', [median(turns, 'page_faults') for turns in plain])
    line('peak memory, MiB', [max(turn['peak_mib'] for turn in turns) for turns in plain])


if __name__ == '__main__':
    main()
