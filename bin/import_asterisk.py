#!/usr/bin/env python
"""Imports the telephone prompts of the Asterisk exchange: real speech that every Debian mirror has.

Corpus: about 570 prompts a language, one professional speaker each, 15 to 20 minutes; G.722, 16 kHz.
Source: Debian packages asterisk-core-sounds-<language> (texts) and asterisk-core-sounds-<language>-g722 (speech).
Licence: CC BY-SA 3.0 (Russian: CC BY 3.0).
Writes OUT_DIR/{train,dev,test}.csv, OUT_DIR/wav/*.wav, OUT_DIR/alphabet.txt and OUT_DIR/train.txt (for a language
model). A second run converts only what is missing.
"""

import argparse
import glob
import gzip
import os
import sys
from typing import Iterator, List, Tuple

from deepspeech_training.corpora import convert, debian, output, text
from deepspeech_training.entry import run_importer
from deepspeech_training.errors import DataError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('language', choices=sorted(text.LETTERS), help='language of the prompts')
    parser.add_argument('out_dir', help='where the data set goes')
    parser.add_argument('--packages', metavar='DIR',
                        help='directory into which the two packages were unpacked (dpkg -x FILE.deb DIR); without it they '
                             'are downloaded with apt-get into OUT_DIR/packages')
    return parser.parse_args()


def only_match(root: str, pattern: str) -> str:
    """Returns the first path that matches `pattern` below `root`."""
    matches = sorted(glob.glob(os.path.join(root, pattern)))
    if not matches:
        raise DataError(f'{root}: there is no {pattern} in it; are both packages of the language unpacked there?')
    return matches[0]


def read_prompts(path: str, language: str) -> Iterator[Tuple[str, str]]:
    """Yields (name, transcript) of the prompts that can be used, in the order of the list.

    Lines of the list, names relative to the directory of the sounds:
        ; Core Asterisk Sounds in English
        agent-loggedoff: Agent Logged off.
        ascending-2tone: [ascending tones]
        digits/1: one
    """
    with gzip.open(path, 'rt', encoding='utf-8') as lines:
        for line in lines:
            name, colon, words = line.strip().partition(':')
            if not colon or name.startswith(';') or not text.is_read_as_written(words):
                continue
            transcript = text.clean_transcript(words, language)
            if transcript:
                yield name, transcript


def import_prompts(language: str, packages: str, out_dir: str) -> None:
    """Converts the prompts found in the unpacked `packages` and writes the data set."""
    prompts = read_prompts(only_match(packages, f'usr/share/doc/*/core-sounds-{language}.txt.gz'), language)
    sounds = only_match(packages, f'usr/share/asterisk/sounds/{language}_*')
    # Some prompts of the list were never recorded.
    recorded = [(name, transcript) for name, transcript in prompts if os.path.exists(f'{sounds}/{name}.g722')]
    wavs = ['wav/' + name.replace('/', '_') + '.wav' for name, _ in recorded]
    os.makedirs(os.path.join(out_dir, 'wav'), exist_ok=True)
    results = convert.convert_all([(f'{sounds}/{name}.g722', os.path.join(out_dir, wav))
                                   for (name, _), wav in zip(recorded, wavs)], input_format='g722')
    failures = [result for result in results if isinstance(result, DataError)]
    clips = [output.Clip(wav, size_bytes, transcript) for wav, size_bytes, (_, transcript)
             in zip(wavs, results, recorded) if not isinstance(size_bytes, DataError)]
    if failures:
        print(f'{len(failures)} of {len(results)} recordings left out; the first: {failures[0]}')
    if not clips:
        raise DataError(f'{sounds}: no prompt of the list could be used.')
    write_data_set(out_dir, clips)


def write_data_set(out_dir: str, clips: List[output.Clip]) -> None:
    """Splits `clips` and writes all files beside the wav directory."""
    parts = output.split_80_10_10(clips)
    for name, part in parts.items():
        output.write_csv(os.path.join(out_dir, f'{name}.csv'), part)
    output.write_alphabet(os.path.join(out_dir, 'alphabet.txt'), [clip.transcript for clip in clips])
    output.write_text(os.path.join(out_dir, 'train.txt'), [clip.transcript for clip in parts['train']])
    minutes = sum(clip.size_bytes for clip in clips) / (2 * convert.RATE_HZ) / 60
    sizes = ', '.join(f'{len(part)} {name}' for name, part in parts.items())
    print(f'{out_dir}: {len(clips)} prompts ({sizes}), {minutes:.1f} minutes')


def main() -> None:
    arguments = parse_arguments()
    convert.require_program('ffmpeg', 'ffmpeg')
    names = [f'asterisk-core-sounds-{arguments.language}', f'asterisk-core-sounds-{arguments.language}-g722']
    packages = arguments.packages or debian.unpack_packages(names, os.path.join(arguments.out_dir, 'packages'))
    import_prompts(arguments.language, packages, arguments.out_dir)


if __name__ == '__main__':
    sys.exit(run_importer(main))
