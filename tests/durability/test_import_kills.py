"""Imports that are killed at any moment: the same command, run again, gives the same CSV files to the byte."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from corpora import TOP, make_tar, run_importer, speech
from deepspeech.unfinished import UNFINISHED

N_CLIPS = 24
# Runs a program that is killed where it makes a file outlast a power cut, before the file has its name, at that count of times.
KILLED_AT_A_WRITE = """
import os, runpy, signal, stat, sys
count, sync = int(sys.argv.pop(1)), os.fsync
def fsync(descriptor):
    global count
    count -= stat.S_ISREG(os.fstat(descriptor).st_mode)
    if not count:
        os.kill(os.getpid(), signal.SIGKILL)
    sync(descriptor)
os.fsync = fsync
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name='__main__')
"""


def librivox(directory):
    """Returns the words of an import of FLAC files out of an archive."""
    part = 'LibriSpeech/dev-clean/84/121123'
    files = {f'{part}/84-121123-{number:04}.flac': speech(number, 'flac') for number in range(N_CLIPS)}
    files[f'{part}/84-121123.trans.txt'] = ''.join(f'84-121123-{number:04} WORDS OF A CLIP\n' for number in range(N_CLIPS))
    make_tar(directory / 'dev-clean.tar.gz', files)
    return ['librivox', directory, '--sets', 'dev-clean']


def common_voice(directory):
    """Returns the words of an import of MP3 files out of an archive, with validated clips parted into sets."""
    part = 'cv-corpus-20.0-delta-2024-12-06/xx'
    rows = [f'speaker{number % 8}\tclip{number}.mp3\twords of a clip\n' for number in range(N_CLIPS)]
    make_tar(directory / 'cv-corpus-20.0-delta-2024-12-06-xx.tar.gz', {
        f'{part}/validated.tsv': 'client_id\tpath\tsentence\n' + ''.join(rows),
        **{f'{part}/clips/clip{number}.mp3': speech(number, 'mp3', 48000) for number in range(N_CLIPS)}})
    return ['cv2', directory / 'cv-corpus-20.0-delta-2024-12-06-xx.tar.gz']


def ted(directory):
    """Returns the words of an import of spans of long recordings out of an archive."""
    files = {}
    for name in ('train', 'dev', 'test'):
        for talk in range(2):
            stem = f'{name.capitalize()}Talk{talk}_2009'
            files[f'TEDLIUM_release2/{name}/sph/{stem}.sph'] = speech(talk, 'sph')
            files[f'TEDLIUM_release2/{name}/stm/{stem}.stm'] = ''.join(
                f'{stem} 1 {stem} {part / 4:g} {part / 4 + .25:g} <o,f0,male> word\n' for part in range(4))
    make_tar(directory / 'TEDLIUM_release2.tar.gz', files)
    return ['ted', directory]


def csv_files(directory):
    """Returns {name below the directory: content} of all CSV files, without the place that they name."""
    return {str(path.relative_to(directory)): path.read_bytes().replace(os.fsencode(str(directory)), b'')
            for path in sorted(directory.rglob('*.csv'))}


def unfinished(directory):
    """Returns what is left of files and directories that were being made."""
    return [path for path in directory.rglob('*') if path.name.startswith(UNFINISHED) or path.name.endswith('.unpacking')]


def import_and_kill(words, wait_s):
    """Runs an import that kill -9 ends after so many seconds. Returns whether it had ended by itself."""
    command = [sys.executable, str(TOP / 'bin' / f'import_{words[0]}.py'), *map(str, words[1:])]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    return process.returncode == 0


@pytest.mark.parametrize('corpus', [librivox, common_voice, ted])
def test_killed_imports_go_on_to_the_same_bytes(corpus, tmp_path, is_long, capsys):
    words = corpus(tmp_path / 'undisturbed')
    begin_s = time.monotonic()
    result = run_importer(*words)
    assert result.returncode == 0, result.stderr
    takes_s = time.monotonic() - begin_s
    expected = csv_files(tmp_path / 'undisturbed')
    n_kills, n_runs, moments = 17 if is_long else 2, 0, random.Random(words[0])
    while n_kills:
        directory = tmp_path / f'run{n_runs}'
        n_runs += 1
        words = corpus(directory)
        # Up to three kills in a row in one directory, then to the end.
        for _ in range(min(n_kills, 3)):
            if import_and_kill(words, moments.uniform(0.15, 1.) * takes_s):
                break
            n_kills -= 1
        result = run_importer(*words)
        assert result.returncode == 0, result.stderr
        assert csv_files(directory) == expected
        assert unfinished(directory) == []
    with capsys.disabled():
        print(f'\n{words[0]}: {n_runs} imports, killed {17 if is_long else 2} times')


def test_an_import_that_is_killed_at_each_of_its_writes_leaves_nothing_else(tmp_path):
    words = ted(tmp_path / 'undisturbed')
    assert run_importer(*words).returncode == 0
    words, n_left = ted(tmp_path / 'killed'), 0
    command = [str(TOP / 'bin' / 'import_ted.py'), *map(str, words[1:])]
    for count in range(1, 100):
        code = subprocess.call([sys.executable, '-c', KILLED_AT_A_WRITE, str(count), *command], stdout=subprocess.DEVNULL)
        if code != -signal.SIGKILL:
            break
        n_left += len(unfinished(tmp_path / 'killed')) > 0
    assert code == 0 and n_left >= 5  # three sets, what is left out, the note
    assert csv_files(tmp_path / 'killed') == csv_files(tmp_path / 'undisturbed') and unfinished(tmp_path / 'killed') == []
