#!/usr/bin/env python
"""Builds a scorer for an alphabet from a text in one go: language model, dictionary, package.

    bin/make_scorer.py sentences.txt --alphabet data/alphabet.txt --output my.scorer
"""

import argparse
import os
import sys
import tempfile

from deepspeech_training.decode.package import write_package
from deepspeech_training.errors import ConfigError, DeepSpeechError
from deepspeech_training.lm.build import LanguageModelConfig, build_language_model, parse_thresholds
from deepspeech_training.text.alphabet import Alphabet


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('text', help='one sentence per line, UTF-8; gzip if named .gz')
    parser.add_argument('--alphabet', required=True, help='alphabet file of the acoustic model')
    parser.add_argument('--output', required=True, help='scorer package to write')
    parser.add_argument('--order', type=int, default=4, help='length of the longest n-grams, 2 to 6 (%(default)s)')
    parser.add_argument('--top_k', type=int, default=500000, help='how many of the most frequent words to keep '
                                                                  '(%(default)s)')
    parser.add_argument('--arpa_prune', default='0', help='leave out n-grams seen at most so often, per order; "0|0|1" '
                                                          'keeps the model of a large text small (%(default)s)')
    parser.add_argument('--max_arpa_memory', default='1G', help='memory for estimation, such as 8G or 50%% '
                                                                '(%(default)s)')
    parser.add_argument('--keep_case', action='store_true', help='do not lower-case the text')
    parser.add_argument('--default_alpha', type=float, default=0.931289039105002,
                        help='language model weight stored in the package (%(default)s)')
    parser.add_argument('--default_beta', type=float, default=1.1834137581510284,
                        help='bonus per word stored in the package (%(default)s)')
    parser.add_argument('--kenlm_bins', help="directory of KenLM's programs; without it, they are found")
    return parser.parse_args()


def main():
    args = parse_arguments()
    config = LanguageModelConfig(order=args.order, top_k=args.top_k, prune=parse_thresholds(args.arpa_prune),
                                 max_memory=args.max_arpa_memory, keep_case=args.keep_case,
                                 kenlm_bins=args.kenlm_bins)
    alphabet = Alphabet.from_file(args.alphabet)
    directory = os.path.dirname(os.path.abspath(args.output))
    if not os.access(directory, os.W_OK):
        raise ConfigError(f'{directory}: not a writable directory; choose another place with --output.')
    with tempfile.TemporaryDirectory(prefix='scorer-', dir=directory) as scratch:
        language_model = os.path.join(scratch, 'lm.binary')
        vocabulary = build_language_model(args.text, language_model, config)
        report = write_package(args.output, language_model, vocabulary.words, alphabet, args.default_alpha,
                               args.default_beta)
    if report.n_dropped:
        print(f'{report.n_dropped} of {len(vocabulary.words)} words have characters outside {args.alphabet} and cannot '
              f'be recognised, such as {", ".join(report.dropped_examples)}.')
    print(f'Wrote {args.output}: {report.n_words} words, order {args.order}, alpha {args.default_alpha}, '
          f'beta {args.default_beta}.')


if __name__ == '__main__':
    try:
        main()
    except DeepSpeechError as error:
        sys.exit(f'E {error}')
