"""Recordings of a corpus become 16 kHz mono WAV files: whole, or spans and channels of them."""

import os
import subprocess
import sys
import wave

import numpy as np
import pytest
from corpora import long_clips, speech
from deepspeech.audio import read_audio

from deepspeech_training.corpora.convert import Cut, Job, Made, make_wavs, require_readers
from deepspeech_training.errors import DataError


def samples_of(path):
    with wave.open(str(path)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16000, 1, 2)
        return np.frombuffer(wav.readframes(wav.getnframes()), np.int16).astype(np.int32)


def put(path, data):
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize('ending, rate_hz', [('mp3', 48000), ('flac', 44100), ('opus', 48000), ('ogg', 44100), ('sph', 16000),
                                             ('wav', 22050)])
def test_whole_recordings_are_what_the_client_hears(ending, rate_hz, tmp_path):
    source = put(tmp_path / f'clip.{ending}', speech(0, ending, rate_hz))
    target = str(tmp_path / 'deep' / 'clip.wav')
    (made,) = make_wavs(Job(source, (Cut(target),)))
    samples = samples_of(target)
    assert made == Made(target, 44 + 2 * len(samples), len(samples))
    heard = read_audio(source, 16000)
    assert len(samples) == len(heard)
    assert np.abs(samples - heard).max() <= 1  # halves are rounded to the other side


def test_plain_recordings_are_used_where_they_are(tmp_path):
    source = put(tmp_path / 'clip.wav', speech(0))
    (made,) = make_wavs(Job(source, (Cut(str(tmp_path / 'copy.wav')),)))
    assert made.path == source and not (tmp_path / 'copy.wav').exists()
    (made,) = make_wavs(Job(source, (Cut(str(tmp_path / 'copy.wav')),), keeps_plain=False))
    assert made.path == str(tmp_path / 'copy.wav')
    assert (samples_of(made.path) == samples_of(source)).all()


def test_spans_are_cut_to_the_sample_in_any_order(tmp_path):
    source = put(tmp_path / 'clip.flac', speech(3, 'flac'))
    whole = samples_of(long_clips()[3])
    spans = [(1.0, 1.25), (0.0, 0.5), (0.25, 1.1), (0.3, 0.30625)]
    cuts = tuple(Cut(str(tmp_path / f'{index}.wav'), span) for index, span in enumerate(spans))
    for index, made in enumerate(make_wavs(Job(source, cuts))):
        start, end = (int(16000 * second) for second in spans[index])
        assert made.n_samples == end - start
        assert np.abs(samples_of(made.path) - whole[start:end]).max() <= 1


def test_a_span_beyond_the_end_says_so_and_costs_the_others_nothing(tmp_path):
    source = put(tmp_path / 'clip.flac', speech(3, 'flac'))
    cuts = Cut(str(tmp_path / 'a.wav'), (0., .5)), Cut(str(tmp_path / 'b.wav'), (100., 101.))
    inside, behind = make_wavs(Job(source, cuts))
    assert inside.n_samples == 8000
    assert behind == 'the recording ends before it'


def test_channels_of_a_telephone_call_are_kept_apart(tmp_path):
    left, right = (samples_of(long_clips()[index]) for index in (0, 1))
    n = min(len(left), len(right))
    with wave.open(str(tmp_path / 'call.wav'), 'wb') as wav:
        wav.setparams((2, 2, 16000, 0, 'NONE', ''))
        wav.writeframes(np.stack([left[:n], right[:n]], axis=1).astype('<i2').tobytes())
    cuts = tuple(Cut(str(tmp_path / f'{channel}.wav'), (0.1, 0.6), channel) for channel in (0, 1, 2))
    first, second, third = make_wavs(Job(str(tmp_path / 'call.wav'), cuts))
    assert (samples_of(first.path) == left[1600:9600]).all()
    assert (samples_of(second.path) == right[1600:9600]).all()
    assert third == 'has 2 channels, so there is no channel 3; get the right file'


