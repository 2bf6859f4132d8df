"""What was heard, as text, JSON and subtitles."""

import json
import re

import pytest
from deepspeech.metadata import CandidateTranscript, Metadata, TokenMetadata
from deepspeech.output import confidence_per_letter, to_json, to_text, words
from deepspeech.subtitles import cues, to_srt, to_vtt


def transcript(text, step_s=0.02, confidence=-10.0, starts_s=None):
    """Returns a transcript whose letters follow one another evenly, or begin at `starts_s`."""
    starts_s = starts_s or [index * step_s for index in range(len(text))]
    return CandidateTranscript(confidence, [TokenMetadata(letter, round(start_s / 0.02), start_s)
                                            for letter, start_s in zip(text, starts_s)])


def heard(text, **arguments):
    return Metadata([transcript(text, **arguments)])


def parsed(subtitles):
    """Returns [(start_s, end_s, text)] of SubRip or WebVTT, read by the book."""
    time = r'(\d+):(\d\d):(\d\d)[.,](\d{3})'
    found = re.findall(rf'{time} --> {time}\n(.+?)\n(?:\n|$)', subtitles + '\n', re.DOTALL)
    seconds = [[int(hour) * 3600 + int(minute) * 60 + int(second) + int(ms) / 1000
                for hour, minute, second, ms in (fields[:4], fields[4:8])] for fields in found]
    return [(start_s, end_s, fields[8]) for (start_s, end_s), fields in zip(seconds, found)]


def test_words_begin_with_their_first_letter_and_end_with_the_blank_after_them():
    assert words(transcript('to be', step_s=0.5).tokens) == [('to', 0.0, 1.0), ('be', 1.5, 2.0)]


@pytest.mark.parametrize('text, expected', [('', []), (' ', []), ('  a  b ', ['a', 'b']), ('b ', ['b']), (' b', ['b'])])
def test_blanks_make_no_empty_words(text, expected):
    assert [word.text for word in words(transcript(text).tokens)] == expected


def test_a_word_never_ends_before_it_begins():
    (word,) = words(transcript('a ', starts_s=[0.5, 0.3]).tokens)
    assert (word.start_s, word.end_s) == (0.5, 0.5)


def test_text_is_that_of_the_best_reading():
    metadata = Metadata([transcript('first one'), transcript('second')])
    assert to_text(metadata) == 'first one'


def test_json_is_what_the_published_client_prints_and_more():
    # Published 0.9.3, the plain golden model without scorer, digits_yesterday.wav: confidence, word, times.
    document = json.loads(to_json(heard('en', confidence=-16.393657684326172, starts_s=[0.0, 0.03999999910593033])))
    (transcript,) = document['transcripts']
    assert list(document) == ['transcripts']
    assert list(transcript)[:2] == ['confidence', 'words']
    assert transcript['confidence'] == -16.393657684326172
    assert transcript['words'] == [{'word': 'en', 'start_time': 0.0, 'duration': 0.04}]
    assert (transcript['text'], transcript['confidence_per_letter']) == ('en', -8.1968)


def test_json_has_all_readings_best_first_and_the_file():
    metadata = Metadata([transcript('one', confidence=-1.5), transcript('', confidence=-2.0)])
    document = json.loads(to_json(metadata, 'a "b"\\.wav'))
    assert document['audio'] == 'a "b"\\.wav'
    assert [(transcript['text'], transcript['confidence'], len(transcript['words'])) for transcript
            in document['transcripts']] == [
        ('one', -1.5, 1), ('', -2.0, 0)]


def test_json_escapes_what_has_to_be():
    text = '"\\\u0451\u20ac\U0001f600\t'
    document = to_json(heard(text))
    assert json.loads(document)['transcripts'][0]['text'] == text
    assert document.isascii()


def test_confidence_per_letter_does_not_depend_on_length():
    assert confidence_per_letter(transcript('abcd', confidence=-8)) == -2
    assert confidence_per_letter(transcript('ab', confidence=-4)) == -2
    assert confidence_per_letter(transcript('', confidence=-3)) == -3


def test_subrip_by_the_letter():
    text = 'the quick brown fox jumps over the lazy dog and runs away from it'
    assert to_srt(heard(text, step_s=0.05)) == ('1\n00:00:00,000 --> 00:00:03,700\n'
                                                'the quick brown fox jumps over\nthe lazy dog and runs away from it\n')


def test_webvtt_by_the_letter():
    starts_s = [3661.5, 3661.7, 3661.9, 3665.0, 3665.25]
    assert to_vtt(heard('no no', starts_s=starts_s)) == ('WEBVTT\n\n01:01:01.500 --> 01:01:02.500\nno\n\n'
                                                         '01:01:05.000 --> 01:01:06.000\nno\n')


def test_nothing_heard_is_a_valid_file_without_cues():
    assert to_srt(heard(' ')) == ''
    assert to_vtt(heard(' ')) == 'WEBVTT\n'


@pytest.mark.parametrize('to_subtitles', [to_srt, to_vtt])
@pytest.mark.parametrize('step_s', [0.02, 0.06, 0.3, 1.1])
@pytest.mark.parametrize('text', [
    ' '.join(['a', 'few', 'considerable', 'words'] * 60), 'x' * 500, 'longer' * 30 + ' and short ' + 'w' * 43,
    '\u4e00\u4e8c\u4e09' * 200], ids=['words', 'letters', 'long words', 'no words'])
def test_cues_hold_everything_in_order_and_stay_small(to_subtitles, step_s, text):
    found = parsed(to_subtitles(heard(text, step_s=step_s)))
    assert ''.join(''.join(cue.split()) for _, _, cue in found) == ''.join(text.split())
    if max(map(len, text.split())) < min(42, 7 / step_s):
        assert ' '.join(' '.join(cue.split()) for _, _, cue in found) == text
    for start_s, end_s, cue in found:
        assert start_s < end_s <= start_s + 7.5 + 1e-6
        assert len(cue.split('\n')) <= 2
        assert all(len(line) <= 42 for line in cue.split('\n'))
    for (_, end_s, _), (next_start_s, _, _) in zip(found, found[1:]):
        assert end_s <= next_start_s


def test_a_pause_begins_a_new_cue():
    starts_s = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 2.0, 2.1]
    assert [cue.text for cue in cues(transcript('on to us', starts_s=starts_s).tokens)] == ['on to', 'us']


def test_text_cannot_be_taken_for_markup():
    text = '<i>a&b</i> --> {\\an8}'
    (_, _, cue), = parsed(to_vtt(heard(text)))
    assert cue == '&lt;i&gt;a&amp;b&lt;/i&gt; --&gt; {\\an8}'
    (_, _, cue), = parsed(to_srt(heard(text)))
    assert '<i' not in cue and '-->' not in cue and '{\\' not in cue
    assert cue.replace('\u200b', '') == text
