"""Sounds without transcripts: what is mixed into speech. `datasets.find_sounds` gives them."""

import os
from typing import Callable, List, Sequence

from ..errors import DataError
from .audio_index import AudioIndex
from .preflight import N_EXAMPLES, damage, in_plain_format
from .utterance import AudioSource, RecordedFile, Row

ENDINGS = ('.wav', '.wave', '.flac', '.ogg', '.oga', '.opus', '.mp3', '.sph', '.aiff', '.aif', '.au', '.amr', '.wv')


def rows_of_folder(folder: str) -> List[Row]:
    """Returns the audio files of a folder and the folders in it, by name."""
    paths = [os.path.join(directory, name) for directory, _, names in os.walk(folder, followlinks=True) for name in names
             if name.lower().endswith(ENDINGS)]
    return [Row(RecordedFile(path), None, 0, path, source=folder, line=0, speaker='') for path in sorted(paths)]


def usable_sounds(path: str, rows: Sequence[Row], rate_hz: int, converted_dir: str, *, index: AudioIndex,
                  notice: Callable[[str], object]) -> List[AudioSource]:
    """Returns the sounds of rows at a sample rate; what cannot be used is left out.

    Args:
      path: of the source, for messages.
      converted_dir: where converted audio is kept.
      index: what is known of recordings already.
      notice: called with a sentence on what was converted or is left out.
    Raises:
      DataError: nothing is left.
    """
    if not rows:
        raise DataError(f'{path}: there is no sound in it; name a folder with audio files ({", ".join(ENDINGS)}), or a CSV or '
                        f'SDB file that has some.')
    found, _, conversion = in_plain_format(rows, index.look_up([row.recording for row in rows]), rate_hz, converted_dir, index)
    reasons = [damage(row, audio) for row, audio in zip(rows, found)]
    usable = [audio for audio, reason in zip(found, reasons) if not reason and not isinstance(audio, DataError)]
    unusable = [f'{row.recording.describe()} ({reason})' for row, reason in zip(rows, reasons) if reason]
    if not usable:
        raise DataError(f'{path}: none of its {len(rows)} sounds can be used, for example {unusable[0]}.')
    if conversion:
        notice(conversion)
    if unusable:
        notice(f'{path}: {len(unusable)} of {len(rows)} sounds cannot be used, for example {"; ".join(unusable[:N_EXAMPLES])}.')
    return usable
