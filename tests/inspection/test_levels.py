"""What is measured of a recording, and that it is measured once."""

import fcntl
import os

import numpy as np
import pytest
from bad_rows import clips
from wav_files import pcm16, wav_bytes

from deepspeech_training.data.utterance import AudioFile
from deepspeech_training.inspection import known_levels
from deepspeech_training.inspection.known_levels import KnownLevels
from deepspeech_training.inspection.levels import measure

RATE_HZ = 16000
SPEECH = clips()[-1][1].astype(np.float32)


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Three recordings, which count as settled."""
    monkeypatch.setattr(known_levels, 'SETTLED_NS', 0)
    made = []
    for gain in (0.9, 0.5, 0.1):
        path = tmp_path / f'{gain}.wav'
        path.write_bytes(wav_bytes(pcm16(gain * SPEECH)))
        made.append(AudioFile.probe(str(path)))
    return made


def test_levels_are_those_of_a_plain_computation():
    levels = measure(SPEECH, RATE_HZ)
    wide = SPEECH.astype(np.float64)
    assert levels['peak'] == pytest.approx(max(abs(wide)), rel=1e-6)
    assert levels['spread'] == pytest.approx(max(wide) - min(wide), rel=1e-6)
    assert levels['mean'] == pytest.approx(sum(wide) / len(wide), abs=1e-6)
    assert levels['rms'] == pytest.approx(np.std(wide), rel=1e-4)
    assert levels['flat'] == pytest.approx(sum(wide == max(wide)) / len(wide) + sum(wide == min(wide)) / len(wide), rel=1e-6)


def test_clipped_sound_stays_at_its_extremes():
    clipped = np.clip(4 * SPEECH, -1, 1)
    assert measure(clipped, RATE_HZ)['flat'] == pytest.approx(np.mean(np.abs(clipped) == 1), rel=1e-6)
    assert measure(SPEECH, RATE_HZ)['flat'] < 1e-3 < measure(clipped, RATE_HZ)['flat']


@pytest.mark.parametrize('gap_s', [0, 0.1, 0.5, 2])
def test_only_gaps_within_sound_count(gap_s):
    noise = np.full(RATE_HZ, 0.1, np.float32)
    silence = np.zeros(RATE_HZ, np.float32)
    sound = np.concatenate([silence, noise, np.zeros(int(gap_s * RATE_HZ), np.float32), noise, silence, silence])
    levels = measure(sound, RATE_HZ)
    assert levels['gap_s'] == pytest.approx(gap_s)
    assert levels['faint'] == pytest.approx((3 + gap_s) / (5 + gap_s), abs=0.005)


@pytest.mark.parametrize('n_samples', [1, 100, 159, 160])
def test_the_shortest_recordings_have_levels(n_samples):
    levels = measure(np.full(n_samples, -0.5, np.float32), RATE_HZ)
    assert (levels['peak'], levels['spread'], levels['gap_s'], levels['faint']) == (0.5, 0, 0, 0)


def test_digests_tell_sounds_apart_whatever_the_files_are_called(sources, tmp_path, log):
    copy = tmp_path / 'copy.wav'
    copy.write_bytes(wav_bytes(pcm16(0.9 * SPEECH), before=b'LIST\x04\0\0\0abcd'))
    levels, _ = KnownLevels(str(tmp_path / 'known'), log).look_up([*sources, AudioFile.probe(str(copy))])
    assert len(set(levels['digest'].tolist())) == 3 and levels['digest'][0] == levels['digest'][3]


def test_what_was_measured_is_not_read_again(sources, tmp_path, log):
    path = str(tmp_path / 'cache' / 'known')
    first, failures = KnownLevels(path, log).look_up(sources[:2])
    for source in sources[:2]:
        os.remove(source.path)  # it cannot be read again
    second, failures_then = KnownLevels(path, log).look_up(sources)
    assert not failures and not failures_then
    assert second[:2].tolist() == first.tolist() and second['peak'][2] > 0
    third, _ = KnownLevels(path, log, listens=False).look_up(sources[::-1])
    assert third.tolist() == second[::-1].tolist()


def test_who_does_not_listen_knows_nothing_new(sources, tmp_path, log):
    levels, failures = KnownLevels(str(tmp_path / 'known'), log, listens=False).look_up(sources)
    assert not levels['digest'].any() and not failures and not (tmp_path / 'known').exists()


def test_a_damaged_memory_costs_that_recordings_are_read_again(sources, tmp_path, log):
    path = tmp_path / 'known'
    first, _ = KnownLevels(str(path), log).look_up(sources)
    for content in (b'', b'x', path.read_bytes()[:-1], path.read_bytes()[:-1] + b'x'):
        path.write_bytes(content)
        again, _ = KnownLevels(str(path), log).look_up(sources)
        assert again.tolist() == first.tolist()


def test_what_cannot_be_read_is_named_and_not_remembered(sources, tmp_path, log):
    content = open(sources[1].path, 'rb').read()
    os.remove(sources[1].path)
    memory = str(tmp_path / 'known')
    levels, ((place, error),) = KnownLevels(memory, log).look_up(sources)
    assert place == 1 and sources[1].path in str(error) and levels['digest'].astype(bool).tolist() == [True, False, True]
    with open(sources[1].path, 'wb') as file:
        file.write(content)
    _, failures = KnownLevels(memory, log).look_up([AudioFile.probe(sources[1].path)])
    assert not failures


def test_recordings_that_would_fill_the_memory_are_not_read(sources, tmp_path, log, monkeypatch):
    monkeypatch.setattr(known_levels, 'MOST_S', sources[0].n_samples / RATE_HZ - 0.01)
    levels, failures = KnownLevels(str(tmp_path / 'known'), log).look_up(sources)
    assert not levels['digest'].any() and not failures


def test_a_stopped_process_that_holds_the_lock_costs_what_is_remembered(sources, tmp_path, log, output, monkeypatch):
    monkeypatch.setattr(known_levels, 'PATIENCE_S', 0.1)
    path = tmp_path / 'known'
    with open(f'{path}.lock', 'ab') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        levels, failures = KnownLevels(str(path), log).look_up(sources)
    assert levels['digest'].all() and not failures and not path.exists()
    assert 'another process holds the lock' in output.getvalue()
    KnownLevels(str(path), log).look_up(sources)
    assert path.exists()
