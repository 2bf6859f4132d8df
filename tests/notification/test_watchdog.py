"""The process that sends: it outlives the trainer for as long as it has something to send, never longer, and delays nothing."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from http_endpoint import wait_for

from deepspeech_training.console.log import Log
from deepspeech_training.errors import ConfigError, DivergenceError
from deepspeech_training.notification import outbox as outbox_module
from deepspeech_training.notification import watchdog
from deepspeech_training.notification.outbox import Outbox, notified
from deepspeech_training.notification.targets import targets_of
from deepspeech_training.settings.config import NotifyConfig

WATCHDOG = [sys.executable, '-m', 'deepspeech_training.notification.watchdog']


@pytest.fixture
def targets(endpoint, log):
    return targets_of(NotifyConfig(urls=(f'http://me:pa55word@{endpoint.address}/hook',)), log)


@pytest.fixture
def process():
    """A watchdog that nobody has asked for anything yet."""
    process = subprocess.Popen(WATCHDOG, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        stream.close()


def ask(process, **values):
    process.stdin.write(json.dumps(values).encode('ascii') + b'\n')
    process.stdin.flush()


def target_of(endpoint):
    return ['json', 'name', {'url': f'http://{endpoint.address}/hook'}]


def test_it_loads_nothing_of_the_trainer():
    code = ('import sys, deepspeech_training.notification.watchdog\n'
            'others = {"numpy", "tensorflow", "deepspeech", "absl"}\n'
            'print(*sorted(name for name in sys.modules if name.split(".")[0] in others))\n'
            'print(*sorted(name for name in sys.modules if name.startswith("deepspeech_training.")))')
    others, ours = subprocess.check_output([sys.executable, '-c', code], universal_newlines=True).splitlines()
    assert not others
    of_watchdog = [f'deepspeech_training.notification{part}' for part in ('', '.message', '.senders', '.watchdog')]
    assert ours.split() == ['deepspeech_training.incomplete', *of_watchdog]  # the first with the package itself


def test_it_ends_when_its_input_ends_and_tells_of_it(process, endpoint):
    ask(process, targets=[target_of(endpoint)], facts={'epoch': 4, 'losses': {'train': 2.5}, 'what': 'training'})
    process.stdin.write(b'{"half a li')
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    (value,) = endpoint.posted()
    assert value['event'] == 'died' and value['epoch'] == 4 and 'train loss 2.5' in value['text']


def test_it_ends_after_a_farewell_without_a_word(process, endpoint):
    ask(process, targets=[target_of(endpoint)], farewell=True)
    assert process.wait(timeout=60) == 0 and not endpoint.requests


def test_signals_to_everything_around_the_trainer_do_not_end_it(process, endpoint):
    ask(process, targets=[target_of(endpoint)])
    ask(process, event='plateau', sentence='x')
    wait_for(endpoint.posted)  # it has begun to work
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
    process.stdin.close()
    assert process.wait(timeout=60) == 0 and endpoint.posted('died')


def test_it_does_not_wait_for_an_endpoint_for_ever(endpoint, monkeypatch):
    monkeypatch.setattr(watchdog, 'LAST_S', 0.5)
    endpoint.released.clear()
    source, write = os.pipe()
    os.write(write, json.dumps({'targets': [target_of(endpoint)], 'event': 'end', 'sentence': 'x'}).encode('ascii') + b'\n')
    os.close(write)
    watchdog.watch(source, os.open(os.devnull, os.O_WRONLY), os.getppid())
    os.close(source)
    assert len(endpoint.posted()) == 1 and not endpoint.released.is_set()


def test_it_notices_a_death_behind_a_pipe_that_another_process_holds(endpoint, monkeypatch):
    """As of a program that the trainer has started and that has taken over its files."""
    monkeypatch.setattr(watchdog, 'LOOK_S', 0.1)
    source, write = os.pipe()
    os.write(write, json.dumps({'targets': [target_of(endpoint)]}).encode('ascii') + b'\n')
    watchdog.watch(source, os.open(os.devnull, os.O_WRONLY), parent=0)  # nobody's number
    assert endpoint.posted('died')
    os.close(source)
    os.close(write)


def test_of_too_many_messages_the_last_ones_are_sent(endpoint):
    complaints = []
    endpoint.released.clear()
    dog = watchdog.Watchdog(lambda *words: complaints.append(words))
    dog.take(json.dumps({'targets': [target_of(endpoint)]}).encode('ascii'))
    for number in range(3 * watchdog.MOST_WAITING):
        dog.take(json.dumps({'event': 'plateau', 'sentence': f'number {number}'}).encode('ascii'))
    dog.take(b'{"farewell": true}')
    endpoint.released.set()
    dog.end()
    sent = [value['text'].splitlines()[0] for value in endpoint.posted()]
    assert watchdog.MOST_WAITING <= len(sent) <= watchdog.MOST_WAITING + 2
    assert sent[-1] == f'number {3 * watchdog.MOST_WAITING - 1}'
    assert complaints == [('name', watchdog.NO_ROOM)]


def test_an_outbox_without_targets_starts_nothing(log, output, monkeypatch):
    monkeypatch.setattr(outbox_module.subprocess, 'Popen', None)
    with Outbox([], log) as outbox:
        outbox.note(epoch=1)
        outbox.tell('end', 'x')
    assert not output.getvalue() and not log.listeners


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGSTOP])
def test_a_watchdog_that_is_no_more_costs_one_warning(targets, log, output, number, monkeypatch):
    monkeypatch.setattr(outbox_module, 'MOST_UNREAD_BYTES', 1 << 18)
    with Outbox(targets, log) as outbox:
        pid = outbox.pid
        os.kill(pid, number)
        if number == signal.SIGKILL:
            wait_for(lambda: b') Z ' in Path(f'/proc/{pid}/stat').read_bytes())
        for _ in range(2000):
            outbox.tell('plateau', 'x' * 500)
    (warning, *more) = output.getvalue().splitlines()
    assert warning.startswith('W Notifications: cannot be told of this run (the process that sends ')
    assert len(more) == (number == signal.SIGSTOP)  # that the rest is to be sent later
    if more:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize('error, event', [
    (ConfigError('wrong'), 'crash'), (DivergenceError('wrong'), 'diverged'), (KeyboardInterrupt(), 'interrupted'),
    (RuntimeError('wrong: http://me:pa55word@host/ pa55word'), 'crash')])
def test_an_error_is_told_without_secrets_and_goes_on_its_way(endpoint, output, error, event):
    class Nothing:
        files = ()

    class Asked:
        notify = NotifyConfig(urls=(f'http://me:pa55word@{endpoint.address}/hook',))
        train, flags_text = Nothing, ''
        checkpoints = type('Checkpoints', (), {'save_dir': 'ckpt'})

    def fail(_):
        raise error

    with pytest.raises(type(error)):
        notified(fail, Asked, Log(1, io.StringIO()))
    (value,) = wait_for(endpoint.posted)
    assert value['event'] == event and 'pa55word' not in json.dumps(value)
    assert 'wrong' in value['text'] or event == 'interrupted'
