"""bin/run-cluster.sh on several machines: two supervisors on this one, whose workers are small programs."""

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from ports import free_port

from deepspeech_training.cluster.asked import asked_for
from deepspeech_training.cluster.meeting import Meeting, Nodes
from deepspeech_training.errors import ConfigError, LostMemberError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def nodes():
    """The words of --nodes: two supervisors on this machine, with two ports for workers each."""
    first = free_port(6)
    return f'127.0.0.1:{first},127.0.0.1:{first + 3}'


@pytest.fixture
def start(tmp_path, nodes):
    """Function that starts the supervisor of a node, whose workers run a text of Python that knows their `index`.

    `n_before` is how often this worker has begun before.
    """
    running = []

    def begin(node, text, *words, shape='0:1:0'):
        program = tmp_path / 'worker.py'
        program.write_text(f'import os, signal, sys, time\nindex = int(sys.argv[-1])\npath = "{tmp_path}/began-%d" % index\n'
                           'n_before = os.path.exists(path) and os.path.getsize(path)\nopen(path, "a").write(".")\n' + text)
        process = subprocess.Popen(
            [sys.executable, str(ROOT / 'bin' / 'run_cluster.py'), '--script', f'{sys.executable} {program}', '--nodes', nodes,
             '--node', str(node), '--logs', str(tmp_path / f'logs-{node}'), *words, shape], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, universal_newlines=True)
        running.append(process)
        return process
    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def n_starts(tmp_path):
    """Function that returns how often a worker has begun."""
    return lambda index: (tmp_path / f'began-{index}').stat().st_size


def test_workers_of_each_node_have_the_numbers_after_those_of_earlier_ones():
    first = free_port(6)
    asked = asked_for(['--nodes', f'one,127.0.0.1:{first}', '--node', '1', '0:2:3', '--epochs', '3'])
    hosts = f'one:3001,one:3002,127.0.0.1:{first + 1},127.0.0.1:{first + 2}'
    assert [member.command[2:] for member in asked.members] == [
        ('--epochs', '3', '--worker_hosts', hosts, '--job_name', 'worker', '--task_index', index) for index in '23']
    assert [(member.name, member.environment['CUDA_VISIBLE_DEVICES']) for member in asked.members] == [
        ('worker 2', '0,1,2'), ('worker 3', '3,4,5')]
    assert asked.nodes == Nodes((('one', 3000), ('127.0.0.1', first)), 1, '0:2:3')
    assert '[::1]:%d' % (first + 1) in asked_for(['--nodes', f'[::1]:{first},one', '--node', '0'])[0][0].command[-5]


@pytest.mark.parametrize('words, message', [
    (['--nodes', 'one,two'], r'--nodes one,two and --node \(none\) do not go together'),
    (['--node', '0'], r'--nodes \(none\) and --node 0 do not'), (['--nodes', 'one', '--node', '1'], '--node 1 do not'),
    (['--nodes', 'one', '--node', '-1'], '--node -1 do not'), (['--nodes', 'one,one', '--node', '0'], 'stands there twice'),
    (['--nodes', 'one:0,two', '--node', '0'], 'one:0: expected HOST or HOST:PORT'),
    (['--nodes', 'a b', '--node', '0'], 'a b: expected HOST'), (['--nodes', 'a:65535', '--node', '0'], 'beyond 65535')])
def test_nodes_that_cannot_be_had_are_refused(words, message):
    with pytest.raises(ConfigError, match=message):
        asked_for(words)


def test_when_a_worker_is_killed_both_nodes_begin_again_together_once_all_have_ended(start, n_starts):
    """Worker 0 notices the loss late; until then no new worker 1 may take it for one of its own."""
    text = ('old = path[:-1] + "old"\n'
            'if index == 0 and not n_before: open(old, "w").close(); time.sleep(3); os.remove(old); sys.exit(75)\n'
            'while index == 1 and not n_before and not os.path.exists(old): time.sleep(0.01)\n'
            'if index == 1 and not n_before: os.kill(os.getpid(), signal.SIGKILL)\n'
            'sys.exit(3 if os.path.exists(old) else 0)')
    runs = [start(node, text, '--cluster_restarts', '3') for node in range(2)]
    outputs = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert '[cluster] E worker 1 has ended with exit code 137; ' in outputs[1]
    assert [n_starts(index) for index in range(2)] == [2, 2]
    for output in outputs:
        assert '[cluster] I Starting all of them again, 2 more times at most.' in output


def test_a_node_whose_workers_would_wait_in_vain_is_told_and_ends_them(start, n_starts):
    """Worker 1 is lost before worker 0 knows of it, as when a machine is lost while the others still load TensorFlow."""
    text = 'if index == 0 and n_before == 0: time.sleep(3600)\nif index == 1 and n_before == 0: time.sleep(1); sys.exit(75)'
    runs = [start(node, text, '--cluster_restarts', '1') for node in range(2)]
    outputs = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert re.search(r'E node 1 \(127.0.0.1:\d+\) begins again. The others end, too.', outputs[0]), outputs
    assert [n_starts(index) for index in range(2)] == [2, 2]


