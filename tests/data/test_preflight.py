import os
import random
import resource
import signal
import unicodedata

import numpy as np
import pytest
from wav_files import wav_bytes

from deepspeech_training.data import preflight
from deepspeech_training.data.csv_source import read_csv
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.data.rejected import TOO_SHORT
from deepspeech_training.data.utterance import AudioFile
from deepspeech_training.errors import DataError
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.text.alphabet import Alphabet

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz'", source='alphabet.txt')
FEATURES = FeatureConfig()


@pytest.fixture
def rows_of(make_csv):
    """rows_of([(wav, transcript), ...]) gives them by way of a CSV, in this order."""
    def make(rows, name='set.csv'):
        lines = [f'{wav},{index},{transcript}' for index, (wav, transcript) in enumerate(rows)]
        return read_csv(make_csv('\n'.join(['wav_filename,wav_filesize,transcript'] + lines), name))
    return make


@pytest.fixture
def check(tmp_path):
    def run(rows, alphabet=ALPHABET, features=FEATURES):
        return check_rows(rows, alphabet, features, str(tmp_path / 'converted'))
    return run


def test_sound_set_passes_in_order_without_a_word(rows_of, make_wav, check, tmp_path):
    rows = rows_of([(make_wav('b.wav', 16000), 'hello world'), (make_wav('a.wav', 8000), "it's")])
    result = check(rows)
    assert [(each.id, each.transcript) for each in result.utterances] == [(row.id, row.transcript) for row in rows]
    assert [each.audio.describe() for each in result.utterances] == [row.recording.describe() for row in rows]
    assert [utterance.n_samples for utterance in result.utterances] == [16000, 8000]
    assert [utterance.n_frames for utterance in result.utterances] == [49, 24]
    assert result.utterances[1].labels.tolist() == [9, 20, 27, 19]
    assert result.utterances[1].labels.dtype == np.int32
    assert (result.rejected, result.n_converted, result.messages) == ([], 0, [])
    assert not (tmp_path / 'converted').exists()


def test_missing_audio_names_file_csv_row_and_number_of_others(rows_of, make_wav, check):
    rows = rows_of([(make_wav('a.wav'), 'a'), ('x.wav', 'b'), ('y.wav', 'c'), ('z.wav', 'd')])
    with pytest.raises(DataError, match=r'x\.wav: the audio file named in .*set\.csv, line 3 does not exist '
                                        r'\(and 2 other files\); correct'):
        check(rows)
    with pytest.raises(DataError, match=r'line 3 does not exist; correct'):
        check(rows[:2])


@pytest.mark.parametrize('empty', ['', '  '])
def test_empty_transcript_names_file_and_row(rows_of, make_wav, check, empty):
    rows = rows_of([(make_wav('a.wav'), 'a'), (make_wav('b.wav'), empty), (make_wav('c.wav'), empty)])
    with pytest.raises(DataError, match=r'set\.csv, line 3: the transcript of .*b\.wav is empty \(and 1 other row\)'):
        check(rows)


def test_character_outside_the_alphabet_is_described(rows_of, make_wav, check):
    rows = rows_of([(make_wav('a.wav'), 'tea'), (make_wav('b.wav'), 'caf\u00e9'), ('a.wav', 'caf\u00e9 7'),
                          ('a.wav', 'room 7')])
    with pytest.raises(DataError) as error:
        check(rows)
    message = str(error.value)
    assert "set.csv, line 3: character '\u00e9' (U+00E9, LATIN SMALL LETTER E WITH ACUTE) is not in the alphabet " \
           "alphabet.txt (and 2 other rows)" in message
    assert 'b.wav' in message
    assert "2 characters are missing in all, in so many rows: '7' (2) '\u00e9' (2)" in message
    assert 'add it to the alphabet' in message


