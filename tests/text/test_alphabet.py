import random
import re
import struct

import pytest

from deepspeech_training.errors import DataError
from deepspeech_training.text.alphabet import NO_SPACE_LABEL, Alphabet, ByteAlphabet, describe_character

DEFAULT = " abcdefghijklmnopqrstuvwxyz'"


@pytest.fixture
def from_bytes(tmp_path):
    def read(data):
        path = tmp_path / 'alphabet.txt'
        path.write_bytes(data)
        return Alphabet.from_file(str(path))
    return read


@pytest.mark.parametrize('data, labels', [
    (b'a\nb\n', ['a', 'b']),
    (b'a\nb', ['a', 'b']),  # last line end missing
    (b'a\r\nb\r\n', ['a', 'b']), (b'a\rb\r', ['a', 'b']), (b'a\r\nb\rc\nd', ['a', 'b', 'c', 'd']),
    (b'\n\na\n\r\n\nb\n\n', ['a', 'b']),
    (b'# comment\na\n#b\n', ['a']), (b'\\#\na\n', ['#', 'a']), (b'\\#x\n\\\n', ['\\#x', '\\']),
    (b' # no comment\n', [' # no comment']),
    (b' \na\n', [' ', 'a']), (b'a \n', ['a ']), (b'\t\n', ['\t']),
    (b'\xef\xbb\xbfa\nb\n', ['a', 'b']), (b'\xef\xbb\xbf# comment\na\n', ['a']),
    ('\u00fc\n\u2028\n\x0b\n\x85\n'.encode(), ['\u00fc', '\u2028', '\x0b', '\x85']),
    (b'a\nb\na\n', ['a', 'b', 'a'])])
def test_file_rules(from_bytes, data, labels):
    assert list(from_bytes(data).labels) == labels


def test_default_alphabet_has_its_published_numbers():
    alphabet = Alphabet(DEFAULT)
    assert (alphabet.size, alphabet.blank, alphabet.space_label) == (28, 28, 0)
    assert alphabet.encode("a z'") == [1, 0, 26, 27]
    assert len(alphabet.serialize()) == 142


def test_without_a_blank_line_there_is_no_space_label():
    assert Alphabet('ab').space_label == NO_SPACE_LABEL == 4294967294


def test_last_of_repeated_labels_encodes_and_both_decode():
    alphabet = Alphabet(['a', 'b', 'a'])
    assert (alphabet.encode('ab'), alphabet.decode([0, 1, 2])) == ([2, 1], 'aba')


def test_longer_label_is_produced_but_never_matched():
    alphabet = Alphabet(['c', 'h', 'ch'])
    assert (alphabet.encode('ch'), alphabet.decode([2, 0])) == ([0, 1], 'chc')


def test_warnings_are_given(from_bytes):
    assert from_bytes(b' \na\nb\n').warnings() == []
    repeated, longer = from_bytes(b'a\na\nb \n').warnings()
    assert "label 'a' stands on more than one line" in repeated
    assert "alphabet.txt, line 3: label 'b ' (U+0062 U+0020, " in longer and 'a blank too many in the line?' in longer


def test_encoding_names_the_character():
    with pytest.raises(DataError, match=r"character '\u00e9' \(U\+00E9, LATIN SMALL LETTER E WITH ACUTE\)"):
        Alphabet(DEFAULT).encode('caf\u00e9')
    with pytest.raises(DataError, match='empty transcript'):
        Alphabet(DEFAULT).encode('')
    assert Alphabet(DEFAULT).missing('a7b\u00e97') == ['7', '\u00e9']


@pytest.mark.parametrize('char, words', [('\u200b', r"'\\u200b' \(U\+200B, ZERO WIDTH SPACE\)"),
                                         ('\n', r"'\\n' \(U\+000A, no name\)"),
                                         ('\U0001f600', r'U\+1F600, GRINNING FACE')])
def test_invisible_characters_are_described(char, words):
    assert re.search(words, describe_character(char))


@pytest.mark.parametrize('data, message', [
    (b'', 'no label'), (b'# only a comment\n', 'no label'), (b'a\n\xff\n', r'line 2: not UTF-8 \(byte 0xFF')])
