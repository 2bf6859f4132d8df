"""bin/record.py: a person at a terminal, a program in place of the microphone that gives a real recording; clips that train.

Long because each way in which a session goes or ends is one.
"""

import csv
import os
import shlex
import shutil
import subprocess
import sys
import time
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from joined_clips import CLIPS
from keyboard import Keyboard

from deepspeech_training.corpora.splits import Shares
from deepspeech_training.errors import DataError
from deepspeech_training.recordings.own_clips import OwnClips

CLIP = CLIPS / 'number-not-answering.wav'
SENTENCES = 'Number not answering.\nTurn on the light!\n\nGood night\n'
TRANSCRIPTS = ['number not answering', 'turn on the light', 'good night']
RECORD, KEEP = '[q] quit', '[Enter] keep'
COLUMNS = ['wav_filename', 'wav_filesize', 'transcript']
needs_sox = pytest.mark.skipif(shutil.which('sox') is None, reason='sox is not installed')
# Gives the samples of a WAV file again and again, as slowly as a microphone does.
ENDLESS = '''
import sys, time, wave
data = wave.open(sys.argv[1]).readframes(10 ** 9)
while True:
    for start in range(0, len(data), 1600):
        sys.stdout.buffer.write(data[start:start + 1600])
        sys.stdout.buffer.flush()
        time.sleep(0.02)
'''


def command_of(name, *words):
    return [sys.executable, CLIPS.parents[1] / 'bin' / f'{name}.py', *words]


def samples_of(path):
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def sox(*effects):
    """Returns the command that gives the clip, changed by effects, and ends."""
    return ' '.join(shlex.quote(str(word)) for word in ('sox', '-D', CLIP, '-t', 'raw', '-', *effects))


@pytest.fixture
def text(tmp_path):
    path = tmp_path / 'sentences.txt'
    path.write_text(SENTENCES)
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'clips'


@pytest.fixture
def endless(tmp_path):
    """A command that gives sound until it is ended, by a pipe; a process has this file's name among its words."""
    script = tmp_path / 'microphone.py'
    script.write_text(ENDLESS)
    return f"sh -c '{sys.executable} {script} {CLIP} | cat'"


@pytest.fixture
def at_keyboard(home, text, folder, alphabet_path):
    """Function (recorder, words) that gives the program at a Keyboard."""
    def start(recorder, *words, **environment):
        words = [text, folder, '--alphabet', alphabet_path, '--recorder', recorder, *words]
        return Keyboard(command_of('record', *words), dict(home, **environment))
    return start


@pytest.fixture
def alphabet_path():
    return CLIPS.parents[1] / 'data' / 'alphabet.txt'


def rows_of(folder, name='clips.csv'):
    with open(str(folder / name), newline='') as file:
        columns, *rows = csv.reader(file)
    assert columns == COLUMNS
    for wav, size, _ in rows:
        assert os.path.getsize(str(folder / wav)) == int(size)
    return rows


def is_running(word):
    """Tells whether there is a process with this word in its command line."""
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        with suppress(OSError):
            words = path.read_bytes().split(b'\0')
            if any(each.endswith(word.encode()) for each in words) and not any(each.endswith(b'record.py') for each in words):
                return True
    return False


def await_end(word):
    """Waits until there is no such process; one that writes into a pipe which nobody reads ends a little later."""
    for _ in range(600):
        if not is_running(word):
            return
        time.sleep(0.1)
    pytest.fail(f'{word} goes on')


def record(person):
    """Records a sentence with a program that ends by itself; returns what is shown of it."""
    person.wait_for(RECORD)
    person.press('\n')
    return person.wait_for(KEEP)


@needs_sox
def test_what_is_recorded_is_kept_and_trains(at_keyboard, folder, home, tmp_path):
    with at_keyboard(sox()) as person:
        for sentence in ('Number not answering.', 'Turn on the light!', 'Good night'):
            shown = person.wait_for(sentence)
            assert '! ' not in record(person)
            person.press('\n')
        assert 'Sentence 3 of 3, 1 to go' in shown
        person.wait_for('3 clips, 0 sentences to go; in')
        assert person.end() == 0 and person.echoes()
    rows = rows_of(folder)
    assert [transcript for _, _, transcript in rows] == TRANSCRIPTS
    for name, _, _ in rows:
        np.testing.assert_array_equal(samples_of(folder / name), samples_of(CLIP))
    trainer = CLIPS.parents[1] / 'DeepSpeech.py'
    words = ['--train_files', folder / 'clips.csv', '--epochs', 1, '--n_hidden', 8, '--checkpoint_dir', tmp_path / 'ckpt',
             '--alphabet_config_path', trainer.parent / 'data' / 'alphabet.txt', '--noshow_progressbar']
    result = subprocess.run([sys.executable, str(trainer), *map(str, words)], env=home, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, universal_newlines=True)
    assert result.returncode == 0 and 'Epoch 0' in result.stdout and 'left out' not in result.stdout, result.stdout


