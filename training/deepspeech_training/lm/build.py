"""From text to a KenLM binary: count, estimate, keep the frequent words, pack."""

import os
import tempfile
from dataclasses import dataclass
from typing import Optional, Tuple

from ..decode.kenlm_file import MAX_ORDER
from ..errors import ConfigError, ScorerError
from .corpus import describe, normalise
from .programs import find_programs, run


@dataclass(frozen=True)
class LanguageModelConfig:
    """How the language model is estimated and stored; the defaults suit large texts."""

    order: int = 5
    top_k: int = 500000
    prune: Tuple[int, ...] = (0, 0, 1)  # per order: n-grams seen at most so often are left out; the last one repeats
    max_memory: str = '1G'  # touched at once whatever the text; more makes large texts faster
    pointer_bits: int = 255  # most bits of compressed pointers; 255: what takes least room
    quantisation_bits: int = 8
    structure: str = 'trie'
    discount_fallback: bool = False
    keep_case: bool = False
    kenlm_bins: Optional[str] = None  # directory of KenLM's programs; None: found

    def __post_init__(self):
        if not 2 <= self.order <= MAX_ORDER:
            raise ConfigError(f'order {self.order}: published readers take orders from 2 to {MAX_ORDER}.')
        if any(low > high for low, high in zip(self.prune, self.prune[1:])) or not self.prune or self.prune[0] < 0:
            raise ConfigError(f'pruning thresholds {self.prune}: they must not decrease, as in 0|0|1.')
        if len(self.prune) > self.order:
            raise ConfigError(f'pruning thresholds {self.prune}: more than the order, {self.order}.')


def parse_thresholds(text):
    """Returns the pruning thresholds in `0|0|1`; commas and blanks part them as well."""
    try:
        return tuple(int(part) for part in text.replace('|', ' ').replace(',', ' ').split())
    except ValueError as error:
        raise ConfigError(f'pruning thresholds {text!r}: whole numbers are needed, as in 0|0|1.') from error


def build_language_model(text, binary, config, report=print):
    """Writes the language model of a text file as a KenLM binary without vocabulary strings.

    Args:
      text: path of the corpus, one sentence per line, gzip if it ends in .gz.
      binary: path to write to; needs room beside it for intermediate files.
      config: LanguageModelConfig.
      report: called with lines for the person who waits.
    Returns:
      corpus.Vocabulary.
    Raises:
      DataError: the text cannot be used. ScorerError: a program is missing or failed.
    """
    programs = find_programs(config.kenlm_bins)
    directory = os.path.dirname(os.path.abspath(binary))
    if not os.path.isdir(directory):
        raise ConfigError(f'{directory}: no such directory; create it first.')
    with tempfile.TemporaryDirectory(prefix='lm-', dir=directory) as scratch:
        def intermediate(name):
            return os.path.join(scratch, name)
        report('Counting words ...')
        vocabulary = normalise(text, intermediate('lower.txt'), config.top_k, config.keep_case)
        for line in describe(vocabulary):
            report(line)
        report(f'Estimating a language model of order {config.order} ...')
        _estimate(programs['lmplz'], intermediate('lower.txt'), intermediate('lm.arpa'), scratch, config, report)
        report(f'Filtering it by the {len(vocabulary.words)} words of the vocabulary ...')
        run([programs['filter'], 'single', f'model:{intermediate("lm.arpa")}', intermediate('lm_filtered.arpa')],
            vocabulary.words)
        report('Packing it ...')
        compression = ['-a', config.pointer_bits, '-q', config.quantisation_bits] if config.structure == 'trie' else []
        run([programs['build_binary'], *compression, '-v', config.structure, intermediate('lm_filtered.arpa'),
             intermediate('lm.binary')])
        os.replace(intermediate('lm.binary'), binary)
    return vocabulary


def _estimate(lmplz, text, arpa, scratch, config, report):
    """Runs lmplz; a corpus too small for estimated discounts gets KenLM's fixed ones."""
    command = [lmplz, '--order', config.order, '--temp_prefix', os.path.join(scratch, ''), '--memory',
               config.max_memory, '--text', text, '--arpa', arpa, '--prune', *config.prune]
    fallback = ['--discount_fallback']
    try:
        run(command + fallback if config.discount_fallback else command)
    except ScorerError as error:
        if config.discount_fallback or 'discount' not in str(error):
            raise
        report('The text is too small to estimate discounts from; fixed ones are used (--discount_fallback).')
        run(command + fallback)
