"""Damages models and gives them to the client: each must run or end in a DeepSpeechError, soon, in little memory.

    bench/fuzz_models.py --cases 100000 --jobs 2 [--seed 0] [MODEL ...]

Models are .pb, .pbmm and .tflite files; without any, the golden ones of the tests, plain and memory-mapped. Damage goes mostly
to where the structure is: the beginnings of nodes and the end of the file. Case n of a seed is always the same; a case that
fails is printed with its number and kept in build/fuzz-models.
"""

import argparse
import collections
import os
import random
import resource
import signal
import tempfile
from pathlib import Path
from typing import List, Sequence, Set, Tuple

import numpy as np
from deepspeech import DeepSpeechError, Model
from deepspeech.formats.memory_mapped import memory_mapped
from fuzz_workers import cases_of, fuzz_parser, run_workers

TOP = Path(__file__).resolve().parent.parent
GOLDEN = ('tests/golden/ds093-plain/output_graph.pb', 'tests/golden/ds093-bytes/output_graph.pb',
          'tests/golden/ds011/output_graph.pb', 'tests/golden/unrolled/float32.tflite', 'tests/golden/unrolled/int8.tflite',
          'tests/golden/loop/both_directions.tflite')
FAILED = TOP / 'build' / 'fuzz-models'
SECONDS = 20  # for one case
MEMORY_BYTES = 3 << 30
STRUCTURE_BYTES = 64  # around the name of an operation
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF)

Seed = Tuple[str, bytes, List[int]]  # suffix and content of a sound file, and the positions where its structure is


def main() -> None:
    arguments = parse_arguments()
    if arguments.worker is not None:
        work(arguments)
        return
    run_workers(__file__, arguments, arguments.models)


def parse_arguments() -> argparse.Namespace:
    parser = fuzz_parser(__doc__)
    parser.add_argument('models', nargs='*', help='models to damage')
    return parser.parse_args()


def work(arguments: argparse.Namespace) -> None:
    """Runs the cases of one worker; the program ends with the first failure."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    seeds = undamaged(arguments.models)
    noise = np.random.RandomState(0).randint(-5000, 5000, 8000).astype(np.int16)
    outcomes: 'collections.Counter[str]' = collections.Counter()
    with tempfile.TemporaryDirectory() as directory:
        for number in cases_of(arguments):
            suffix, content = damaged(seeds, arguments.seed, number)
            path = os.path.join(directory, f'damaged{suffix}')
            Path(path).write_bytes(content)
            # A crash leaves no other trace than the file, so it is kept until the case is over.
            FAILED.mkdir(parents=True, exist_ok=True)
            kept = FAILED / f'seed{arguments.seed}-case{number}{suffix}'
            os.replace(path, str(kept))
            signal.alarm(SECONDS)  # it ends the program, also in the middle of native code
            try:
                Model(str(kept)).stt(noise)
                outcomes['ran'] += 1
            except DeepSpeechError as error:
                outcomes[hex(error.code)] += 1
            signal.alarm(0)
            kept.unlink()
    print(f'worker {arguments.worker}: {dict(sorted(outcomes.items()))}')


def undamaged(models: Sequence[str]) -> List[Seed]:
    """Returns [(suffix, bytes, places where the structure is)]."""
    contents = [(Path(path).suffix, Path(path).read_bytes()) for path in models or [str(TOP / path) for path in GOLDEN]]
    if not models:
        contents += [('.pbmm', b''.join(memory_mapped(content, 64)[0])) for suffix, content in contents if suffix == '.pb']
    return [(suffix, content, structure(content)) for suffix, content in contents]


def structure(content: bytes) -> List[int]:
    """Returns the places to damage: around whatever reads like a name, and the end."""
    places: Set[int] = set()
    run = 0
    for place, byte in enumerate(content):
        run = run + 1 if 0x20 < byte < 0x7F else 0
        if run >= 5:
            places.update(range(max(0, place - STRUCTURE_BYTES // 2), min(len(content), place + STRUCTURE_BYTES // 2)))
    places.update(range(max(0, len(content) - STRUCTURE_BYTES), len(content)))
    return sorted(places)


def damaged(seeds: Sequence[Seed], seed: int, number: int) -> Tuple[str, bytes]:
    """Returns (suffix, content) of a case."""
    chance = random.Random(f'{seed}/{number}')
    suffix, sound, places = chance.choice(seeds)
    content = bytearray(sound)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        place = chance.choice(places) if chance.random() < 0.9 else chance.randrange(len(content))
        place = min(place, len(content) - 1)
        chance.choice((flip, flip, extreme, extreme, cut_out, repeat, shorten, exchange))(content, place, chance)
        if not content:
            break
    return suffix, bytes(content)


def flip(content: bytearray, place: int, chance: random.Random) -> None:
    content[place] ^= 1 << chance.randrange(8)


def extreme(content: bytearray, place: int, chance: random.Random) -> None:
    content[place] = chance.choice(EXTREMES)


def cut_out(content: bytearray, place: int, chance: random.Random) -> None:
    del content[place:place + chance.choice((1, 2, 8, 100))]


def repeat(content: bytearray, place: int, chance: random.Random) -> None:
    content[place:place] = content[place:place + chance.choice((1, 4, 50, 500))]


def shorten(content: bytearray, place: int, chance: random.Random) -> None:
    if chance.random() < 0.1:
        del content[place:]


def exchange(content: bytearray, place: int, chance: random.Random) -> None:
    other = chance.randrange(len(content))
    n = chance.choice((1, 4, 16))
    content[place:place + n], content[other:other + n] = content[other:other + n], content[place:place + n]


if __name__ == '__main__':
    main()
