"""What becomes of transcripts that an alphabet cannot write."""

import unicodedata

import pytest

from deepspeech_training.data.row_texts import fit_texts
from deepspeech_training.data.utterance import RecordedFile, Row
from deepspeech_training.settings.config import DROP_CHARACTER, DROP_CLIP
from deepspeech_training.text.alphabet import Alphabet, ByteAlphabet

ALPHABET = Alphabet(' abcdefghijklmnopqrstuvwxyz\u00fc', 'alphabet.txt')


def rows_of(*transcripts):
    return [Row(RecordedFile(f'{line}.wav'), transcript, 1, id=f'{line}.wav', source='set.csv', line=line, speaker='')
            for line, transcript in enumerate(transcripts, 2)]


def texts(fitted):
    return [(row.line, row.transcript) for row in fitted.rows]


def test_rows_that_fit_are_left_as_they_are():
    rows = rows_of('hello', 'm\u00fcde')
    fitted = fit_texts(rows, ALPHABET, DROP_CLIP)
    assert fitted.rows == rows and not fitted.rejected and not fitted.changed and not fitted.missing


@pytest.mark.parametrize('policy', [DROP_CLIP, DROP_CHARACTER])
@pytest.mark.parametrize('in_alphabet, in_transcript', [('NFC', 'NFD'), ('NFD', 'NFC')])
def test_another_normal_form_costs_nothing(policy, in_alphabet, in_transcript):
    alphabet = Alphabet(dict.fromkeys(unicodedata.normalize(in_alphabet, 'm\u00fcde')))
    fitted = fit_texts(rows_of(unicodedata.normalize(in_transcript, 'm\u00fcde')), alphabet, policy)
    assert texts(fitted) == [(2, unicodedata.normalize(in_alphabet, 'm\u00fcde'))]
    assert [change.how for change in fitted.changed] == [f'in Unicode normal form {in_alphabet}'] and not fitted.missing


def test_a_clip_is_dropped_for_one_character_and_the_reason_names_it():
    fitted = fit_texts(rows_of('room 7', 'hall', 'Room'), ALPHABET, DROP_CLIP)
    assert texts(fitted) == [(3, 'hall')]
    assert [(each.row.line, each.kind) for each in fitted.rejected] == [(2, 'alphabet'), (4, 'alphabet')]
    assert fitted.rejected[0].reason == "character '7' (U+0037, DIGIT SEVEN) is not in the alphabet"
    assert fitted.rejected[1].reason.endswith('; it fits in lower case')
    assert fitted.missing == {'7': 1, 'R': 1}


def test_characters_are_dropped_and_no_blanks_are_left_of_them():
    fitted = fit_texts(rows_of('(room) 7 !', 'mu\u0308de!', '7!', 'well - then'), ALPHABET, DROP_CHARACTER)
    assert texts(fitted) == [(2, 'room'), (3, 'm\u00fcde'), (5, 'well then')]
    assert [(change.row.transcript, change.how.split(' (')[0]) for change in fitted.changed[1:]] == [
        ('mu\u0308de!', "without character '!'"), ('well - then', "without character '-'")]
    (rejected,) = fitted.rejected
    assert (rejected.row.line, rejected.kind) == (4, 'empty') and 'nothing is left' in rejected.reason


@pytest.mark.parametrize('policy', [DROP_CLIP, DROP_CHARACTER])
def test_empty_transcripts_are_left_out(policy):
    fitted = fit_texts(rows_of('', 'a', ' \t'), ALPHABET, policy)
    assert texts(fitted) == [(3, 'a')]
    assert {(each.kind, each.reason) for each in fitted.rejected} == {('empty', 'the transcript is empty')}


def test_text_read_in_the_wrong_encoding_is_recognised():
    (rejected,) = fit_texts(rows_of('m\u00fcde'.encode('utf-8').decode('cp1252')), ALPHABET, DROP_CLIP).rejected
    assert "read as Windows-1252: 'm\u00fcde' is meant" in rejected.reason


def test_bytes_write_everything():
    rows = rows_of('\u00fc\u4f60 7')
    assert fit_texts(rows, ByteAlphabet(), DROP_CLIP).rows == rows
