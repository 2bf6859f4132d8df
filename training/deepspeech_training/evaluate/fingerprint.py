"""What the results of a test depend on, in a form that can be stored and compared."""

import hashlib
import json
from dataclasses import asdict

from .. import __version__
from ..digests import file_digest

_SCORER_FILES = ('scorer_path', 'lm_binary_path', 'lm_trie_path')  # of DecoderConfig


def fingerprint(run, sets, source):
    """Returns {what, in words: its identity} of all that decides how a test comes out, ready for JSON.

    Args:
      run: RunConfig that fits `source`.
      sets: list of (file as given, list of Utterance).
      source: StoredModel.
    """
    decoder = asdict(run.decoder)
    for name in (*_SCORER_FILES, 'n_threads'):  # the content is looked at; the number of threads decides nothing
        del decoder[name]
    parts = {
        'version': __version__,
        'checkpoint': source.identity(),
        'model': asdict(run.model),
        'features': asdict(run.features),
        'alphabet': run.alphabet.for_json(),
        'scorer': [file_digest(path).sha256 for path in (getattr(run.decoder, name) for name in _SCORER_FILES) if path],
        'decoder settings': decoder,
        'test files': [[path, _of_samples(samples)] for path, samples in sets],
    }
    return json.loads(json.dumps(parts))


def digest(parts):
    """Returns a short name for what `fingerprint` gave."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode('utf-8')).hexdigest()[:16]


def _of_samples(samples):
    """Returns the identity of a set: its utterances in order, with transcripts; audio by size and time of change."""
    content = hashlib.sha256()
    for prepared in samples:
        content.update(repr((prepared.id, prepared.labels.tolist(), *prepared.audio.version)).encode(
            'utf-8', 'surrogateescape'))
    return content.hexdigest()