def test_unusable_file_is_named(from_bytes, data, message):
    with pytest.raises(DataError, match=r'alphabet\.txt.*' + message):
        from_bytes(data)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r'gone\.txt: cannot be read as an alphabet'):
        Alphabet.from_file(str(tmp_path / 'gone.txt'))


def test_too_many_labels_are_refused():
    with pytest.raises(DataError, match='65536 labels, at most 65535'):
        Alphabet(['x'] * 65536)


def test_serialised_form_round_trips():
    rng = random.Random(9)
    for _ in range(50):
        labels = [chr(rng.choice([rng.randrange(32, 0xD800), rng.randrange(0x10000, 0x110000)]))
                  for _ in range(rng.randrange(1, 300))]
        alphabet = Alphabet(labels + ['several'])
        assert Alphabet.from_serialized(alphabet.serialize()) == alphabet


def test_serialised_labels_may_come_in_any_order():
    entries = [struct.pack('<HHc', label, 1, char) for label, char in ((2, b'c'), (0, b' '), (1, b'b'))]
    alphabet = Alphabet.from_serialized(struct.pack('<H', 3) + b''.join(entries))
    assert (alphabet.labels, alphabet.space_label) == ((' ', 'b', 'c'), 0)


def test_every_truncation_is_noticed():
    data = Alphabet(DEFAULT + '\u00fc\u20ac').serialize()
    for length in range(len(data)):
        with pytest.raises(DataError, match=r'model\.pb'):
            Alphabet.from_serialized(data[:length], source='model.pb')


@pytest.mark.parametrize('data', [
    struct.pack('<HHHc', 1, 5, 1, b'a'),  # label 0 is missing
    struct.pack('<HHHcHHc', 2, 0, 1, b'a', 0, 1, b'b'),  # label 0 twice
    struct.pack('<HHHc', 1, 0, 1, b'\xff')])  # not UTF-8
def test_damaged_labels_are_noticed(data):
    with pytest.raises(DataError, match='its alphabet is damaged'):
        Alphabet.from_serialized(data)


def test_decoding_refuses_labels_that_do_not_exist():
    with pytest.raises(DataError, match=r'outside 0\.\.27'):
        Alphabet(DEFAULT).decode([1, 28])


def test_bytes_have_their_published_numbers():
    alphabet = ByteAlphabet()
    assert (alphabet.size, alphabet.blank, alphabet.space_label) == (255, 255, 31)
    assert alphabet.encode('a \u00e9') == [0x60, 0x1f, 0xc2, 0xa8]
    assert alphabet.decode([0x60, 0x1f, 0xc2, 0xa8]) == 'a \u00e9'
    assert len(alphabet.serialize()) == 1277
    assert alphabet.warnings() == [] and alphabet.missing('\u65e5 \U0001f600') == []


def test_every_text_has_bytes_but_for_the_zero():
    random_text = ''.join(chr(code) for code in random.Random(3).sample(range(1, 0xD800), 500)) + '\U0001f600'
    assert ByteAlphabet().decode(ByteAlphabet().encode(random_text)) == random_text
    with pytest.raises(DataError, match=r'U\+0000, no name'):
        ByteAlphabet().encode('a\0b')
    with pytest.raises(DataError, match='empty transcript'):
        ByteAlphabet().encode('')


def test_half_characters_decode_to_a_replacement():
    assert ByteAlphabet().decode([0x60, 0xc2, 0x61, 0xfe]) == 'a\ufffdb\ufffd'


def test_serialised_bytes_are_known_again():
    restored = Alphabet.from_serialized(ByteAlphabet().serialize())
    assert restored.is_bytes and restored == ByteAlphabet() and restored.source == '--bytes_output_mode'
    latin = Alphabet([chr(code) for code in range(1, 256)])
    assert latin != ByteAlphabet() and not Alphabet.from_serialized(latin.serialize()).is_bytes


def test_a_label_that_does_not_fit_the_model_format_is_refused(from_bytes):
    assert from_bytes(b'x' * 65535).size == 1
    for label in ('x' * 65536, '\u00e9' * 40000):
        with pytest.raises(DataError, match=f'a label of {len(label)} characters, at most 65535 bytes fit'):
            from_bytes(label.encode('utf-8'))
