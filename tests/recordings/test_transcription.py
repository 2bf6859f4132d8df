"""bin/transcribe.py: every recording gets its result, whole or not at all; a damaged one costs itself; runs go on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from joined_clips import RATE_HZ, clips_by_name, join, write_wav
from long_form import long

from deepspeech_training.errors import DataError
from deepspeech_training.recordings.sources import find_tasks
from deepspeech_training.settings.recordings import TranscriptionConfig

ROOT = Path(__file__).resolve().parents[2]
KINDS = (long('checkpoint'), 'exported')
QUICK = ['--beam_width', 32]


@pytest.fixture
def recordings(tmp_path):
    """Directory with three recordings of clips, one a directory deeper, a damaged one and what is none."""
    folder = tmp_path / 'recordings'
    (folder / 'deeper').mkdir(parents=True)
    clips = list(clips_by_name().values())
    for number, name in enumerate(('one', 'two', 'deeper/three')):
        write_wav(folder / f'{name}.wav', join(clips[3 * number:3 * number + 3]).samples)
    whole = (folder / 'one.wav').read_bytes()
    (folder / 'cut.wav').write_bytes(whole[:len(whole) // 2])
    (folder / 'notes.md').write_text('no sound')
    return folder


def results_in(folder):
    others = '.wav', '.flac', '.md', ''
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*') if path.suffix not in others)


@pytest.mark.parametrize('kind', KINDS)
def test_a_directory(kind, run_program, model_flags, recordings):
    command = ['transcribe', '--src', recordings, '--recursive', *model_flags[kind], *QUICK]
    result = run_program(*command)
    assert result.returncode == 1 and 'Traceback' not in result.stderr, result.stderr
    assert results_in(recordings) == ['deeper/three.tlog', 'one.tlog', 'two.tlog']
    lines = result.stdout.splitlines()
    assert 'E 1 of 4 recordings were not transcribed:' in lines
    assert f'{recordings}/cut.wav' in lines[lines.index('E 1 of 4 recordings were not transcribed:') + 1]
    for path in recordings.rglob('*.tlog'):
        segments = json.loads(path.read_text(encoding='utf-8'))
        assert len(segments) >= 3 and segments == sorted(segments, key=lambda each: each['start'])
        for each in segments:
            assert list(each) == ['start', 'end', 'transcript'] and type(each['start']) is type(each['end']) is int
            assert 0 <= each['start'] < each['end'] and isinstance(each['transcript'], str)
    before = {path: path.stat().st_mtime_ns for path in recordings.rglob('*.tlog')}
    again = run_program(*command)
    assert '3 of 4 recordings have their results already' in again.stdout and again.returncode == 1
    assert {path: path.stat().st_mtime_ns for path in recordings.rglob('*.tlog')} == before
    (recordings / 'cut.wav').unlink()
    assert run_program(*command).returncode == 0  # all is there
    run_program(*command, '--force')
    after = {path: path.stat().st_mtime_ns for path in recordings.rglob('*.tlog')}
    assert after.keys() == before.keys() and all(after[path] > before[path] for path in after)


def test_links_that_lead_around_are_no_obstacle(recordings):
    (recordings / 'deeper' / 'up').symlink_to('..')
    (recordings / 'again').symlink_to('deeper')
    tasks = find_tasks(TranscriptionConfig(source=str(recordings), recursive=True, formats=('tlog',)))
    names = [os.path.basename(os.path.realpath(task.source)) for task in tasks]
    assert sorted(names) == ['cut.wav', 'one.wav', 'three.wav', 'two.wav']


def test_a_directory_without_those_in_it(run_program, model_flags, recordings):
    run_program('transcribe', '--src', recordings, *model_flags['exported'], *QUICK, '--output_format', 'text,srt')
    assert results_in(recordings) == ['one.srt', 'one.txt', 'two.srt', 'two.txt']


def test_both_kinds_of_model_and_all_batch_sizes_hear_the_same(run_program, model_flags, tmp_path):
    path = write_wav(tmp_path / 'talk.wav', join(list(clips_by_name().values())).samples)
    heard = {}
    for name, kind, words in (('exported', 'exported', ()), ('one', 'checkpoint', ('--batch_size', 1)),
                              ('many', 'checkpoint', ()), ('outliers', 'checkpoint', ('--outlier_duration_ms', 1000))):
        target = tmp_path / f'{name}.tlog'
        result = run_program('transcribe', '--src', path, '--dst', target, *model_flags[kind], *words, *QUICK)
        assert result.returncode == 0, result.stderr
        heard[name] = json.loads(target.read_text(encoding='utf-8'))
    assert len({json.dumps(heard[name]) for name in ('one', 'many', 'outliers')}) == 1
    # The client has a frame more at the end of a segment, which is silence.
    assert [each['transcript'].strip() for each in heard['exported']] == [each['transcript'].strip() for each in heard['one']]


def test_it_hears_what_a_test_of_the_trainer_hears(run_program, model_flags, home, tmp_path):
    """A clip that is one segment from its first frame to its last has the transcript of DeepSpeech.py --one_shot_infer."""
    clip = clips_by_name()['digits_yesterday']
    path = write_wav(tmp_path / 'clip.wav', clip)
    run_program('transcribe', '--src', path, *model_flags['checkpoint'], *QUICK, '--vad', 'energy', '--vad_aggressiveness', 0)
    (segment,) = json.loads((tmp_path / 'clip.tlog').read_text(encoding='utf-8'))
    cut = clip[(segment['start'] + 30) * 16 if segment['start'] else 0:(segment['end'] + 30) * 16]
    alone = write_wav(tmp_path / 'cut.wav', cut)
    words = ['DeepSpeech.py', '--one_shot_infer', alone, *model_flags['checkpoint'], *QUICK]
    printed = subprocess.run([sys.executable, *map(str, words)], cwd=str(ROOT), env=home, stdout=subprocess.PIPE,
                             universal_newlines=True).stdout
    assert printed.splitlines()[-1] == segment['transcript']


def test_a_catalog_says_where_results_go(run_program, model_flags, recordings, tmp_path):
    catalog = recordings / 'talks.catalog'
    catalog.write_text(json.dumps([{'audio': 'one.wav', 'tlog': '../made/first.tlog'},
                                   {'audio': 'deeper/three.wav', 'tlog': '../made/third.tlog'}]))
    result = run_program('transcribe', '--src', catalog, *model_flags['exported'], *QUICK)
    assert result.returncode == 0 and results_in(tmp_path / 'made') == ['first.tlog', 'third.tlog'], result.stdout
    catalog.write_text(json.dumps([{'audio': 'none.wav', 'tlog': 'none.tlog'}]))
    result = run_program('transcribe', '--src', catalog, *model_flags['exported'])
    assert result.returncode == 1 and '1 of its 1 audio files do not exist' in result.stdout


@pytest.mark.parametrize('content, said', [('[]', 'names no audio file'), ('[' * 100000, 'it is no catalog'),
                                           ('{"audio": 1}', 'it is no catalog')])
def test_what_is_no_catalog_is_said(content, said, tmp_path):
    (tmp_path / 'x.catalog').write_text(content)
    with pytest.raises(DataError, match=said):
        find_tasks(TranscriptionConfig(source=str(tmp_path / 'x.catalog'), formats=('tlog',)))


@pytest.mark.parametrize('words, said', [
    ([], 'pass an audio file, a .catalog file or a directory with --src'),
    (['--src', 'recordings', '--dst', 'x.tlog'], 'it is for a single audio file'),
    (['--src', 'recordings/one.wav', '--dst', 'no/such/x.tlog'], 'its directory does not exist'),
    (['--src', 'recordings/one.wav', '--output_format', 'docx'], '--output_format docx: some of tlog, text, json'),
    (['--src', 'recordings/one.wav', '--dst', 'x', '--output_format', 'srt,vtt'], 'one file for 2 formats'),
    (['--src', 'recordings/one.wav', '--dst', 'recordings/one.wav'], 'take the place of a recording'),
    (['--src', 'recordings/one.wav', '--vad_aggressiveness', 4], 'vad_aggressiveness'),
    (['--src', 'recordings/deeper/none.wav'], 'none.wav: cannot be opened'),
    (['--src', 'empty'], 'no audio file in it')])
def test_what_cannot_be_done_is_one_sentence(words, said, run_program, model_flags, recordings, tmp_path):
    (tmp_path / 'empty').mkdir()
    words = [tmp_path / word if str(word).split('/')[0] in ('recordings', 'empty', 'x', 'x.tlog', 'no') else word
             for word in words]
    result = run_program('transcribe', *words, *model_flags['exported'], *QUICK)
    assert result.returncode == 1 and said in result.stdout and 'Traceback' not in result.stderr


def test_one_result_that_is_there_is_no_success(run_program, model_flags, recordings):
    (recordings / 'one.tlog').write_text('[]')
    result = run_program('transcribe', '--src', recordings / 'one.wav', *model_flags['exported'], *QUICK)
    assert result.returncode == 1 and '--force' in result.stdout and (recordings / 'one.tlog').read_text() == '[]'


def test_two_recordings_of_one_name_are_not_mixed_up(run_program, model_flags, recordings):
    (recordings / 'one.flac').write_bytes((recordings / 'one.wav').read_bytes())
    result = run_program('transcribe', '--src', recordings, *model_flags['exported'], *QUICK)
    assert result.returncode == 1 and 'would both be written to' in result.stdout and not results_in(recordings)


@pytest.mark.parametrize('name, begins', [('x.srt', '1\n00:00:0'), ('x.vtt', 'WEBVTT\n'), ('x.TextGrid', 'File type = "ooText'),
                                          ('x.txt', ''), ('x.json', '[{"start": '), ('x', '[{"start": ')])
def test_the_ending_of_a_result_says_what_it_is(name, begins, run_program, model_flags, recordings, tmp_path):
    run_program('transcribe', '--src', recordings / 'one.wav', '--dst', tmp_path / name, *model_flags['exported'], *QUICK)
    assert (tmp_path / name).read_text(encoding='utf-8').startswith(begins)


def test_exported_models_need_no_tensorflow(model_flags, recordings, home):
    code = ("import sys, runpy; sys.modules['tensorflow'] = None; sys.argv = sys.argv[1:]; "
            "runpy.run_path(sys.argv[0], run_name='__main__')")
    words = [ROOT / 'bin' / 'transcribe.py', '--src', recordings / 'one.wav', *model_flags['exported'], *QUICK]
    subprocess.run([sys.executable, '-c', code, *map(str, words)], env=home, check=True)  # from anywhere: no alphabet file
    assert (recordings / 'one.tlog').exists()


@pytest.mark.parametrize('kind', KINDS)
def test_a_killed_run_leaves_whole_results_and_goes_on(kind, model_flags, home, tmp_path):
    folder = tmp_path / 'many'
    folder.mkdir()
    samples = join(list(clips_by_name().values())).samples
    for number in range(60):
        write_wav(folder / f'{number:02}.wav', samples)
    words = [ROOT / 'bin' / 'transcribe.py', '--src', folder, *model_flags[kind], *QUICK, '--batch_size', 4]
    command = [sys.executable, *map(str, words)]
    for n_wanted in (1, 5):
        with subprocess.Popen(command, env=home, cwd=str(ROOT), stdout=subprocess.DEVNULL) as process:
            end_s = time.monotonic() + 120
            while len(results_in(folder)) < n_wanted and process.poll() is None:
                assert time.monotonic() < end_s
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        found = [path for path in folder.glob('*.tlog')]
        assert n_wanted <= len(found) < 60
        assert all(json.loads(path.read_text(encoding='utf-8')) for path in found)
    before = {path: path.stat().st_mtime_ns for path in folder.glob('*.tlog')}
    assert subprocess.run(command, env=home, cwd=str(ROOT), stdout=subprocess.DEVNULL).returncode == 0
    texts = {path.read_text(encoding='utf-8') for path in folder.glob('*.tlog')}
    assert len(list(folder.glob('*.tlog'))) == 60 and len(texts) == 1
    assert all(path.stat().st_mtime_ns == written for path, written in before.items())


def test_silence_gives_an_empty_list(run_program, model_flags, tmp_path):
    path = write_wav(tmp_path / 'silent.wav', [0] * RATE_HZ)
    assert run_program('transcribe', '--src', path, *model_flags['exported']).returncode == 0
    assert json.loads((tmp_path / 'silent.tlog').read_text()) == []
