"""Models in processes that are forked off, streams that were in use meanwhile, and objects that were never made."""

import subprocess
import sys
from pathlib import Path

import pytest
from deepspeech.process_lock import ProcessLock

UNMADE = Path(__file__).resolve().parent.parent / 'helpers' / 'unmade_objects.py'
PROGRAM = '''
import os, sys, threading, wave
import numpy as np
from deepspeech import Model

with wave.open(sys.argv[2]) as file:
    samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)[:24000]
model = Model(sys.argv[1], n_threads=int(sys.argv[3]))
expected = model.stt(samples)
shared, stream, ended = model.createStream(), model.createStream(), threading.Event()
stream.feedAudioContent(samples[:8000])


def recognise():
    while not ended.is_set():
        assert model.stt(samples) == expected


def feed():
    while not ended.is_set():
        shared.feedAudioContent(samples)


threads = [threading.Thread(target=recognise), threading.Thread(target=feed)]
for thread in threads:
    thread.start()
for number in range(8):
    pid = os.fork()
    if pid == 0:
        assert model.stt(samples) == expected
        stream.feedAudioContent(samples[8000:])
        assert stream.finishStream() == expected
        try:
            shared.intermediateDecode()
        except RuntimeError as error:
            assert 'was in use by another thread' in str(error)
        if number % 2:
            sys.exit(0)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
ended.set()
for thread in threads:
    thread.join()
print('sound')
'''


@pytest.mark.parametrize('n_threads', [1, 2])
def test_children_recognise_like_their_parent_while_that_is_at_work(model_path, clip_path, n_threads):
    # Python warns of forks beside threads, which is what is tried here.
    command = [sys.executable, '-W', 'ignore', '-c', PROGRAM, model_path, clip_path, str(n_threads)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=60)
    assert (result.returncode, result.stdout) == (0, 'sound\n')


def test_a_lock_that_was_held_at_the_fork_is_told_not_waited_for(monkeypatch):
    lock = ProcessLock()
    with lock, monkeypatch.context() as child:
        child.setattr('os.getpid', lambda: -1)  # as it is in a process that is forked off now
        for _ in range(2):
            with pytest.raises(RuntimeError, match='was in use by another thread'):
                with lock:
                    pass


@pytest.mark.parametrize('name', ['CandidateTranscript', 'Metadata', 'Model', 'Stream', 'TokenMetadata'])
def test_objects_that_were_never_made_give_exceptions(name):
    result = subprocess.run([sys.executable, str(UNMADE), 'deepspeech', name], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, universal_newlines=True, timeout=300)
    assert (result.returncode, result.stdout[-5:]) == (0, 'done\n'), result.stdout[-600:]
