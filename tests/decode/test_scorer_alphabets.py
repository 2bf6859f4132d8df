"""A scorer knows the alphabet that it was made with, behind what published readers look at."""

import struct

import pytest
from ds_ctcdecoder.ctcdecode import Alphabet, FormatError, Scorer

from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.errors import ScorerError
from deepspeech_training.settings.config import DecoderConfig
from deepspeech_training.text.alphabet import Alphabet as AlphabetOfTrainer

TEXT = 'please enter your password\nenter the password please\none two three\nplease wait\n'
LETTERS = ' abcdefghijklmnopqrstuvwxyz'


@pytest.fixture
def package(scorer_of):
    """Path of a scorer made with the classic alphabet."""
    return scorer_of(TEXT, Alphabet(list(LETTERS + "'")))


def end_of_alphabet(labels):
    serialized = struct.pack('<H', len(labels)) + b''.join(struct.pack('<HH', index, 1) + label.encode()
                                                           for index, label in enumerate(labels))
    return b'ALPHABET' + struct.pack('<Q', len(serialized)) + serialized


def test_it_ends_with_its_alphabet(package):
    with open(package, 'rb') as file:
        assert file.read().endswith(end_of_alphabet(LETTERS + "'"))


@pytest.mark.parametrize('labels, words', [
    ("'" + LETTERS[1:] + ' ', 'its words do not end with this alphabet'),  # an older check sees that the space has moved
    (' ' + LETTERS[:0:-1] + "'", "made with another alphabet: label 1 is 'a' there and 'z' in that of the model"),
    (LETTERS.replace('st', 'ts'), "made with another alphabet: label 19 is 's' there and 't' in that of the model")])
def test_the_same_labels_in_another_order_are_refused(package, labels, words):
    with pytest.raises(FormatError, match=words):
        Scorer.load(package, Alphabet(list(labels)))
    with pytest.raises(ScorerError, match=words):
        make_decoder(DecoderConfig(scorer_path=package), AlphabetOfTrainer(labels))


def test_labels_that_no_word_has_may_differ(package):
    assert Scorer.load(package, Alphabet(list(LETTERS + '-'))).n_words == 9
    assert Scorer.load(package, Alphabet(list(LETTERS + "'\u00e9\u00fc"))).n_words == 9


def test_packages_of_other_tools_have_none_and_are_read(golden_scorer):
    with open(golden_scorer, 'rb') as file:
        assert b'ALPHABET' not in file.read()
    assert Scorer.load(golden_scorer, Alphabet([' ', *LETTERS[:0:-1], "'"])).n_words == 561  # of any order, as published


def test_a_damaged_alphabet_is_told(package):
    with open(package, 'rb') as file:
        whole = file.read()
    at = whole.rindex(b'ALPHABET')
    for content in (whole[:-1], whole[:at + 12], whole[:at + 16] + b'\xff\xff' + whole[at + 18:],
                    whole[:at + 8] + struct.pack('<Q', 2 ** 63) + whole[at + 16:]):
        with open(package, 'wb') as file:
            file.write(content)
        with pytest.raises(FormatError, match='the alphabet at byte [0-9]+ is damaged') as caught:
            Scorer.load(package, Alphabet(list(LETTERS + "'")))
        assert caught.value.code == 0x2008


def test_a_package_for_bytes_has_that_of_bytes(scorer_of):
    path = scorer_of('a b c\nb c a\n', Alphabet.bytes(), order=2)
    with open(path, 'rb') as file:
        assert b'ALPHABET' in file.read()
    assert Scorer.load(path, Alphabet.bytes()).bytes_mode
