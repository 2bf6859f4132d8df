"""What is known of the recordings of a run: each is looked at once, however often and by however many sets it is asked for.

Short because looking is done by the recordings, and remembering by `known_audio`.
"""

from typing import Dict, List, Optional, Sequence, Union

from ..errors import DataError
from .audio import for_each
from .known_audio import KnownAudio
from .utterance import AudioSource, Recording

BLOCK_RECORDINGS = 8192  # looked at between two notes of what was found


class AudioIndex:
    """Looks at recordings.

    Args:
      known: what earlier runs found; None: nothing, and nothing is remembered.
    """

    def __init__(self, known: Optional[KnownAudio] = None) -> None:
        self._known = known
        self._found: Dict[Recording, Union[AudioSource, DataError]] = {}

    def look_up(self, recordings: Sequence[Recording]) -> List[Union[AudioSource, DataError]]:
        """Returns for each recording, in order, its source or the DataError that `probe` raised."""
        try:
            for first in range(0, len(recordings), BLOCK_RECORDINGS):
                block = dict.fromkeys(recordings[first:first + BLOCK_RECORDINGS])
                self._look_at([recording for recording in block if recording not in self._found])
        finally:  # what was found before Ctrl-C, too
            if self._known:
                self._known.save()
        return [self._found[recording] for recording in recordings]

    def _look_at(self, new: Sequence[Recording]) -> None:
        found = self._known.look_up(new) if self._known else for_each(lambda recording: recording.probe(), new)
        self._found.update(zip(new, found))

    def forget(self, recordings: Sequence[Recording]) -> None:
        """Makes sure that recordings that have changed are looked at again."""
        for recording in recordings:
            self._found.pop(recording, None)
