"""Sound of any kind, as the models hear it."""

import struct
import subprocess
import sys

import numpy as np
import pytest
from deepspeech.audio import audio_blocks, open_audio, read_audio
from deepspeech.errors import AudioError
from sounds import CLIP, likeness, run_program, speech, wav_bytes

LIST = b'LIST' + struct.pack('<I', 4) + b'INFO'


@pytest.fixture
def file(tmp_path):
    def write(data, name='a.wav'):
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)
    return write


def complaint(path, **arguments):
    with pytest.raises(AudioError) as caught:
        with open_audio(path, **arguments) as audio:
            list(audio.blocks(16000, 16000))
    return str(caught.value)


def test_16_bit_mono_comes_as_it_is_stored(file):
    np.testing.assert_array_equal(read_audio(str(CLIP), 16000), speech())
    every = np.arange(-32768, 32768).astype('<i2')
    samples = read_audio(file(wav_bytes(every.tobytes())), 16000)
    assert samples.dtype == np.int16
    np.testing.assert_array_equal(samples, every)


def test_it_needs_no_package_but_numpy():
    code = ('import sys; sys.modules.update(soundfile=None, soxr=None); from deepspeech.audio import read_audio; '
            'print(len(read_audio(sys.argv[1], 16000)))')
    output = subprocess.check_output([sys.executable, '-c', code, str(CLIP)])
    assert int(output) == len(speech())


@pytest.mark.parametrize('options, precision', [
    (['-e', 'unsigned-integer', '-b', '8'], 129), (['-e', 'signed-integer', '-b', '24'], 0),
    (['-e', 'signed-integer', '-b', '32'], 0), (['-e', 'floating-point', '-b', '32'], 0),
    (['-e', 'floating-point', '-b', '64'], 0)])
def test_every_width_of_samples_gives_the_same_sound(tmp_path, options, precision):
    path = str(tmp_path / 'a.wav')
    run_program('sox', '-D', CLIP, *options, path)
    difference = read_audio(path, 16000).astype(int) - speech()
    assert np.abs(difference).max() <= precision


@pytest.mark.parametrize('codec', ['pcm_alaw', 'pcm_mulaw', 'adpcm_ms', 'adpcm_ima_wav'])
def test_telephone_codes_sound_the_same(tmp_path, codec):
    path = str(tmp_path / 'a.wav')
    run_program('ffmpeg', '-loglevel', 'error', '-i', CLIP, '-c:a', codec, path)
    assert likeness(read_audio(path, 16000)) > 0.99


@pytest.mark.parametrize('name, closeness', [('a.flac', 1), ('a.ogg', 0.99), ('a.opus', 0.98), ('a.mp3', 0.98),
                                             ('a.aiff', 1), ('a.au', 1), ('a.raw.flac', 1)])
def test_files_of_other_formats_sound_the_same(tmp_path, name, closeness):
    path = str(tmp_path / name)
    run_program('ffmpeg', '-loglevel', 'error', '-i', CLIP, path)
    samples = read_audio(path, 16000)
    if closeness == 1:
        np.testing.assert_array_equal(samples, speech())
    assert likeness(samples) >= min(closeness, 0.999)


def test_the_content_counts_and_not_the_name(tmp_path, file):
    run_program('sox', CLIP, tmp_path / 'a.flac')
    for name in ('a.wav', 'a.raw', 'a', 'a.txt'):
        np.testing.assert_array_equal(read_audio(file((tmp_path / 'a.flac').read_bytes(), name), 16000), speech())


@pytest.mark.parametrize('rate_hz', [8000, 11025, 22050, 44100, 48000])
def test_other_rates_are_converted(tmp_path, rate_hz):
    path = str(tmp_path / 'a.wav')
    run_program('sox', CLIP, '-r', rate_hz, path)
    samples = read_audio(path, 16000)
    assert abs(len(samples) - len(speech())) <= 2
    assert likeness(samples) > (0.95 if rate_hz < 16000 else 0.999)


def test_a_tone_keeps_its_height_and_loudness(file):
    for from_hz, to_hz in ((44100, 16000), (8000, 16000), (16000, 8000)):
        tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(from_hz) / from_hz)
        samples = read_audio(file(wav_bytes(np.round(tone * 32767).astype('<i2').tobytes(), rate_hz=from_hz)), to_hz)
        expected = 0.5 * 32767 * np.sin(2 * np.pi * 440 * np.arange(to_hz) / to_hz)
        assert len(samples) == to_hz
        np.testing.assert_allclose(samples[500:-500], expected[500:-500], atol=20)


