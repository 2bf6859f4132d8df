"""The commands on the pages do what the pages say: each runs as it stands there, in order, on small real data."""

import sys
from pathlib import Path

import pytest
from page_commands import Block, Reader, blocks_of, missing_of
from page_places import ON_BOTH, environment_of, furnish, make_checkout

TOP = Path(__file__).resolve().parents[2]
HAS_TENSORFLOW_2 = sys.version_info >= (3, 8)
PAGES = [page for page in [TOP / 'README.md', TOP / 'CONTRIBUTING.md', *sorted(TOP.glob('doc/*.md'))]
         if (HAS_TENSORFLOW_2 or page.stem in ON_BOTH) and any(block.not_run is None for block in blocks_of(page))]


@pytest.fixture
def reader(fork_server, tmp_path):
    place = make_checkout(tmp_path / 'deepspeech')
    return Reader(place, fork_server, environment_of(place))


@pytest.mark.slow
@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.stem)
def test_commands_of_a_page_run(page, reader):
    blocks = [block for block in blocks_of(page) if block.not_run is None]
    furnish(reader.place, page.stem, ''.join(block.text for block in blocks))
    for block in blocks:
        reader.follow(block)


@pytest.mark.parametrize('text, shown', [('false\n', []), ('echo one\nfalse | true\n', []), ('echo 1 file\n', ['2 files']),
                                         ('echo a\necho b\n', ['b', 'a'])])
def test_a_page_that_is_wrong_is_noticed(text, shown, tmp_path):
    reader = Reader(tmp_path, None, environment_of(tmp_path))
    with pytest.raises(AssertionError, match='^line 7: '):
        reader.follow(Block(7, text, shown, None, None))


@pytest.mark.slow
def test_a_program_that_fails_is_noticed(reader):
    with pytest.raises(AssertionError, match='^line 7: bin/stats.py -csv none.csv\nE none.csv: '):
        reader.follow(Block(7, 'bin/stats.py -csv none.csv\n', [], None, None))


def test_what_is_shown_may_have_other_numbers_and_gaps():
    assert missing_of(['...', 'loss 1.25e-3 of 3', 'best: ...', ''], 'a\nloss 7 of 12\nb\nbest: x y\n') is None
    assert missing_of(['loss 1.25 of a'], 'loss 7 of b\n') == 'loss 1.25 of a'
    assert missing_of(['b', 'a'], 'a\nb\n') == 'a'
