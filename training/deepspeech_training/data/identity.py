"""What tells sets of utterances apart: their sound and their transcripts, whatever the files are called and wherever they lie.

A set that was copied to another machine, moved or touched is the same. One whose clips are others is another, though it may
have as many under the same names. Whole recordings are not read for that: their size and some of their content say enough,
see `AudioSource.content`.

Short because it only puts together what others know.
"""

import hashlib
from typing import List, Sequence

from .batching import Step
from .utterance import Utterance


def set_digest(utterances: Sequence[Utterance]) -> str:
    """Returns a short name for what is in a set, in whatever order; 16 hexadecimal digits."""
    return _name(sorted(map(row_digest, utterances)))


def order_digest(utterances: Sequence[Utterance], steps: Sequence[Step]) -> str:
    """Returns a short name for what steps consist of, in their order, whichever devices share a step.

    Args:
      utterances: all that `steps` refer to.
      steps: as of `batching.BatchPlan`.
    """
    rows = [row_digest(utterance) for utterance in utterances]
    return _name([b''.join(rows[index] for batch in step for index in batch) for step in steps])


def row_digest(utterance: Utterance) -> bytes:
    """Returns what tells an utterance from others: 16 bytes."""
    text = (utterance.transcript or '').encode('utf-8', 'surrogateescape')
    return hashlib.blake2b(utterance.audio.content + b'\n' + text, digest_size=16).digest()


def _name(parts: List[bytes]) -> str:
    return hashlib.blake2b(b'\n'.join(parts), digest_size=8).hexdigest()
