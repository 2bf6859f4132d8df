"""What the results of a test depend on, in a form that can be stored and compared."""

import hashlib
import json
from dataclasses import asdict
from typing import Any, Dict, List, Sequence, Tuple

from .. import __version__
from ..checkpoints.stored_model import StoredModel
from ..data.identity import row_digest
from ..data.utterance import Utterance
from ..digests import file_digest
from ..settings.config import DecoderConfig, RunConfig

_SCORER_FILES = ('scorer_path', 'lm_binary_path', 'lm_trie_path')  # of DecoderConfig

Sets = Sequence[Tuple[str, List[Utterance]]]  # (file as given, its utterances) of each set


def fingerprint(run: RunConfig, sets: Sets, stored_model: StoredModel) -> Dict[str, Any]:
    """Returns {what, in words: its identity} of all that decides how a test comes out, ready for JSON.

    Args:
      run: that of the test, complete: any part of it may come to matter.
      sets: (file as given, its utterances) of each set.
      stored_model: what is tested.
    """
    parts = {
        'version': __version__,
        'checkpoint': stored_model.identity(),
        'model': asdict(run.model),
        'features': asdict(run.features),
        'alphabet': run.alphabet.for_json(),
        'scorer': [file_digest(path).sha256 for path in (getattr(run.decoder, name) for name in _SCORER_FILES) if path],
        'decoder settings': _decoder_settings(run.decoder),
        'test files': [[path, _of_utterances(utterances)] for path, utterances in sets],
    }
    return json.loads(json.dumps(parts))


def _decoder_settings(config: DecoderConfig) -> Dict[str, Any]:
    settings = asdict(config)
    for name in (*_SCORER_FILES, 'n_threads'):  # the content is looked at; the number of threads decides nothing
        del settings[name]
    return settings


def digest(parts: Any) -> str:
    """Returns a short name for what `fingerprint` gave, or any other value that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode('utf-8')).hexdigest()[:16]


def _of_utterances(utterances):
    """Returns the identity of a set: what is in it, in order. A recording that was written to is another one to be safe."""
    content = hashlib.sha256()
    for utterance in utterances:
        parts = utterance.id, utterance.labels.tolist(), utterance.audio.version, row_digest(utterance)
        content.update(repr(parts).encode('utf-8', 'surrogateescape'))
    return content.hexdigest()
