"""Counts words in bounded memory: beyond a number of different words, sorted runs go to temporary files."""

import heapq
import tempfile
from collections import Counter
from typing import IO, Iterable, Iterator, List, Sequence, Tuple
from typing import Counter as CounterType

Entry = Tuple[str, int, int]  # word, count, how many different words were seen before it

_MAX_RUNS = 64  # files open at once; as many are merged into one


class WordCounter:
    """Counts of words, and the order in which they were first seen.

    Args:
      max_words: how many different words are held in memory, about 200 bytes each.
      directory: where temporary files go; they vanish with the counter.
    """

    def __init__(self, max_words: int, directory: str) -> None:
        self.n_tokens = 0
        self._max_words = max_words
        self._directory = directory
        self._counts: CounterType[str] = Counter()
        self._n_spilled = 0  # words written to runs so far; they were seen before those in memory
        self._runs: List[IO[str]] = []

    def add(self, words: Sequence[str]) -> None:
        """Counts a list of words, none of which holds white space."""
        self._counts.update(words)
        self.n_tokens += len(words)
        if len(self._counts) > self._max_words:
            self._spill()

    def most_common(self, n: int) -> Tuple[List[Tuple[str, int]], int]:
        """Returns ([(word, count)] of the `n` most frequent words, number of different words).

        Of equally frequent words, the first seen comes first.
        """
        if self._runs:
            self._spill()
            entries = self._merged()
        else:
            entries = ((word, count, index) for index, (word, count) in enumerate(self._counts.items()))
        n_types = 0

        def counted() -> Iterator[Entry]:
            nonlocal n_types
            for n_types, entry in enumerate(entries, 1):
                yield entry
        top = heapq.nsmallest(n, counted(), key=lambda entry: (-entry[1], entry[2]))
        return [(word, count) for word, count, _ in top], n_types

    def _spill(self) -> None:
        """Moves the counts in memory to a run."""
        words = list(self._counts)  # in the order they were first seen
        by_word = sorted(range(len(words)), key=words.__getitem__)
        self._runs.append(self._write_run((words[index], self._counts[words[index]], self._n_spilled + index)
                                          for index in by_word))
        self._n_spilled += len(words)
        self._counts = Counter()
        if len(self._runs) >= _MAX_RUNS:
            self._runs = [self._write_run(self._merged())]

    def _merged(self) -> Iterator[Entry]:
        """Yields the entries of all runs, by word."""
        entries = heapq.merge(*map(_read_run, self._runs))
        current, total, first = next(entries)
        for word, count, index in entries:
            if word == current:
                total += count
                first = min(first, index)
            else:
                yield current, total, first
                current, total, first = word, count, index
        yield current, total, first

    def _write_run(self, entries: Iterable[Entry]) -> IO[str]:
        file = tempfile.TemporaryFile('w+', encoding='utf-8', newline='\n', dir=self._directory)
        file.writelines(f'{word}\t{count}\t{index}\n' for word, count, index in entries)
        return file


def _read_run(file: IO[str]) -> Iterator[Entry]:
    """Yields the entries of a run."""
    file.seek(0)
    for line in file:
        word, count, index = line.split('\t')
        yield word, int(count), int(index)
