#!/usr/bin/env python
"""Lists the characters of transcripts: how often each occurs, its code point, and the row where it stands first.

    bin/check_characters.py -csv train.csv,dev.csv,test.csv
    bin/check_characters.py -csv train.csv,dev.csv -alpha > alphabet.txt

Warns of characters that are hardly meant. Transcripts that are not in Unicode normal form NFC end it with exit status 1, unless
-unicode is given: the same letter would have several labels. Nothing is changed; bin/make_alphabet.py writes one in NFC.
"""

import argparse
import sys

from deepspeech_training.console.log import Log
from deepspeech_training.data.transcripts import csv_list, read_transcripts
from deepspeech_training.entry import run_command
from deepspeech_training.errors import DataError
from deepspeech_training.text.characters import LINE_ENDS, Characters, alphabet_text, table_of


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('-csv', '--csv-files', required=True, help='CSV files, separated by commas')
    parser.add_argument('-alpha', '--alphabet-format', action='store_true',
                        help='print an alphabet: one character on each line, the blank first')
    parser.add_argument('-unicode', '--disable-unicode-variants', action='store_true',
                        help='take transcripts in any Unicode normal form')
    return parser.parse_args()


def main() -> None:
    args, log = parse_arguments(), Log(stream=sys.stderr)
    paths, characters = csv_list(args.csv_files), Characters()
    for path in paths:
        characters.add(read_transcripts(path, log.warn))
    print(f'### {characters.n_transcripts} transcripts of {", ".join(map(ascii, paths))}')
    print(f'### {len(characters.all)} characters')
    if args.alphabet_format:
        sys.stdout.reconfigure(encoding='utf-8')  # whatever the terminal takes: this is a file
        print(alphabet_text(characters.labels), end='')
    else:
        print('\n'.join(table_of(characters.all)))
    print('###')
    for sentence in characters.warnings():
        log.warn(sentence)
    findings = [] if args.disable_unicode_variants else characters.about_normal_form()
    if args.alphabet_format and len(characters.labels) < len(characters.all):
        findings.append(no_label_for(characters))
    if findings:
        raise DataError(' '.join(findings))


def no_label_for(characters: Characters) -> str:
    """Returns the sentence on line ends in transcripts."""
    first = next(character.first for character in characters.all if character.char in LINE_ENDS)
    return f'An alphabet has no label for line ends, which stand in transcripts (first in {first}); replace them by blanks.'


if __name__ == '__main__':
    sys.exit(run_command(main))
