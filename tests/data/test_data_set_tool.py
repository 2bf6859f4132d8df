"""`bin/data_set_tool.py`: one set of several, from short to long, in every form, whole or not at all."""

import csv
import io
import os
import runpy
import signal
import struct
import subprocess
import sys
import tarfile
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from sdb_files import OPUS, SPEECH, TRANSCRIPT, sdb_bytes
from sounds import CLIP, likeness, run_program, speech
from wav_files import pcm16, tone, wav_bytes

from deepspeech_training.console.log import Log
from deepspeech_training.data.csv_source import read_csv
from deepspeech_training.data.opus_encoder import encode_opus, load_libopus
from deepspeech_training.data.sdb_source import read_sdb
from deepspeech_training.data.set_building import BuildConfig, build_set
from deepspeech_training.data.set_targets import Target
from deepspeech_training.errors import DataError, DeepSpeechError

PROGRAM = Path(__file__).resolve().parents[2] / 'bin' / 'data_set_tool.py'


def tool(*words, cwd=None):
    return subprocess.run([sys.executable, str(PROGRAM), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, encoding='utf-8', cwd=cwd and str(cwd))


def made(*words, cwd=None):
    """Runs the tool, which has to succeed; returns what it said."""
    result = tool(*words, cwd=cwd)
    assert result.returncode == 0 and not result.stderr, result.stderr
    return result.stdout


def build(sources, target, **how):
    return build_set([str(path) for path in sources], Target(str(target)), BuildConfig(**how), Log(3))


@pytest.fixture
def sets(make_csv, make_wav, tmp_path):
    """A CSV file with sizes that lie and text of all kinds, and a database that is not in order."""
    make_wav('long.wav', 5000)
    make_wav('short.wav', 1000)
    csv_path = make_csv('wav_filename,wav_filesize,transcript\nlong.wav,1,"d\u00e9j\u00e0, ""vu"""\nshort.wav,9,kurz\n')
    samples = ((4000, '\u0434\u0430'), (2000, 'b\nc'), (3000, ''))
    (tmp_path / 'b.sdb').write_bytes(sdb_bytes([[wav_bytes(pcm16(tone(n_samples))), text.encode()]
                                                for n_samples, text in samples]))
    return csv_path, str(tmp_path / 'b.sdb')


IN_ORDER = [(1000, 'kurz'), (2000, 'b\nc'), (3000, ''), (4000, '\u0434\u0430'), (5000, 'd\u00e9j\u00e0, "vu"')]


def content(rows):
    return [(row.recording.probe().n_samples, row.transcript) for row in rows]


def test_an_sdb_gets_opus_from_short_to_long(sets, tmp_path):
    assert f'Wrote {tmp_path}/t.sdb: 5 samples.' in made(*sets, tmp_path / 't.sdb')
    data = (tmp_path / 't.sdb').read_bytes()
    assert b'{"schema": [{"content": "speech", "mime-type": "application/vnd.mozilla.opus"}, ' in data
    assert content(read_sdb(str(tmp_path / 't.sdb'))) == IN_ORDER


def test_wav_in_an_sdb_is_what_was_there_bit_by_bit(sets, clips, tmp_path):
    made(clips, sets[1], tmp_path / 't.sdb', '--audio-type', 'wav')
    sounds = {row.transcript: row.recording.probe().read() for row in read_sdb(str(tmp_path / 't.sdb'))}
    for row in read_csv(str(clips)) + read_sdb(sets[1]):
        assert (sounds[row.transcript] == row.recording.probe().read()).all()
    assert len(sounds) == 12


def test_a_csv_file_gets_a_directory_of_what_was_there(sets, tmp_path):
    made(*sets, tmp_path / 't.csv')
    with open(str(tmp_path / 't.csv'), encoding='utf-8', newline='') as file:
        header, *rows = list(csv.reader(file))
    assert header == ['wav_filename', 'wav_filesize', 'transcript']
    assert rows == [[f't/sample{number:08d}.wav', str(44 + 2 * n_samples), text]
                    for number, (n_samples, text) in enumerate(IN_ORDER)]
    with wave.open(str(tmp_path / 't' / 'sample00000001.wav')) as file:
        assert file.getparams()[:4] == (1, 2, 16000, 2000) and file.readframes(2000) == pcm16(tone(2000))
    assert content(read_csv(str(tmp_path / 't.csv'))) == IN_ORDER
    (tmp_path / 'other').mkdir()
    assert (tmp_path / 't').stat().st_mode == (tmp_path / 'other').stat().st_mode


def test_absolute_paths_lead_there_from_anywhere(sets, tmp_path):
    (tmp_path / 'made').mkdir()
    made(*sets, os.path.join('made', 't.csv'), '--absolute-paths', cwd=tmp_path)
    moved = tmp_path / 'moved.csv'
    (tmp_path / 'made' / 't.csv').rename(moved)
    assert [row.id for row in read_csv(str(moved))][0] == str(tmp_path / 'made' / 't' / 'sample00000000.wav')


@pytest.mark.parametrize('ending', ['tar', 'tar.gz', 'tgz'])
def test_an_archive_holds_the_same_to_its_last_row(ending, sets, tmp_path):
    (tmp_path / 'LICENCE').write_text('free', encoding='utf-8')
    made(*sets, tmp_path / f't.{ending}', '--include', tmp_path / 'LICENCE', '--include', sets[0])
    with tarfile.open(str(tmp_path / f't.{ending}')) as archive:
        names = archive.getnames()
        assert names == ['samples', 'LICENCE', 'set.csv', *[f'samples/sample{number:08d}.wav' for number in range(5)],
                         'samples.csv']
        assert archive.getmember('samples').isdir() and archive.extractfile('LICENCE').read() == b'free'
        archive.extractall(str(tmp_path / 'out'), **({'filter': 'data'} if hasattr(tarfile, 'data_filter') else {}))
    assert content(read_csv(str(tmp_path / 'out' / 'samples.csv'))) == IN_ORDER


def test_noise_needs_no_transcripts_and_gets_none(sets, make_csv, make_wav, tmp_path):
    make_wav('noise.wav', 2500)
    noise = make_csv('wav_filename\nnoise.wav\n', 'noise.csv')
    result = tool(noise, *sets, tmp_path / 't.sdb')
    assert result.returncode == 1 and 'column transcript is missing' in result.stderr
    for name in ('t.sdb', 't.csv', 't.tar'):
        made('--unlabeled', noise, *sets, tmp_path / name)
    assert b'transcript' not in (tmp_path / 't.sdb').read_bytes()
    assert len(read_sdb(str(tmp_path / 't.sdb'), labelled=False)) == 6
    assert (tmp_path / 't.csv').read_text(encoding='utf-8').startswith('wav_filename,wav_filesize\n')


def test_whenever_and_wherever_it_is_made_the_target_is_the_same(sets, tmp_path, monkeypatch):
    targets = []
    for number, workers in enumerate((1, 5)):
        directory = tmp_path / str(number)
        directory.mkdir()
        for name in ('t.sdb', 't.csv', 't.tar', 't.tgz'):
            build(sets, directory / name, n_workers=workers)
        targets.append({str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob('*.*'))
                        if path.is_file()})
        os.utime(sets[0], (1, 1))
    assert targets[0] == targets[1] and len(targets[0]) == 9


