"""From text to a KenLM binary: count, estimate, keep the frequent words, pack."""

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Callable, FrozenSet, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from ..errors import ConfigError, ScorerError
from ..paths import check_writable, put_in_place, scratch_beside
from .corpus import Vocabulary, describe, normalise
from .programs import Kenlm

INTERMEDIATE = ('lower.txt.gz', 'lm.arpa', 'lm_filtered.arpa')
STRUCTURES = ('trie', 'probing')
# Measured on 11 million words of English prose, perplexity on other prose: orders from 3 on are within 0.5 percent of each
# other up to 100,000 words; order 5 is better than 4 by 0.2 percent at 1 million words and by 2.4 percent at 11 million,
# with a file half as large again.
_ORDERS = ((100000, 3), (10000000, 4))  # (words in the text below which it is used, order)
_LARGEST_ORDER = 5
# Unpruned, the binary takes 11 bytes per word of a text of 11 million words, hence some 200 MB here. Pruning makes it a
# quarter of that, but perplexity a fifth higher.
_PRUNED_FROM_TOKENS = 20000000
_PRUNE_LARGE = (0, 0, 1)
Report = Callable[[str], object]  # takes lines for the person who waits

_MEMORY = re.compile(r'([0-9]{1,18}(?:\.[0-9]{1,18})?) ?([bKMGTPEZY%]?)')  # as KenLM reads it
LEAST_MEMORY_KB = 10240
MAX_THRESHOLD = 2 ** 63 - 1  # KenLM counts in 64 bits

MAX_ORDER = 6  # what published readers were compiled for


@dataclass(frozen=True)
class LanguageModelConfig:
    """How the language model is estimated and stored."""

    order: Optional[int] = None  # None: by the size of the text
    top_k: int = 500000
    # Per order: n-grams seen at most so often are left out; the last one repeats. None: by the size of the text.
    prune: Optional[Tuple[int, ...]] = None
    max_memory: str = '1G'  # of lmplz, which takes a fifth of it whatever the text; more makes large texts faster
    pointer_bits: int = 255  # most bits of compressed pointers; 255: what takes least room
    quantisation_bits: int = 8
    structure: str = 'trie'
    discount_fallback: bool = False
    keep_case: bool = False
    letters: FrozenSet[str] = frozenset()  # of the alphabet, as far as they are known: they decide what lower case is
    kenlm_bins: Optional[str] = None  # directory of KenLM's programs; None: found
    max_words_in_memory: int = 1000000  # while counting, at about 200 bytes each; the rest goes to temporary files
    keep_intermediate: bool = False

    def __post_init__(self) -> None:
        if self.order is not None and not 2 <= self.order <= MAX_ORDER:
            raise ConfigError(f'order {self.order}: published readers take orders from 2 to {MAX_ORDER}.')
        if self.top_k < 1:
            raise ConfigError(f'top_k {self.top_k}: the vocabulary needs at least one word.')
        if self.prune is not None:
            _check_thresholds(self.prune, self.order)
        _check_memory(self.max_memory)
        if self.structure not in STRUCTURES:
            raise ConfigError(f'binary type {self.structure!r}: choose one of {", ".join(STRUCTURES)}.')
        if not 1 <= self.quantisation_bits <= 25:
            raise ConfigError(f'quantisation to {self.quantisation_bits} bits: KenLM takes 1 to 25.')
        if not 0 <= self.pointer_bits <= 255:
            raise ConfigError(f'pointers of {self.pointer_bits} bits: KenLM takes 0 to 255.')


def _check_memory(text: str) -> None:
    """Raises ConfigError for an amount of memory that lmplz cannot read, or can hardly mean."""
    found = _MEMORY.fullmatch(text)
    if not found:
        raise ConfigError(f'memory {text!r}: expected a number and one of bKMGTPEZY or %, as in 4G or 50%.')
    number, unit = float(found.group(1)), found.group(2) or ''
    if not unit and number < LEAST_MEMORY_KB:
        raise ConfigError(f'memory {text!r}: lmplz takes a number alone for KiB, and {text} KiB is too little for any text; '
                          f'write {text}% for a share of the memory, or {text}M, {text}G.')
    if unit == '%' and not 0 < number <= 100:
        raise ConfigError(f'memory {text!r}: a share of the memory lies above 0% and is at most 100%.')


def _check_thresholds(prune: Tuple[int, ...], order: Optional[int]) -> None:
    if any(low > high for low, high in zip(prune, prune[1:])) or not prune or prune[0] < 0:
        raise ConfigError(f'pruning thresholds {prune}: they must not decrease, as in 0|0|1.')
    if order is not None and len(prune) > order:
        raise ConfigError(f'pruning thresholds {prune}: more than the order, {order}.')


class LanguageModel(NamedTuple):
    """What became of a text."""

    words: List[str]  # in the model, most frequent first
    vocabulary: Vocabulary  # before words were left out
    config: LanguageModelConfig  # with the order and the thresholds that were used


def parse_thresholds(text: str) -> Tuple[int, ...]:
    """Returns the pruning thresholds in `0|0|1`; commas and blanks part them as well."""
    parts = re.split(r'\s*[|,]\s*|\s+', text.strip())
    if '' in parts:
        raise ConfigError(f'pruning thresholds {text[:100]!r}: a number is missing, as in 0|0|1 there is one for each order.')
    if not all(part.isdecimal() and len(part) < 20 and int(part) <= MAX_THRESHOLD for part in parts):
        raise ConfigError(f'pruning thresholds {text[:100]!r}: whole numbers of at least 0 are needed, as in 0|0|1.')
    return tuple(map(int, parts))


