"""Builds a scorer for an alphabet from texts in one go: language model, dictionary, package.

    bin/make_scorer.py sentences.txt --alphabet data/alphabet.txt --output my.scorer

The command `deepspeech-make-scorer` is the same. A CSV file of the trainer stands for the text of its transcripts.
"""

import argparse
import os
from typing import List, Sequence

from ..data.csv_source import read_csv
from ..decode.interface import native
from ..decode.package import check_weights, write_package
from ..entry import run_command
from ..lm.build import LanguageModelConfig, build_language_model, check_targets, parse_thresholds, scratch_for
from ..lm.corpus import Vocabulary
from ..lm.coverage import coverage, describe
from ..lm.text_files import read_lines
from ..lm.vocabulary import describe_split, split_vocabulary, word_alphabet
from ..settings.config import DEFAULT_ALPHA, DEFAULT_BETA


def parse_arguments() -> argparse.Namespace:
    """Returns what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('texts', metavar='TEXT', nargs='+',
                        help='one sentence per line, UTF-8, plain or gzip; or a CSV file with transcripts')
    parser.add_argument('--alphabet', required=True, help='alphabet file of the acoustic model')
    parser.add_argument('--output', required=True, help='scorer package to write')
    parser.add_argument('--order', type=int, help='length of the longest n-grams, 2 to 6 (3 to 5, by the size of the '
                                                  'text)')
    parser.add_argument('--top_k', type=int, default=LanguageModelConfig.top_k,
                        help='how many of the most frequent words to keep (%(default)s)')
    parser.add_argument('--arpa_prune', help='leave out n-grams seen at most so often, per order, such as 0,0,1 (0, '
                                             'and 0,0,1 for texts of 20 million words and more)')
    parser.add_argument('--max_arpa_memory', default=LanguageModelConfig.max_memory,
                        help='memory for estimation, such as 8G or 50%% (%(default)s)')
    parser.add_argument('--keep_case', action='store_true', help='do not lower-case the text')
    parser.add_argument('--default_alpha', type=float, default=DEFAULT_ALPHA,
                        help='language model weight stored in the package (%(default)s)')
    parser.add_argument('--default_beta', type=float, default=DEFAULT_BETA,
                        help='bonus per word stored in the package (%(default)s)')
    parser.add_argument('--check', metavar='TEXT', nargs='+', default=[],
                        help='texts or CSV files of which to say how well the scorer knows them')
    parser.add_argument('--kenlm_bins', help="directory of KenLM's programs; without it, they are found")
    return parser.parse_args()


def plain_texts(paths: Sequence[str], directory: str) -> List[str]:
    """Returns the paths of texts, those of CSV files written into `directory`, one transcript a line."""
    texts = list(paths)
    for index, path in enumerate(paths):
        if path.lower().endswith('.csv'):
            texts[index] = os.path.join(directory, f'{index}-{os.path.basename(path)}.txt')
            rows = read_csv(path, notice=print)
            with open(texts[index], 'w', encoding='utf-8', errors='surrogateescape') as file:
                file.writelines(f'{" ".join((row.transcript or "").split())}\n' for row in rows)
    return texts


def sentences_of(path: str, keep_case: bool) -> List[str]:
    """Returns the transcripts of a CSV file, or the lines of a text, in the case that the scorer has."""
    if path.lower().endswith('.csv'):
        sentences = [row.transcript or '' for row in read_csv(path, notice=print)]
    else:
        sentences = [line for _, _, line in read_lines([path], 'Check')]
    return sentences if keep_case else [sentence.lower() for sentence in sentences]


def run() -> int:
    """Makes a scorer of what the command line says; returns the exit code."""
    return run_command(_make)


def _make() -> None:
    args = parse_arguments()
    native()  # without it, the work of the language model would be in vain
    check_weights(default_alpha=args.default_alpha, default_beta=args.default_beta)
    alphabet = word_alphabet(args.alphabet)
    prune = None if args.arpa_prune is None else parse_thresholds(args.arpa_prune)
    config = LanguageModelConfig(order=args.order, top_k=args.top_k, prune=prune, max_memory=args.max_arpa_memory,
                                 keep_case=args.keep_case, letters=frozenset(alphabet.labels), kenlm_bins=args.kenlm_bins)
    check_targets([*args.texts, args.alphabet], [args.output], print, 'output')
    for warning in alphabet.warnings():
        print(warning)

    def writable_words(vocabulary: Vocabulary) -> List[str]:
        """Leaves out, before the long work, what the alphabet cannot write."""
        result = split_vocabulary(vocabulary.words, alphabet)
        for line in describe_split(result, alphabet, vocabulary.first_lines):
            print(line)
        return result.writable

    with scratch_for(args.output) as scratch:
        language_model = os.path.join(scratch, 'lm.binary')
        built = build_language_model(plain_texts(args.texts, scratch), language_model, config, print, writable_words)
        package = write_package(args.output, language_model, built.words, alphabet, alpha=args.default_alpha,
                                beta=args.default_beta)
    print(f'Wrote {args.output}: {package.n_words} words, order {built.config.order}, alpha {args.default_alpha}, '
          f'beta {args.default_beta}.')
    for text in args.check:
        print(*describe(coverage(args.output, sentences_of(text, args.keep_case)), text), sep='\n')
