"""A second start knows what the first found out about audio files, opens none of them, and comes to the same result."""

import os
import random
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from wav_files import pcm16, tone, wav_bytes

from deepspeech_training.console.log import Log
from deepspeech_training.data import known_audio
from deepspeech_training.data.audio_index import AudioIndex
from deepspeech_training.data.datasets import prepare_sets
from deepspeech_training.data.known_audio import KnownAudio
from deepspeech_training.data.utterance import AudioFile, RecordedFile
from deepspeech_training.errors import DataError
from deepspeech_training.settings.config import CheckpointConfig, RunConfig, SetConfig
from deepspeech_training.settings.model import ModelConfig

CLIPS = Path(__file__).resolve().parents[1] / 'clips'
SPOKEN = {'digits_yesterday': 'yesterday', 'letters_k': 'k', 'digits_mon-11': 'monday'}


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """Files count as settled at once; else tests would have to wait."""
    monkeypatch.setattr(known_audio, 'SETTLED_NS', 0)


@pytest.fixture
def memory(tmp_path):
    """Path of the memory."""
    return str(tmp_path / 'cache' / 'known-audio')


@pytest.fixture
def opened(monkeypatch):
    """List of the audio files that are opened."""
    paths, plain_open = [], os.open

    def noting_open(file, *arguments, **options):
        handle = plain_open(file, *arguments, **options)
        if str(file).endswith(('.wav', '.mp3')):
            paths.append(os.path.basename(str(file)))
        return handle

    monkeypatch.setattr(os, 'open', noting_open)
    return paths