def build_language_model(texts: Union[str, Sequence[str]], binary: str, config: LanguageModelConfig,
                         report: Report = print,
                         choose_words: Callable[[Vocabulary], List[str]] = lambda vocabulary: vocabulary.words
                         ) -> LanguageModel:
    """Writes the language model of a text as a KenLM binary without vocabulary strings.

    Args:
      texts: path or paths of the corpus, one sentence per line, gzip if it ends in .gz.
      binary: path to write to; needs room beside it for intermediate files.
      config: what the model is to be.
      report: takes lines for the person who waits.
      choose_words: takes the Vocabulary of what the model could hold, returns the words that it shall keep.
    Raises:
      ConfigError: a target cannot be written. DataError: the text cannot be used. ScorerError: a program is missing or
      failed.
    """
    paths = [texts] if isinstance(texts, str) else list(texts)
    kenlm = Kenlm(config.kenlm_bins, report)
    directory = os.path.dirname(os.path.abspath(binary))  # of the name: the other files go beside it
    kept = [os.path.join(directory, name) for name in INTERMEDIATE if config.keep_intermediate]
    check_targets(paths, [binary, *kept], report)
    with scratch_for(binary) as scratch:
        lower, arpa, filtered = (os.path.join(scratch, name) for name in INTERMEDIATE)
        report('Counting words ...')
        vocabulary = normalise(paths, lower, config.top_k, keep_case=config.keep_case,
                               max_words=config.max_words_in_memory, scratch=scratch, letters=config.letters)
        lower = _kept(lower, directory, config)
        for line in describe(vocabulary):
            report(line)
        config = choose_by_size(config, vocabulary.n_tokens, report)
        words = choose_words(_after_pruning(vocabulary, config))
        report(f'Estimating a language model of order {config.order} ...')
        kenlm.estimate(lower, arpa, config, scratch, report)
        arpa = _kept(arpa, directory, config)
        report(f'Filtering it by the {len(words)} words of the vocabulary ...')
        kenlm.filter(arpa, words, filtered)
        filtered = _kept(filtered, directory, config)
        report('Packing it ...')
        packed = os.path.join(scratch, 'lm.binary')
        kenlm.pack(filtered, packed, config)
        put_in_place(packed, binary, ScorerError)
    return LanguageModel(words, vocabulary, config)


def _kept(path, directory, config):
    """Returns where an intermediate file is from now on: moved to `directory` if it is to be kept."""
    if not config.keep_intermediate:
        return path
    target = os.path.join(directory, os.path.basename(path))
    put_in_place(path, target, ScorerError)
    return target


def check_targets(texts: Sequence[str], targets: Sequence[str], report: Report, flag: str = 'output_dir') -> None:
    """Makes sure that files can be written where `--flag` says, and tells which existing ones are replaced.

    Raises:
      ConfigError: a target cannot be written, or a text would be overwritten.
    """
    for target in targets:
        directory = os.path.dirname(os.path.abspath(target))
        if not os.path.isdir(directory):
            raise ConfigError(f'{directory}: no such directory; create it first.')
        check_writable(target, flag)
        if not os.path.isfile(target):
            continue
        if any(os.path.exists(text) and os.path.samefile(text, target) for text in texts):
            raise ConfigError(f'{target}: the text itself would be overwritten; choose another place for the output.')
        report(f'{target} exists and is replaced.')


@contextmanager
def scratch_for(path: str) -> Iterator[str]:
    """Gives a directory for the intermediate files of `path` that is gone in the end, however that comes.

    Raises:
      ScorerError: the files do not fit, or cannot be written for another reason.
    """
    try:
        with scratch_beside(path) as scratch:
            yield scratch
    except OSError as error:
        raise ScorerError(f'{os.path.dirname(os.path.realpath(path))}: intermediate files cannot be written '
                          f'({error.strerror or error}); choose a place with enough room.') from error


def choose_by_size(config: LanguageModelConfig, n_tokens: int, report: Report) -> LanguageModelConfig:
    """Returns the config with the order and the thresholds that suit a text of so many words, unless they are given."""
    if config.order is None:
        order = next((order for limit, order in _ORDERS if n_tokens < limit), _LARGEST_ORDER)
        # Thresholds that were given need as many orders.
        config = replace(config, order=max(order, len(config.prune or ())))
        report(f'Order {config.order} is chosen by the size of the text.')
    if config.prune is None:
        large = n_tokens >= _PRUNED_FROM_TOKENS
        config = replace(config, prune=_PRUNE_LARGE[:config.order] if large else (0,))
        if large:
            report('The text is large: n-grams of three and more words that are seen only once are left out (0|0|1).')
    return config


def _after_pruning(vocabulary: Vocabulary, config: LanguageModelConfig) -> Vocabulary:
    """Returns the Vocabulary of the words that are in the model."""
    assert config.prune is not None
    threshold = config.prune[0]
    left = vocabulary.more_frequent_than(threshold)
    if not left.words:
        raise ScorerError(f'no word is seen more than {threshold} times; lower the first pruning threshold.')
    return left
