"""Real speech and real models for clients to agree about."""

from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
ASTERISK = TOP / 'build' / 'asterisk-en'
N_CLIPS = 100


@pytest.fixture(scope='session')
def prompts():
    """Paths of 100 recordings, short and long, of the English Asterisk prompts; bin/run-tests.sh imports them."""
    paths = sorted((ASTERISK / 'wav').glob('*.wav'))
    if not paths:
        pytest.skip(f'{ASTERISK} is not there: python bin/import_asterisk.py en build/asterisk-en')
    chosen = paths[::len(paths) // N_CLIPS][:N_CLIPS]
    assert len(chosen) == N_CLIPS
    return chosen

