#!/usr/bin/env python
"""Records sentences with a microphone, one after the other, as clips to train on.

    bin/record.py sentences.txt clips
    bin/record.py sentences.txt clips --alphabet data/alphabet.txt --split
    bin/record.py sentences.txt clips --recorder 'arecord -q -D plughw:1 -t raw -f S16_LE -r 16000 -c 1'

The file has a sentence a line. Each is shown; Enter begins and ends the recording, whose level is shown, and which can be
played and done again. The folder gets WAV files of 16 kHz and clips.csv. Quit whenever you like: the same command goes on with
the sentences that are not recorded. arecord (ALSA) or SoX's rec must be installed.
"""

import argparse
import sys
import unicodedata
from typing import List

from deepspeech_training.corpora.splits import parse_shares
from deepspeech_training.data.playing import player
from deepspeech_training.entry import run_command
from deepspeech_training.errors import DataError
from deepspeech_training.recordings.own_clips import OwnClips
from deepspeech_training.recordings.prompting import Sentence, Session, keys_at_once, sentences_of
from deepspeech_training.recordings.recorder import Recorder
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.text.characters import counted
from deepspeech_training.text.files import read_text

MOST_BYTES = 16 << 20  # of the sentences


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('sentences', metavar='SENTENCES.txt', help='text file, a sentence a line')
    parser.add_argument('folder', metavar='OUT', help='folder for the clips and clips.csv')
    parser.add_argument('--alphabet', metavar='FILE', help='alphabet.txt that has to write the sentences; case and marks that '
                        'it does not have are left out of the transcripts')
    parser.add_argument('--split', nargs='?', const='80,10,10', metavar='TRAIN,DEV,TEST',
                        help='write train.csv, dev.csv and test.csv, too; percent of the clips, 80,10,10 if none are given')
    parser.add_argument('--recorder', default='', metavar='COMMAND',
                        help='program that writes 16-bit mono sound of 16 kHz, little-endian and without header, to its '
                        'standard output; arecord or rec by default')
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    shares = parse_shares(args.split) if args.split else None
    sentences = read_sentences(args.sentences, args.alphabet)
    recorder = Recorder(args.recorder)
    clips = OwnClips(args.folder)
    with keys_at_once(sys.stdin.fileno()):
        try:
            Session(recorder, play, sys.stdin.fileno(), sys.stdout).run(sentences, clips)
        finally:
            made = ['clips.csv', *clips.split(shares)] if len(clips) else ['nothing yet']
            n_left = len(clips.left_of([sentence.transcript for sentence in sentences]))
            print(f'{counted(len(clips), "clip")}, {counted(n_left, "sentence")} to go; in {args.folder}: {", ".join(made)}')


def read_sentences(path: str, alphabet: str) -> List[Sentence]:
    """Returns the sentences of a file. Raises DataError: it has none, or some that the alphabet cannot write."""
    text = read_text(path, 'a text of sentences', MOST_BYTES).text
    if alphabet:
        sentences = sentences_of(text, Alphabet.from_file(alphabet, '--alphabet'))
    else:
        lines = [' '.join(line.split()) for line in unicodedata.normalize('NFC', text).splitlines()]
        sentences = [Sentence(line, line) for line in lines if line]
    if not sentences:
        raise DataError(f'{path}: there is no sentence in it; write one a line.')
    return sentences


def play(wav: bytes) -> None:
    """Makes a WAV file heard. Raises ConfigError or DataError."""
    player('go on without')(wav)


if __name__ == '__main__':
    sys.exit(run_command(main))
