"""Results kept while a test runs: taken up, dropped, damaged, in use by another test."""

import errno
import fcntl
import json
import os
import random
import resource
import zlib
from contextlib import contextmanager

import pytest

from deepspeech_training.evaluate.partial import PartialResults, UtteranceHypothesis

SAME = {'checkpoint': 'abc', 'decoder settings': {'beam_width': 16}}
SIZES = (9, 4)
HYPOTHESES = [UtteranceHypothesis('eins', 'ein', 1.5, 0.5), UtteranceHypothesis('zw\u00f6i', 'zwoi', float('inf'), 0.25),
              UtteranceHypothesis('', '\u2028', 0.25, 1.0)]


@pytest.fixture
def path(tmp_path):
    """File of an interrupted test: two hypotheses of set 0, one of set 1."""
    path = tmp_path / 'out.json.partial'
    with pytest.raises(KeyboardInterrupt):
        with PartialResults(str(path), SAME, SIZES, quiet()) as partial:
            partial.add(0, HYPOTHESES[:2])
            partial.add(1, HYPOTHESES[2:])
            raise KeyboardInterrupt
    return path


def quiet():
    from deepspeech_training.console.log import Log
    return Log(level=3)


def taken_up(path, log, identity=None):
    with PartialResults(str(path), identity or SAME, SIZES, log) as partial:
        return [partial.of_set(0), partial.of_set(1)]


def test_the_same_test_takes_its_results_up(path, log, output):
    assert taken_up(path, log) == [HYPOTHESES[:2], HYPOTHESES[2:]]
    assert output.getvalue() == f'I Taking up the results of 3 utterances from {path}.\n'


def test_another_test_starts_over_and_says_what_is_other(path, log, output):
    assert taken_up(path, log, dict(SAME, checkpoint='def')) == [[], []]
    assert output.getvalue() == f'I {path} is of another test (checkpoint: not the same); starting over.\n'
    assert taken_up(path, quiet()) == [[], []]


def line(text):
    """Returns a line of the file, with the checksum of zlib's CRC-32 before it."""
    return b'%08x ' % zlib.crc32(text) + text + b'\n'


@pytest.mark.parametrize('damage', [b'{"res": "dr',
                                    b'{"res": "drei", "greedy": "", "loss": 1.0, "confidence": 0.5, "set": 0}', b'[1]\n',
                                    b'{"set": 7, "res": "", "greedy": "", "loss": 0.0, "confidence": 0.5}\n', b'\x00\xff\n{}\n',
                                    b'{"set": -1, "res": "", "greedy": "", "loss": 0.0, "confidence": 0.5}\n',
                                    b'{"set": true, "res": "", "greedy": "", "loss": 0.0, "confidence": 0.5}\n',
                                    b'{"set": 0, "res": null, "greedy": "", "loss": 0.0, "confidence": 0.5}\n',
                                    b'{"set": 0, "res": "", "greedy": ["a"], "loss": 0.0, "confidence": 0.5}\n',
                                    b'{"set": 0, "res": "", "greedy": "", "loss": "0", "confidence": 0.5}\n'])
def test_what_was_torn_at_the_end_is_ignored_and_overwritten(path, log, damage):
    for end in (damage, line(damage[:-1])):  # also where the checksum is right
        with path.open('ab') as file:
            file.write(end)
        with PartialResults(str(path), SAME, SIZES, log) as partial:
            assert [partial.of_set(0), partial.of_set(1)] == [HYPOTHESES[:2], HYPOTHESES[2:]]
    with PartialResults(str(path), SAME, SIZES, log) as partial:
        partial.add(1, HYPOTHESES[:1])
    assert taken_up(path, log) == [HYPOTHESES[:2], [HYPOTHESES[2], HYPOTHESES[0]]]


def test_every_flipped_letter_is_noticed(path, log, output):
    data, dice = path.read_bytes(), random.Random(3)
    starts = [0] + [place + 1 for place, byte in enumerate(data) if byte == 10]
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << dice.randrange(8)
        path.write_bytes(bytes(damaged))
        output.truncate(0)
        n_before = max(0, sum(start <= place for start in starts) - 2)  # sound results before it
        assert sum(taken_up(path, log), []) == HYPOTHESES[:n_before]
        if place < len(data) - 1:  # the last line may have been cut off while it was written
            assert 'damaged' in output.getvalue()