def test_audio_of_any_kind_becomes_mono_at_its_own_rate(make_csv, make_wav, tmp_path):
    make_wav('wide.wav', 22050, 22050, n_channels=2)
    for name, options in (('a.flac', []), ('b.mp3', ['-ar', '44100']), ('c.opus', [])):
        run_program('ffmpeg', '-v', 'error', '-i', CLIP, *options, tmp_path / name)
    path = make_csv('wav_filename,transcript\nwide.wav,w\na.flac,a\nb.mp3,b\nc.opus,c\n')
    build([path], tmp_path / 't.csv')
    rates = {row.transcript: row.recording.probe().info for row in read_csv(str(tmp_path / 't.csv'))}
    assert {text: info.rate_hz for text, info in rates.items()} == {'w': 22050, 'a': 16000, 'b': 44100, 'c': 16000}
    assert all(info.is_plain(info.rate_hz) for info in rates.values())
    # Opus has not all rates: the next one that loses nothing.
    build([path], tmp_path / 't.sdb')
    sources = {row.transcript: row.recording.probe() for row in read_sdb(str(tmp_path / 't.sdb'))}
    assert {text: source.rate_hz for text, source in sources.items()} == {'w': 24000, 'a': 16000, 'b': 48000, 'c': 16000}
    assert likeness(sources['a'].read(), speech()) > 0.9
    assert [entry for entry in os.listdir(str(tmp_path)) if entry.startswith('.tmp-')] == []