def test_channels_are_averaged(file):
    left, right = speech(), speech()[::-1]
    path = file(wav_bytes(np.stack([left, right], axis=1).astype('<i2').tobytes(), n_channels=2))
    np.testing.assert_array_equal(read_audio(path, 16000), np.rint((left.astype(float) + right) / 2))


def test_floats_beyond_full_scale_are_cut_off_there(file):
    path = file(wav_bytes(np.array([0, 1, -1, 1.5, -1.5, 0.25], '<f4').tobytes(), bits=32, tag=3))
    assert read_audio(path, 16000).tolist() == [0, 32767, -32768, 32767, -32768, 8192]


@pytest.mark.parametrize('how', [
    dict(before=LIST), dict(after=LIST), dict(tag=0xFFFE), dict(before=b'junk' + struct.pack('<I', 3) + b'abc\0'),
    dict(before=b'junk' + struct.pack('<I', 3) + b'abc'),  # odd chunk, pad byte forgotten
    dict(before=b'junk' + struct.pack('<I', 10000) + bytes(10000)),  # the sound begins late
    dict(data_size=0xFFFFFFFF, riff_size=0xFFFFFFFF), dict(data_size=0x80000000, riff_size=0x80000024),
    dict(data_size=0x7FFFF000, riff_size=0x7FFFF024), dict(data_size=0, riff_size=0), dict(data_size=0, riff_size=36)])
def test_odd_chunks_and_sizes_never_filled_in_do_not_matter(file, how):
    path = file(wav_bytes(speech().astype('<i2').tobytes(), **how))
    np.testing.assert_array_equal(read_audio(path, 16000), speech())


def test_what_ffmpeg_and_sox_write_to_a_pipe_is_read(file):
    for data in (run_program('ffmpeg', '-loglevel', 'error', '-i', CLIP, '-f', 'wav', '-'),
                 run_program('sox', CLIP, '-t', 'wav', '-')):
        np.testing.assert_array_equal(read_audio(file(data), 16000), speech())


def test_a_recorder_killed_within_a_sample_leaves_the_others(file):
    path = file(wav_bytes(speech()[:100].astype('<i2').tobytes() + b'\1', data_size=0, riff_size=0))
    np.testing.assert_array_equal(read_audio(path, 16000), speech()[:100])


def test_blocks_are_the_whole_sound_in_pieces(tmp_path):
    path = str(tmp_path / 'a.wav')
    run_program('sox', CLIP, '-r', 44100, '-c', 2, path)
    whole = read_audio(path, 16000)
    for block_samples in (17, 999, 5000, 10 ** 6):
        blocks = list(audio_blocks(path, 16000, block_samples))
        assert all(len(block) == block_samples for block in blocks[:-1])
        assert 0 < len(blocks[-1]) <= block_samples
        np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / 'long.wav'
    with open(str(path), 'wb') as file:
        file.write(wav_bytes(b'', n_channels=2, rate_hz=44100, data_size=240 * 44100 * 4))
        file.truncate(44 + 240 * 44100 * 4)  # four minutes of silence that take no room on the disk
    code = ('import resource, sys; from deepspeech.audio import audio_blocks; '
            'before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; '
            'n_samples = sum(len(block) for block in audio_blocks(sys.argv[1], 16000, 16000)); '
            'print(n_samples, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)')
    n_samples, grown_kib = subprocess.check_output([sys.executable, '-c', code, str(path)]).split()
    assert int(n_samples) == 240 * 16000
    assert int(grown_kib) < 20 * 1024  # the file has 40 MiB, as floats 160


@pytest.mark.parametrize('name', ['a.wav', 'a.flac', 'a.ogg', 'a.mp3'])
def test_standard_input_may_be_any_format(tmp_path, name):
    path = tmp_path / name
    run_program('ffmpeg', '-loglevel', 'error', '-i', CLIP, path)
    code = 'import hashlib; from deepspeech.audio import read_audio; print(read_audio("-", 16000).sum())'
    pipe = subprocess.run([sys.executable, '-c', code], input=path.read_bytes(), stdout=subprocess.PIPE, check=True)
    assert int(pipe.stdout) == read_audio(str(path), 16000).sum()


