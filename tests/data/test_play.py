"""`bin/play.py` and `bin/compare_samples.py`: augmented sound, and whether it is another one."""

import io
import os
import struct
import subprocess
import sys
import wave
import zlib
from pathlib import Path

import numpy as np
import pytest
from sounds import CLIP, TESTS, speech
from wav_files import pcm16, tone, wav_bytes

from deepspeech_training.data.comparison import level_of_difference
from deepspeech_training.reports.raster import png_of

BIN = TESTS.parent / 'bin'


def program(name, *words, **environment):
    return subprocess.run([sys.executable, str(BIN / name), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, PYTHONIOENCODING='utf-8', **environment))


def piped(*words):
    """Returns int16 samples that play.py writes to a pipe; they have the format of CLIP."""
    result = program('play.py', CLIP, '--pipe', *words)
    assert result.returncode == 0, result.stderr.decode()
    with wave.open(io.BytesIO(result.stdout)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), '<i2')


def test_without_augmentation_the_sound_is_what_it_was():
    assert np.array_equal(piped(), speech())


@pytest.mark.parametrize('specification', [
    'overlay[source={},snr=20]', 'reverb[delay=50.0,decay=2.0]', 'resample[rate=4000]', 'codec[bitrate=4000]', 'volume'])
def test_what_published_ci_augments_samples_with(specification, tmp_path):
    """One sample out of the pipe differs in content, not in format or length, as the other tool says."""
    backwards = tmp_path / 'backwards.wav'
    backwards.write_bytes(wav_bytes(speech()[::-1].tobytes()))
    (tmp_path / 'noise.csv').write_text(f'wav_filename\n{backwards}\n', encoding='utf-8')
    result = program('play.py', '--augment', specification.format(tmp_path / 'noise.csv'), '--pipe', CLIP)
    assert result.returncode == 0, result.stderr.decode()
    (tmp_path / 'after.wav').write_bytes(result.stdout)
    assert program('compare_samples.py', '--if-differ', CLIP, tmp_path / 'after.wav').returncode == 0
    assert program('compare_samples.py', CLIP, tmp_path / 'after.wav').returncode == 1


def test_samples_of_a_set_are_named_and_written(clips, tmp_path):
    result = program('play.py', clips, '--start', -2, '--output', tmp_path / 'a.wav')
    assert result.returncode == 0 and not result.stdout
    name, transcript = result.stderr.decode('utf-8').rstrip('\n').split(': ')
    assert Path(name).name.endswith('.wav') and transcript and level_of_difference(name, str(tmp_path / 'a.wav')) < -300
    quiet = program('play.py', clips, '--random', '--quiet', '--output', tmp_path / 'b.wav')
    assert quiet.returncode == 0 and not quiet.stderr and (tmp_path / 'b.wav').exists()


def test_ranges_are_taken_at_the_clock():
    peaks = [np.abs(piped('--augment', 'volume[dbfs=-40:-20]', *words)).max() for words in ((), ('--clock', 0), ('--clock', 1))]
    assert [20 * np.log10(peak / 32767) + 3.0103 for peak in peaks] == pytest.approx([-30, -40, -20], abs=0.1)


def test_a_player_gets_the_sounds_one_after_the_other(clips, tmp_path):
    played = tmp_path / 'played'
    (tmp_path / 'play').write_text(f'#!/bin/sh\nwc -c < "$2" >> {played}\n')
    (tmp_path / 'play').chmod(0o755)
    result = program('play.py', clips, '--number', 11, PATH=f'{tmp_path}:{os.environ["PATH"]}')
    sizes = [int(line) for line in played.read_text().split()]
    assert result.returncode == 0 and len(sizes) == 11 and sizes[:2] == sizes[9:]  # nine samples, then from the first one on


@pytest.mark.parametrize('words, said', [
    (['--start', 9, '--pipe'], 'has 9 samples; choose from -9 to 8'), (['--start', -10, '--pipe'], 'choose from -9 to 8'),
    (['--pipe', '--augment', 'foo'], "no augmentation 'foo'"), (['--pipe', '--clock', 2], '--clock 2')])
def test_what_cannot_be_played_is_said(words, said, clips):
    result = program('play.py', clips, *words)
    assert result.returncode == 1 and said in result.stderr.decode() and not result.stdout


