"""What clients print with --json, read and compared with what the published client heard.

Short because the Python and the native client have one form.
"""

import json
import os
from pathlib import Path

import numpy as np

RECORDED = Path(__file__).resolve().parent.parent / 'golden' / 'ds093-plain' / 'wheel_stt.json'


def documents_in(output):
    """Returns the documents that a client has printed, one for each file."""
    return json.loads(f'[{output.strip()}]'.replace('}\n{', '},\n{'))


def compared_with_published(documents):
    """Compares all documents of clips that were recorded; returns pairs of (transcript, what was recorded of it)."""
    recorded = json.loads(RECORDED.read_text(encoding='utf-8'))
    clips = [document for document in documents if os.path.basename(document['audio']) in recorded]
    assert len(documents) == 9 and len(clips) >= 6
    pairs = []
    for document in clips:
        expected = recorded[os.path.basename(document['audio'])]
        assert [transcript['text'] for transcript in document['transcripts']] == [transcript['text'] for transcript in expected]
        np.testing.assert_allclose([transcript['confidence'] for transcript in document['transcripts']],
                                   [transcript['confidence'] for transcript in expected], atol=1e-3)
        pairs += zip(document['transcripts'], expected)
    return pairs
