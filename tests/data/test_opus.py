"""Opus as sample databases hold it: made by libopus, read without it."""

import ctypes
import io
import itertools
import struct

import numpy as np
import pytest
from sounds import likeness, speech

from deepspeech_training.data import opus_encoder
from deepspeech_training.data.opus import RATES_HZ, decode_opus, probe_opus, write_ogg
from deepspeech_training.data.opus_encoder import encode_opus, load_libopus
from deepspeech_training.errors import DataError


@pytest.fixture(scope='module')
def library():
    return load_libopus()


def packets_of(container):
    """Returns the packets after the published layout."""
    packets, place = [], 10
    while place < len(container):
        (length,) = struct.unpack_from('>H', container, place)
        packets.append(container[place + 2:place + 2 + length])
        place += 2 + length
    return packets


def decoded_by_libopus(library, container):
    """Returns int16 [n_samples], as the published reader makes them: packet by packet, cut off at the stated length."""
    n_bytes, rate_hz, n_channels, _ = struct.unpack_from('>IIBB', container)
    library.opus_decoder_create.restype = ctypes.c_void_p
    decoder = ctypes.c_void_p(library.opus_decoder_create(rate_hz, n_channels, None))
    n_packet, parts = rate_hz * 60 // 1000, []
    for packet in packets_of(container):
        part = np.zeros(n_packet * n_channels, np.int16)
        arguments = decoder, packet, len(packet), part.ctypes.data_as(ctypes.c_void_p), n_packet, 0
        assert library.opus_decode(*arguments) == n_packet
        parts.append(part)
    library.opus_decoder_destroy(decoder)
    return np.concatenate(parts)[:n_bytes // 2]


def integers(samples):
    return np.rint(samples * 32767).astype(int)


@pytest.mark.parametrize('rate_hz', RATES_HZ)
def test_speech_is_still_speech_at_every_rate(rate_hz, library):
    sound = speech()
    container = encode_opus(library, sound, rate_hz)
    assert struct.unpack_from('>IIBB', container) == (2 * len(sound), rate_hz, 1, 2)
    assert len(packets_of(container)) == -(-len(sound) // (rate_hz * 60 // 1000))
    info = probe_opus(io.BytesIO(container), 'x')
    assert info.is_plain(rate_hz) and info.n_samples == len(sound)
    samples, found_hz = decode_opus(io.BytesIO(container), 'x')
    assert (samples.dtype, len(samples), found_hz) == (np.float32, len(sound), rate_hz)
    assert likeness(samples, sound) > 0.9
    # Another version of libopus, in another library, and rounded: near, not equal.
    assert np.abs(integers(samples) - decoded_by_libopus(library, container)).max() < 0.01 * 32768
    assert likeness(samples, decoded_by_libopus(library, container)) > 0.9999


def test_the_same_sound_gives_the_same_bytes_and_fewer_bits_fewer(library):
    sound = speech()
    assert encode_opus(library, sound, 16000) == encode_opus(library, sound, 16000)
    sizes = [len(encode_opus(library, sound, 16000, bitrate)) for bitrate in (6000, 16000, 64000, 512000)]
    assert sizes == sorted(sizes) and sizes[0] < 0.1 * sizes[-1]


@pytest.mark.parametrize('n_samples', [1, 959, 960, 961, 9600])
def test_the_last_packet_is_filled_up_and_cut_off_again(n_samples, library):
    container = encode_opus(library, speech()[:n_samples], 16000)
    assert len(packets_of(container)) == -(-n_samples // 960)
    assert len(decode_opus(io.BytesIO(container), 'x')[0]) == n_samples


def test_packets_of_any_length_are_taken(library):
    """Other writers may make packets of 20 ms, or several frames in one packet."""
    library.opus_encoder_create.restype = ctypes.c_void_p
    encoder, sound = ctypes.c_void_p(library.opus_encoder_create(16000, 1, 2049, None)), speech()
    buffer, container = ctypes.create_string_buffer(4000), struct.pack('>IIBB', 2 * 9600, 16000, 1, 2)
    place = 0
    for n_samples in itertools.cycle((40, 80, 160, 320, 640, 960)):
        if place >= 9600:
            break
        part = sound[place:place + n_samples].tobytes().ljust(2 * n_samples, b'\0')
        n_bytes = library.opus_encode(encoder, part, n_samples, buffer, 4000)
        container += struct.pack('>H', n_bytes) + buffer.raw[:n_bytes]
        place += n_samples
    library.opus_encoder_destroy(encoder)
    assert likeness(decode_opus(io.BytesIO(container), 'x')[0], sound[:9600]) > 0.9


def test_two_channels_are_mixed_down_as_a_file_and_kept_in_the_info(library):
    library.opus_encoder_create.restype = ctypes.c_void_p
    encoder, sound = ctypes.c_void_p(library.opus_encoder_create(48000, 2, 2049, None)), np.repeat(speech()[:11520], 2)
    buffer, container = ctypes.create_string_buffer(4000), struct.pack('>IIBB', 2 * len(sound), 48000, 2, 2)
    for place in range(0, len(sound), 5760):
        n_bytes = library.opus_encode(encoder, sound[place:place + 5760].tobytes(), 2880, buffer, 4000)
        container += struct.pack('>H', n_bytes) + buffer.raw[:n_bytes]
    library.opus_encoder_destroy(encoder)
    assert probe_opus(io.BytesIO(container), 'x')[:4] == (48000, 2, 2, 11520)
    ogg = io.BytesIO()
    assert write_ogg(io.BytesIO(container), 'x', ogg).n_channels == 2 and ogg.getvalue().startswith(b'OggS')
    assert likeness(decode_opus(io.BytesIO(container), 'x')[0], speech()[:11520]) > 0.9


@pytest.mark.parametrize('header, message', [
    (b'\0\0', 'ends after 2 bytes'), (struct.pack('>IIBB', 100, 44100, 1, 2), '44100 Hz'),
    (struct.pack('>IIBB', 100, 16000, 0, 2), '0 channels'), (struct.pack('>IIBB', 100, 16000, 3, 2), '3 channels'),
    (struct.pack('>IIBB', 100, 16000, 1, 4), '32 bits'), (struct.pack('>IIBB', 101, 16000, 1, 2), '101 bytes of PCM'),
    (struct.pack('>IIBB', 2 ** 32 - 2, 16000, 1, 2), 'ends after 0.00 of 134217.73 s'),
    (struct.pack('>IIBBH', 100, 16000, 1, 2, 9), 'ends after 0.00'),
    (struct.pack('>IIBBH', 100, 16000, 1, 2, 0), 'no Opus packet'),
    (struct.pack('>IIBBHBB', 100, 16000, 1, 2, 2, 3, 63), 'no Opus packet'),
    (struct.pack('>IIBBHBB', 100, 16000, 1, 2, 2, 3, 0), 'no Opus packet')])
def test_what_is_no_container_is_said(header, message):
    for read in (probe_opus, decode_opus, lambda file, name: write_ogg(file, name, io.BytesIO())):
        with pytest.raises(DataError, match=f'^x: .*{message}'):
            read(io.BytesIO(header), 'x')


def test_every_cut_is_found_before_anything_is_decoded(library):
    container = encode_opus(library, speech()[:9600], 16000)
    for length in range(len(container)):
        with pytest.raises(DataError, match=r'cut short|no Opus packet'):
            probe_opus(io.BytesIO(container[:length]), 'x')


def test_without_the_library_a_sentence_names_its_package(monkeypatch):
    monkeypatch.setattr(opus_encoder, 'NAMES', ('libnone.so',))
    monkeypatch.setattr(opus_encoder.ctypes.util, 'find_library', lambda name: None)
    with pytest.raises(DataError, match=r'apt-get install libopus0\), or pass --audio-type wav\.$'):
        load_libopus()


def test_less_complexity_gives_other_packets_with_the_same_sound(library):
    sounds = []
    for complexity in (None, 0, 10):
        container = encode_opus(library, speech(), 16000, 24000, complexity)
        sounds.append((container, decode_opus(io.BytesIO(container), 'x')[0]))
    assert len({container for container, _ in sounds[1:]}) == 2
    for _, decoded in sounds:
        assert likeness(decoded) > 0.95
    with pytest.raises(DataError, match='libopus cannot encode'):
        encode_opus(library, speech(), 16000, complexity=11)
