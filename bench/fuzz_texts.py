"""Damages CSV files, alphabets, texts and flagfiles and reads them: each must be read or refused in one sentence, soon.

    bench/fuzz_texts.py --cases 20000 --jobs 2 [--seed 0] [--kind csv]

Damage is what people and programs do: quotes, delimiters and line ends too many or too few, lines twice, files put together,
other encodings, zero bytes, flipped bits, files cut off. Case n of a kind and seed is always the same; a case that fails is
printed with its number and kept in build/fuzz-texts.
"""

import argparse
import collections
import os
import random
import re
import resource
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Callable, Dict, Sequence, Tuple

from absl import flags
from fuzz_workers import case_file, cases_of, fuzz_parser, run_workers

from deepspeech_training.data.csv_source import read_csv
from deepspeech_training.errors import DeepSpeechError
from deepspeech_training.lm.corpus import normalise
from deepspeech_training.settings import command_line
from deepspeech_training.settings.from_flags import asked_for
from deepspeech_training.text.alphabet import Alphabet

TOP = Path(__file__).resolve().parent.parent
FAILED = TOP / 'build' / 'fuzz-texts'
SECONDS = 20  # for one case
MEMORY_BYTES = 3 << 30
WORDS = enumerate('one two caf\u00e9 four five six'.split())
ROWS = ''.join(f'clips/{number}.wav,{1000 * number},"she said ""{word}"", twice"\n' if number % 3 else
               f'clips/{number}.wav,{1000 * number},{word}\n' for number, word in WORDS)
SOUND: Dict[str, Sequence[str]] = {
    'csv': ('wav_filename,wav_filesize,transcript\n' + ROWS, 'sep=;\n' + ('wav_filename,transcript\n' + ROWS).replace(',', ';'),
            'transcript\twav_filename\nhello\tclips/a.wav\n"two\nlines"\tclips/b.wav\n'),
    'alphabet': ('# letters\n \n' + '\n'.join("abcdefghijklmnopqrstuvwxyz'") + '\n\\#\n', ' \n\u0430\n\u0431\n\u00e9\nch\n'),
    'text': ('turn on the light\nturn off the caf\u00e9 light\n\n\u0130stanbul ILIK\n', 'one two\tthree\u00a0four\n' * 5),
    'flags': ('--train_files=a.csv,b.csv\n# comment\n--epochs 3\n--noearly_stop\n--lm_alpha=1.5\n--augment=\n',
              '--learning_rate=0.001\n--load_train=init\n--export_description=some words\n--epoch=-3\n--dropout_rate 0.2\n'),
}
INSERTED = ('"', '""', ',', ';', '\t', '\n', '\r', '\r\n', '\0', '\ufeff', '\u00a0', '\u2028', '\u0301', '#', '--', '=', '\\',
            "'", 'sep=;\n', '\x1a', '9' * 400, 'inf', 'nan', '\U0001f642', '<s>', ' ' * 300, 'x' * 200000)
ENCODINGS = ('utf-8', 'utf-8', 'utf-8', 'utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le', 'utf-32', 'cp1252', 'latin-1')


def main() -> None:
    arguments = parse_arguments()
    if arguments.worker is not None:
        work(arguments)
        return
    run_workers(__file__, arguments, ['--kind', arguments.kind] if arguments.kind else [], what='cases of each kind')


def parse_arguments() -> argparse.Namespace:
    parser = fuzz_parser(__doc__)
    parser.add_argument('--kind', choices=list(SOUND), help='only this kind')
    return parser.parse_args()


