#!/usr/bin/env python
"""Builds a KenLM binary and the list of its most frequent words from a text: lm.binary and vocab-<top_k>.txt."""

import argparse
import os
import sys

from deepspeech_training.entry import run_command
from deepspeech_training.lm.build import LanguageModelConfig, build_language_model, check_targets, parse_thresholds
from deepspeech_training.paths import write_atomically
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.text.letters import DOTLESS_SMALL


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--input_txt', required=True, help='text, one sentence per line, UTF-8, plain or gzip')
    parser.add_argument('--output_dir', required=True, help='existing directory for lm.binary and vocab-<top_k>.txt')
    parser.add_argument('--top_k', type=int, required=True, help='how many of the most frequent words to keep')
    parser.add_argument('--kenlm_bins', help="directory of KenLM's lmplz, filter and build_binary; without it, those "
                                             'of the installed package deepspeech-kenlm-tools or on PATH')
    parser.add_argument('--arpa_order', type=int, required=True, help='length of the longest n-grams, 2 to 6')
    parser.add_argument('--max_arpa_memory', required=True, help='memory for estimation, such as 85%% or 4G')
    parser.add_argument('--arpa_prune', required=True, nargs='+', help='leave out n-grams seen at most so often, per '
                                                                       'order: "0|0|1", or 0,0,1 or 0 0 1')
    parser.add_argument('--binary_a_bits', type=int, required=True, help='bits of compressed pointers; 255: fewest')
    parser.add_argument('--binary_q_bits', type=int, required=True, help='bits of quantised weights, such as 8')
    parser.add_argument('--binary_type', required=True, help='data structure: trie or probing')
    parser.add_argument('--discount_fallback', action='store_true', help='use fixed discounts; done by itself where a '
                                                                         'text is too small for estimated ones')
    parser.add_argument('--keep_case', action='store_true', help='do not lower-case the text')
    parser.add_argument('--alphabet', help='alphabet file of the acoustic model; it decides what lower case is where '
                                           'languages differ, as Turkish and English do about I')
    parser.add_argument('--keep', action='store_true', help='leave lower.txt.gz, lm.arpa and lm_filtered.arpa in the '
                                                            'output directory')
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    letters = frozenset(Alphabet.from_file(args.alphabet, '--alphabet').labels) if args.alphabet else frozenset()
    config = LanguageModelConfig(
        order=args.arpa_order, top_k=args.top_k, prune=parse_thresholds(' '.join(args.arpa_prune)),
        max_memory=args.max_arpa_memory, pointer_bits=args.binary_a_bits, quantisation_bits=args.binary_q_bits,
        structure=args.binary_type, discount_fallback=args.discount_fallback, keep_case=args.keep_case,
        letters=letters, kenlm_bins=args.kenlm_bins, keep_intermediate=args.keep)
    binary = os.path.join(args.output_dir, 'lm.binary')
    word_list = os.path.join(args.output_dir, f'vocab-{args.top_k}.txt')
    check_targets([args.input_txt], [word_list], print)
    model = build_language_model(args.input_txt, binary, config)
    if not args.keep_case and not args.alphabet and DOTLESS_SMALL in model.vocabulary.first_lines:
        print(f'The text holds {DOTLESS_SMALL}, but I has become i: pass --alphabet if I is the capital of {DOTLESS_SMALL} in '
              f'its language.')
    write_atomically(word_list, '\n'.join(model.words))
    print(f'Wrote {binary} and {word_list}.')
    print('SUCCESS', file=sys.stderr)  # the last word of KenLM's build_binary, which scripts wait for


if __name__ == '__main__':
    sys.exit(run_command(main))
