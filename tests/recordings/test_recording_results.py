"""Results as files: what readers of the formats make of them is what was heard."""

import json
import re

import pytest

from deepspeech_training.recordings.results import WRITERS, Heard, Spoken, TimedWord
from deepspeech_training.settings.recordings import ENDINGS

HEARD = Heard('talks/a talk.wav', 5.5, [
    Spoken(0, 1500, 'turn "it" on', (TimedWord('turn', 0.2, 0.5), TimedWord('"it"', 0.5, 0.9), TimedWord('on', 0.9, 1.3))),
    Spoken(1490, 2000, '', ()),
    Spoken(3000, 4200, 'été', (TimedWord('été', 3.1, 4.0, -0.25),), -0.25)])
NOTHING = Heard('x.wav', 2.0, [])


def intervals(text, tier):
    """Reads a tier of a TextGrid as Praat does: (from, to, text) of each interval."""
    (part,) = [part for part in re.split(r'item \[\d+\]:', text)[1:] if f'name = "{tier}"' in part]
    found = re.findall(r'intervals \[\d+\]:\s+xmin = (\S+)\s+xmax = (\S+)\s+text = "((?:[^"]|"")*)"', part)
    assert int(re.search(r'intervals: size = (\d+)', part).group(1)) == len(found)
    return [(float(begin), float(end), words.replace('""', '"')) for begin, end, words in found]


def test_there_is_a_writer_for_every_ending():
    assert WRITERS.keys() == ENDINGS.keys()


def test_tlog_is_that_of_the_published_program():
    assert json.loads(WRITERS['tlog'](HEARD)) == [{'start': 0, 'end': 1500, 'transcript': 'turn "it" on'},
                                                 {'start': 1490, 'end': 2000, 'transcript': ''},
                                                 {'start': 3000, 'end': 4200, 'transcript': 'été'}]
    assert json.loads(WRITERS['tlog'](NOTHING)) == []


def test_json_has_words_with_the_keys_of_the_client():
    document = json.loads(WRITERS['json'](HEARD))
    assert (document['audio'], document['duration']) == ('talks/a talk.wav', 5.5)
    assert json.loads(WRITERS['json'](NOTHING._replace(source='\udcff.wav')).encode('utf-8'))['audio'] == '\udcff.wav'
    assert document['segments'][0]['words'][1] == {'word': '"it"', 'start_time': 0.5, 'duration': 0.4}
    assert document['segments'][2] == {'score': -0.25, 'start': 3.0, 'end': 4.2, 'transcript': 'été', 'words': [
        {'score': -0.25, 'word': 'été', 'start_time': 3.1, 'duration': 0.9}]}


@pytest.mark.parametrize('heard', [HEARD, NOTHING])
@pytest.mark.parametrize('tier', ['segments', 'words'])
def test_tiers_of_a_textgrid_have_neither_gaps_nor_overlaps(heard, tier):
    text = WRITERS['textgrid'](heard)
    found = intervals(text, tier)
    assert found[0][0] == 0 and found[-1][1] == heard.duration_s
    assert all(begin < end for begin, end, _ in found)
    assert all(before[1] == after[0] for before, after in zip(found, found[1:]))
    if tier == 'words':
        assert [each for each in found if each[2]] == [(word.start_s, word.end_s, word.text) for word in heard.words]


def test_ctm_has_a_line_a_word():
    assert WRITERS['ctm'](HEARD).splitlines() == ['a_talk 1 0.200 0.300 turn', 'a_talk 1 0.500 0.400 "it"',
                                                  'a_talk 1 0.900 0.400 on', 'a_talk 1 3.100 0.900 été']
    assert WRITERS['ctm'](NOTHING) == ''


def test_subtitles_have_every_word_at_its_time():
    srt = WRITERS['srt'](HEARD)
    assert srt.startswith('1\n00:00:00,200 --> ') and 'turn "it" on' in srt
    assert '\n2\n00:00:03,100 --> ' in srt and 'été' in srt
    assert WRITERS['vtt'](HEARD).startswith('WEBVTT\n\n00:00:00.200 --> ')
    assert WRITERS['vtt'](NOTHING) == 'WEBVTT\n\n' and WRITERS['srt'](NOTHING) == '\n'


def test_text_has_a_line_a_segment():
    assert WRITERS['text'](HEARD) == 'turn "it" on\nété\n'
