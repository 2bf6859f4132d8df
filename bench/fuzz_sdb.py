"""Damages sample databases and reads them as data sets: each must be read or refused in one sentence, soon, in little memory.

    bench/fuzz_sdb.py --cases 20000 --jobs 2 [--seed 0]

Databases of a few clips as WAV and as Opus. Damage goes mostly to where the structure is: metadata, lengths, headers of the
sound, the index. What can be read is looked at, read and converted as training does. Case n of a seed is always the same; a
case that fails is printed with its number and kept in build/fuzz-sdb.
"""

import argparse
import collections
import io
import resource
import sys
import tempfile
import traceback
from pathlib import Path
from typing import List

import numpy as np
from fuzz_models import TOP, Seed, damaged
from fuzz_workers import bound, case_file, cases_of, fuzz_parser, run_workers

from deepspeech_training.data.csv_source import read_csv
from deepspeech_training.data.opus_encoder import encode_opus, load_libopus
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.data.sdb import OPUS, SPEECH, TEXT, TRANSCRIPT, WAV, Column, Database, DatabaseWriter
from deepspeech_training.data.sdb_source import read_sdb
from deepspeech_training.errors import DataError
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.text.alphabet import ByteAlphabet

CLIPS = TOP / 'tests' / 'clips' / 'clips.csv'
FAILED = TOP / 'build' / 'fuzz-sdb'
N_CLIPS = 3
SECONDS = 20  # for one case
MEMORY_BYTES = 3 << 30
STRUCTURE_BYTES = 400  # of an entry: its lengths, and the beginning of its sound, where Opus has a dozen packets


def main() -> None:
    arguments = fuzz_parser(__doc__).parse_args()
    if arguments.worker is not None:
        work(arguments)
        return
    run_workers(__file__, arguments)


def work(arguments: argparse.Namespace) -> None:
    """Runs the cases of one worker; the program ends with the first failure."""
    bound(MEMORY_BYTES)
    seeds = [undamaged(mime_type) for mime_type in (WAV, OPUS)]
    outcomes: 'collections.Counter[str]' = collections.Counter()
    with tempfile.TemporaryDirectory() as converted:
        for number in cases_of(arguments):
            suffix, content = damaged(seeds, arguments.seed, number)
            with case_file(FAILED / f'seed{arguments.seed}-case{number}{suffix}', content, SECONDS) as path:
                outcomes[outcome(path, converted)] += 1
    print(f'worker {arguments.worker}: {dict(sorted(outcomes.items()))}, '
          f'{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB at most')


def undamaged(mime_type: str) -> Seed:
    """Returns (suffix, content, places where the structure is) of a database."""
    file = io.BytesIO()
    writer = DatabaseWriter(file, [Column(SPEECH, mime_type), Column(TRANSCRIPT, TEXT)])
    for row in read_csv(str(CLIPS))[:N_CLIPS]:
        audio = row.recording.probe()
        sound = Path(audio.describe()).read_bytes()
        if mime_type == OPUS:
            sound = encode_opus(load_libopus(), np.rint(audio.read() * 32767).astype(np.int16), audio.rate_hz)
        writer.add([sound, (row.transcript or '').encode('utf-8')])
    writer.finish()
    return '.sdb', file.getvalue(), structure(file.getvalue())


def structure(content: bytes) -> List[int]:
    """Returns the places to damage: the head with the first entry, each further entry, the index."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        database = Database(file.name)
        with database.open() as opened:
            starts = [database.spans(opened, index)[0].offset - 8 for index in range(len(database))]
    places = list(range(starts[0])) + [start + place for start in starts for place in range(STRUCTURE_BYTES)]
    return places + list(range(len(content) - 8 * (2 + len(starts)), len(content)))


def outcome(path: str, converted: str) -> str:
    """Returns `read` or `refused`; ends the program if it is neither, or the sentence is none."""
    try:
        checked = check_rows(read_sdb(path), ByteAlphabet(), FeatureConfig(), converted)
        for utterance in checked.utterances:
            try:
                sound = utterance.audio.read()
            except DataError as error:  # Opus that only decoding shows to be damaged
                assert '\n' not in str(error)
                continue
            assert len(sound) == utterance.n_samples and np.isfinite(sound).all()
        assert all('\n' not in each.reason for each in checked.rejected)
        return 'read' if not checked.rejected else 'read in part'
    except DataError as error:
        if len(str(error).splitlines()) == 1:
            return 'refused'
        print(f'{path}: {error}', file=sys.stderr)
    except Exception:
        print(f'{path}: {traceback.format_exc()}', file=sys.stderr)
    sys.exit(1)


if __name__ == '__main__':
    main()
