"""Decodes the same probabilities with this decoder and with the published one, and accounts for every difference.

    bench/decoder_equality.py --published PYTHON [--cases 5000] [--scorer FILE ...] [--probabilities FILE.npz ...]

PYTHON has ds_ctcdecoder 0.9.3 installed; the interpreter that runs this file has ours. Random cases vary output mode,
scorer, weights, cut-offs, beam width, number of results, chunks and hot words, all with compatible=True. Each array
[time, classes] of an .npz file is decoded with every scorer at several beam widths.
"""

import argparse
import os
import sys
from collections import Counter
from typing import Iterable, Optional

import numpy as np

# Tests compare the two decoders, too.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'tests', 'helpers'))
from decoder_cases import (  # noqa: E402
    ENGLISH,
    Case,
    Material,
    Results,
    close,
    judged,
    living,
    materials,
    random_cases,
    reason,
    recorded_cases,
    same,
)
from published_decoder import PublishedDecoder  # noqa: E402


class Account:
    """Counts equalities, and prints differences that nothing explains."""

    def __init__(self) -> None:
        self.counts: 'Counter[str]' = Counter()
        self.reasons: 'Counter[str]' = Counter()

    def add(self, judge: PublishedDecoder, material: Material, case: Case,
            theirs: Optional[Results]) -> None:
        ours = material.decode(case)
        alive = living(theirs) if theirs else []
        best = bool(ours and alive)
        self.counts['cases'] += 1
        self.counts['answered by the published decoder'] += bool(alive)
        self.counts['best transcript identical'] += best and ours[0][1] == alive[0][1]
        self.counts['its score within 1e-4'] += best and close(ours[0][0], alive[0][0])
        self.counts['its times equal'] += best and ours[0][1:] == alive[0][1:]
        self.counts['all results equal'] += best and same(ours, alive)
        if best and same(ours, alive):
            return
        why = reason(judge, material, case, ours, theirs)
        self.reasons[why] += 1
        if why == 'unexplained':
            describe(material, case, ours, alive)

    def __iadd__(self, other: 'Account') -> 'Account':
        self.counts.update(other.counts)
        self.reasons.update(other.reasons)
        return self

    def __str__(self) -> str:
        lines = [f'{count:7d}  {what}' for what, count in self.counts.items()]
        return '\n'.join(lines + [f'{count:7d}    differs: {why}' for why, count in self.reasons.most_common()])


def describe(material: Material, case: Case, ours: Results, theirs: Results) -> None:
    """Prints a difference."""
    print({name: value for name, value in case.items() if name != 'probs'}, case['probs'].shape, material.path)
    for mine, other in zip(ours, theirs):
        if mine[1:] != other[1:] or not close(mine[0], other[0]):
            print('  ours ', mine, material.alphabet.decode(mine[1]))
            print('  other', other, material.alphabet.decode(other[1]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--published', required=True, help='interpreter that has ds_ctcdecoder 0.9.3')
    parser.add_argument('--cases', type=int, default=5000, help='number of random cases')
    parser.add_argument('--scorer', nargs='*', default=[], help='scorer packages, for the alphabet or for bytes')
    parser.add_argument('--probabilities', nargs='*', default=[], help='.npz files of arrays [time, classes]')
    parser.add_argument('--seed', type=int, default=0)
    options = parser.parse_args()
    every = materials(options.scorer, ENGLISH)
    total = Account()
    with PublishedDecoder(options.published) as judge:
        for number, material in enumerate(every):
            random = np.random.RandomState(options.seed * 1000 + number)
            name = f'{material.path or "no scorer"}, {"bytes" if material.labels is None else "alphabet"}'
            total += run(judge, material, name, random_cases(random, material, -(-options.cases // len(every))))
            if material.labels is not None and options.probabilities:
                arrays = [array for path in options.probabilities for array in np.load(path).values()
                          if array.ndim == 2]
                total += run(judge, material, f'{name}, recorded', recorded_cases(material, arrays))
    print(f'all\n{total}')
    sys.exit(1 if total.reasons['unexplained'] else 0)


def run(judge: PublishedDecoder, material: Material, name: str, cases: Iterable[Case]) -> Account:
    """Prints and returns the account of the cases."""
    account = Account()
    for case, theirs in judged(judge, material, cases):
        account.add(judge, material, case, theirs)
    print(f'{name}\n{account}', flush=True)
    return account


if __name__ == '__main__':
    main()
