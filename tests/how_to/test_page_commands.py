"""The commands on the pages do what the pages say: each runs as it stands there, in order, on small real data."""

from pathlib import Path

import pytest
from page_commands import Reader, blocks_of, environment_of, make_checkout, make_recordings

TOP = Path(__file__).resolve().parents[2]
PAGES = [page for page in sorted(TOP.glob('doc/*.md')) if blocks_of(page)]


@pytest.fixture
def reader(fork_server, tmp_path):
    """Reader in a fresh checkout with recordings of his or her own."""
    place = make_checkout(tmp_path / 'deepspeech')
    make_recordings(place)
    return Reader(place, fork_server, environment_of(place))


@pytest.mark.slow
@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.stem)
def test_commands_of_a_page_run(page, reader):
    for block in blocks_of(page):
        if block.not_run is None:
            reader.follow(block)
