"""CTC prefix beam search, with or without a language model.

Each beam is a prefix: a text with the probability of all alignments that spell it, kept apart by whether they end in
the blank. A row of probabilities lets every beam stay, by the blank or by its last label again, or grow by one
label; the `beam_width` best prefixes live on. With a scorer, prefixes grow only along its dictionary, and each word
that a space completes adds alpha * ln P(word | words before) + beta.

Arrays run over beams, or over (beam, label) pairs where beams grow. Scores are natural logs in single precision, as
in the published decoder, whose results this search reproduces.

Source: Hannun, Maas, Jurafsky & Ng, "First-pass large vocabulary continuous speech recognition using bi-directional
recurrent DNNs", arXiv:1408.2873, algorithm 1.
"""

from typing import NamedTuple

import numpy as np

from .hypothesis import Hypothesis, checked_probabilities
from .spelling import DictionarySpelling, FreeSpelling
from .trail import Trail

# Keeps the logarithm of a zero probability finite: the smallest normal single.
_TINY = float(np.finfo(np.float32).tiny)
# Rows before the first with less blank than this are silence and cost nothing.
_SILENCE = 0.999
_NEVER = np.float32(-np.inf)
# Any two large numbers: hashes of small ones would meet those of their neighbours.
_ROOT_KEY, _NO_KEY = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3A5F17)


class _Beams(NamedTuple):
    """Living prefixes as parallel arrays."""

    key: np.ndarray  # uint64 hash of the prefix; equal keys are taken for equal prefixes
    parent_key: np.ndarray  # uint64 hash of the prefix without its last label
    label: np.ndarray  # last label; the root has the number of classes, which sorts behind all labels
    blank: np.ndarray  # score of alignments that end in the blank
    nonblank: np.ndarray  # score of alignments that end in `label`
    score: np.ndarray  # of both
    tokens: np.ndarray  # where the labels of the prefix are in the trail of tokens
    times: np.ndarray  # where their rows are in the trail of times
    state: np.ndarray  # of the dictionary
    context: np.ndarray  # words before the current one
    word_score: np.ndarray  # alpha * ln P(current word | context); NaN until needed
    next_context: np.ndarray  # context including the current word; valid with `word_score`


class BeamSearch:
    """Decodes single utterances.

    Args:
      config: DecoderConfig; alpha and beta of None stand for those of the scorer.
      alphabet: text.alphabet.Alphabet of the acoustic model.
      scorer: Scorer, or None.
    """

    def __init__(self, config, alphabet, scorer=None):
        self._config = config
        self._alphabet = alphabet
        if scorer is None:
            self._spelling = FreeSpelling(alphabet)
        else:
            alpha = scorer.alpha if config.lm_alpha is None else config.lm_alpha
            beta = scorer.beta if config.lm_beta is None else config.lm_beta
            self._spelling = DictionarySpelling(alphabet, scorer, alpha, beta)

    def decode(self, probabilities, n_results=1):
        """Returns at most `n_results` Hypothesis of float [time, classes] `probabilities`, best first.

        Raises:
          DataError: the shape does not fit the alphabet, or a value is not a probability.
        """
        rows = checked_probabilities(probabilities, self._alphabet)
        utterance = _Utterance(self._config, self._alphabet, self._spelling)
        speech = np.flatnonzero(rows[:, -1] < _SILENCE)
        if len(speech):
            for time in range(speech[0], len(rows)):
                utterance.step(time, rows[time])
        return utterance.results(n_results)


