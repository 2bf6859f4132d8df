"""The files of older versions: words.arpa, lm.binary and trie; and the scorer package of today beside them."""

import os
from dataclasses import replace
from typing import Iterator

from ..decode.package import VocabularyReport, write_package, write_trie
from ..errors import DataError, ScorerError
from ..paths import put_in_place
from ..text.alphabet import Alphabet
from .build import LanguageModelConfig, Report, check_targets, scratch_for
from .corpus import MARKERS, normalise
from .programs import Kenlm
from .vocabulary import describe_split, split_vocabulary

NAMES = ('words.arpa', 'lm.binary', 'trie', 'lm.scorer')


def build_legacy_files(text: str, directory: str, alphabet: Alphabet, config: LanguageModelConfig, *, alpha: float,
                       beta: float, report: Report = print) -> VocabularyReport:
    """Writes the files `NAMES` of a text into a directory, all or none.

    Args:
      text: path, one sentence per line, gzip if it ends in .gz.
      directory: existing one.
      alphabet: words it cannot write are in the language model, but not in trie and scorer.
      config: with order and pruning thresholds; `structure` is that of lm.binary.
      alpha, beta: default language model weight and word bonus of the scorer.
      report: takes lines for the person who waits, among them each command.
    Raises:
      ConfigError: the directory cannot be written. DataError: the text cannot be used. ScorerError: a program is missing
      or failed.
    """
    kenlm = Kenlm(config.kenlm_bins, report, lambda command: report(f'+ {command}'))
    targets = [os.path.join(directory, name) for name in NAMES]
    check_targets([text], targets, report)
    with scratch_for(targets[0]) as scratch:
        arpa, binary, trie, scorer = made = [os.path.join(scratch, name) for name in NAMES]
        clean, packed = (os.path.join(scratch, name) for name in ('text.gz', 'packed.binary'))
        found = normalise([text], clean, top_k=1, keep_case=config.keep_case, max_words=config.max_words_in_memory,
                          scratch=scratch, letters=config.letters)
        kenlm.estimate(clean, arpa, config, scratch, report)
        vocabulary = split_vocabulary(read_arpa_words(arpa), alphabet)
        for line in describe_split(vocabulary, alphabet, found.first_lines):
            report(line)
        # Readers up to 0.3 were compiled for one type: `probing` up to 0.1 and in the Russian fork, a quantised `trie` in
        # 0.2 and 0.3. Later ones take both; a package is best made of the smaller.
        kenlm.pack(arpa, binary, config, with_strings=True)
        kenlm.pack(arpa, packed, replace(config, structure='trie'))
        write_trie(trie, vocabulary.writable, alphabet, binary)
        package = write_package(scorer, packed, vocabulary.writable, alphabet, alpha=alpha, beta=beta)
        for path, target in zip(made, targets):
            put_in_place(path, target, ScorerError)
    return package


def read_arpa_words(path: str) -> Iterator[str]:
    """Yields the words of a language model in ARPA format, without KenLM's own ones.

    Raises:
      DataError: it has no list of single words.
    """
    with open(path, encoding='utf-8', newline='\n') as file:
        for line in file:
            if line.startswith('\\1-grams:'):
                break
        else:
            raise DataError(f'{path}: not a language model in ARPA format; a section of single words is missing.')
        for line in file:
            fields = line.rstrip('\n').split('\t')
            if len(fields) < 2:  # the empty line behind the section
                return
            if fields[1] not in MARKERS:
                yield fields[1]
