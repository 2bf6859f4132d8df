#!/usr/bin/env python
"""Makes an alphabet of the characters of data sets: in Unicode normal form NFC, by code point, the blank first.

    bin/make_alphabet.py train.csv dev.csv test.csv -o alphabet.txt

Every character gets a label; characters that are hardly meant are warned of: look at these rows, mend them and repeat. The same
transcripts give the same alphabet, in whatever order the files are named.
"""

import argparse
import sys

from deepspeech_training.console.log import Log
from deepspeech_training.data.transcripts import read_transcripts
from deepspeech_training.entry import run_command
from deepspeech_training.errors import DataError
from deepspeech_training.paths import check_writable, require_kept, write_atomically
from deepspeech_training.text.characters import LINE_ENDS, Characters, alphabet_text


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('sets', metavar='CSV', nargs='+', help='data sets')
    parser.add_argument('-o', '--output', default='alphabet.txt', help='alphabet file to write (%(default)s)')
    return parser.parse_args()


def main() -> None:
    args, log = parse_arguments(), Log(stream=sys.stderr)
    check_writable(args.output, 'output', DataError)
    require_kept(args.sets, args.output, DataError)
    characters = Characters()
    for path in args.sets:
        characters.add(read_transcripts(path, log.warn), normalise=True)
    if not characters.labels:
        raise DataError(f'{", ".join(args.sets)}: no character in any transcript; an alphabet has at least one label.')
    for sentence in [*characters.warnings(), *characters.about_normal_form()]:
        log.warn(sentence)
    ends = [character for character in characters.all if character.char in LINE_ENDS]
    if ends:
        raise DataError(f'{ends[0].first}: a line end in the transcript, for which an alphabet has no label; replace it by a '
                        f'blank.')
    text = alphabet_text(characters.labels, f'{len(characters.labels)} characters of {characters.n_transcripts} transcripts')
    write_atomically(args.output, text, DataError)
    print(f'Wrote {args.output}: {len(characters.labels)} labels of {characters.n_transcripts} transcripts.')


if __name__ == '__main__':
    sys.exit(run_command(main))