def test_opus_is_not_made_opus_again(tmp_path):
    library, sound = load_libopus(), speech()
    containers = [encode_opus(library, sound[:n_samples], 16000, 9000) for n_samples in (8000, 16000)]
    source = tmp_path / 'a.sdb'
    source.write_bytes(sdb_bytes([[container, b'x'] for container in containers], [OPUS, TRANSCRIPT]))
    build([source], tmp_path / 'same.sdb')
    assert (tmp_path / 'same.sdb').read_bytes() == source.read_bytes()
    build([source], tmp_path / 'less.sdb', bitrate=6000)
    assert (tmp_path / 'less.sdb').stat().st_size < source.stat().st_size
    build([source], source, audio_type='wav')  # it may take its own place
    assert b'"audio/wav"' in source.read_bytes()
    assert [row.recording.probe().n_samples for row in read_sdb(str(source))] == [8000, 16000]


def test_what_opus_leaves_goes_into_files_only_when_asked_for(clips, tmp_path):
    build([clips], tmp_path / 'lost.csv', audio_type='opus', bitrate=6000)
    build([clips], tmp_path / 'kept.csv')
    lost, kept, there = ([row.recording.probe().read() for row in read_csv(str(path))]
                         for path in (tmp_path / 'lost.csv', tmp_path / 'kept.csv', clips))
    assert all((one == two).all() for one, two in zip(kept, there))
    assert not any((one == two).all() for one, two in zip(lost, there)) and list(map(len, lost)) == list(map(len, there))


def test_a_bad_recording_is_left_out_and_named_and_the_exit_code_tells(clips, make_csv, tmp_path):
    (tmp_path / 'bad.wav').write_bytes(b'RIFF nothing')
    (tmp_path / 'page.wav').write_bytes(b'<html>')
    good = read_csv(str(clips))[0].recording.path
    path = make_csv(f'wav_filename,transcript\nbad.wav,a\n{good},b\nnone.wav,c\npage.wav,d\n')
    result = tool(path, tmp_path / 't.sdb')
    assert result.returncode == 1 and f'E {tmp_path}/t.sdb: written without 3 of 4 samples' in result.stderr
    assert f'{tmp_path}/bad.wav (' in result.stderr and 'web page' in result.stderr and 'No such file' in result.stderr
    assert len(result.stderr.splitlines()) == 1 and len(read_sdb(str(tmp_path / 't.sdb'))) == 1
    result = tool(make_csv('wav_filename,transcript\nbad.wav,a\nnone.wav,c\n'), tmp_path / 'u.sdb')
    assert result.returncode == 1 and 'no sample of 2 can be used' in result.stderr and not (tmp_path / 'u.sdb').exists()


@pytest.mark.parametrize('words, message', [
    (['a.csv', 't.mp3'], 'the ending of the target tells what it becomes'), (['a.csv', 't'], 'the ending of the target'),
    (['a.txt', 't.sdb'], "unknown type of data set '.txt'"), (['none.csv', 't.sdb'], 'none.csv: cannot be read'),
    (['a.csv', 't.sdb', '--augment', 'volume[p=2]'], '--augment volume[p=2]: p=2: it lies from 0 to 1'),
    (['a.csv', 't.sdb', '--augment', 'overlay[source=none.csv]'], 'none.csv: cannot be read'),
    (['a.csv', 't.sdb', '--augment', 'volume', '--clock', '1.5'], '--clock 1.5: a position in a training lies from 0 to 1'),
    (['a.csv', 't.sdb', '--include', 'a.csv'], '--include is for tar archives'),
    (['a.csv', 't.tar', '--include', 'none'], '--include none: no such file'),
    (['a.csv', 't.tar', '--include', 'samples.csv'], 'the archive has another samples.csv'),
    (['a.csv', 't.tar', '--include', 'a.csv', '--include', './a.csv'], 'the archive has another a.csv'),
    (['a.csv', 't.sdb', '--absolute-paths'], '--absolute-paths is for CSV files'),
    (['a.csv', 't.csv', '--bitrate', '9000'], '--bitrate 9000: nothing becomes Opus'),
    (['a.csv', 't.sdb', '--bitrate', '9'], '--bitrate 9: Opus has from 500'),
    (['a.csv', 't.sdb', '--workers', '0'], '--workers 0'),
    (['a.csv', 'none/t.sdb'], 'none/t.sdb: cannot be written (No such file'),
    (['a.csv', './a.csv'], './a.csv is read, and would be written over'),
    (['a.csv', 'there.csv'], 'there: the samples of there.csv go there, and it exists')])
