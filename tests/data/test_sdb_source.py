"""Sample databases as data sets: beside CSV files, with WAV or Opus in them, checked and trained on like files."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from sdb_files import OPUS, SPEECH, TRANSCRIPT, sdb_bytes
from sounds import CLIP, likeness, run_program, speech
from wav_files import pcm16, tone, wav_bytes

from deepspeech_training.data.audio_index import AudioIndex
from deepspeech_training.data.batching import BatchPlan
from deepspeech_training.data.csv_source import read_csv
from deepspeech_training.data.datasets import read_rows, read_set
from deepspeech_training.data.identity import set_digest
from deepspeech_training.data.opus_encoder import encode_opus, load_libopus
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.data.sdb_source import read_sdb
from deepspeech_training.errors import DataError
from deepspeech_training.settings.config import SetConfig
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.text.alphabet import Alphabet


@pytest.fixture
def make_sdb(tmp_path):
    """make_sdb([(sound, transcript), ...], name, columns) writes a database and returns its path."""
    def make(samples, name='a.sdb', columns=(SPEECH, TRANSCRIPT)):
        path = tmp_path / name
        path.write_bytes(sdb_bytes([[sound, text.encode('utf-8')][:len(columns)] for sound, text in samples], columns))
        return str(path)
    return make


@pytest.fixture
def clips_sdb(clips, make_sdb):
    """The recordings of the tests in a database."""
    rows = read_csv(str(clips))
    return make_sdb([(Path(row.recording.path).read_bytes(), row.transcript) for row in rows], 'clips.sdb')


def of_tones(lengths, rate_hz=16000):
    return [(wav_bytes(pcm16(tone(n_samples, rate_hz)), rate_hz=rate_hz), 'abcdef'[index])
            for index, n_samples in enumerate(lengths)]


def checked(rows, tmp_path, alphabet=None, rate_hz=16000):
    return check_rows(rows, alphabet or Alphabet('abcdefghijklmnopqrstuvwxyz '), FeatureConfig(rate_hz=rate_hz),
                      str(tmp_path / 'converted'))


def test_rows_are_called_by_their_place_in_the_file(make_sdb):
    path = make_sdb(of_tones([800, 400]))
    one, two = read_sdb(path)
    assert (one.id, two.id) == (f'{path}:0', f'{path}:1') == (one.location, two.recording.describe())
    assert (one.transcript, two.transcript, one.size_bytes, two.size_bytes) == ('a', 'b', 1644, 844)
    assert [row.transcript for row in read_sdb(path, labelled=False)] == [None, None]


def test_a_database_of_wav_is_the_same_set_as_its_files(clips, clips_sdb, alphabet, tmp_path):
    of_files, of_database = (checked(read_rows(path, print), tmp_path, alphabet).utterances for path in (str(clips), clips_sdb))
    assert len(of_files) == len(of_database) == 9 and set_digest(of_files) == set_digest(of_database)
    for one, other in zip(of_files, of_database):
        assert (one.transcript, one.n_frames, one.audio.info) == (other.transcript, other.n_frames, other.audio.info)
        assert (one.audio.read() == other.audio.read()).all()
    assert len({utterance.audio.identity for utterance in of_files + of_database}) == 18
    names = [BatchPlan(utterances, SetConfig(batch_size=2), 20).names for utterances in (of_files, of_database)]
    assert names[0] == names[1]


@pytest.mark.parametrize('read_bytes', [1, 1000, 2 ** 40])
def test_however_much_is_read_at_once_the_sound_is_the_same(read_bytes, clips_sdb):
    usual, other = (row.recording.probe() for row in (read_sdb(clips_sdb)[0], read_sdb(clips_sdb, read_bytes=read_bytes)[0]))
    assert (usual.read() == other.read()).all() and usual.info == other.info and usual.content == other.content


def test_opus_is_read_without_a_copy_on_disk(make_sdb, tmp_path):
    sound = speech()
    path = make_sdb([(encode_opus(load_libopus(), sound, 16000), 'yesterday')], columns=(OPUS, TRANSCRIPT))
    (row,) = read_sdb(path)
    (utterance,) = checked([row], tmp_path).utterances
    assert row.size_bytes == 2 * len(sound) == 2 * utterance.n_samples
    assert likeness(utterance.audio.read(), sound) > 0.9 and not (tmp_path / 'converted').exists()


def test_other_rates_and_formats_are_converted_once_and_kept(make_sdb, tmp_path):
    sound = speech()
    of_opus = make_sdb([(encode_opus(load_libopus(), sound, 16000), 'a')], 'o.sdb', (OPUS, TRANSCRIPT))
    flac = run_program('ffmpeg', '-v', 'error', '-i', CLIP, '-f', 'flac', '-')
    stereo = wav_bytes(np.repeat(sound, 2).tobytes(), n_channels=2)
    of_files = make_sdb([(stereo, 'a'), (flac, 'b'), (wav_bytes(sound.tobytes()), 'c')], 'w.sdb')
    found = checked(read_sdb(of_opus), tmp_path, rate_hz=8000)
    assert (found.n_converted, found.utterances[0].n_samples) == (1, len(sound) // 2)
    assert f'for example {of_opus}:0 (16000 Hz, mono, 16-bit)' in found.messages[0]
    found = checked(read_sdb(of_files), tmp_path)
    assert found.n_converted == 2 and not found.rejected
    for utterance in found.utterances:
        assert np.abs(np.rint(utterance.audio.read() * 32767) - sound).max() <= 1
    copies = sorted((tmp_path / 'converted').iterdir())
    times = [path.stat().st_mtime_ns for path in copies]
    checked(read_sdb(of_files), tmp_path)
    assert [path.stat().st_mtime_ns for path in sorted((tmp_path / 'converted').iterdir())] == times and len(times) == 3


def test_files_and_databases_are_merged_by_duration(make_sdb, make_csv, make_wav):
    path = make_sdb(of_tones([5000, 1000, 3000]))  # not from short to long, as published readers expect
    assert [row.transcript for row in read_set(SetConfig(files=(path,)))] == ['b', 'c', 'a']
    make_wav('x.wav', 2000)
    make_wav('y.wav', 2000, 8000)  # 4000 at 16 kHz
    csv = make_csv('wav_filename,transcript\nx.wav,x\ny.wav,y\n')
    for files in ((csv, path), (path, csv)):
        assert [row.transcript for row in read_set(SetConfig(files=files))] == ['b', 'x', 'c', 'y', 'a']
        assert [row.transcript for row in read_set(SetConfig(files=files, reverse=True, limit=3))] == ['a', 'y', 'c']


def test_each_sample_is_looked_at_once_by_all_sets(make_sdb, monkeypatch):
    path = make_sdb(of_tones([1000, 2000]))
    index, opened, plain_open = AudioIndex(), [], os.open
    monkeypatch.setattr(os, 'open', lambda file, *rest, **named: opened.append(file) or plain_open(file, *rest, **named))
    first = index.look_up([row.recording for row in read_sdb(path)])
    n_opened = len(opened)
    assert index.look_up([row.recording for row in read_sdb(path)]) == first
    assert n_opened == 4 and len(opened) == n_opened + 2  # the second time for the rows only


@pytest.mark.parametrize('text, message', [
    ('', 'the transcript of .*a.sdb:1 is empty'), ('\u00e9', "LATIN SMALL LETTER E WITH ACUTE.*audio .*a.sdb:1"),
    ('B', 'fits in lower case: change it so')])
def test_a_transcript_that_cannot_be_used_is_named_by_its_sample(text, message, make_sdb, tmp_path):
    samples = of_tones([1600, 3200])
    path = make_sdb([samples[0], (samples[1][0], text)])
    with pytest.raises(DataError, match=f'^{path}:1: .*{message}'):
        checked(read_sdb(path), tmp_path)


def test_audio_that_cannot_be_used_costs_its_sample_only(make_sdb, tmp_path):
    sound = wav_bytes(pcm16(tone(16000)))
    path = make_sdb([(sound[:-9000], 'a'), (sound, 'b'), (b'<html><body>', 'c'), (b'', 'd'), (sound, 'ab' * 100)])
    found = checked(read_sdb(path), tmp_path)
    assert [utterance.transcript for utterance in found.utterances] == ['b']
    reasons = {rejection.row.id: rejection.reason for rejection in found.rejected}
    assert set(reasons) == {f'{path}:{index}' for index in (0, 2, 3, 4)}
    assert 'ends after 0.72 of 1.00 s' in reasons[f'{path}:0'] and 'a web page' in reasons[f'{path}:2']
    assert 'it is empty' in reasons[f'{path}:3'] and 'need 200 frames' in reasons[f'{path}:4']
    assert not any('/tmp' in reason.replace(str(tmp_path), '') for reason in reasons.values())  # names of copies


def test_damaged_opus_costs_its_sample_only(make_sdb, tmp_path):
    container = encode_opus(load_libopus(), speech(), 16000)
    path = make_sdb([(container, 'a'), (container[:-100], 'b'), (b'\0' * 9, 'c'), (container[:10], 'd')],
                    columns=(OPUS, TRANSCRIPT))
    found = checked(read_sdb(path), tmp_path)
    assert [utterance.transcript for utterance in found.utterances] == ['a']
    assert {rejection.row.transcript for rejection in found.rejected} == set('bcd')


@pytest.mark.parametrize('columns, transcript, message', [
    ([SPEECH], b'x', 'no column of its schema holds transcripts as text/plain'),
    ([TRANSCRIPT, TRANSCRIPT], b'x', 'no column of its schema holds speech'),
    ([dict(SPEECH, **{'mime-type': 'audio/flac'}), TRANSCRIPT], b'x', 'speech as audio/flac'),
    ([SPEECH, TRANSCRIPT], b'\xff', 'a.sdb:0: the transcript is not UTF-8'),
    ([SPEECH, TRANSCRIPT], b'x' * (2 ** 20 + 1), 'a.sdb:0: a transcript of 1048577 bytes')])
def test_a_database_without_speech_or_text_is_refused(columns, transcript, message, tmp_path):
    path = tmp_path / 'a.sdb'
    path.write_bytes(sdb_bytes([[b'speech', transcript][:len(columns)]], columns))
    with pytest.raises(DataError, match=message):
        read_sdb(str(path))


def test_a_database_without_samples_is_refused(make_sdb):
    with pytest.raises(DataError, match='there is no sample in it'):
        read_sdb(make_sdb([]))


def test_a_database_that_was_only_copied_or_touched_is_read_on(make_sdb):
    path = make_sdb(of_tones([1000, 2000]))
    sources = [row.recording.probe() for row in read_sdb(path)]
    before = [source.read() for source in sources]
    content = Path(path).read_bytes()
    os.unlink(path)
    Path(path).write_bytes(content + bytes(5))  # another size, too
    for source, samples in zip(sources, before):
        assert (source.read() == samples).all()
    Path(path).write_bytes(content.replace(content[300:400], bytes(100)))
    with pytest.raises(DataError, match=f'^{path}:0: other sound than when the run began'):
        sources[0].read()
    Path(path).write_bytes(content[:300])
    with pytest.raises(DataError, match=f'^{path}:1: '):
        sources[1].read()
    os.unlink(path)
    with pytest.raises(DataError, match='No such file'):
        sources[0].read()


def test_training_and_test_on_databases_and_files(deepspeech, clips, clips_sdb, make_sdb, tmp_path):
    library = load_libopus()
    rows = [row for row in read_csv(str(clips)) if len(row.transcript) > 3]
    opus = make_sdb([(encode_opus(library, np.rint(row.recording.probe().read() * 32767).astype(np.int16), 16000),
                      row.transcript) for row in rows], 'opus.sdb', (OPUS, TRANSCRIPT))
    report = tmp_path / 'report.json'
    run = deepspeech('--train_files', f'{opus},{clips},{clips_sdb}', '--dev_files', opus, '--metrics_files', clips_sdb,
                     '--test_files', f'{opus},{clips_sdb}', '--train_batch_size', 4, '--n_hidden', 16, '--epochs', 2,
                     '--read_buffer', '64KB', '--feature_cache', tmp_path / 'cache', '--checkpoint_dir', tmp_path / 'ckpt',
                     '--test_output_file', report, '--noshow_progressbar')
    assert run.returncode == 0, run.stdout + run.stderr
    names = {entry['wav_filename'] for entry in json.loads(report.read_text(encoding='utf-8'))}
    assert names == {f'{opus}:{index}' for index in range(len(rows))} | {f'{clips_sdb}:{index}' for index in range(9)}
    assert f'Finished validating epoch 0 on {opus}' in run.stdout

    again = deepspeech('--train_files', f'{opus},{clips},{clips_sdb}', '--train_batch_size', 4, '--epochs', 1,
                       '--feature_cache', tmp_path / 'cache', '--checkpoint_dir', tmp_path / 'ckpt')
    assert again.returncode == 0 and 'Resuming from the most recent checkpoint' in again.stdout
    os.truncate(opus, os.stat(opus).st_size - 1)
    cut = deepspeech('--test_files', opus, '--checkpoint_dir', tmp_path / 'ckpt')
    assert cut.returncode == 1 and f'E {opus}: ends after' in cut.stdout + cut.stderr
