import os
import struct
import threading
import time
import wave

import numpy as np
import pytest
import sox
from wav_files import pcm16, tone, wav_bytes

from deepspeech_training.data.audio import AudioInfo, for_each, read_wav
from deepspeech_training.data.audio_index import AudioIndex
from deepspeech_training.data.conversion import convert_audio
from deepspeech_training.data.utterance import AudioFile, RecordedFile
from deepspeech_training.errors import DataError

LIST = b'LIST' + struct.pack('<I', 4) + b'INFO'
SUBFORMAT_TAIL = b'\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71'


@pytest.fixture
def file(tmp_path):
    def write(data, name='a.wav'):
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)
    return write


def info_of(path):
    return AudioFile.probe(path).info


def encode(values, bits, tag):
    """Returns bytes of full-scale-1 values, the textbook way."""
    if tag == 3:
        return struct.pack(f'<{len(values)}{"f" if bits == 32 else "d"}', *values)
    integers = [int(round(value * (2 ** (bits - 1) - 1))) for value in values]
    if bits == 8:
        return bytes(integer + 128 for integer in integers)
    return b''.join(integer.to_bytes(bits // 8, 'little', signed=True) for integer in integers)


def write_with_sox(source, target, bits, encoding):
    transformer = sox.Transformer()
    transformer.set_output_format(bits=bits, encoding=encoding)
    transformer.build_file(source, target)


@pytest.mark.parametrize('extensible', [False, True])
@pytest.mark.parametrize('bits, tag, precision', [(8, 1, 1 / 127), (16, 1, 1 / 32767), (24, 1, 1e-6), (32, 1, 1e-6),
                                                  (32, 3, 1e-6), (64, 3, 1e-6)])
def test_every_sample_format_gives_the_same_waveform(file, bits, tag, precision, extensible):
    values = tone(800).tolist() + [0.0, 1.0, -1.0]
    if extensible:
        extension = struct.pack('<HHIH', 22, bits, 4, tag) + SUBFORMAT_TAIL
        path = file(wav_bytes(encode(values, bits, tag), bits=bits, tag=0xFFFE, extension=extension))
    else:
        path = file(wav_bytes(encode(values, bits, tag), bits=bits, tag=tag))
    samples, rate_hz = read_wav(path)
    assert (samples.dtype, samples.shape, rate_hz) == (np.float32, (803,), 16000)
    np.testing.assert_allclose(samples, values, atol=precision)
    assert info_of(path) == (16000, 1, bits // 8, 803, 'float' if tag == 3 else 'pcm')


def test_16_bit_is_divided_by_32767_exactly(file):
    integers = np.arange(-32768, 32768).astype('<i2')
    samples, _ = read_wav(file(wav_bytes(integers.tobytes())))
    np.testing.assert_array_equal(samples, integers.astype(np.float32) / np.float32(32767))
    assert samples[0] == np.float32(-1.0000305)


def test_reads_what_the_wave_module_and_sox_write(tmp_path):
    path, source = str(tmp_path / 'a.wav'), tone(1600)
    with wave.open(path, 'wb') as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16000)
        writer.writeframes(pcm16(source))
    np.testing.assert_allclose(read_wav(path)[0], source, atol=1e-4)
    for bits, encoding in ((8, 'unsigned-integer'), (24, 'signed-integer'), (32, 'signed-integer'),
                           (32, 'floating-point'), (64, 'floating-point')):
        converted = str(tmp_path / f'{bits}{encoding}.wav')
        write_with_sox(path, converted, bits, encoding)
        np.testing.assert_allclose(read_wav(converted)[0], source, atol=0.02 if bits == 8 else 1e-4)


def test_channels_are_averaged(file):
    left, right = tone(500), tone(500, frequency_hz=1000)
    samples, _ = read_wav(file(wav_bytes(pcm16(np.stack([left, right], axis=1)), n_channels=2)))
    np.testing.assert_allclose(samples, (left + right) / 2, atol=1e-4)


@pytest.mark.parametrize('how', [
    dict(before=LIST), dict(after=LIST), dict(before=b'junk' + struct.pack('<I', 3) + b'abc\0'),
    dict(before=b'junk' + struct.pack('<I', 3) + b'abc'),  # odd chunk, pad byte forgotten
    dict(data_size=0xFFFFFFFF, riff_size=0xFFFFFFFF), dict(data_size=0, riff_size=0xFFFFFFFF),
    dict(data_size=0x80000000, riff_size=0x80000024), dict(data_size=0x7FFFF000, riff_size=0x7FFFF024),
    dict(data_size=0, riff_size=0), dict(data_size=0, riff_size=36), dict(data_size=1402), dict(extension=b'\0\0')])
def test_odd_chunks_and_untrue_sizes_do_not_matter_when_the_sound_is_there(file, how):
    path = file(wav_bytes(pcm16(tone(700)), **how))
    assert info_of(path).n_samples == 700
    np.testing.assert_allclose(read_wav(path)[0], tone(700), atol=1e-4)


def test_every_truncation_is_an_error(file):
    whole = wav_bytes(pcm16(tone(20)))
    for length in range(len(whole)):
        path = file(whole[:length])
        if length < 44:
            with pytest.raises(DataError, match=r'a\.wav: not a WAV file'):
                read_wav(path)
        else:
            with pytest.raises(DataError, match=r'a\.wav: ends after 0\.00 of 0\.00 s'):
                read_wav(path)


def test_no_byte_of_the_header_can_do_more_than_a_data_error(file):
    whole = wav_bytes(pcm16(tone(20)))
    for position in range(44):
        for value in (0, 1, 3, 0x7F, 0x80, 0xFF):
            path = file(whole[:position] + bytes([value]) + whole[position + 1:])
            try:
                samples, rate_hz = read_wav(path)
            except DataError:
                continue
            assert samples.ndim == 1 and rate_hz > 0


@pytest.mark.parametrize('data, message', [
    (b'', r'a\.wav: not a WAV file \(an empty file\)'), (b'\xff\xfb' * 40, r'not a WAV file \(MP3 audio\)'),
    (wav_bytes(b'', n_channels=0), '0 channels'), (wav_bytes(b'', rate_hz=0), '0 Hz'),
    (wav_bytes(b'', bits=0, tag=7, n_channels=3), '0 bits'),
    (b'RIFF\x04\0\0\0WAVE', 'no format or no sound'), (wav_bytes(b'')[:36], 'no format or no sound')])
def test_what_is_no_wav_is_named(file, data, message):
    with pytest.raises(DataError, match=message):
        info_of(file(data))


def test_missing_file_and_unknown_encoding_are_named(file, tmp_path):
    with pytest.raises(DataError, match=r'gone\.wav: cannot be opened \(No such file'):
        read_wav(str(tmp_path / 'gone.wav'))
    with pytest.raises(DataError, match=r'a\.wav: 8000 Hz, mono, 8-bit ulaw cannot be read; convert it'):
        read_wav(file(wav_bytes(bytes(80), rate_hz=8000, bits=8, tag=7)))


def test_probing_many_keeps_order_and_reports_the_bad_ones(make_wav, tmp_path):
    paths = [make_wav(f'{index}.wav', 100 + index) for index in range(50)]
    paths.insert(20, str(tmp_path / 'gone.wav'))
    found = AudioIndex().look_up([RecordedFile(path) for path in paths])
    assert isinstance(found.pop(20), DataError)
    assert [audio.n_samples for audio in found] == list(range(100, 150))


def test_probing_reads_the_header_only(tmp_path):
    path = tmp_path / 'large.wav'
    with open(str(path), 'wb') as file:
        file.write(wav_bytes(b'', data_size=2 * 10 ** 9))
        file.truncate(44 + 2 * 10 ** 9)  # sparse: reading it would take seconds
    info = info_of(str(path))
    assert (info.n_samples, info.duration_s) == (10 ** 9, 62500)


def test_info_reads_well():
    assert str(AudioInfo(22050, 2, 2, 1, 'pcm')) == '22050 Hz, 2 channels, 16-bit'
    assert str(AudioInfo(8000, 1, 4, 1, 'float')) == '8000 Hz, mono, 32-bit float'


@pytest.mark.parametrize('rate_hz', [8000, 22050, 44100, 48000])
@pytest.mark.parametrize('n_channels', [1, 2])
def test_conversion_keeps_the_sound(make_wav, tmp_path, rate_hz, n_channels):
    source, target = make_wav('in.wav', rate_hz, rate_hz, n_channels), str(tmp_path / 'out.wav')
    convert_audio(source, target, 16000)
    info = info_of(target)
    assert (info.rate_hz, info.n_channels, info.sample_width, info.encoding) == (16000, 1, 2, 'pcm')
    samples, _ = read_wav(target)
    assert abs(len(samples) - 16000) <= 2
    np.testing.assert_allclose(samples[500:15500], tone(16000)[500:15500], atol=2e-3)


@pytest.mark.parametrize('encoding, bits', [('u-law', 8), ('a-law', 8), ('ms-adpcm', 4), ('ima-adpcm', 4),
                                            ('unsigned-integer', 8), ('floating-point', 32), ('signed-integer', 24)])
def test_other_encodings_are_converted(make_wav, tmp_path, encoding, bits):
    source, target = str(tmp_path / 'in.wav'), str(tmp_path / 'out.wav')
    write_with_sox(make_wav('pcm.wav'), source, bits, encoding)
    assert abs(info_of(source).duration_s - 1) < 0.1
    convert_audio(source, target, 16000)
    samples, rate_hz = read_wav(target)
    assert rate_hz == 16000
    np.testing.assert_allclose(samples[500:15500], tone(16000)[500:15500], atol=0.05)


@pytest.mark.parametrize('extension', ['flac', 'mp3', 'ogg', 'amr-nb', 'wv'])
def test_compressed_formats_are_converted(make_wav, tmp_path, extension):
    source, target = str(tmp_path / f'in.{extension}'), str(tmp_path / 'out.wav')
    transformer = sox.Transformer()
    transformer.rate(8000 if extension == 'amr-nb' else 16000)
    transformer.build_file(make_wav('pcm.wav'), source)
    convert_audio(source, target, 16000)
    assert abs(info_of(target).duration_s - 1) < 0.1


def test_conversion_is_deterministic_and_leaves_nothing_else_behind(make_wav, tmp_path):
    source = make_wav('in.wav', 4410, 44100)
    for name in ('one', 'two'):
        (tmp_path / name).mkdir()
        convert_audio(source, str(tmp_path / name / 'out.wav'), 16000)
        assert os.listdir(str(tmp_path / name)) == ['out.wav']
    assert (tmp_path / 'one/out.wav').read_bytes() == (tmp_path / 'two/out.wav').read_bytes()


@pytest.mark.parametrize('name', ['a*.wav', '[1].wav', '{x,y}.wav', '-n.wav', 'with space.wav', '\u00e4.WAV',
                                  "it's.wav"])
def test_names_that_mean_something_to_sox_are_only_names(make_wav, tmp_path, name):
    make_wav('ab.wav', 800)
    target = str(tmp_path / 'out' / name)
    os.mkdir(os.path.dirname(target))
    convert_audio(make_wav(name, 8000, 8000), target[:-4] + '.wav', 16000)
    assert info_of(target[:-4] + '.wav').n_samples == 16000


def test_what_cannot_be_converted_is_named_and_leaves_no_file(file, tmp_path):
    source = file(b'this is no audio at all, but some text in a file', 'text.wav')
    with pytest.raises(DataError, match=r'text\.wav: not audio of a known format, or damaged \(it is text\)'):
        convert_audio(source, str(tmp_path / 'out.wav'), 16000)
    assert os.listdir(str(tmp_path)) == ['text.wav']


def test_failed_rename_leaves_no_unfinished_file(make_wav, tmp_path):
    source = make_wav('a.wav', 800, 8000)
    (tmp_path / 'out.wav' / 'in the way').mkdir(parents=True)
    with pytest.raises(DataError, match=r'a\.wav: its conversion cannot be written .*out\.wav: Is a directory'):
        convert_audio(source, str(tmp_path / 'out.wav'), 16000)
    assert sorted(os.listdir(str(tmp_path))) == ['a.wav', 'out.wav']


def test_converting_many_reports_each(make_wav, file, tmp_path):
    sources = [make_wav('a.wav', 800, 8000), file(b'text', 'b.wav'), make_wav('c.wav', 800, 8000)]
    targets = [str(tmp_path / f'out{index}.wav') for index in range(3)]
    results = for_each(lambda pair: convert_audio(pair[0], pair[1], 16000), list(zip(sources, targets)))
    assert [type(each) for each in results] == [type(None), DataError, type(None)]
    assert [os.path.exists(target) for target in targets] == [True, False, True]


def test_missing_sox_says_what_to_install(make_wav, tmp_path, monkeypatch):
    source = str(tmp_path / 'a.amr-nb')
    sox.Transformer().build_file(make_wav('a.wav', 8000, 8000), source)
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(DataError, match=r'a\.amr-nb: .*or install SoX.*apt-get install sox libsox-fmt-all'):
        convert_audio(source, str(tmp_path / 'out.wav'), 16000)


def test_work_that_takes_long_is_done_in_threads_and_comes_back_in_order():
    together = threading.Barrier(2, timeout=60)

    def work(number):
        if number == 1:
            time.sleep(0.01)
        elif number in (2, 3):
            together.wait()  # each for the other
        if number % 5 == 4:
            raise DataError(f'number {number}')
        return number

    results = for_each(work, list(range(3000)))
    assert [str(result) if isinstance(result, DataError) else result for result in results] == [
        f'number {number}' if number % 5 == 4 else number for number in range(3000)]
    assert not [result for result in results if getattr(result, '__traceback__', None)]  # these hold on to all at hand
