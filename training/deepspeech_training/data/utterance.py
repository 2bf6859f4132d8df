"""One row of a data set."""

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Sample:
    """An utterance as its data set describes it; nothing has been read from the audio file yet."""

    audio_path: str
    transcript: Optional[str]  # None: unlabelled
    size_bytes: int  # sort key, as the data set states it
    sample_id: str  # path of the audio as the data set names it, resolved; stays when the audio is converted
    source: str  # path of the CSV
    row: int  # line of the CSV on which the row begins, counted from 1

    @property
    def place(self):
        """Where to look in an editor, for messages."""
        return f'{self.source}, row {self.row}'