@pytest.mark.parametrize('data, words', [(b'', 'empty'), (b'<html>no</html>', 'web page'), (b'RIFF', ''),
                                         (None, 'cannot be opened')])
def test_what_is_no_recording_is_said_without_its_name(data, words, tmp_path):
    source = str(tmp_path / 'clip.mp3')
    if data is not None:
        put(tmp_path / 'clip.mp3', data)
    for cut in (Cut(str(tmp_path / 'a.wav')), Cut(str(tmp_path / 'a.wav'), (0., 1.))):
        (reason,) = make_wavs(Job(source, (cut,)))
        assert isinstance(reason, str) and words in reason and source not in reason and not reason.endswith('.')
        assert not (tmp_path / 'a.wav').exists()


def test_copies_are_kept_while_sound_and_newer_than_their_source(tmp_path):
    source, target = put(tmp_path / 'clip.mp3', speech(0, 'mp3')), tmp_path / 'clip.wav'
    job = Job(source, (Cut(str(target)),))
    (first,) = make_wavs(job)
    before = target.stat()
    make_wavs(job)
    assert target.stat().st_mtime_ns == before.st_mtime_ns
    content = target.read_bytes()
    target.write_bytes(content[:1000])  # torn
    assert make_wavs(job) == [first] and target.read_bytes() == content
    put(tmp_path / 'clip.mp3', speech(1, 'mp3'))
    os.utime(source, (4e9, 4e9))
    (second,) = make_wavs(job)
    assert second.n_samples != first.n_samples


def test_shortened_sphere_asks_for_its_program(tmp_path, monkeypatch):
    header = b'NIST_1A\n   1024\nsample_coding -s26 pcm,embedded-shorten-v2.00\nend_head\n'.ljust(1024)
    source = put(tmp_path / 'call.sph', header + b'ajkg' + bytes(100))
    monkeypatch.setenv('PATH', str(tmp_path))
    (reason,) = make_wavs(Job(source, (Cut(str(tmp_path / 'a.wav'), (0., 1.), 0),)))
    assert 'sph2pipe is needed' in reason and 'openslr.org/3' in reason
    plain = put(tmp_path / 'plain.wav', speech(3))
    (tmp_path / 'sph2pipe').write_text(f'#!/bin/sh\n/bin/cp {plain} "$4"\n')
    (tmp_path / 'sph2pipe').chmod(0o755)
    (made,) = make_wavs(Job(source, (Cut(str(tmp_path / 'a.wav'), (0., 1.), 0),)))
    assert (samples_of(made.path) == samples_of(plain)[:16000]).all()


def test_telephone_codes_without_header_go_through_ffmpeg(tmp_path):
    encoded = subprocess.run(['ffmpeg', '-v', 'error', '-i', str(long_clips()[0]), '-c:a', 'g722', '-f', 'g722', '-'],
                             stdout=subprocess.PIPE, check=True).stdout
    source = put(tmp_path / 'prompt.g722', encoded)
    (made,) = make_wavs(Job(source, (Cut(str(tmp_path / 'a.wav')),)))
    assert abs(made.n_samples - len(samples_of(long_clips()[0]))) < 32


def test_what_cannot_be_read_here_is_said_before_the_first_clip(monkeypatch):
    require_readers(['a.mp3', 'b.flac', 'c.opus', 'd.SPH', 'e.wav', 'f'])
    import soundfile
    monkeypatch.setattr(soundfile, 'available_formats', lambda: {'WAV': '', 'FLAC': ''})
    with pytest.raises(DataError, match='does not read MP3; install a newer one'):
        require_readers(['a.mp3', 'b.flac'])
    require_readers(['b.flac'])
    monkeypatch.setitem(sys.modules, 'soxr', None)
    with pytest.raises(DataError, match='pip install soxr'):
        require_readers(['b.flac'])
    require_readers(['e.wav'])
