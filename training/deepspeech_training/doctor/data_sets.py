"""What data sets consist of, and what the check before a training would say of them. No TensorFlow."""

import os
import tempfile
from typing import List, Optional, Sequence

from ..data.audio_index import AudioIndex
from ..data.datasets import read_rows
from ..data.preflight import check_rows
from ..data.set_statistics import DataSet, SoundFormat, describe_overlap, overlaps, statistics_of
from ..data.transcripts import read_transcripts
from ..data.utterance import Row
from ..errors import DataError
from ..settings.features import FeatureConfig
from ..text.alphabet import Alphabet
from ..text.characters import Characters, counted, visible
from .findings import Section

MOST_CONVERTED = 20  # recordings of a set that are tried; a training converts all of them
N_EXAMPLES = 3
SMALL_HOURS = 20.  # below, a wide model mostly learns to write blanks
FEATURES = FeatureConfig()


def examine_data_set(section: Section, path: str, alphabet: Optional[Alphabet], default: str) -> Optional[DataSet]:
    """Adds what is in a CSV or SDB file, and returns it; None: it cannot be read.

    Args:
      section: to add to.
      path: of the file.
      alphabet: of the model; None: the characters of the set make one.
      default: path of the alphabet that a training takes if it is given none.
    """
    notices: List[str] = []
    try:
        found = statistics_of(path, SoundFormat(), True, notices.append)
        rows = read_rows(path, lambda sentence: None)
    except DataError as error:
        section.fail('file', error, 'a training ends with the same sentence: do what it says')
        return None
    for notice in dict.fromkeys(notices):
        section.warn('file', notice, 'write the file so that this is not needed')
    hours = found.seconds / 3600
    length = f'{hours:.2f} hours' if hours >= 1 else f'{found.seconds / 60:.1f} minutes'
    section.judge(hours >= SMALL_HOURS, 'size', f'{counted(found.n_rows, "row")}, {length} of WAV',
                  'with few hours a model of the default width learns blanks only: --n_hidden 100 to 512, or begin with a '
                  'published checkpoint and --drop_source_layers')
    _transcripts(section, found, alphabet)
    if not alphabet and os.path.exists(default):
        _default_alphabet(section, found, Alphabet.from_file(os.path.relpath(default)))
    if found.alphabet:
        _unusual(section, path)
    _audio(section, found)
    usable = [row for row in rows if (row.transcript or '').strip() and row.recording.exists()]
    labels = alphabet or (Alphabet(sorted(found.alphabet), path) if found.alphabet else None)
    if labels and usable:
        _check(section, usable, labels)
    return found


def examine_overlaps(section: Section, sets: Sequence[DataSet]) -> None:
    """Adds what each two sets share."""
    for shared in overlaps(sets):
        section.judge(not shared.n_audio, 'shared', describe_overlap(shared),
                      'results on recordings that were trained on say nothing: take them out of one of the sets')


def _transcripts(section: Section, found: DataSet, alphabet: Optional[Alphabet]) -> None:
    if found.empty:
        section.fail('empty transcripts', _places(found.empty),
                     'a training stops there: write what is said, or remove the rows')
    characters = ' '.join(map(visible, found.alphabet))
    section.ok('characters', f'{len(found.alphabet)}: {characters}')
    missing = alphabet.missing(''.join(found.alphabet)) if alphabet else []
    if alphabet and missing:
        section.fail('alphabet', f'{alphabet.source} lacks {" ".join(map(visible, sorted(set(missing))))}',
                     'a training stops there: bin/make_alphabet.py makes an alphabet of data sets, bin/check_characters.py '
                     'says where each character stands')
    elif alphabet:
        section.ok('alphabet', f'{alphabet.source} has all of them')


def _default_alphabet(section: Section, found: DataSet, default: Alphabet) -> None:
    missing = sorted(set(default.missing(''.join(found.alphabet))))
    section.judge(not missing, 'alphabet', f'{default.source}, the default, ' + (
        f'lacks {" ".join(map(visible, missing))}' if missing else 'has all of them'),
        'bin/make_alphabet.py makes one of data sets: pass it to every training with --alphabet_config_path')


def _unusual(section: Section, path: str) -> None:
    """Adds characters that are hardly meant, and transcripts of which the same letter would have several labels."""
    characters = Characters()
    characters.add(read_transcripts(path, lambda sentence: None))
    for sentence in [*characters.about_normal_form(), *characters.warnings()]:
        section.warn('characters', sentence, 'correct the transcripts; bin/check_characters.py lists all characters')


def _audio(section: Section, found: DataSet) -> None:
    if found.missing:
        section.fail('missing audio', _places(found.missing), 'a training stops there: correct the paths, or remove the rows')
    if found.repeated_audio:
        section.warn('repeated audio', _places(found.repeated_audio), 'remove the rows, unless they are meant')


def _check(section: Section, rows: Sequence[Row], alphabet: Alphabet) -> None:
    """Adds what the check before a training leaves out, of rows that do not stop it."""
    index = AudioIndex()
    sources = index.look_up([row.recording for row in rows])
    foreign = [row for row, source in zip(rows, sources)
               if isinstance(source, DataError) or not source.info.is_plain(FEATURES.rate_hz)]
    left = set(map(id, foreign[MOST_CONVERTED:]))
    checked_rows = [row for row in rows if id(row) not in left and not alphabet.missing(row.transcript or '')]
    if foreign:
        tried = f', of which the first {MOST_CONVERTED} are tried here' if left else ''
        section.ok('other formats', f'{counted(len(foreign), "recording")} to be converted before a training, once{tried}')
    if not checked_rows:
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            checked = check_rows(checked_rows, alphabet, FEATURES, folder, index)
        except DataError as error:
            section.fail('check', error, 'a training ends with the same sentence: do what it says')
            return
    examples = '; '.join(f'{row.location}: {reason}' for row, reason, _ in checked.rejected[:N_EXAMPLES])
    section.judge(not checked.rejected, 'left out', f'{len(checked.rejected)} of {counted(len(checked_rows), "row")} looked at'
                  + (f', for example {examples}' if examples else ''),
                  'a training does without these rows and lists them in rejected.csv: repair or remove them')


def _places(places: Sequence[str]) -> str:
    return f'{counted(len(places), "row")}: {"; ".join(places[:N_EXAMPLES])}' + (' ...' if len(places) > N_EXAMPLES else '')