@pytest.fixture
def clips_of_all_kinds(tmp_path, make_csv):
    """CSV of speech: as it should be, at another rate, cut short, no audio at all, too short for its transcript."""
    rows = ['wav_filename,transcript']
    for name, transcript in SPOKEN.items():
        shutil.copy(str(CLIPS / f'{name}.wav'), str(tmp_path / f'{name}.wav'))
        rows.append(f'{name}.wav,{transcript}')
    sound = (CLIPS / 'digits_yesterday.wav').read_bytes()
    files = {'slow.wav': wav_bytes(pcm16(tone(8000, 8000)), rate_hz=8000), 'cut.wav': sound[:len(sound) // 2],
             'page.mp3': b'<!DOCTYPE html><html></html>', 'short.wav': wav_bytes(pcm16(tone(3200)))}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        rows.append(f'{name},what was said then')
    return make_csv('\n'.join(rows) + '\n')


def look(memory, paths, log=None):
    """Returns what a run finds that knows what the memory holds."""
    return AudioIndex(KnownAudio(memory, log or Log(3))).look_up([RecordedFile(str(path)) for path in paths])


def copies(folder, n):
    folder.mkdir(exist_ok=True)
    return [Path(shutil.copy(str(CLIPS / 'letters_k.wav'), str(folder / f'{number}.wav'))) for number in range(n)]


def test_a_second_start_opens_nothing_and_comes_to_the_same(clips_of_all_kinds, alphabet, memory, opened, output, tmp_path):
    directory, results = str(tmp_path / 'checkpoints'), []
    run = RunConfig(alphabet, ModelConfig(alphabet.size), train=SetConfig((clips_of_all_kinds,)),
                    test=SetConfig((clips_of_all_kinds,)), checkpoints=CheckpointConfig(directory, directory))
    for _ in range(3):
        log = Log(1, output)
        sets = prepare_sets(run, str(tmp_path / 'converted'), log, KnownAudio(memory, log))
        said, rejected = output.getvalue(), (tmp_path / 'checkpoints' / 'rejected.csv').read_text(encoding='utf-8')
        results.append(([(each.id, each.transcript, each.labels.tolist(), each.n_frames, each.audio, each.audio.info)
                         for each in sets.utterances], said, rejected, sorted(set(opened))))
        output.truncate(0)
        output.seek(0)
        del opened[:]
    first, second, third = results
    assert len(first[0]) == 8 and first[1].count('Left out') == 4 and first[2].count('\n') == 7 and 'slow.wav' in first[3]
    assert second[:3] == third[:3] == first[:3]
    assert second[3] == third[3] == ['cut.wav', 'page.mp3']  # what could not be converted is tried again


CHANGES = {
    'other sound, same size, time set back': lambda path: rewrite(path, keeps_time=True),
    'other sound, same size': lambda path: rewrite(path, keeps_time=False),
    'touched': lambda path: os.utime(str(path)),
    'longer': lambda path: path.write_bytes(wav_bytes(pcm16(tone(20000)))),
    'replaced by another file': lambda path: os.replace(shutil.copy2(str(path), str(path) + '~'), str(path)),
    'no audio any more': lambda path: path.write_bytes(b'gone'),
    'gone': lambda path: path.unlink()}


def rewrite(path, keeps_time):
    state, data = path.stat(), bytearray(path.read_bytes())
    data[100:200] = b'\1' * 100
    path.write_bytes(bytes(data))
    if keeps_time:
        os.utime(str(path), ns=(state.st_atime_ns, state.st_mtime_ns))


@pytest.mark.parametrize('change', sorted(CHANGES))
def test_a_file_that_has_changed_is_looked_at_again(change, memory, opened, tmp_path):
    one, other = copies(tmp_path / 'clips', 2)
    look(memory, [one, other])
    CHANGES[change](one)
    del opened[:]
    found = look(memory, [one, other])
    assert opened == ([] if change == 'gone' else ['0.wav'])
    (fresh,) = AudioIndex().look_up([RecordedFile(str(one))])
    assert str(found[0]) == str(fresh) if isinstance(fresh, DataError) else found[0] == fresh
    assert found[1].info == AudioFile.probe(str(CLIPS / 'letters_k.wav')).info


def test_what_was_written_a_moment_ago_may_change_unnoticed_and_is_looked_at_again(memory, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(known_audio, 'SETTLED_NS', 3600 * 10 ** 9)
    paths = copies(tmp_path / 'clips', 2)
    for _ in range(2):
        look(memory, paths)
    assert len(opened) == 4


def test_files_that_cannot_be_read_for_now_are_tried_again(memory, tmp_path, monkeypatch):
    (path,) = copies(tmp_path / 'clips', 1)

    def failing_open(file, *arguments, **options):
        raise PermissionError(13, 'Permission denied', file)

    with monkeypatch.context() as patched:
        patched.setattr('deepspeech_training.data.audio.open_regular', failing_open)
        (error,) = look(memory, [path])
    assert 'Permission denied' in str(error)
    assert isinstance(look(memory, [path])[0], AudioFile)


def damage(path, kind):
    data = Path(path).read_bytes()
    changed = {'empty': b'', 'cut short': data[:len(data) // 2], 'longer': data + b'\0', 'text': b'hello' * 40,
               'another version': b'DSAUDIO0' + data[8:]}
    Path(path).write_bytes(changed[kind])


@pytest.mark.parametrize('kind', ['empty', 'cut short', 'longer', 'another version', 'text'])
def test_a_damaged_memory_is_begun_anew(kind, memory, opened, log, output, tmp_path):
    paths = copies(tmp_path / 'clips', 3)
    expected = look(memory, paths)
    damage(memory, kind)
    del opened[:]
    assert look(memory, paths, log) == expected and len(opened) == 3
    assert output.getvalue().count('damaged; all audio is looked at again') == 1
    assert look(memory, paths) == expected and len(opened) == 3


def test_no_flipped_bit_of_the_memory_is_believed(memory, tmp_path):
    paths = copies(tmp_path / 'clips', 2) + [tmp_path / 'page.wav']
    paths[-1].write_bytes(b'<html>')
    expected, whole, chance = list(map(str, look(memory, paths))), Path(memory).read_bytes(), random.Random(5)
    for _ in range(200):
        place, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        Path(memory).write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1:])
        assert list(map(str, look(memory, paths))) == expected


def test_a_memory_that_cannot_be_read_or_written_costs_no_run(log, output, tmp_path):
    paths = copies(tmp_path / 'clips', 2)
    (tmp_path / 'file').write_bytes(b'')
    (tmp_path / 'folder').mkdir()
    for memory in ('file/known', 'folder'):
        index = AudioIndex(KnownAudio(str(tmp_path / memory), log))
        assert all(isinstance(index.look_up([RecordedFile(str(path))])[0], AudioFile) for path in paths)
    assert output.getvalue().count('cannot be kept there') == 2


def test_two_runs_at_once_both_leave_what_they_found(memory, opened, tmp_path):
    ours, theirs = copies(tmp_path / 'ours', 3), copies(tmp_path / 'theirs', 3)
    one, other = KnownAudio(memory, Log(3)), KnownAudio(memory, Log(3))
    AudioIndex(one).look_up([RecordedFile(str(path)) for path in ours])
    AudioIndex(other).look_up([RecordedFile(str(path)) for path in theirs])
    del opened[:]
    look(memory, ours + theirs)
    assert not opened


def test_many_processes_at_once_leave_a_whole_memory(memory, opened, tmp_path):
    code = ('import sys; from pathlib import Path\n'
            'from deepspeech_training.console.log import Log\n'
            'from deepspeech_training.data import known_audio\n'
            'from deepspeech_training.data.audio_index import AudioIndex\n'
            'from deepspeech_training.data.utterance import RecordedFile\n'
            'known_audio.SETTLED_NS = 0\n'
            'for path in sorted(Path(sys.argv[2]).glob("*.wav")):\n'
            '    AudioIndex(known_audio.KnownAudio(sys.argv[1], Log(3))).look_up([RecordedFile(str(path))])\n')
    folders = [tmp_path / f'of-{number}' for number in range(4)]
    paths = [path for folder in folders for path in copies(folder, 10)]
    runs = [subprocess.Popen([sys.executable, '-c', code, memory, str(folder)]) for folder in folders]
    assert [run.wait() for run in runs] == [0] * 4
    del opened[:]
    look(memory, paths)
    assert not opened
    assert sorted(os.listdir(os.path.dirname(memory))) == ['known-audio', 'known-audio.lock']


def test_files_that_no_run_has_used_for_longest_are_forgotten_first(memory, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(known_audio, 'MOST_FILES', 6)
    old, used, new = (copies(tmp_path / name, 3) for name in ('old', 'used', 'new'))
    for day, paths in ((100, old + used), (200, used), (300, new)):
        monkeypatch.setattr(known_audio, '_today', lambda: day)
        look(memory, paths)
    del opened[:]
    look(memory, used + new)
    assert not opened and os.path.getsize(memory) < 7 * 80 + 100
    look(memory, old)
    assert len(opened) == 3


def test_more_files_than_fit_stay_as_long_as_a_run_uses_them(memory, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(known_audio, 'MOST_FILES', 2)
    paths = copies(tmp_path / 'clips', 4)
    look(memory, paths)
    del opened[:]
    look(memory, paths)
    assert not opened


def test_names_of_any_kind_are_known_again(memory, opened, tmp_path, monkeypatch):
    folder = tmp_path / 'clips'
    source = copies(folder, 1)[0]
    names = ['é ж.wav', 'line\nend.wav', os.fsdecode(b'\xff\xfe.wav'), 'plain.wav']
    for name in names:
        shutil.copy(str(source), str(folder / name))
    (folder / 'bad\nname.wav').write_bytes(b'<html>')
    monkeypatch.chdir(folder)
    expected = look(memory, names)
    del opened[:]
    assert [found.info for found in look(memory, [folder / name for name in names])] == [found.info for found in expected]
    assert not opened
    assert [str(look(memory, ['bad\nname.wav'])[0]) for _ in range(2)] == [r'bad\nname.wav: not a WAV file (a web page).'] * 2


def test_a_row_of_a_large_set_takes_about_a_kilobyte(alphabet, make_csv, tmp_path, memory, monkeypatch):
    monkeypatch.setattr('deepspeech_training.data.audio_index.BLOCK_RECORDINGS', 256)  # as few of these as of a large set
    (clip,) = copies(tmp_path / 'clips', 1)
    names = [f'clips/common_voice_en_{number:08d}.wav' for number in range(2000)]
    for name in names:
        os.link(str(clip), str(tmp_path / name))
    rows = ['wav_filename,wav_filesize,transcript'] + [f'{name},{clip.stat().st_size},k' for name in names]
    csv = make_csv('\n'.join(rows))
    run = RunConfig(alphabet, ModelConfig(alphabet.size), train=SetConfig((csv,)),
                    checkpoints=CheckpointConfig(str(tmp_path), str(tmp_path)))

    def prepared():
        return prepare_sets(run, str(tmp_path / 'converted'), Log(3), KnownAudio(memory, Log(3)))

    prepared()  # what is imported meanwhile is not to be counted
    for known in ('nothing', 'all'):
        if known == 'nothing':
            os.remove(memory)
        tracemalloc.start()
        sets = prepared()
        held, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(sets.utterances) == 2000 and held < 600 * 2000 and peak < 1300 * 2000
