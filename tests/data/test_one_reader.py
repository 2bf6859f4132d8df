"""Trainer and client read the same audio, whatever the file is called and whatever wrote it; and refuse the same."""

import os
import struct
import subprocess
import sys

import numpy as np
import pytest
from deepspeech.audio import read_audio
from deepspeech.errors import AudioError
from sounds import CLIP, likeness, run_program, speech, wav_bytes

from deepspeech_training.data import conversion
from deepspeech_training.data.preflight import prepare_recording
from deepspeech_training.errors import DataError
from deepspeech_training.settings.features import FeatureConfig

GUID = b'\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71'


def pcm():
    return speech().astype('<i2').tobytes()


def extensible(data, bits, valid, size=40):
    """A WAVE_FORMAT_EXTENSIBLE file of one channel whose format chunk has `size` bytes."""
    fields = struct.pack('<HHIIHH', 0xFFFE, 1, 16000, 16000 * bits // 8, bits // 8, bits)
    fields = (fields + struct.pack('<HHIH', 22, valid, 4, 1) + GUID)[:size]
    chunks = b'WAVEfmt ' + struct.pack('<I', len(fields)) + fields + b'data' + struct.pack('<I', len(data)) + data
    return b'RIFF' + struct.pack('<I', len(chunks)) + chunks


def rf64(data, size=None):
    fields = struct.pack('<HHIIHH', 1, 1, 16000, 32000, 2, 16)
    sizes = struct.pack('<QQQI', 72 + len(data), len(data) if size is None else size, len(data) // 2, 0)
    return (b'RF64\xff\xff\xff\xffWAVEds64' + struct.pack('<I', len(sizes)) + sizes + b'fmt ' + struct.pack('<I', 16) + fields
            + b'data\xff\xff\xff\xff' + data)


def two_parts(data):
    half = len(data) // 4 * 2
    return wav_bytes(data[:half], after=b'LIST\x04\0\0\0INFOdata' + struct.pack('<I', len(data) - half) + data[half:])


WIDE = (speech().astype('<i4') << 16).tobytes()
EXACT = {
    'extensible 24 in 32': lambda: extensible(WIDE, 32, 24), 'extensible 16, cut format': lambda: extensible(pcm(), 16, 16, 18),
    '24 bits in a frame of 4 bytes': lambda: extensible(WIDE, 32, 24)[:34] + b'\x18\0' + extensible(WIDE, 32, 24)[36:],
    'rf64': lambda: rf64(pcm()), 'rf64 never finished': lambda: rf64(pcm(), 0), 'two data chunks': lambda: two_parts(pcm()),
    'odd size': lambda: wav_bytes(pcm() + b'\0', data_size=len(pcm()) + 1),
    'ffffffff': lambda: wav_bytes(pcm(), data_size=0xFFFFFFFF, riff_size=0xFFFFFFFF),
    'ffffffff and 0': lambda: wav_bytes(pcm(), data_size=0, riff_size=0xFFFFFFFF),
    '0 and 0': lambda: wav_bytes(pcm(), data_size=0, riff_size=0),
    '36 and 0': lambda: wav_bytes(pcm(), data_size=0, riff_size=36), 'all and 0': lambda: wav_bytes(pcm(), data_size=0),
    '80000000': lambda: wav_bytes(pcm(), data_size=0x80000000),
    '7ffff000': lambda: wav_bytes(pcm(), data_size=0x7FFFF000, riff_size=0x7FFFF024),
    'header counted as sound': lambda: wav_bytes(pcm(), data_size=len(pcm()) + 44),
    'a sample torn': lambda: wav_bytes(pcm(), data_size=len(pcm()) + 1), 'late': lambda: wav_bytes(
        pcm(), before=b'junk' + struct.pack('<I', 100001) + bytes(100001)),
    'floats': lambda: wav_bytes((speech() / np.float32(32768)).astype('<f4').tobytes(), bits=32, tag=3)}
BY_SOX = {'a.flac': [], 'a.aiff': [], 'a.au': [], 'a.w64': [], 'a.sph': [], 'a.caf': [], 'rifx.wav': ['-B']}
BY_FFMPEG = {'a.mp3': [], 'a.ogg': [], 'a.opus': [], 'alaw.wav': ['-c:a', 'pcm_alaw'], 'mulaw.wav': ['-c:a', 'pcm_mulaw'],
             'adpcm.wav': ['-c:a', 'adpcm_ms'], 'vbr.mp3': ['-q:a', '5'], 'mp3.wav': ['-c:a', 'libmp3lame']}
PIPED = {'flac': [], 'mp3': ['-q:a', '5', '-write_xing', '0'], 'ogg': [], 'wav': [], 'au': []}


@pytest.fixture
def both(tmp_path):
    """Function (bytes, name) that gives what client and trainer read, int16, or the messages of their errors."""
    def read(data, name='a.wav'):
        path = tmp_path / name
        path.write_bytes(data)
        found = []
        try:
            found.append(read_audio(str(path), 16000))
        except AudioError as error:
            found.append(str(error))
        try:
            utterance = prepare_recording(str(path), FeatureConfig(), str(tmp_path / 'converted'))
            found.append(np.rint(utterance.audio.read() * 32767).astype(np.int16))
        except DataError as error:
            found.append(str(error))
        return found
    return read


@pytest.mark.parametrize('kind', EXACT)
def test_sound_in_every_kind_of_wav_is_read_to_the_bit(both, kind):
    for samples in both(EXACT[kind]()):
        np.testing.assert_array_equal(samples, speech())


def made(tmp_path, name, options, program):
    path = str(tmp_path / 'made' / name)
    os.makedirs(os.path.dirname(path))
    if program == 'sox':
        run_program('sox', '-D', CLIP, *options, path)
    else:
        run_program('ffmpeg', '-loglevel', 'error', '-i', CLIP, *options, path)
    with open(path, 'rb') as file:
        return file.read()


@pytest.mark.parametrize('name', ['as it is', 'a.wav', 'a.raw', 'a'])
@pytest.mark.parametrize('kind', [*BY_SOX, *BY_FFMPEG])
def test_the_content_decides_and_not_the_name(both, tmp_path, kind, name):
    program, options = ('sox', BY_SOX[kind]) if kind in BY_SOX else ('ffmpeg', BY_FFMPEG[kind])
    client, trainer = both(made(tmp_path, kind, options, program), kind if name == 'as it is' else name)
    assert not isinstance(client, str), client
    assert np.abs(client.astype(int) - trainer).max() <= 1  # what lies between two integers is rounded in two ways
    if kind in BY_SOX:
        np.testing.assert_array_equal(client, speech())
    assert likeness(client) > 0.98 and abs(len(client) - len(speech())) < 0.15 * 16000


@pytest.mark.parametrize('kind', PIPED)
def test_what_was_written_to_a_pipe_is_read_to_its_end(both, kind):
    data = run_program('ffmpeg', '-loglevel', 'error', '-stream_loop', 9, '-i', CLIP, *PIPED[kind], '-f', kind, '-')
    client, trainer = both(data, f'a.{kind}')
    assert not isinstance(client, str), client
    assert abs(len(client) - 10 * len(speech())) < 0.15 * 16000 and np.abs(client.astype(int) - trainer).max() <= 1


def test_tags_in_front_and_files_one_behind_the_other_do_not_shorten_an_mp3(both):
    plain = run_program('ffmpeg', '-loglevel', 'error', '-i', CLIP, '-write_id3v2', '0', '-f', 'mp3', '-')
    stream = run_program('ffmpeg', '-loglevel', 'error', '-i', CLIP, '-write_id3v2', '0', '-write_xing', '0', '-f', 'mp3', '-')
    tag = b'ID3\x04\0\0\0\0\x10\0' + bytes(2048)
    for data, n in ((tag + tag + stream, 1), (plain + plain + plain, 3), (tag + plain + plain, 2)):
        for samples in both(data, 'a.mp3'):
            assert not isinstance(samples, str), samples
            assert abs(len(samples) - n * len(speech())) < n * 0.15 * 16000


@pytest.mark.parametrize('kind', ['a.flac', 'a.aiff', 'a.au', 'a.w64', 'a.sph', 'a.ogg', 'a.mp3', 'a.opus', 'alaw.wav',
                                  'adpcm.wav', 'a.wav', 'rf64', 'floats', 'two data chunks'])
@pytest.mark.parametrize('share', [0.4, 0.75, 0.97])
def test_a_file_that_was_cut_short_is_refused_with_what_is_there(both, tmp_path, kind, share):
    if kind in EXACT:
        data = EXACT[kind]()
    else:
        path = str(tmp_path / 'long.wav')
        run_program('sox', CLIP, path, 'repeat', 9)
        program = ('sox',) if kind == 'a.sph' else ('ffmpeg', '-loglevel', 'error', '-i')
        run_program(*program, path, *BY_FFMPEG.get(kind, []), tmp_path / kind)
        data = (tmp_path / kind).read_bytes()
    client, trainer = both(data[:int(share * len(data))], 'cut.wav')
    for message in (client, trainer):
        assert isinstance(message, str), f'{len(message)} samples are read'
        assert 'cut.wav: ' in message and any(part in message for part in ('ends after', 'damaged after', 'is cut short'))
    assert client == trainer


@pytest.mark.parametrize('data, what', [
    (b'<html>404 not found</html>', 'this is a web page, not an audio file; the download failed'),
    (b'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n', 'this is a pointer of Git LFS'),
    (b'\x1f\x8b\x08\0' + bytes(60), 'this is a gzip archive'), (b'PK\x03\x04' + bytes(60), 'this is a zip archive'),
    (bytes(4000), 'this is nothing but zero bytes'), (b'', 'it is empty'), (b'a,b\n1,2\n', 'it is text'),
    (b'\x89PNG\r\n\x1a\n' + bytes(60), 'it is a PNG image')])
def test_what_is_no_audio_is_called_what_it_is(both, data, what):
    client, trainer = both(data)
    assert what in client and client == trainer


@pytest.mark.parametrize('name', ['a.ul', 'a.al', 'a.s16', 'a.u8', 'a.vox', 'a.f32', 'a.cdda', 'a.gsm', 'a.m3u', 'a.pls',
                                  'a.wav'])
def test_bytes_without_a_format_are_no_audio_whatever_their_name(both, name):
    noise = np.random.RandomState(3).bytes(8000)
    client, trainer = both(str(CLIP).encode() + b'\n\0' + noise if name.endswith(('m3u', 'pls')) else noise, name)
    assert isinstance(client, str) and client == trainer


def test_a_wav_that_the_client_cannot_read_is_not_given_to_another_reader(both):
    for data in (wav_bytes(speech().astype('<f8').tobytes(), bits=64), wav_bytes(pcm(), before=b'JUNK\0\0\0\0' * 200000)):
        client, trainer = both(data)
        assert isinstance(client, str) and client == trainer


@pytest.mark.parametrize('value, message', [
    (np.nan, 'the sample at 0.500 s is no number (nan)'), (np.inf, 'is no number (inf)'), (-np.inf, 'is no number (-inf)'),
    (20000, 'the sample at 0.500 s is 20000, and 1 is full scale')])
@pytest.mark.parametrize('rate_hz', [16000, 8000])
def test_floats_that_are_no_sound_are_named_with_their_time(both, value, message, rate_hz):
    samples = np.zeros(rate_hz, '<f4')
    samples[rate_hz // 2] = value
    client, trainer = both(wav_bytes(samples.tobytes(), bits=32, tag=3, rate_hz=rate_hz))
    assert message in client and client == trainer


def test_a_header_of_1_hz_does_not_make_hours_of_a_second(both):
    client, trainer = both(wav_bytes(pcm(), rate_hz=1))
    assert '1 Hz, expected 1000 to 768000' in client and client == trainer


def test_a_pipe_without_a_writer_a_directory_and_a_device_keep_nobody_waiting(tmp_path):
    os.mkfifo(str(tmp_path / 'pipe.wav'))
    for path, client, trainer in ((str(tmp_path / 'pipe.wav'), 'nobody writes to this named pipe', 'it is a named pipe'),
                                  (str(tmp_path), 'this is a directory; name the audio files in it', 'it is a directory'),
                                  ('/dev/zero', 'it is a device', 'it is a device')):
        with pytest.raises(AudioError, match=client):
            read_audio(path, 16000)
        with pytest.raises(DataError, match=trainer):
            prepare_recording(path, FeatureConfig(), str(tmp_path / 'converted'))


@pytest.mark.parametrize('name', ['a\0b.wav', '\ud800.wav', '\udcff.wav', 'x' * 300, 'a/' * 3000, ''])
def test_names_that_no_file_can_have_are_refused_in_a_sentence(name, tmp_path):
    for read, error in ((lambda: read_audio(name, 16000), AudioError),
                        (lambda: prepare_recording(name, FeatureConfig(), str(tmp_path / 'converted')), DataError)):
        with pytest.raises(error, match='cannot be (opened|read as audio)'):
            read()


def test_a_pipe_with_a_writer_is_read_by_the_client():
    code = 'import sys; from deepspeech.audio import read_audio; print(read_audio(sys.argv[1], 16000).sum())'
    command = f'{sys.executable} -c \'{code}\' <(cat {CLIP})'
    assert int(subprocess.check_output(['bash', '-c', command])) == speech().sum()


def test_more_hours_than_anybody_says_at_once_are_not_unpacked(tmp_path, monkeypatch):
    """A few megabytes of compressed silence would fill a disk."""
    path = str(tmp_path / 'a.flac')
    run_program('sox', '-D', '-n', '-r', 8000, '-c', 1, '-b', 8, path, 'trim', 0, 90)
    monkeypatch.setattr(conversion, 'MAX_HOURS', 1 / 60)
    with pytest.raises(DataError, match=r'a\.flac: longer than 0\.0167 hours; cut it into utterances'):
        prepare_recording(path, FeatureConfig(), str(tmp_path / 'converted'))
    assert os.listdir(str(tmp_path / 'converted')) == []
