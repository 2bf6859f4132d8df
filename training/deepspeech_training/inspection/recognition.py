"""What a model makes of recordings: where that is quite another text than the transcript, somebody should listen.

By the client, so that an exported model is needed: of this or of any earlier release.
"""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from deepspeech.errors import DeepSpeechError as ClientError
from deepspeech.errors import LibraryError

from ..console.log import Log
from ..data.utterance import Utterance
from ..errors import DataError
from ..text.metrics import EditCounts, edit_counts, error_rates
from . import kinds
from .suspicions import Suspicion

SAY_EVERY = 1000  # recordings


class Recogniser:
    """Compares recordings with their transcripts.

    Args:
      model_path: of an exported model.
      scorer_path: of a scorer package; None: the model alone decides.
      rate_hz: of the recordings.
      log: told how far it is.
    Raises:
      DataError: they cannot be used, or the model is of another sample rate.
    """

    def __init__(self, model_path: str, scorer_path: Optional[str], rate_hz: int, log: Log) -> None:
        try:
            from deepspeech import Model  # here, as only this needs the native library
            self._model = Model(model_path)
            if scorer_path:
                self._model.enableExternalScorer(scorer_path)
        except (ClientError, LibraryError) as error:
            raise DataError(f'{model_path}: cannot be used to compare transcripts ({str(error).rstrip(".")}).') from error
        if self._model.sampleRate() != rate_hz:
            raise DataError(f'{model_path}: a model of {self._model.sampleRate()} Hz, the recordings are looked at as of '
                            f'{rate_hz} Hz; pass --audio_sample_rate {self._model.sampleRate()}.')
        self._log, self._model_path = log, model_path

    def compare(self, utterances: Sequence[Utterance]) -> Tuple[Dict[str, Any], Suspicion]:
        """Returns (numbers, the suspicion against those that are recognised quite differently)."""
        texts: List[str] = []
        for number, utterance in enumerate(utterances):
            if number and number % SAY_EVERY == 0:
                self._log.info(f'{number} of {len(utterances)} recordings are recognised.')
            texts.append(self._text_of(utterance))
        counts = [edit_counts(utterance.transcript or '', text) for utterance, text in zip(utterances, texts)]
        cers = np.array([each.cer for each in counts], np.float32)
        indices = np.flatnonzero(cers > kinds.MOST_CER)
        suspicion = Suspicion('unrecognised', indices, cers[indices], lambda place: (
            f'CER {100 * cers[indices[place]]:.0f} %: {texts[indices[place]][:120]!r} was recognised'))
        return self._numbers(counts), suspicion

    def _numbers(self, counts: Sequence[EditCounts]) -> Dict[str, Any]:
        wer, cer = error_rates(counts)
        return {'model': self._model_path, 'wer': round(wer, 5), 'cer': round(cer, 5)}

    def _text_of(self, utterance: Utterance) -> str:
        try:
            samples = utterance.audio.read()
        except DataError:
            return ''
        return self._model.stt(np.clip(np.rint(samples * 32767), -32768, 32767).astype(np.int16))