def test_without_a_player_one_is_named(clips, tmp_path):
    result = program('play.py', clips, PATH=str(tmp_path))
    assert result.returncode == 1 and 'neither play nor aplay is there' in result.stderr.decode()


@pytest.fixture
def soft(tmp_path):
    """Function (gain) that gives the path of a tone plus so much of another one."""
    def make(gain, n_channels=1, n_samples=1600, rate_hz=16000):
        sound = tone(n_samples) * 0.5 + gain * tone(n_samples, frequency_hz=1000)
        path = tmp_path / f'{gain}-{n_channels}-{n_samples}-{rate_hz}.wav'
        path.write_bytes(wav_bytes(pcm16(np.repeat(sound, n_channels)), n_channels, rate_hz))
        return str(path)
    return make


def test_the_level_is_that_of_the_difference(soft):
    """A tone of amplitude a / 2 has RMS a / sqrt(8)."""
    expected = 20 * np.log10(0.1 / np.sqrt(8)) + 3.0103
    assert level_of_difference(soft(0), soft(0.1)) == pytest.approx(expected, abs=0.01)
    assert level_of_difference(soft(0), soft(0)) == pytest.approx(-316.9897)


@pytest.mark.parametrize('words, gain, code', [
    ((), 0, 0), ((), 0.1, 1), (('--if-differ',), 0.1, 0), (('--if-differ',), 0, 1), (('--threshold', -20), 0.1, 0),
    (('--threshold', -30), 0.1, 1)])
def test_the_exit_code_tells(words, gain, code, soft):
    result = program('compare_samples.py', *words, soft(0), soft(gain))
    said = result.stderr.decode()
    assert result.returncode == code and not result.stdout and (' dB' in said) and said.startswith('E ') == bool(code)
    silent = program('compare_samples.py', *words, '--no-success-output', soft(0), soft(gain))
    assert silent.returncode == code and bool(silent.stderr) == bool(code)


@pytest.mark.parametrize('how, said', [
    (dict(n_channels=2), 'differ in format: 16000 Hz, mono, 16-bit, and 16000 Hz, 2 channels, 16-bit'),
    (dict(rate_hz=8000), 'differ in format'), (dict(n_samples=1601), 'differ in length')])
@pytest.mark.parametrize('words', [(), ('--if-differ',)])
def test_other_formats_and_lengths_always_fail(how, said, words, soft):
    result = program('compare_samples.py', *words, soft(0), soft(0, **how))
    assert result.returncode == 1 and said in result.stderr.decode()


def pixels_of(content):
    """Returns uint8 [rows, columns, 3] of a PNG file as `png` writes it."""
    n_columns, n_rows = struct.unpack('>II', content[16:24])
    place, data = 8, b''
    while place < len(content):
        n_bytes, name = struct.unpack('>I4s', content[place:place + 8])
        body = content[place + 8:place + 8 + n_bytes]
        assert struct.unpack('>I', content[place + 8 + n_bytes:place + 12 + n_bytes])[0] == zlib.crc32(name + body)
        data += body if name == b'IDAT' else b''
        place += 12 + n_bytes
    lines = np.frombuffer(zlib.decompress(data), np.uint8).reshape(n_rows, 1 + 3 * n_columns)
    assert content[:8] == b'\x89PNG\r\n\x1a\n' and not lines[:, 0].any()
    return lines[:, 1:].reshape(n_rows, n_columns, 3)


def test_a_picture_has_the_pixels_it_was_made_of():
    pixels = np.random.RandomState(1).randint(0, 256, (5, 7, 3)).astype(np.uint8)
    assert np.array_equal(pixels_of(png_of(pixels)), pixels)


def test_the_picture_shows_both_spectrograms(soft, tmp_path):
    """The second one has another tone: a bright line of its own, on the row of 1000 of 8000 Hz from below."""
    result = program('compare_samples.py', '--if-differ', '--picture', tmp_path / 'both.png', soft(0), soft(0.5))
    assert result.returncode == 0, result.stderr.decode()
    pixels = pixels_of((tmp_path / 'both.png').read_bytes()).astype(int).sum(axis=2)
    n_rows = (len(pixels) - 4) // 2
    row = round((n_rows - 1) * (1 - 1000 / 8000))
    middle = pixels.shape[1] // 2
    assert pixels[n_rows + 4 + row, middle] > 500 > 300 > pixels[row, middle]
