"""Where speech is in a recording: every clip of a recording with known gaps lies in one segment, and no segment has two."""

import numpy as np
import pytest
from joined_clips import clips_by_name, join, write_wav

from deepspeech_training.errors import ConfigError
from deepspeech_training.recordings.speech import FRAME_MS, chosen_detector, decisions, level_db, read_frames, speech
from deepspeech_training.settings.recordings import DetectionConfig

RATE_HZ = 16000


def segments_of(path, detector, aggressiveness=3, **limits):
    config = DetectionConfig(detector, aggressiveness)
    return list(speech(decisions(read_frames(str(path), RATE_HZ), RATE_HZ, config), **limits))


def span_of(segment):
    return segment.first_s, segment.first_s + len(segment.samples) / RATE_HZ


@pytest.mark.parametrize('detector', ['energy', 'webrtc'])
@pytest.mark.parametrize('noise', [0, 8, 60])
def test_each_clip_is_in_a_segment_of_its_own(detector, noise, tmp_path):
    if detector == 'webrtc':
        pytest.importorskip('webrtcvad')
    joined = join(list(clips_by_name().values()), noise=noise)
    segments = segments_of(write_wav(tmp_path / 'joined.wav', joined.samples), detector)
    spans = [span_of(segment) for segment in segments]
    for begin_s, end_s in joined.spans_s:
        middle_s = (begin_s + end_s) / 2
        assert sum(first <= middle_s <= last for first, last in spans) == 1
    for first, last in spans:  # some clips have a pause of their own
        assert sum(first < end_s and begin_s < last for begin_s, end_s in joined.spans_s) == 1


@pytest.mark.parametrize('detector', ['energy', 'webrtc'])
def test_segments_are_pieces_of_the_recording_in_order(detector, tmp_path):
    if detector == 'webrtc':
        pytest.importorskip('webrtcvad')
    joined = join(list(clips_by_name().values())[:4])
    last_s = 0.
    for segment in segments_of(write_wav(tmp_path / 'joined.wav', joined.samples), detector):
        first = int(round(segment.first_s * RATE_HZ))
        assert np.array_equal(segment.samples, joined.samples[first:first + len(segment.samples)])
        assert segment.first_s >= last_s
        last_s = segment.first_s + len(segment.samples) / RATE_HZ
        # The published program's times: a frame earlier, whole frames, in ms.
        assert segment.start_ms == max(0, round(segment.first_s * 1000) - FRAME_MS)
        assert segment.end_ms == round(last_s * 1000) - FRAME_MS


@pytest.mark.parametrize('silence', [np.zeros(3 * RATE_HZ, np.int16), np.ones(3 * RATE_HZ, np.int16) * 9000])
def test_silence_has_no_segment(silence, tmp_path):
    assert not segments_of(write_wav(tmp_path / 'silent.wav', silence), 'energy')


def test_speech_without_a_pause_is_cut_where_it_is_quietest(tmp_path):
    joined = join(list(clips_by_name().values()) * 2)
    path = write_wav(tmp_path / 'long.wav', joined.samples)
    segments = list(speech(((frame, True) for frame in read_frames(str(path), RATE_HZ)), longest_s=3))
    lengths_s = [len(segment.samples) / RATE_HZ for segment in segments]
    assert len(segments) > 5 and max(lengths_s) <= 3 and min(lengths_s[:-1]) >= 2
    whole = np.concatenate([segment.samples for segment in segments])
    assert np.array_equal(whole[:len(joined.samples)], joined.samples)  # nothing is lost, nothing is there twice
    first_s = np.cumsum([0, *lengths_s[:-1]])
    assert np.allclose([segment.first_s for segment in segments], first_s)
    longest = int(3000 / FRAME_MS)
    for segment in segments[:-1]:
        first = int(round(segment.first_s * RATE_HZ))
        frames = joined.samples[first:first + longest * RATE_HZ * FRAME_MS // 1000].reshape(longest, -1)
        levels = [level_db(frame) for frame in frames[longest * 2 // 3:]]
        assert level_db(segment.samples[-RATE_HZ * FRAME_MS // 1000:]) == min(levels)


def test_a_detector_that_cannot_be_had_is_said():
    pytest.importorskip('webrtcvad')
    assert chosen_detector(DetectionConfig('auto'), 16000) == 'webrtc'
    assert chosen_detector(DetectionConfig('auto'), 22050) == 'energy'
    with pytest.raises(ConfigError, match='22050'):
        chosen_detector(DetectionConfig('webrtc'), 22050)


def test_without_the_library_levels_are_compared(monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'webrtcvad', None)
    assert chosen_detector(DetectionConfig('auto'), 16000) == 'energy'
    with pytest.raises(ConfigError, match='pip install webrtcvad-wheels'):
        chosen_detector(DetectionConfig('webrtc'), 16000)
