"""Cases for our decoder and the published one: random settings and probabilities, and why results may differ."""

from collections import defaultdict
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

import numpy as np
from ds_ctcdecoder.ctcdecode import Alphabet, Decoder, DecoderOptions, FormatError, Scorer
from published_decoder import PublishedDecoder

ENGLISH = [' '] + [chr(code) for code in range(ord('a'), ord('z') + 1)] + ["'"]
BEAM_WIDTHS = (1, 2, 3, 8, 16, 64, 128, 500, 1024)
DEAD = -1e38  # scores of the published decoder's dead beams
TOLERANCE = 1e-4
N_NUDGES = 12
NUDGE = 1e-5  # relative; about what single precision leaves open after some ten rows
JOB_SIZE = 20

Case = Dict[str, Any]  # how to decode which probabilities, see `settings`
Results = List[Tuple[float, List[int], List[int]]]  # score, tokens and times of each hypothesis


class Material:
    """What cases are made of: an alphabet, a scorer or none, and words that the scorer knows."""

    def __init__(self, path: str, labels: Optional[Sequence[str]]) -> None:
        self.path, self.labels = path, labels
        self.alphabet = Alphabet.bytes() if labels is None else Alphabet(labels)
        self.scorer: Any = Scorer.load(path, self.alphabet) if path else None
        self.n_classes = self.alphabet.size + 1

    def decoder(self, case: Case) -> Decoder:
        weights = dict(alpha=case['alpha'], beta=case['beta']) if self.path else {}
        hot_words = {word.decode(): boost for word, boost in case['hot_words'].items()}
        options = DecoderOptions(beam_width=case['beam_width'], cutoff_prob=case['cutoff_prob'], hot_words=hot_words,
                                 cutoff_top_n=case['cutoff_top_n'], compatible=True, **weights)
        return Decoder(self.alphabet, self.scorer, options, 1)

    def decode(self, case: Case) -> Results:
        """Returns a list of (score, tokens, times)."""
        stream, at = self.decoder(case).stream(), 0
        for n_rows in case['chunks']:
            stream.feed(case['probs'][at:at + n_rows])
            at += n_rows
        return [(found.score, list(found.tokens), list(found.times)) for found in stream.results(case['n_results'])]


def materials(scorer_paths: Sequence[str], labels: Optional[Sequence[str]]) -> List[Material]:
    """Returns Material without a scorer for both output modes, and with each scorer in the mode it was made for."""
    found = [Material('', labels), Material('', None)]
    for path in scorer_paths:
        try:
            found.append(Material(path, labels))
        except FormatError:
            found.append(Material(path, None))
    return found


def noise(random: np.random.RandomState, material: Material) -> np.ndarray:
    """Returns rows of chance, some of them silent, some values zero."""
    rows = np.exp(random.randn(random.randint(0, 60), material.n_classes) * random.uniform(0.5, 6))
    if random.rand() < 0.5:
        rows[random.rand(len(rows)) < 0.4, -1] *= 1000
    if random.rand() < 0.3:
        rows[rows < rows.max(axis=1, keepdims=True) * 1e-6] = 0.0
    return rows / rows.sum(axis=1, keepdims=True)


def speech(random: np.random.RandomState, material: Material) -> np.ndarray:
    """Returns rows as a network gives them for a text, more or less sure of itself; its words are the scorer's."""
    case = settings(random, material, noise(random, material))
    found = material.decode(dict(case, beam_width=16, cutoff_prob=1.0, hot_words={}, n_results=1))
    peaks = []
    for label in found[0][1][:25] if found else ():
        peaks += [label] * random.randint(1, 3) + [material.n_classes - 1] * random.randint(1, 3)
    rows = random.dirichlet(np.full(material.n_classes, 0.05), len(peaks))
    sureness = random.beta(random.uniform(1, 8), 1, len(peaks))
    rows *= (1 - sureness)[:, None]
    rows[np.arange(len(peaks)), peaks] += sureness
    return rows + 1e-12


def settings(random: np.random.RandomState, material: Material, probs: np.ndarray) -> Case:
    """Returns a case: how to decode `probs`."""
    # With a dictionary strong cut-offs often leave the published decoder without a beam, and nothing to compare.
    cuts = random.rand() < (0.1 if material.path else 0.3)
    widest = 1024 if len(probs) * material.n_classes < 2500 else 128  # the published decoder takes its time
    case = dict(probs=probs, beam_width=int(random.choice([width for width in BEAM_WIDTHS if width <= widest])),
                cutoff_prob=float(random.uniform(0.8, 1)) if cuts else 1.0,
                cutoff_top_n=int(random.choice([3, 10, 40, 300])), n_results=int(random.choice([1, 1, 3, 10])),
                chunks=chunks(random, len(probs)), alpha=0.0, beta=0.0, hot_words={})
    if material.path:
        case.update(alpha=float(random.choice([0.0, 0.5, material.scorer.alpha, 1.5])),
                    beta=float(random.choice([-1.0, 0.0, material.scorer.beta, 3.0])))
    return case