def work(arguments: argparse.Namespace) -> None:
    """Runs the cases of one worker; the program ends with the first failure."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    command_line.define()
    outcomes: 'collections.Counter[str]' = collections.Counter()
    for kind in [arguments.kind] if arguments.kind else SOUND:
        for number in cases_of(arguments):
            content = damaged(kind, arguments.seed, number)
            with case_file(FAILED / f'{kind}-seed{arguments.seed}-case{number}.csv', content, SECONDS) as path:
                outcomes[f'{kind} {outcome(kind, path, content)}'] += 1
    print(f'worker {arguments.worker}: {dict(sorted(outcomes.items()))}')


def outcome(kind: str, path: str, content: bytes) -> str:
    """Returns `read` or `refused`; ends the program if it is neither, or the sentence is none."""
    try:
        READERS[kind](path)
        return 'read'
    except DeepSpeechError as error:
        lines = [int(number) for number in re.findall(r'line (\d+)', str(error).replace(path, ''))]
        n_lines = len(re.findall(rb'\r\n|\r|\n', content)) + 1
        if len(str(error).splitlines()) == 1 and (kind == 'flags' or all(1 <= line <= n_lines for line in lines)):
            return 'refused'
        print(f'{path}: of {n_lines} lines: {error}', file=sys.stderr)
    except Exception:
        print(f'{path}: {traceback.format_exc()}', file=sys.stderr)
    sys.exit(1)


def read_set(path: str) -> None:
    rows = read_csv(path)
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines)) and all(row.size_bytes >= 0 and row.transcript is not None for row in rows)


def read_alphabet(path: str) -> None:
    alphabet = Alphabet.from_file(path)
    assert all(len(sentence.splitlines()) == 1 for sentence in alphabet.warnings())
    assert Alphabet.from_serialized(alphabet.serialize()).labels == alphabet.labels


def read_corpus(path: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        found = normalise([path], os.path.join(scratch, 'clean.gz'), 100, keep_case=False, max_words=20, scratch=scratch)
    assert found.words and all(word.split() == [word] for word in found.words)


def read_flags(path: str) -> None:
    for name in flags.FLAGS:
        flags.FLAGS[name].unparse()
    asked_for(command_line.parse(['program', f'--flagfile={path}']))


READERS: Dict[str, Callable[[str], None]] = {'csv': read_set, 'alphabet': read_alphabet, 'text': read_corpus,
                                             'flags': read_flags}


def damaged(kind: str, seed: int, number: int) -> bytes:
    """Returns the content of a case."""
    chance = random.Random(f'{kind}/{seed}/{number}')
    text = chance.choice(SOUND[kind])
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8))):
        text = chance.choice((insert, insert, remove, twice, swap, join, line_ends))(text, chance)
    content = bytearray(text.encode(chance.choice(ENCODINGS), 'replace'))
    for _ in range(chance.choice((0, 0, 0, 1, 2, 5))):
        if content:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    if chance.random() < 0.1:
        del content[chance.randrange(len(content) + 1):]
    return bytes(content)


def insert(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(INSERTED) + text[place:]


def remove(text: str, chance: random.Random) -> str:
    first, last = places(text, chance)
    return text[:first] + text[last:]


def twice(text: str, chance: random.Random) -> str:
    lines = text.splitlines(True)
    return ''.join(line for line in lines for _ in range(1 + (chance.random() < 1 / max(1, len(lines)))))


def swap(text: str, chance: random.Random) -> str:
    first, second = chance.sample((',', ';', '\t', '"', '=', ' ', '\n', 'wav', 'e'), 2)
    return text.replace(first, second, chance.choice((1, 1, 2, -1)))


def join(text: str, chance: random.Random) -> str:
    return text + chance.choice(('', '\n', ' ')) + chance.choice([sound for kind in SOUND.values() for sound in kind])


def line_ends(text: str, chance: random.Random) -> str:
    return text.replace('\n', chance.choice(('\r', '\r\n')), chance.choice((1, -1)))


def places(text: str, chance: random.Random) -> Tuple[int, int]:
    first = chance.randrange(len(text) + 1)
    return first, first + chance.choice((1, 1, 2, 5, 40))


if __name__ == '__main__':
    main()
