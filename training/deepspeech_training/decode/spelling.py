"""How a prefix may go on, and what its words are worth: anything for nothing, or as a scorer has it."""

import numpy as np

from .scorer import WordContexts


class FreeSpelling:
    """Every label may follow, and words are not looked at."""

    has_words = False
    start_state = 0
    start_context = 0
    space = -1  # no label ends a word
    beta = 0.0
    most_for_word = 0.0

    def __init__(self, alphabet):
        self._labels = np.arange(alphabet.size)

    def new_contexts(self):
        """Returns what one utterance remembers of its words: nothing."""
        return None

    def arcs(self, states):
        """Returns (position in `states`, label, next state) of all continuations, as parallel arrays."""
        n_states, n_labels = len(states), len(self._labels)
        source = np.repeat(np.arange(n_states), n_labels)
        return source, np.tile(self._labels, n_states), np.zeros_like(source)


class DictionarySpelling:
    """Words come from the dictionary of a scorer and are scored by its language model."""

    has_words = True
    start_context = WordContexts.START

    def __init__(self, alphabet, scorer, alpha, beta):
        dictionary = scorer.dictionary
        self._alphabet = alphabet
        self._first = dictionary.first
        self._labels = dictionary.labels - 1  # the format counts from 1
        # Behind a complete word the next one starts.
        self._targets = np.where(dictionary.accepting[dictionary.targets], dictionary.start, dictionary.targets)
        self._model = scorer.model
        self._alpha = alpha
        self.start_state = dictionary.start
        self.space = alphabet.space_label
        self.beta = beta
        # A probability only costs, unless alpha turns it round.
        self.most_for_word = max(0.0, beta) if alpha >= 0 else np.inf

    def new_contexts(self):
        """Returns what one utterance remembers of its words."""
        return WordContexts(self._model)

    def arcs(self, states):
        """Returns (position in `states`, label, next state) of all continuations, as parallel arrays."""
        first, counts = self._first[states], self._first[states + 1] - self._first[states]
        source = np.repeat(np.arange(len(states)), counts)
        within = np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts)
        arcs = first[source] + within
        return source, self._labels[arcs], self._targets[arcs]

    def score_word(self, contexts, context, labels):
        """Returns (alpha * ln P of the word in `context`, one of `contexts`; the context behind it)."""
        score, following = contexts.score(int(context), self._alphabet.decode(labels))
        return np.float32(score * self._alpha), following