def test_many_missing_characters_are_listed_in_part(rows_of, make_wav, check):
    rows = rows_of([(make_wav('a.wav'), ''.join(chr(0x400 + index) for index in range(100)))])
    with pytest.raises(DataError, match=r'100 characters are missing in all, in so many rows: .* \.\.\.;') as error:
        check(rows)
    assert len(str(error.value)) < 700


@pytest.mark.parametrize('in_alphabet, in_transcript', [('NFC', 'NFD'), ('NFD', 'NFC')])
def test_other_unicode_normal_form_is_hinted_at(rows_of, make_wav, check, in_alphabet, in_transcript):
    word = 'm\u00fcde'
    alphabet = Alphabet(dict.fromkeys(unicodedata.normalize(in_alphabet, word)))
    rows = rows_of([(make_wav('a.wav'), unicodedata.normalize(in_transcript, word))])
    with pytest.raises(DataError, match=f'the transcript fits in Unicode normal form {in_alphabet}'):
        check(rows, alphabet)


def test_transcripts_are_checked_before_anything_is_converted(rows_of, make_wav, check, tmp_path):
    with pytest.raises(DataError, match='not in the alphabet'):
        check(rows_of([(make_wav('a.wav', 8000, 8000), 'A')]))
    assert not (tmp_path / 'converted').exists()


def test_other_formats_are_converted_counted_and_said_once(rows_of, make_wav, check, tmp_path):
    wav = str(tmp_path / 'eight.wav')
    with open(wav, 'wb') as file:
        file.write(wav_bytes(bytes([128, 130]) * 8000, bits=8))
    rows = rows_of([(make_wav('plain.wav'), 'plain'), (make_wav('stereo.wav', 22050, 22050, 2), 'stereo'),
                          (make_wav('slow.wav', 8000, 8000), 'slow'), (wav, 'eight')])
    result = check(rows)
    assert result.n_converted == 3
    (message,) = result.messages
    assert 'Converted 3 clips of ' + rows[0].source + ' to 16-bit mono 16000 Hz, for example ' in message
    assert 'stereo.wav (22050 Hz, 2 channels, 16-bit)' in message
    assert [utterance.n_samples for utterance in result.utterances] == [16000] * 4
    for utterance, row in zip(result.utterances, rows):
        assert AudioFile.probe(utterance.audio.path).info == utterance.audio.info == (16000, 1, 2, 16000, 'pcm')
        assert utterance.id == row.id == row.recording.path
    assert len(os.listdir(str(tmp_path / 'converted'))) == 3


def test_second_run_reuses_what_the_first_converted(rows_of, make_wav, check, tmp_path, monkeypatch):
    rows = rows_of([(make_wav('a.wav', 8000, 8000), 'a'), ('a.wav', 'again')])
    first = check(rows)
    monkeypatch.setattr(preflight, 'convert_recording', None)  # nothing can be converted any more
    second = check(rows)
    assert [each.audio for each in second.utterances] == [each.audio for each in first.utterances]
    assert second.n_converted == first.n_converted == 2
    assert len(os.listdir(str(tmp_path / 'converted'))) == 1


def test_changed_audio_or_rate_is_converted_anew(rows_of, make_wav, check):
    rows = rows_of([(make_wav('a.wav', 8000, 8000), 'a')])
    assert check(rows).utterances[0].n_samples == 16000
    make_wav('a.wav', 4000, 8000)
    assert check(rows).utterances[0].n_samples == 8000
    assert check(rows, features=FeatureConfig(rate_hz=4000)).utterances[0].n_samples == 2000


def test_audio_edited_at_the_same_size_is_converted_anew(rows_of, make_wav, check):
    rows = rows_of([(make_wav('a.wav', 8000, 8000), 'a')])
    before = check(rows).utterances[0].audio.path
    os.utime(rows[0].recording.path, (1, 1))
    assert check(rows).utterances[0].audio.path != before