def test_a_key_ends_a_recording_and_its_program(at_keyboard, folder, endless):
    with at_keyboard(endless) as person:
        person.wait_for(RECORD)
        person.press('\n')
        person.wait_for('0.3 s')
        assert '#' in person.wait_for('[Enter] stop') and is_running('microphone.py')
        person.press('\n')
        person.wait_for(KEEP)
        await_end('microphone.py')
        person.press('\nq')
        assert person.end() == 0
    ((name, _, _),) = rows_of(folder)
    found, expected = samples_of(folder / name), samples_of(CLIP)
    assert len(found) >= 4800
    np.testing.assert_array_equal(found, np.resize(expected, len(found)))


@needs_sox
def test_again_skip_quit_and_the_next_time(at_keyboard, folder, tmp_path):
    played = tmp_path / 'played'
    (tmp_path / 'play').write_text(f'#!/bin/sh\nwc -c < "$2" >> {played}\n')
    (tmp_path / 'play').chmod(0o755)
    with at_keyboard(sox(), PATH=f'{tmp_path}:{os.environ["PATH"]}') as person:
        record(person)
        person.press('r')
        person.wait_for(KEEP)
        person.press('p')
        person.wait_for(KEEP)
        person.press('s')
        record(person)
        person.press('\n')
        person.wait_for('Kept as clip-00001.wav')
        person.wait_for('Good night')
        person.press('q')
        person.wait_for('1 clip, 2 sentences to go')
        assert person.end() == 0
    assert played.read_text().split() == [str(44 + 2 * len(samples_of(CLIP)))]
    assert [row[2] for row in rows_of(folder)] == TRANSCRIPTS[1:2]
    with at_keyboard(sox()) as person:
        person.wait_for('Sentence 1 of 3, 2 to go')
        person.press('s')
        assert 'Turn on' not in person.wait_for('Sentence 3 of 3, 1 to go')
        record(person)
        person.press('\n')
        assert person.end() == 0
    assert [row[2] for row in rows_of(folder)] == TRANSCRIPTS[1:]


@pytest.mark.parametrize('effects, remark', [(['gain', '-50'], '! Hardly anything was heard'), (['gain', '30'], 'is clipped'),
                                             (['trim', '0.5', '0.2'], '! That is too short')])
@needs_sox
def test_what_may_be_wrong_is_said(at_keyboard, folder, effects, remark):
    with at_keyboard(sox(*effects)) as person:
        assert remark in record(person)
        person.press('\nq')
        assert person.end() == 0
    assert len(rows_of(folder)) == 1  # that is up to the person


@pytest.mark.parametrize('how', ['Ctrl-C', 'terminated', 'killed'])
def test_nothing_is_lost_but_the_sentence_in_work(at_keyboard, folder, endless, how):
    with at_keyboard(endless) as person:
        for number in range(2):
            person.wait_for(RECORD)
            person.press('\n')
            person.wait_for('0.2 s')
            if not number:
                person.press('\n')
                person.wait_for(KEEP)
                person.press('\n')
        if how == 'Ctrl-C':
            person.press('\x03')
            person.wait_for('1 clip, 2 sentences to go')
            person.wait_for('E interrupted.')
        elif how == 'terminated':
            person.process.terminate()
        else:
            person.process.kill()
        code = person.end()
        assert code == {'Ctrl-C': 130, 'terminated': 143, 'killed': -9}[how]
        assert how == 'killed' or person.echoes()
    await_end('microphone.py')
    assert [row[2] for row in rows_of(folder)] == TRANSCRIPTS[:1]
    with at_keyboard(endless) as person:
        person.wait_for('Sentence 2 of 3, 2 to go')
        person.press('q')
        assert person.end() == 0