def test_a_node_that_has_given_up_is_named_and_nobody_waits_for_it(start, n_starts):
    runs = [start(node, 'if index == 1: time.sleep(1); sys.exit(1)\ntime.sleep(3600)', '--cluster_restarts', '3')
            for node in range(2)]
    outputs = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [LostMemberError.exit_code, 1], outputs
    assert re.search(r'\[cluster\] E node 1 \(127.0.0.1:\d+\) has ended with exit code 1.', outputs[0])
    assert re.search(r'\nE node 1 \(127.0.0.1:\d+\) has given up \(exit code 1\); start it again, and here, too.\n', outputs[0])
    assert [n_starts(index) for index in range(2)] == [1, 1]


def test_what_is_trained_is_not_trained_again(start, n_starts):
    """A worker leaves the chief only when the training is complete; the chief still tests and is killed."""
    text = 'if index == 1: sys.exit(0)\nwhile not os.path.exists(path[:-1] + "1"): time.sleep(0.01)\ntime.sleep(2)\n' \
           'os.kill(os.getpid(), signal.SIGKILL)'
    runs = [start(node, text, '--cluster_restarts', '3') for node in range(2)]
    outputs = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [LostMemberError.exit_code, 0], outputs
    assert 'has finished, so nothing is left to train together (exit code 0)' in outputs[0]
    assert [n_starts(index) for index in range(2)] == [1, 1]


def test_a_supervisor_that_is_killed_and_started_again_finds_the_others(start, n_starts):
    text = 'print("began", flush=True)\nif n_before == 0: time.sleep(3600)'
    runs = [start(node, text, '--cluster_restarts', '1') for node in range(2)]
    assert [run.stdout.readline() for run in runs] == ['[worker 0] began\n', '[worker 1] began\n']
    runs[1].kill()
    again = start(1, text)
    outputs = [run.communicate(timeout=300)[0] for run in (runs[0], again)]
    assert (runs[0].returncode, again.returncode) == (0, 0), outputs
    assert 'node 1' in outputs[0] and 'begins again' in outputs[0]
    assert [n_starts(index) for index in range(2)] == [2, 2]


def test_ctrl_c_on_one_node_ends_both(start):
    """As workers agree to end, those of the other node end with 0 without a signal."""
    text = ('signal.signal(signal.SIGINT, lambda *_: (open(path + "-end", "w").close(), sys.exit(130)))\n'
            'print("began", flush=True)\n'
            'while not os.path.exists(path[:-1] + "1-end"): time.sleep(0.01)')
    runs = [start(node, text, '--cluster_restarts', '1') for node in range(2)]
    assert [run.stdout.readline() for run in runs] == ['[worker 0] began\n', '[worker 1] began\n']
    runs[1].send_signal(signal.SIGINT)
    for run in runs:
        run.communicate(timeout=300)
    assert [run.returncode for run in runs] == [0, 130]


def test_ctrl_c_ends_a_supervisor_that_waits_for_another_one(start):
    run = start(0, '')
    assert 'I Waiting for node 1 (127.0.0.1:' in run.stdout.readline()
    run.send_signal(signal.SIGTERM)
    assert run.communicate(timeout=300)[0] == '' and run.returncode == 128 + signal.SIGTERM


def test_nodes_that_were_started_for_something_else_are_named(start):
    runs = [start(0, ''), start(1, '', shape='0:2:0')]
    outputs = [run.communicate(timeout=300)[0] for run in runs]
    assert 1 in [run.returncode for run in runs], outputs
    assert re.search(r'E node \d \(127.0.0.1:\d+\) has another p:w:g: 0:\d:0, here 0:\d:0; pass the same everywhere',
                     ''.join(outputs))


def test_strangers_on_the_port_and_one_who_does_not_come_do_no_harm(monkeypatch):
    port = free_port()
    addresses = (('127.0.0.1', port), ('127.0.0.1', port + 1))
    said = []
    meetings = [Meeting(Nodes(addresses, index, '0:1:0'), lambda: False, said.append) for index in range(2)]
    wrong = dict(node=1, nodes=[], shape='', token='', met=[], code=None)
    for text in (b'', b'\n', b'GET / HTTP/1.1\r\n\r\n', b'{"node": 1}\n', b'[1]\n', b'\xff\n', json.dumps(wrong).encode()):
        with socket.create_connection(addresses[0]) as stranger:
            stranger.sendall(text)
            stranger.shutdown(socket.SHUT_WR)
            assert json.loads(stranger.makefile().readline())['node'] == 0
    monkeypatch.setattr('deepspeech_training.cluster.meeting.PATIENCE_S', 0.5)
    with pytest.raises(LostMemberError, match=rf'node 1 \(127.0.0.1:{port + 1}\) cannot be reached for 0.5 s, or still has'):
        meetings[0].begin()
    for meeting in meetings:
        meeting.leave(0)


def test_a_port_that_is_taken_is_named():
    with socket.socket() as held:
        held.bind(('127.0.0.1', 0))
        held.listen(1)
        port = held.getsockname()[1]
        with pytest.raises(ConfigError, match=rf'--nodes 127.0.0.1:{port} \(--node 0\): no supervisor can listen there'):
            Meeting(Nodes((('127.0.0.1', port), ('127.0.0.1', 1)), 0, '0:1:0'), lambda: False, print)