def chunks(random: np.random.RandomState, n_rows: int) -> List[int]:
    """Returns how many rows are fed at a time."""
    if random.rand() < 0.5:
        return [n_rows]
    cuts = np.sort(random.randint(0, n_rows + 1, random.randint(1, 5)))
    return np.diff(np.concatenate([[0], cuts, [n_rows]])).tolist()


def with_hot_words(random: np.random.RandomState, material: Material, case: Case) -> Case:
    """Adds boosts for words - characters in bytes mode - that the decode without them finds."""
    text = material.decoder(case).decode(case['probs'], 1)[0].text
    words = set(text if material.labels is None else text.split())
    chosen = [word for word in sorted(words) if random.rand() < 0.5 and word != '\ufffd']
    return dict(case, hot_words={word.encode(): float(np.float32(random.uniform(-3, 8))) for word in chosen})


def random_cases(random: np.random.RandomState, material: Material, n_cases: int) -> Iterator[Case]:
    for _ in range(n_cases):
        make = speech if random.rand() < 0.5 else noise
        case = settings(random, material, make(random, material))
        yield with_hot_words(random, material, case) if material.path and random.rand() < 0.25 else case


def recorded_cases(material: Material, arrays: Iterable[np.ndarray]) -> Iterator[Case]:
    for probs in arrays:
        for beam_width in (16, 128, 1024):
            yield dict(probs=np.ascontiguousarray(probs, np.float64), beam_width=beam_width, cutoff_prob=1.0,
                       cutoff_top_n=40, n_results=3, chunks=[len(probs)], hot_words={},
                       alpha=material.scorer.alpha if material.path else 0.0,
                       beta=material.scorer.beta if material.path else 0.0)


def judged(judge: PublishedDecoder, material: Material, cases: Iterable[Case]) -> Iterator[Tuple[Case, Optional[Results]]]:
    """Yields each case with the published decoder's results, which are None where it crashed."""
    by_weights = defaultdict(list)
    for case in cases:
        by_weights[case['alpha'], case['beta']].append(case)
    for (alpha, beta), group in by_weights.items():
        for first in range(0, len(group), JOB_SIZE):
            decodes = group[first:first + JOB_SIZE]
            yield from zip(decodes, judge.decode(dict(labels=material.labels, scorer=material.path, alpha=alpha,
                                                      beta=beta, decodes=decodes)))


def close(ours: float, theirs: float) -> bool:
    return abs(ours - theirs) <= max(TOLERANCE, 1e-6 * abs(theirs))  # single precision has seven digits


def same(ours: Results, theirs: Results) -> bool:
    """True if two lists of results are equal but for rounding."""
    return alike(ours, theirs) and scores_alike(ours, theirs)


def alike(ours: Results, theirs: Results) -> bool:
    """True if two lists of results have equal texts and times."""
    return [result[1:] for result in ours] == [result[1:] for result in theirs]


def scores_alike(ours: Results, theirs: Results) -> bool:
    return len(ours) == len(theirs) and all(close(a[0], b[0]) for a, b in zip(ours, theirs))


def living(results: Results) -> Results:
    return [result for result in results if result[0] > DEAD]


def reason(judge: PublishedDecoder, material: Material, case: Case, ours: Results, theirs: Optional[Results]) -> str:
    """Returns why the results differ, 'unexplained' if that is not known.

    Beams of nearly equal scores are kept or dropped as rounding has it, and that changes everything behind them; with a
    fault in the search the results would differ just as well after a small change of the probabilities.
    """
    if theirs is None:
        return 'the published decoder crashed'
    if not living(theirs):
        return 'all beams of the published decoder had died'
    theirs = living(theirs)
    if [result[1] for result in ours] != [result[1] for result in theirs] and scores_alike(ours, theirs):
        return 'equal scores, other texts'
    random = np.random.RandomState(0)
    nudged = [dict(case, probs=case['probs'] * (1 + NUDGE * random.randn(*case['probs'].shape)))
              for _ in range(N_NUDGES)]
    n_same = sum(results is not None and same(material.decode(copy), living(results))
                 for copy, results in judged(judge, material, nudged))
    return 'near tie: equal on copies changed by 1e-5' if 2 * n_same > N_NUDGES else 'unexplained'
