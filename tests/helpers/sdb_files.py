"""Sample databases byte by byte, after the published layout, so that tests can make odd ones."""

import json
import struct

SPEECH = {'content': 'speech', 'mime-type': 'audio/wav'}
OPUS = {'content': 'speech', 'mime-type': 'application/vnd.mozilla.opus'}
TRANSCRIPT = {'content': 'transcript', 'mime-type': 'text/plain'}


def entry_bytes(cells):
    """Returns an entry: lengths, then data."""
    body = b''.join(struct.pack('>I', len(cell)) + cell for cell in cells)
    return struct.pack('>I', len(body)) + body


def sdb_bytes(entries, columns=(SPEECH, TRANSCRIPT), metadata=None, offsets=None, **numbers):
    """Returns a database.

    Args:
      entries: of each sample its cells, or the bytes of its entry.
      columns: those of the schema.
      metadata: bytes instead of the schema.
      offsets: in the index, instead of the true ones.
      numbers: what is stated instead of the truth: section, n_samples, index, n_listed.
    """
    metadata = json.dumps({'schema': list(columns)}).encode('utf-8') if metadata is None else metadata
    entries = [entry if isinstance(entry, bytes) else entry_bytes(entry) for entry in entries]
    start = 32 + len(metadata)
    if offsets is None:
        offsets = [start + sum(map(len, entries[:index])) for index in range(len(entries))]
    samples, n_samples = b''.join(entries), len(entries)
    return b''.join((
        b'SAMPLEDB', struct.pack('>Q', len(metadata)), metadata,
        struct.pack('>QQ', numbers.get('section', 8 + len(samples)), numbers.get('n_samples', n_samples)), samples,
        struct.pack('>QQ', numbers.get('index', 8 + 8 * len(offsets)), numbers.get('n_listed', len(offsets))),
        struct.pack(f'>{len(offsets)}Q', *offsets)))