def test_a_damaged_line_is_named(path, log, output):
    path.write_bytes(path.read_bytes().replace(b'eins', b'eine'))
    assert taken_up(path, log) == [[], []]
    assert f'W {path} is damaged in line 2; the results from there on are found anew.' in output.getvalue()


def test_names_that_are_not_utf_8_are_kept(tmp_path, log):
    identity = dict(SAME, name='\udcff.csv')
    with PartialResults(str(tmp_path / 'x'), identity, SIZES, log) as partial:
        partial.add(0, HYPOTHESES)
    assert taken_up(tmp_path / 'x', log, identity)[0] == HYPOTHESES


def test_hypotheses_beyond_the_utterances_of_a_set_are_damage(path, log):
    with PartialResults(str(path), SAME, (1, 4), log) as partial:
        assert [partial.of_set(0), partial.of_set(1)] == [HYPOTHESES[:1], []]


def test_every_cut_gives_whole_hypotheses(path, log):
    data = path.read_bytes()
    for n_bytes in range(len(data)):
        path.write_bytes(data[:n_bytes])
        first, second = taken_up(path, quiet())
        assert first == HYPOTHESES[:len(first)] and second in ([], HYPOTHESES[2:])
        assert path.read_bytes().split(b'\n')[0] == line(json.dumps(SAME).encode('utf-8'))[:-1]


def test_an_interruption_says_where_the_results_are(path, log, output):
    with pytest.raises(KeyboardInterrupt):
        with PartialResults(str(path), SAME, SIZES, log):
            raise KeyboardInterrupt
    assert output.getvalue().endswith(f'I The results of 3 utterances are kept in {path}; a test of the same checkpoint '
                                      f'with the same settings goes on from there.\n')


def test_a_file_in_use_is_left_alone(path, log, output):
    before = path.read_bytes()
    with path.open('ab') as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with PartialResults(str(path), SAME, SIZES, log) as partial:
            assert partial.of_set(0) == []
            partial.add(0, HYPOTHESES)
            partial.remove()
    assert path.read_bytes() == before and 'in use by another test' in output.getvalue()


def test_a_file_that_has_gone_does_not_fail_a_finished_test(path, log):
    with PartialResults(str(path), SAME, SIZES, log) as partial:
        path.unlink()
        partial.remove()
    assert not path.exists()


@pytest.mark.parametrize('replaced', [True, False])
def test_a_file_that_another_test_removed_meanwhile_is_not_used(path, log, output, monkeypatch, replaced):
    def remove_and_lock(file, operation):
        path.unlink()
        if replaced:
            path.write_text('the next test')

    monkeypatch.setattr(fcntl, 'flock', remove_and_lock)
    with PartialResults(str(path), SAME, SIZES, log) as partial:
        assert partial.of_set(0) == []
        partial.add(0, HYPOTHESES)
        partial.remove()
    assert path.exists() == replaced and (not replaced or path.read_text() == 'the next test')
    assert 'in use by another test' in output.getvalue()


def test_where_files_cannot_be_locked_the_test_goes_on_without(path, log, output, monkeypatch):
    def no_locks(file, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, 'flock', no_locks)
    assert taken_up(path, log) == [HYPOTHESES[:2], HYPOTHESES[2:]]
    assert 'in use' not in output.getvalue()


def test_without_a_place_nothing_is_kept(tmp_path, log, output):
    with PartialResults(str(tmp_path / 'gone' / 'x'), SAME, (9,), log) as partial:
        partial.add(0, HYPOTHESES)
        partial.remove()
    assert output.getvalue() == '' and list(tmp_path.iterdir()) == []


@contextmanager
def little_space():
    """Files can grow to 100 bytes. Not a fixture: those last until the outcome is printed, maybe to a larger file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_does_not_stop_the_test(tmp_path, log, output):
    path = tmp_path / 'x'
    with little_space(), PartialResults(str(path), SAME, (9,), log) as partial:
        partial.add(0, HYPOTHESES)
        partial.add(0, HYPOTHESES)
        assert partial.of_set(0) == HYPOTHESES + HYPOTHESES
    assert output.getvalue().count(f'W {path}: cannot be written any more (No space left on device)') == 1
    assert taken_up(path, log)[0] == HYPOTHESES[:0]
