#!/usr/bin/env python
"""Builds words.arpa, lm.binary and trie of older versions from a text, and lm.scorer of today.

    bin/create_language_model.py sentences.txt        # order 5, n-grams of two and more words seen more than twice
    bin/create_language_model.py sentences.txt 3 0    # order 3, all n-grams
"""

import argparse
import os
import sys

from deepspeech_training.decode.interface import native
from deepspeech_training.entry import run_command
from deepspeech_training.lm.build import MAX_ORDER, STRUCTURES, LanguageModelConfig
from deepspeech_training.lm.legacy_files import NAMES, build_legacy_files
from deepspeech_training.lm.vocabulary import word_alphabet
from deepspeech_training.paths import ensure_writable
from deepspeech_training.settings.config import DEFAULT_ALPHA, DEFAULT_BETA

DATA = os.path.relpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, 'data'))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('text', metavar='TEXT', help='one sentence per line, UTF-8, plain or gzip')
    parser.add_argument('order', type=int, nargs='?', default=5,
                        help='length of the longest n-grams, 2 to 6 (%(default)s)')
    parser.add_argument('prune', type=int, nargs='?', default=2,
                        help='leave out n-grams of two and more words seen at most so often (%(default)s)')
    parser.add_argument('--alphabet', default=os.path.join(DATA, 'alphabet.txt'),
                        help='alphabet file of the acoustic model (%(default)s)')
    parser.add_argument('--output_dir', default=os.path.join(DATA, 'lm'),
                        help='directory of the files, created if needed (%(default)s)')
    parser.add_argument('--lower_case', action='store_true', help='lower-case the text')
    parser.add_argument('--max_arpa_memory', default=LanguageModelConfig.max_memory,
                        help='memory for estimation, such as 8G or 50%% (%(default)s)')
    parser.add_argument('--binary_type', choices=STRUCTURES, default='probing',
                        help='type of lm.binary: 0.1 reads probing only, 0.2 and 0.3 trie only (%(default)s)')
    parser.add_argument('--kenlm_bins', help="directory of KenLM's programs; without it, they are found")
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    native()  # without it, the work of the language model would be in vain
    alphabet = word_alphabet(args.alphabet)
    n_longer = min(args.order, MAX_ORDER) - 1  # orders beyond that are refused below
    config = LanguageModelConfig(order=args.order, prune=(0,) + (args.prune,) * n_longer,
                                 max_memory=args.max_arpa_memory, keep_case=not args.lower_case,
                                 letters=frozenset(alphabet.labels), structure=args.binary_type, kenlm_bins=args.kenlm_bins)
    for warning in alphabet.warnings():
        print(warning)
    ensure_writable(args.output_dir, 'output_dir')
    report = build_legacy_files(args.text, args.output_dir, alphabet, config, alpha=DEFAULT_ALPHA, beta=DEFAULT_BETA)
    print(f'Wrote {", ".join(NAMES)} in {args.output_dir}: {report.n_words} words, order {args.order}.')


if __name__ == '__main__':
    sys.exit(run_command(main))