@pytest.mark.parametrize('size', [0, 44, 1000, 32042])
def test_damaged_leftover_is_converted_anew(rows_of, make_wav, check, size):
    rows = rows_of([(make_wav('a.wav', 8000, 8000), 'a')])
    path = check(rows).utterances[0].audio.path
    with open(path, 'r+b') as file:
        file.truncate(size)
    assert check(rows).utterances[0].n_samples == 16000


def test_audio_that_cannot_be_converted_is_named(rows_of, make_wav, check, tmp_path):
    for name in 'xy':
        (tmp_path / f'{name}.wav').write_bytes(b'no audio at all')
    rows = rows_of([(make_wav('a.wav'), 'a'), ('x.wav', 'x'), ('y.wav', 'y')])
    result = check(rows)
    assert [each.id for each in result.utterances] == [rows[0].id]
    assert [(each.row, each.reason[:48]) for each in result.rejected] == [
        (row, 'not audio of a known format, or damaged (it is t') for row in rows[1:]]
    (message,) = result.messages
    assert message.startswith(f'Left out 2 utterances of {rows[0].source} whose audio cannot be used, {rows[1].id} (not audio')
    with pytest.raises(DataError, match=r'set\.csv, line 3 \(and 1 other file\): .*x\.wav: not audio of a known format'):
        check(rows[1:])


@pytest.mark.parametrize('rate_hz', [16000, 8000])
def test_audio_without_sound_is_named(rows_of, make_wav, check, rate_hz):
    rows = rows_of([(make_wav('a.wav'), 'a'), (make_wav('b.wav', 0, rate_hz), 'b')])
    result = check(rows)
    assert len(result.utterances) == 1 and 'there is no sound in it' in result.rejected[0].reason
    assert 'b.wav (there is no sound in it' in result.messages[-1]


def test_plain_audio_of_more_hours_than_anybody_says_at_once_is_left_out(rows_of, make_wav, check, tmp_path):
    with open(str(tmp_path / 'b.wav'), 'wb') as file:
        file.write(wav_bytes(b'', data_size=2 * 10 ** 9, riff_size=2 * 10 ** 9 + 36))
        file.truncate(44 + 2 * 10 ** 9)  # sparse
    result = check(rows_of([(make_wav('a.wav'), 'a'), ('b.wav', 'b')]))
    assert [each.reason for each in result.rejected] == ['longer than 12 hours; cut it into utterances']


def test_no_room_for_a_copy_is_not_the_fault_of_the_recording(rows_of, make_wav, check):
    """The limit of this process stands for a full disk: writing fails with an error, in the midst."""
    rows = rows_of([(make_wav('a.wav'), 'a'), (make_wav('b.wav', 8000, 8000), 'b')])
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, before[1]))
    try:
        with pytest.raises(DataError, match=r'b\.wav: its conversion cannot be written .*File too large.*XDG_CACHE_HOME'):
            check(rows)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert check(rows).n_converted == 1


def test_empty_file_is_named(rows_of, check, tmp_path):
    (tmp_path / 'a.wav').write_bytes(b'')
    with pytest.raises(DataError, match=r'line 2: .*a\.wav: it is empty; record or get it again'):
        check(rows_of([('a.wav', 'a')]))


def test_what_other_programs_wrote_needs_no_program(rows_of, make_wav, check, monkeypatch):
    rows = rows_of([(make_wav('a.wav', 8000, 8000), 'a')])
    monkeypatch.setenv('PATH', '')
    assert check(rows).n_converted == 1


def test_unwritable_converted_directory_is_named(rows_of, make_wav, tmp_path):
    (tmp_path / 'file').write_text('')
    rows = rows_of([(make_wav('a.wav', 8000, 8000), 'a')])
    with pytest.raises(DataError, match='file/converted: the directory for converted audio cannot be made'):
        check_rows(rows, ALPHABET, FEATURES, str(tmp_path / 'file' / 'converted'))