class _Utterance:
    """The search through one utterance."""

    def __init__(self, config, alphabet, spelling):
        self._config = config
        self._alphabet = alphabet
        self._spelling = spelling
        self._contexts = spelling.new_contexts()
        self._tokens, self._times = Trail(), Trail()
        certain = np.float32(0)
        root = _Beams(_ROOT_KEY, _NO_KEY, alphabet.size + 1, certain, _NEVER, certain, Trail.ROOT, Trail.ROOT,
                      spelling.start_state, spelling.start_context, np.float32(np.nan), 0)
        self._beams = _Beams(*(np.array([value]) for value in root))

    def step(self, time, row):
        """Lets every beam stay and grow over one `row` of probabilities."""
        log_p, before_blank = self._log_probabilities(row)
        floor = self._floor(row)
        parent, is_child = _positions(self._beams.parent_key, self._beams.key)
        stayed, newer = self._stay(log_p, before_blank, floor, parent, is_child)
        growth = self._grow(log_p, floor, parent, is_child, stayed.score)
        scores = np.concatenate([stayed.score, growth.score])
        best = _best(scores, np.concatenate([stayed.label, growth.label]), self._config.beam_width)
        if len(best):
            n_beams = len(stayed.score)
            stayed = self._survivors(stayed, best[best < n_beams], newer, parent, time)
            born = self._born(_Growth(*(array[best[best >= n_beams] - n_beams] for array in growth)), time)
            self._beams = _Beams(*(np.concatenate(arrays) for arrays in zip(stayed, born)))
        else:
            self._wait(row)

    def results(self, n_results):
        """Returns the best `n_results` hypotheses; a last word without a space behind it is scored like a word."""
        beams, scores = self._beams, self._beams.score.copy()
        unfinished = np.flatnonzero((beams.label != self._alphabet.size + 1) & (beams.label != self._spelling.space))
        scores[unfinished] = self._plus_word(scores[unfinished], unfinished, at_end=True)
        order = np.lexsort((beams.label, -scores))[:max(n_results, 0)]
        hypotheses = []
        for index in order:
            tokens = self._tokens.path(beams.tokens[index])
            hypotheses.append(Hypothesis(self._alphabet.decode(tokens), float(scores[index]), tokens,
                                         self._times.path(beams.times[index])))
        return hypotheses

    def _log_probabilities(self, row):
        """Returns (float32 [classes + 1], with -inf for classes cut off and for the root's; bool [classes + 1]).

        The second tells which classes are worked through before the blank: in the published decoder the cut-offs
        change that order, and with it which alignment a label has its time from.
        """
        n_classes, config = len(row), self._config
        log_p = np.full(n_classes + 1, _NEVER)
        before_blank = np.ones(n_classes + 1, bool)
        if config.cutoff_prob >= 1 and config.cutoff_top_n >= n_classes:
            log_p[:-1] = np.log(row + _TINY)
            return log_p, before_blank
        order = np.argsort(-row, kind='stable')
        before_blank[order[np.flatnonzero(order == n_classes - 1)[0]:]] = False
        if config.cutoff_prob < 1:
            n_needed = 1 + np.searchsorted(np.cumsum(row[order]), config.cutoff_prob)
            order = order[:max(1, min(n_needed, config.cutoff_top_n))]
        log_p[order] = np.log(row[order] + _TINY)
        return log_p, before_blank

    def _floor(self, row):
        """Returns the score below which, in a full beam, nothing is tried; only scorers need this thrift."""
        score = self._beams.score
        if not self._spelling.has_words or len(score) < self._config.beam_width:
            return _NEVER
        with np.errstate(divide='ignore'):
            return np.float32(np.float64(score.min()) + np.log(row[-1]) - max(0.0, self._spelling.beta))

    def _stay(self, log_p, before_blank, floor, parent, is_child):
        """Returns (beams with the scores of the same prefixes one row on, bool [beams]: has a newer, better time)."""
        beams = self._beams
        same = np.where(log_p[beams.label] + beams.score >= floor, log_p[beams.label] + beams.nonblank, _NEVER)
        grown = np.full_like(same, _NEVER)  # from the prefix one shorter, where that lives too
        children = np.flatnonzero(is_child)
        grown[children] = self._grown_scores(log_p, floor, parent[children], beams.label[children])
        nonblank = np.logaddexp(same, grown)
        silent = log_p[self._alphabet.blank] + beams.score
        blank = np.where(silent >= floor, silent, _NEVER)
        newer = (grown > same) & ~(before_blank[beams.label] & (nonblank < blank))
        return beams._replace(blank=blank, nonblank=nonblank, score=np.logaddexp(blank, nonblank)), newer

    def _grow(self, log_p, floor, parent, is_child, stayed_score):
        """Returns the Growth of all beams into prefixes that do not live yet and have a chance to."""
        beams = self._beams
        lives = np.zeros((len(beams.key), len(log_p)), bool)
        lives[parent[is_child], beams.label[is_child]] = True
        source, label, state = self._spelling.arcs(beams.state)
        # A prefix must beat the worst that stayed once the beam is full, whatever a word can earn it at best.
        hurdle = stayed_score.min() - self._spelling.most_for_word if len(stayed_score) == self._config.beam_width \
            else _NEVER
        raw = log_p[label] + beams.score[source]
        tried = np.flatnonzero((raw >= max(floor, hurdle)) & (raw > _NEVER) & ~lives[source, label])
        source, label, state = source[tried], label[tried], state[tried]
        return _Growth(source, label, state, self._grown_scores(log_p, floor, source, label))

    def _grown_scores(self, log_p, floor, source, label):
        """Returns the scores of the beams at `source` grown by `label`; a space is charged for the word it ends."""
        beams = self._beams
        # The same label twice in a row needs a blank between.
        base = np.where(label == beams.label[source], beams.blank[source], beams.score[source])
        score = np.where(log_p[label] + beams.score[source] >= floor, log_p[label] + base, _NEVER)
        ends_word = np.flatnonzero((label == self._spelling.space) & (score > _NEVER))
        score[ends_word] = self._plus_word(score[ends_word], source[ends_word])
        return score

    def _plus_word(self, scores, positions, at_end=False):
        """Returns `scores` plus those of the current words of the beams at `positions`."""
        if not self._spelling.has_words:
            return scores
        beams, beta = self._beams, self._spelling.beta
        for index in positions[np.isnan(beams.word_score[positions])].tolist():
            labels = self._tokens.path(beams.tokens[index], stop=self._spelling.space)
            beams.word_score[index], beams.next_context[index] = self._spelling.score_word(
                self._contexts, beams.context[index], labels)
        word_score = beams.word_score[positions]
        if at_end:  # the order of these roundings is the published decoder's
            return scores + (word_score.astype(np.float64) + beta).astype(np.float32)
        return ((scores + word_score).astype(np.float64) + beta).astype(np.float32)

    def _survivors(self, stayed, alive, newer, parent, time):
        """Returns the beams `alive` of those that stayed, their last label timed anew where `newer`."""
        renewed = alive[newer[alive]]
        times = stayed.times.copy()
        times[renewed] = self._times.add(self._beams.times[parent[renewed]], time)
        return _Beams(*(array[alive] for array in stayed._replace(times=times)))

    def _wait(self, row):
        """Counts the row as a blank for all beams: the cut-offs left only classes that none of them can take."""
        score = self._beams.score + np.float32(np.log(row[-1] + _TINY))
        self._beams = self._beams._replace(blank=score, nonblank=np.full_like(score, _NEVER), score=score)

    def _born(self, growth, time):
        """Returns the beams that came to life in this row."""
        beams, source, label = self._beams, growth.source, growth.label
        ends_word = label == self._spelling.space
        return _Beams(
            key=_child_keys(beams.key[source], label),
            parent_key=beams.key[source],
            label=label,
            blank=np.full_like(growth.score, _NEVER),
            nonblank=growth.score,
            score=growth.score,
            tokens=self._tokens.add(beams.tokens[source], label),
            times=self._times.add(beams.times[source], time),
            state=growth.state,
            context=np.where(ends_word, beams.next_context[source], beams.context[source]),
            word_score=np.full_like(growth.score, np.nan),
            next_context=np.zeros_like(source))


class _Growth(NamedTuple):
    """Beams grown by a label."""

    source: np.ndarray  # position of the beam
    label: np.ndarray
    state: np.ndarray  # of the dictionary, behind the label
    score: np.ndarray


def _positions(wanted, keys):
    """Returns (index into `keys` of each wanted key, bool: it is there at all)."""
    order = np.argsort(keys)
    found = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    return found, keys[found] == wanted


def _child_keys(keys, labels):
    """Returns the hashes of prefixes grown by labels (multiplication and shift, modulo 2^64)."""
    mixed = (keys ^ (labels + 1).astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(32))


def _best(scores, labels, n_best):
    """Returns ascending indices of the `n_best` highest finite scores; of equal scores, those of smaller labels."""
    alive = np.flatnonzero(scores > _NEVER)
    if len(alive) <= n_best:
        return alive
    limit = -np.partition(-scores[alive], n_best - 1)[n_best - 1]
    above = alive[scores[alive] > limit]
    ties = alive[scores[alive] == limit]
    ties = ties[np.argsort(labels[ties], kind='stable')][:n_best - len(above)]
    return np.sort(np.concatenate([above, ties]))
