"""What a report on a test is made of; `run_report.py` makes the page.

Short because it only says what there is.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .predictions import Prediction


class SetOutcome(NamedTuple):
    """A test set and what came of it."""

    path: str  # as it was given
    predictions: Sequence[Prediction]
    left_out: Sequence[str] = ()  # utterances that were not tested, and why
    columns: Sequence[Dict[str, str]] = ()  # further columns of the set, for each prediction; (): there are none


class CloseUp(NamedTuple):
    """An utterance that is looked at closely."""

    prediction: Prediction
    samples: np.ndarray  # float [n_samples]; empty if it cannot be read any more
    rate_hz: int
    probabilities: np.ndarray  # float [time, classes], what the network gives, the blank last
    step_s: float  # from a row of `probabilities` to the next one
    problem: str = ''  # why there is no sound


class RunReport(NamedTuple):
    """All that the page shows."""

    title: str
    model: str  # what was tested, in words
    sets: Sequence[SetOutcome]
    close_ups: Sequence[CloseUp]
    labels: Sequence[str]  # of the alphabet, without the blank
    by_characters: bool  # whether words mean little: CER goes first
    seed: int  # of the bootstrap
    history: Sequence[Dict[str, Any]] = ()  # lines of history.jsonl
    former: Optional[Tuple[str, List[Prediction]]] = None  # file and content of another test
    configuration: Sequence[Tuple[str, str]] = ()  # (what, its value)

    @property
    def predictions(self) -> List[Prediction]:
        """Those of all sets."""
        return [one for each in self.sets for one in each.predictions]