def test_what_cannot_be_done_is_said_before_any_work(words, message, one_clip, tmp_path, monkeypatch):
    one_clip.rename(tmp_path / 'a.csv')
    (tmp_path / 'samples.csv').write_text('x')
    (tmp_path / 'there').mkdir()
    (tmp_path / 'there' / 'precious').write_text('x')
    before = sorted(map(str, tmp_path.rglob('*')))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', ['data_set_tool.py', *words])
    with pytest.raises(DeepSpeechError) as caught:
        runpy.run_path(str(PROGRAM))['main']()
    assert message in str(caught.value)
    assert sorted(map(str, tmp_path.rglob('*'))) == before


@pytest.mark.parametrize('name', ['t.sdb', 't.csv', 't.tgz'])
def test_a_write_that_fails_leaves_what_was_there(name, sets, tmp_path, monkeypatch):
    directory = tmp_path / 'made'
    directory.mkdir()
    (directory / name).write_bytes(b'before')
    monkeypatch.setattr(os, 'fsync', lambda descriptor: (_ for _ in ()).throw(OSError(28, 'No space left on device')))
    with pytest.raises(DataError, match=f'{name}: cannot be written .No space left on device'):
        build(sets, directory / name)
    assert [path.name for path in directory.iterdir()] == [name] and (directory / name).read_bytes() == b'before'


def heed_ctrl_c():
    """Programs that a job in the background starts ignore it otherwise."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_ended_at_any_moment_nothing_half_written_looks_finished(number, make_csv, tmp_path):
    sound = wav_bytes(np.random.RandomState(0).randint(-9000, 9000, 160000).astype('<i2').tobytes())
    (tmp_path / 'noise.wav').write_bytes(sound)
    path = make_csv('wav_filename,transcript\n' + 'noise.wav,x\n' * 200)
    (tmp_path / 'made').mkdir()
    for name in ('t.sdb', 't.csv'):
        with subprocess.Popen([sys.executable, str(PROGRAM), path, str(tmp_path / 'made' / name), '--audio-type', 'opus'],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=heed_ctrl_c) as process:
            while not list((tmp_path / 'made').iterdir()):
                assert process.poll() is None
                time.sleep(0.005)
            time.sleep(0.2)  # it needs many times as long
            process.send_signal(number)
            assert process.wait(60) != 0 and b'Traceback' not in process.stderr.read()
        left = [entry.name for entry in (tmp_path / 'made').iterdir() if not entry.name.startswith('.tmp-')]
        assert left == []
        if number != signal.SIGKILL:
            assert list((tmp_path / 'made').iterdir()) == []
    build([path], tmp_path / 'made' / 't.csv')
    assert len(read_csv(str(tmp_path / 'made' / 't.csv'))) == 200
    build([make_csv('wav_filename,transcript\nnoise.wav,x\n')], tmp_path / 'made' / 't.sdb')
    assert [entry.name for entry in (tmp_path / 'made').iterdir() if entry.name.startswith('.tmp-')] == []


def test_a_published_reader_finds_its_way(sets, tmp_path):
    """By the published description alone: index at the end, lengths in front, 60 ms in a packet."""
    build(sets, tmp_path / 't.sdb')
    file = io.BytesIO((tmp_path / 't.sdb').read_bytes())
    assert file.read(8) == b'SAMPLEDB'
    file.seek(struct.unpack('>Q', file.read(8))[0], os.SEEK_CUR)
    file.seek(struct.unpack('>Q', file.read(8))[0], os.SEEK_CUR)
    index_bytes, n_samples = struct.unpack('>QQ', file.read(16))
    offsets = struct.unpack(f'>{n_samples}Q', file.read())
    assert index_bytes == 8 + 8 * n_samples and n_samples == 5
    for offset, (length, text) in zip(offsets, IN_ORDER):
        file.seek(offset)
        n_bytes, n_audio = struct.unpack('>II', file.read(8))
        audio = file.read(n_audio)
        (n_text,) = struct.unpack('>I', file.read(4))
        assert file.read(n_text).decode('utf-8') == text and n_bytes == 8 + n_audio + n_text
        assert struct.unpack_from('>IIBB', audio) == (2 * length, 16000, 1, 2)
    assert SPEECH['mime-type'] not in str((tmp_path / 't.sdb').read_bytes()[:200])
