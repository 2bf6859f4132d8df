"""Other programs: they end in time and with us, they say why they failed, and their exit codes are not believed."""

import os
import signal
import stat
import subprocess
import sys
import time

import pytest
from wav_files import wav_bytes

from deepspeech_training.corpora.convert import Cut, Job, Made, make_wavs
from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.conversion import NoRoomError, convert_audio
from deepspeech_training.errors import DataError, ScorerError
from deepspeech_training.lm.build import LanguageModelConfig
from deepspeech_training.lm.programs import PROGRAMS, Kenlm
from deepspeech_training.programs import ProgramError, run

SHELL = '/bin/sh'


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Function (name, shell script) that puts a program of that name in front of all others."""
    folder = tmp_path / 'programs'
    folder.mkdir()
    monkeypatch.setenv('PATH', f'{folder}{os.pathsep}{os.environ["PATH"]}')

    def make(name, script):
        path = folder / name
        path.write_text(f'#!/bin/sh\n{script}\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(folder)
    return make


def is_running(number):
    """Whether a process is there and not a zombie, of which only its exit code is left."""
    try:
        with open(f'/proc/{number}/stat') as file:
            return file.read().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def wait_until_gone(number):
    end_s = time.monotonic() + 30
    while is_running(number):
        assert time.monotonic() < end_s, 'it goes on'
        time.sleep(0.02)


def test_the_last_line_on_either_stream_is_the_reason():
    assert run([SHELL, '-c', 'echo one; echo two >&2; echo'], 60) == ['one', 'two', '']
    seen = []
    with pytest.raises(ProgramError, match=r'^sh: no such tune\.$') as caught:
        run([SHELL, '-c', 'echo sings; echo no such tune. >&2; echo; exit 3'], 60, on_line=seen.append)
    assert (caught.value.code, caught.value.lines, seen) == (3, ['sings', 'no such tune.', ''], ['sings', 'no such tune.', ''])


@pytest.mark.parametrize('command, reason', [
    (['/none/such'], 'cannot be run .No such file or directory'), ([SHELL, 'a\0b'], 'cannot be run .*null byte'),
    ([SHELL, '-c', 'kill -9 $$'], 'it was killed, most likely for lack of memory'), ([SHELL, '-c', 'kill -8 $$'], 'signal 8'),
    ([SHELL, '-c', 'exit 5'], 'no reason given')])
def test_whatever_ends_it_is_said(command, reason):
    with pytest.raises(ProgramError, match=reason):
        run(command, 60)


def test_it_has_a_time_limit_and_takes_what_it_started_with_it(tmp_path):
    numbers = tmp_path / 'numbers'
    with pytest.raises(ProgramError, match=r'sh: did not end within 0\.5 s and was killed'):
        run([SHELL, '-c', f'sleep 300 & echo $! $$ >{numbers}; cat'], 0.5, stdin=os.pipe()[0])
    for number in numbers.read_text().split():
        wait_until_gone(int(number))


def test_what_it_writes_has_an_end(tmp_path):
    path = tmp_path / 'endless'
    with pytest.raises(ProgramError, match='what it writes has no end'):
        run([SHELL, '-c', f'exec cat /dev/zero >{path}'], 60, most_bytes=100000)
    assert path.stat().st_size == 100000


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='other systems do not tell a process that its parent has gone')
def test_it_ends_with_us_even_if_we_are_killed(tmp_path):
    code = ('import sys; from deepspeech_training.programs import run\n'
            'run(["/bin/sh", "-c", "echo $$; exec sleep 300"], 600, on_line=lambda line: print(line, flush=True))')
    with subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE) as ours:
        number = int(ours.stdout.readline())
        assert is_running(number)
        ours.send_signal(signal.SIGKILL)
    wait_until_gone(number)


SILENCE = bytes(2000)


@pytest.mark.parametrize('written, said, error, reason', [
    (wav_bytes(SILENCE), 'sox FAIL sox: no codec', DataError, 'no codec'),
    (wav_bytes(SILENCE), 'sox FAIL: error writing: No space left on device', NoRoomError, 'No space left'),
    (wav_bytes(SILENCE), 'sox WARN wav: premature EOF on input', DataError, 'premature EOF'),
    (wav_bytes(SILENCE, data_size=4000), '', DataError, r'ends after 0\.06 of 0\.12 s'),
    (wav_bytes(SILENCE) + b'??', '', DataError, 'its conversion gave 2046 bytes, not 2044 as it states'),
    (wav_bytes(SILENCE, rate_hz=8000), '', DataError, 'its conversion gave 8000 Hz'), (b'', '', DataError, 'not a WAV file')])
def test_sox_that_fails_with_exit_code_0_gives_no_clip(program, tmp_path, written, said, error, reason):
    source, target, prepared = (tmp_path / name for name in ('a.voice', 'out.wav', 'prepared'))
    source.write_bytes(b'#!AMR, of a kind that only SoX knows')
    prepared.write_bytes(written)
    program('sox', f'if [ "$1" = --i ]; then echo 16000; else cp {prepared} "${{12}}"; echo "{said}" >&2; fi')
    with pytest.raises(error, match=rf'a\.voice: .*{reason}'):
        convert_audio(str(source), str(target), 16000)
    assert sorted(os.listdir(str(tmp_path))) == ['a.voice', 'prepared', 'programs']
    prepared.write_bytes(wav_bytes(SILENCE))
    program('sox', f'if [ "$1" = --i ]; then echo 1; else cp {prepared} "${{12}}"; fi')
    with pytest.raises(DataError, match=r"a\.voice: SoX takes its sample rate for '1', expected 1000 to 768000"):
        convert_audio(str(source), str(target), 16000)
    program('sox', f'if [ "$1" = --i ]; then echo 16000; else cp {prepared} "${{12}}"; fi')
    convert_audio(str(source), str(target), 16000)
    assert len(read_wav(str(target))[0]) == 1000


def made_of(source, target):
    (made,) = make_wavs(Job(source, (Cut(target),), keeps_plain=False))
    return made


def test_ffmpeg_that_fails_with_exit_code_0_gives_no_clip(program, make_wav, tmp_path):
    wav, source, target = make_wav('a.wav', 8000), tmp_path / 'a.g722', tmp_path / 'out.wav'
    source.write_bytes(bytes(4000))
    program('ffmpeg', f'for out; do :; done; head -c 5000 {wav} >"$out"; echo No space left on device >&2')
    assert 'cut short' in made_of(str(source), str(target))
    assert not target.exists()


def test_a_recording_that_is_cut_short_is_not_imported(make_wav, tmp_path):
    source, target = make_wav('a.wav', 16000), str(tmp_path / 'out.wav')
    with open(source, 'r+b') as file:
        file.truncate(20001)
    assert 'cut short' in made_of(source, target)
    assert not os.path.exists(target)


def test_a_clip_that_an_earlier_import_left_cut_short_is_made_anew(make_wav, tmp_path):
    source, target = make_wav('a.wav', 16000), str(tmp_path / 'out.wav')
    made = made_of(source, target)
    with open(target, 'r+b') as file:
        file.truncate(20001)
    assert made_of(source, target) == made == Made(target, os.path.getsize(target), 16000)


@pytest.mark.parametrize('name', PROGRAMS)
def test_a_language_model_that_is_not_written_to_its_end_is_none(program, tmp_path, name):
    text, arpa, other = (str(tmp_path / part) for part in ('text', 'lm.arpa', 'other'))
    with open(text, 'w') as file:
        file.write('a b c\n' * 20)
    with open(arpa, 'w') as file:
        file.write('\\data\\\nngram 1=3\n')
    for each in PROGRAMS:
        folder = program(each, f'printf "\\\\\\\\data\\\\\\\\ ngram 1=" >{other}; exit 0')
    kenlm = Kenlm(folder)
    work = {'lmplz': lambda: kenlm.estimate(text, other, LanguageModelConfig(order=2), str(tmp_path), print),
            'filter': lambda: kenlm.filter(arpa, ['a'], other),
            'build_binary': lambda: kenlm.pack(arpa, other, LanguageModelConfig(order=2))}[name]
    with pytest.raises(ScorerError, match=rf'other: {name} has not written it to its end; is the disk full\?'):
        work()