@pytest.mark.skipif(shutil.which('arecord') is None, reason='arecord is not installed')
def test_arecord_records_from_a_device_of_alsa(home, folder, text, tmp_path):
    (tmp_path / 'sound.raw').write_bytes(samples_of(CLIP).tobytes())
    (tmp_path / 'asound.conf').write_text(
        'pcm.null { type null }\npcm.!default { type plug slave.pcm "canned" }\n'
        f'pcm.canned {{ type file slave.pcm "null" file "/dev/null" infile "{tmp_path}/sound.raw" format "raw" }}\n')
    with Keyboard(command_of('record', text, folder), dict(home, ALSA_CONFIG_PATH=str(tmp_path / 'asound.conf'))) as person:
        assert 'It was stopped after 60 s.' in record(person)  # this device never ends, and does not keep time
        person.press('\nq')
        assert person.end() == 0
    ((name, _, transcript),) = rows_of(folder)
    assert transcript == 'Number not answering.'  # without an alphabet, as it is written
    expected = samples_of(CLIP)
    np.testing.assert_array_equal(samples_of(folder / name)[:len(expected)], expected)


def test_sets_are_made_of_what_was_recorded(folder):
    clips = OwnClips(str(folder))
    for number in range(10):
        clips.keep(np.full(100, number, np.int16), f'number {number}')
    assert clips.split(Shares()) == ['train.csv (8)', 'dev.csv (1)', 'test.csv (1)']
    together = sorted(sum((rows_of(folder, f'{name}.csv') for name in ('train', 'dev', 'test')), []))
    assert together == sorted(rows_of(folder)) and len(together) == 10


def test_two_do_not_record_into_one_folder(folder):
    clips = OwnClips(str(folder))
    with pytest.raises(DataError, match='another bin/record.py'):
        OwnClips(str(folder))
    assert len(clips) == 0


def test_a_sentence_that_stands_there_twice_is_recorded_twice(folder):
    clips = OwnClips(str(folder))
    clips.keep(np.ones(100, np.int16), 'yes')
    assert clips.left_of(['yes', 'no', 'yes']) == [1, 2]


def failing(home, *words):
    """Returns the one line on stderr of the program without a terminal."""
    result = subprocess.run(list(map(str, command_of('record', *words))), env=home, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    (line,) = result.stderr.splitlines()
    assert result.returncode == 1 and line.startswith('E ') and line.endswith('.') and not result.stdout
    return line


def test_what_cannot_be_done_is_one_sentence(home, text, folder, tmp_path, alphabet_path):
    recorder = ['--recorder', 'cat']
    assert 'standard input is none' in failing(home, text, folder, *recorder)
    assert 'cannot be found to record with' in failing(home, text, folder, '--recorder', 'no-such-program -x')
    assert 'quotation' in failing(home, text, folder, '--recorder', "sox 'a")
    assert 'none.txt' in failing(home, tmp_path / 'none.txt', folder, *recorder)
    assert '--split 1,2' in failing(home, text, folder, *recorder, '--split', '1,2')
    for content, said in (('\n \n', 'there is no sentence in it'), ('one\ntwo 22\n', '22 (line 2)')):
        (tmp_path / 'bad.txt').write_text(content)
        assert said in failing(home, tmp_path / 'bad.txt', folder, *recorder, '--alphabet', alphabet_path)
    folder.mkdir(exist_ok=True)
    (folder / 'clips.csv').write_text('a,b\n1,2\n')
    assert 'not the list that bin/record.py writes' in failing(home, text, folder, *recorder)
    assert (folder / 'clips.csv').read_text() == 'a,b\n1,2\n'


def test_a_microphone_that_gives_nothing_is_said(at_keyboard, folder):
    with at_keyboard("sh -c 'echo no such device >&2; exit 1'") as person:
        person.wait_for(RECORD)
        person.press('\n')
        person.wait_for('E sh gives no sound (no such device); choose a microphone')
        assert person.end() == 1 and person.echoes()


def test_a_key_before_there_is_sound_keeps_nothing(at_keyboard, folder):
    with at_keyboard("sh -c 'sleep 600'") as person:
        person.wait_for(RECORD)
        person.press('\n\n')
        person.wait_for('! Nothing was recorded yet')
        person.wait_for(KEEP)
        person.press('\n')
        person.wait_for(KEEP)
        person.press('q')
        assert person.end() == 0
    assert not (folder / 'clips.csv').exists()
