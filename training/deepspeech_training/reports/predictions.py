"""What was recognised, a line of JSON for each utterance, as NeMo's manifests have it, in `predictions.jsonl`:

    {"audio_filepath": "/data/a.wav", "duration": 1.92, "text": "yes", "pred_text": "yet", "wer": 1.0, "cer": 0.3333333,
     "loss": 1.234, "confidence": 0.871, "dataset": "test.csv"}

    text, pred_text   what was said and what was recognised, by beam search and language model if there is one
    wer, cer          error rates of the utterance; above 1 when much was recognised that was not said
    loss              CTC loss of `text`; null if it is not finite
    confidence        mean probability that the network gives a label of `pred_text`, from 0 to 1
    dataset           the test set, as it was given
"""

import json
import math
import os
from collections import defaultdict
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from deepspeech.formats.content import open_regular

from ..errors import ConfigError
from ..paths import written_atomically
from ..text.metrics import EditCounts, edit_counts

FILE_NAME = 'predictions.jsonl'


class Prediction(NamedTuple):
    """One tested utterance."""

    dataset: str  # the set, as it was given
    audio: str  # path, or what else identifies it
    duration_s: float
    text: str  # what was said
    pred_text: str  # what was recognised
    loss: float
    confidence: float
    edits: EditCounts  # of `pred_text`
    greedy_edits: Optional[EditCounts] = None  # of the best path alone, where it is known


def write_predictions(path: str, predictions: Iterable[Prediction]) -> None:
    """Writes the file, all at once. Raises ConfigError: it cannot be written."""
    with written_atomically(path) as file:
        for one in predictions:
            file.write(_line(one).encode('ascii'))


def _line(one: Prediction) -> str:
    loss = float(f'{one.loss:.7g}') if math.isfinite(one.loss) else None
    values = {'audio_filepath': one.audio, 'duration': round(one.duration_s, 4), 'text': one.text, 'pred_text': one.pred_text,
              'wer': round(one.edits.wer, 7), 'cer': round(one.edits.cer, 7), 'loss': loss,
              'confidence': round(one.confidence, 6), 'dataset': one.dataset}
    return json.dumps(values) + '\n'


def read_predictions(path: str) -> List[Prediction]:
    """Returns what stands in a file of this kind; of a manifest of others, too, as long as it has the texts.

    Raises:
      ConfigError: it cannot be read, or a line lacks audio_filepath, text or pred_text.
    """
    try:
        with open_regular(path) as file:
            lines = file.read().decode('utf-8-sig').split('\n')  # other line ends may stand in a text
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise ConfigError(f'{path}: cannot be read ({reason}); name a predictions.jsonl of a former test.') from error
    found = [_parsed(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise ConfigError(f'{path}: holds no predictions; name a predictions.jsonl of a former test.')
    return found


def _parsed(path: str, number: int, line: str) -> Prediction:
    try:
        values = json.loads(line)
        audio, text, pred_text = [values[name] for name in ('audio_filepath', 'text', 'pred_text')]
        if not all(isinstance(each, str) for each in (audio, text, pred_text)):
            raise TypeError('no text')
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError(f'{path}, line {number}: no JSON with audio_filepath, text and pred_text; name a predictions.jsonl '
                          f'of a former test.') from error
    duration, loss, confidence = [_number(values.get(name)) for name in ('duration', 'loss', 'confidence')]
    return Prediction(str(values.get('dataset', '')), audio, duration, text, pred_text, loss=loss, confidence=confidence,
                      edits=edit_counts(text, pred_text))


def _number(value: object) -> float:
    try:
        return float(value) if isinstance(value, (int, float)) else math.nan
    except OverflowError:
        return math.nan


def pairs_of(former: Sequence[Prediction], predictions: Sequence[Prediction]) -> List[Tuple[Prediction, Prediction]]:
    """Returns (former, present) of the utterances that both have: the same sound with the same transcript.

    Where no path is the same, for instance of data that were moved, names of files are compared.
    """
    for key in (lambda one: one.audio, lambda one: os.path.basename(one.audio)):
        waiting: Dict[Tuple[str, str], List[Prediction]] = defaultdict(list)
        for one in former:
            waiting[key(one), one.text].append(one)
        found = []
        for one in predictions:
            same = waiting.get((key(one), one.text))
            if same:
                found.append((same.pop(0), one))
        if found:
            return found
    return []