def test_sound_from_a_pipe_is_there_before_the_pipe_ends():
    code = ('from deepspeech.audio import audio_blocks\n'
            'for block in audio_blocks("-", 16000, 1600): print(len(block), flush=True)')
    with subprocess.Popen([sys.executable, '-c', code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(wav_bytes(speech()[:4000].astype('<i2').tobytes(), data_size=0xFFFFFFFF))
        process.stdin.flush()
        assert process.stdout.readline() == b'1600\n'
        process.stdin.close()
        assert process.stdout.read() == b'1600\n800\n'


def test_raw_samples_are_taken_as_they_are(file):
    with open_audio(file(speech().tobytes(), 'a.raw'), raw_rate_hz=16000) as audio:
        np.testing.assert_array_equal(np.concatenate(list(audio.blocks(16000, 1000))), speech())


@pytest.mark.parametrize('data, message', [
    (b'', 'it is empty'), (b'RIFF', 'not audio'), (b'some text\n' * 500, 'not audio of a known format, or damaged'),
    (wav_bytes(b''), 'there is no sound in it'), (wav_bytes(b'', data_size=0, riff_size=0), 'there is no sound in it'),
    (wav_bytes(b'')[:30], 'not audio'), (wav_bytes(bytes(80), n_channels=0), 'not audio'),
    (wav_bytes(bytes(80), rate_hz=0), '0 Hz|not audio'),
    (wav_bytes(bytes(80), rate_hz=7), '7 Hz, expected 1000 to 768000'),
    (wav_bytes(bytes(80), rate_hz=10 ** 6), '1000000 Hz'),
    (b'\xff\xfb\x90\0' * 50, 'not audio'), (bytes(range(256)) * 20, 'not audio')])
def test_what_is_no_sound_is_named_with_a_remedy(file, data, message):
    path = file(data)
    with pytest.raises(AudioError, match=message) as caught:
        read_audio(path, 16000)
    assert str(caught.value).startswith(path)
    assert any(word in str(caught.value) for word in ('ffmpeg', 'record', 'get the file again'))


def test_missing_files_and_directories_are_named(tmp_path):
    assert complaint(str(tmp_path / 'gone.wav')).endswith('gone.wav: cannot be opened (No such file or directory).')
    assert complaint(str(tmp_path)) == f'{tmp_path}: this is a directory; name the audio files in it.'


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_named_with_their_time(file, value):
    samples = np.zeros(16000, '<f4')
    samples[8000] = value
    path = file(wav_bytes(samples.tobytes(), bits=32, tag=3))
    assert f'the sample at 0.500 s is no number ({value})' in complaint(path)


def test_floats_written_with_the_scale_of_integers_are_refused(file):
    data = speech().astype('<f4').tobytes()
    assert 'and 1 is full scale in a file of floats; divide' in complaint(file(wav_bytes(data, bits=32, tag=3)))


def test_what_comes_before_damage_is_given_before_the_error(tmp_path, file):
    whole = wav_bytes(np.tile(speech(), 10).astype('<i2').tobytes())
    (tmp_path / 'a.wav').write_bytes(whole)
    run_program('sox', tmp_path / 'a.wav', tmp_path / 'a.flac')
    for data, message in ((whole[:100044], r'ends after 3\.12 of 10\.0\d s'),
                          ((tmp_path / 'a.flac').read_bytes()[:100000], r'damaged after \d\.\d\d s')):
        n_samples = 0
        with pytest.raises(AudioError, match=message + '.*; .*get it again'):
            for block in audio_blocks(file(data, 'cut'), 16000, 1600):
                n_samples += len(block)
        assert n_samples > 40000


def test_every_truncation_is_an_error_or_a_shorter_sound(file):
    whole = wav_bytes(speech()[:20].astype('<i2').tobytes())
    for length in range(len(whole)):
        assert 'a.wav: ' in complaint(file(whole[:length]))


def test_no_byte_of_the_header_can_do_more_than_an_error(file):
    whole = wav_bytes(speech()[:2000].astype('<i2').tobytes())
    for position in range(44):
        for value in (0, 1, 3, 0x7F, 0x80, 0xFF):
            path = file(whole[:position] + bytes([value]) + whole[position + 1:])
            try:
                assert read_audio(path, 16000).dtype == np.int16
            except AudioError:
                continue


def test_missing_packages_are_named(tmp_path):
    path = str(tmp_path / 'a.flac')
    run_program('sox', CLIP, '-r', 8000, path)
    for package in ('soundfile', 'soxr'):
        code = (f'import sys; sys.modules[{package!r}] = None\nfrom deepspeech import audio, errors\n'
                'try: audio.read_audio(sys.argv[1], 16000)\nexcept errors.AudioError as error: print(error)')
        message = subprocess.check_output([sys.executable, '-c', code, path]).decode()
        assert f'the package {package} is needed' in message and f'pip install {package}' in message
