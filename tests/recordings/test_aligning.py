"""bin/align.py: words of real clips between known gaps are found where they are; clips for training are cut at pauses."""

import csv
import json
import wave

import numpy as np
import pytest
from joined_clips import CLIPS, RATE_HZ, clips_by_name, join, texts_by_name, write_wav
from long_form import long

from deepspeech_training.recordings.pauses import Levels

pytestmark = pytest.mark.slow  # a model has to be trained first

KINDS = ('checkpoint', long('exported'))
WITHIN_S = 0.08
BELOW_LOUD_DB = 40


def trimmed(samples):
    """Returns a clip without what is far below its loudest part at its ends."""
    levels = Levels(samples, RATE_HZ).levels_db
    loud = np.flatnonzero(levels > levels.max() - BELOW_LOUD_DB)
    return samples[loud[0] * RATE_HZ // 100:(loud[-1] + 1) * RATE_HZ // 100]


@pytest.fixture
def talk(tmp_path):
    """(A recording beside its text, which has marks that the alphabet lacks; the spans of its clips; their texts)."""
    names = sorted(clips_by_name())
    joined = join([trimmed(clips_by_name()[name]) for name in names], gap_s=0.8, noise=20)
    texts = [texts_by_name()[name] for name in names]
    (tmp_path / 'talk.txt').write_text('\n'.join(f'{text.capitalize()}!' for text in texts), encoding='utf-8')
    return write_wav(tmp_path / 'talk.wav', joined.samples), joined.spans_s, texts


def words_in(path):
    document = json.loads(path.read_text(encoding='utf-8'))
    return [word for segment in document['segments'] for word in segment['words']]


@pytest.mark.parametrize('kind', KINDS)
def test_words_at_gaps_are_found_where_they_are(kind, run_program, trained_flags, talk):
    path, spans_s, texts = talk
    result = run_program('align', '--src', path, *trained_flags[kind])
    assert result.returncode == 0, result.stdout + result.stderr
    words = words_in(path.with_suffix('.json'))
    assert [word['word'].lower().rstrip('!') for word in words] == ' '.join(texts).split()
    first, n_right = 0, 0
    for text, (begin_s, end_s) in zip(texts, spans_s):
        own = words[first:first + len(text.split())]
        first += len(own)
        n_right += (abs(own[0]['start_time'] - begin_s) <= WITHIN_S
                    and abs(own[-1]['start_time'] + own[-1]['duration'] - end_s) <= WITHIN_S)
        assert all(word['score'] <= 0 for word in own)
    assert n_right >= len(texts) - 1, words
    ends = [word['start_time'] + word['duration'] for word in words]
    assert all(end <= begin['start_time'] + 1e-6 for end, begin in zip(ends, words[1:]))


def test_clips_for_training_hold_what_their_transcripts_say(run_program, trained_flags, talk, tmp_path):
    path, spans_s, texts = talk
    folder = tmp_path / 'clips'
    command = ['align', '--src', path, '--clips_dir', folder, *trained_flags['exported'], '--min_score', -100,
               '--max_clip_s', 3]
    result = run_program(*command, '--output_format', '')
    assert result.returncode == 0, result.stdout + result.stderr
    with open(str(folder / 'clips.csv'), encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    assert ' '.join(row['transcript'] for row in rows) == ' '.join(texts)  # as the alphabet writes it
    samples = np.frombuffer(wave.open(str(path)).readframes(10 ** 9), '<i2')
    before_s = 0.
    for row in rows:
        with wave.open(str(folder / row['wav_filename'])) as file:
            cut = np.frombuffer(file.readframes(10 ** 9), '<i2')
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        assert int(row['wav_filesize']) == (folder / row['wav_filename']).stat().st_size
        begin_s, end_s = float(row['start']), float(row['end'])
        assert before_s <= begin_s < end_s and end_s - begin_s <= 3.3
        first = round(begin_s * RATE_HZ)
        assert np.array_equal(samples[first:first + len(cut)], cut)
        before_s = end_s
    times = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = run_program(*command, '--output_format', '')
    assert again.returncode == 1 and '--force' in again.stdout
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == times


def test_what_the_network_does_not_hear_is_left_out(run_program, trained_flags, talk, tmp_path):
    path, _, texts = talk
    wrong = texts[:]
    wrong[3] = 'something else was said'
    (tmp_path / 'talk.txt').write_text(' '.join(wrong))
    result = run_program('align', '--src', path, '--output_format', '', *trained_flags['exported'], '--max_clip_s', 3,
                         '--clips_dir', tmp_path / 'clips')
    assert result.returncode == 0, result.stdout + result.stderr
    with open(str(tmp_path / 'clips' / 'rejected.csv'), encoding='utf-8', newline='') as file:
        (row,) = list(csv.DictReader(file))
    # More words than were said may press against the next one.
    assert row['transcript'] in (wrong[3], f'{wrong[3]} {texts[4]}')
    assert row['reason'].startswith('score -') and float(row['score']) < -1
    with open(str(tmp_path / 'clips' / 'clips.csv'), encoding='utf-8', newline='') as file:
        kept = [row['transcript'] for row in csv.DictReader(file)]
    assert sorted(' '.join([*kept, row['transcript']]).split()) == sorted(' '.join(wrong).split())


def test_a_data_set_and_all_formats(run_program, trained_flags, tmp_path):
    words = tmp_path / 'words'
    words.mkdir()
    result = run_program('align', '--src', CLIPS / 'clips.csv', '--dst', words, *trained_flags['exported'],
                         '--output_format', 'json,textgrid,srt,ctm,text')
    assert result.returncode == 0, result.stdout + result.stderr
    endings = ('.json', '.TextGrid', '.srt', '.ctm', '.aligned.txt')
    assert sorted(path.name for path in words.iterdir()) == sorted(name + end for name in texts_by_name() for end in endings)
    for name, text in texts_by_name().items():
        assert [line.split()[-1] for line in (words / f'{name}.ctm').read_text().splitlines()] == text.split()


def test_words_that_cannot_be_written_get_no_time_and_no_clip(run_program, trained_flags, talk, tmp_path):
    path, _, texts = talk
    (tmp_path / 'talk.txt').write_text(' '.join([*texts[:4], '42', *texts[4:]]))
    result = run_program('align', '--src', path, '--clips_dir', tmp_path / 'clips', '--min_score', -1000,
                         *trained_flags['exported'], '--max_clip_s', 3)
    assert result.returncode == 0 and 'cannot be written with the alphabet and get no time: 42.' in result.stdout
    assert '42' not in [word['word'] for word in words_in(path.with_suffix('.json'))]
    with open(str(tmp_path / 'clips' / 'rejected.csv'), encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    assert rows and {row['reason'] for row in rows} == {"the alphabet cannot write '42'"}


@pytest.mark.parametrize('words, said', [
    ([], '--src'), (['--src', 'talk.wav', '--output_format', ''], 'nothing would be written'),
    (['--src', 'none.wav'], 'none.'), (['--src', 'empty'], 'has a text beside it'),
    (['--src', 'short.wav'], 'no path spells the text'),
    (['--src', 'cut.wav', '--transcript', 'talk.txt'], 'cut.wav')])
def test_what_cannot_be_done_is_one_sentence(words, said, run_program, trained_flags, talk, tmp_path):
    (tmp_path / 'empty').mkdir()
    write_wav(tmp_path / 'short.wav', np.zeros(8000, np.int16))
    (tmp_path / 'short.txt').write_text('far too much was said for half a second of sound')
    whole = talk[0].read_bytes()
    (tmp_path / 'cut.wav').write_bytes(whole[:len(whole) // 2])
    words = [tmp_path / word if '.' in word or word == 'empty' else word for word in words]
    result = run_program('align', *words, *trained_flags['exported'])
    assert result.returncode == 1 and said in result.stdout and 'Traceback' not in result.stderr