def test_utterance_shorter_than_its_transcript_is_left_out(rows_of, make_wav, check):
    rows = rows_of([(make_wav('a.wav', 16000), 'fits'), (make_wav('b.wav', 512 + 4 * 320), 'hello'),
                          (make_wav('c.wav', 511), 'x')])
    result = check(rows)
    assert [utterance.transcript for utterance in result.utterances] == ['fits']
    assert result.rejected == [
        (rows[1], '5 labels and 1 repeat need 6 frames, there are 5', TOO_SHORT),
        (rows[2], '32 ms of audio, shorter than one window of 32 ms', TOO_SHORT)]
    (message,) = result.messages
    assert 'Left out 2 utterances of ' + rows[0].source in message and 'b.wav (5 labels' in message


def test_exactly_enough_frames_are_enough(rows_of, make_wav, check):
    for transcript, n_needed in (('abc', 3), ('aab', 4), ('aaaa', 7), ('a', 1)):
        enough, too_few = make_wav('e.wav', 512 + 320 * (n_needed - 1)), make_wav('f.wav', 511 + 320 * (n_needed - 1))
        result = check(rows_of([(enough, transcript), (too_few, transcript)]))
        assert [utterance.n_frames for utterance in result.utterances] == [n_needed]
        assert [os.path.basename(rejection.row.id) for rejection in result.rejected] == ['f.wav']


@pytest.mark.parametrize('feature_set, n_frames', [('current', 1), ('v0.4', 2), ('v0.2', 2), ('v0.1', 2)])
def test_frames_are_counted_as_the_feature_set_has_them(rows_of, make_wav, check, feature_set, n_frames):
    features = FeatureConfig().of_set(feature_set)
    result = check(rows_of([(make_wav('a.wav', 800), 'a'), (make_wav('b.wav', 800), 'ab')]), features=features)
    assert [utterance.n_frames for utterance in result.utterances] == [n_frames] * n_frames
    assert len(result.rejected) == 2 - n_frames


def test_nothing_left_is_an_error(rows_of, make_wav, check):
    with pytest.raises(DataError, match=r'set\.csv: every utterance is too short for its transcript'):
        check(rows_of([(make_wav('a.wav', 600), 'much too long')]))
    with pytest.raises(DataError, match='no sample'):
        check([])


def test_message_on_a_set_of_several_files_counts_them(rows_of, make_wav, check):
    rows = (rows_of([(make_wav('a.wav', 8000, 8000), 'a')], 'one.csv')
            + rows_of([(make_wav('b.wav'), 'b')], 'two.csv') + rows_of([('b.wav', 'b')], 'three.csv'))
    assert 'Converted 1 clip of ' + rows[0].source + ' and 2 other files to 16-bit' in check(rows).messages[0]


def test_every_sample_ends_up_in_exactly_one_list(rows_of, make_wav, check):
    rng = random.Random(11)
    rows = []
    for index in range(60):
        rate_hz = rng.choice([16000, 16000, 8000, 22050])
        make_wav(f'{index}.wav', rng.randrange(100, rate_hz // 2), rate_hz)
        rows.append((f'{index}.wav', ''.join(rng.choice('ab') for _ in range(rng.randrange(1, 25)))))
    rows = rows_of(rows)
    result = check(rows)
    used = [utterance.id for utterance in result.utterances]
    left_out = [rejection.row.id for rejection in result.rejected]
    assert used and left_out
    assert sorted(used + left_out) == sorted(row.id for row in rows)
    assert used == [row.id for row in rows if row.id in used]
    assert result.n_converted == sum(AudioFile.probe(row.recording.path).info.rate_hz != 16000 for row in rows)
    for utterance in result.utterances:
        labels = utterance.labels.tolist()
        assert len(labels) + sum(a == b for a, b in zip(labels, labels[1:])) <= utterance.n_frames
        assert ALPHABET.decode(labels) == utterance.transcript
