"""Work that a run does not depend on: reports for people.

Short because it is one rule.
"""

from contextlib import contextmanager
from typing import Iterator

from ..errors import DeepSpeechError
from .log import Log


@contextmanager
def aside(log: Log, what: str, consequence: str) -> Iterator[None]:
    """Around such work: that it fails, for whatever reason, is said in a warning and costs just that. Ctrl-C is no failure.

    Args:
      log: where it is said.
      what: is made, e.g. `the report`.
      consequence: a sentence.
    """
    try:
        yield
    except Exception as error:
        told = isinstance(error, DeepSpeechError)
        reason = str(error) if told else f'{what} cannot be made ({type(error).__name__}: {error}).'
        log.warn(f'{reason} {consequence}')
