"""bin/run-cluster.sh: what it is asked for; how it starts, shows and ends processes. Small programs stand in for workers."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ports import free_port

from deepspeech_training.cluster import supervisor
from deepspeech_training.cluster.asked import asked_for
from deepspeech_training.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def program(tmp_path):
    """Function that writes a Python program, which knows its `index`; returns the option that runs it."""
    def write(text):
        path = tmp_path / 'worker.py'
        path.write_text(f'import os, signal, sys, time\nindex = int(sys.argv[-1])\n{text}\n', encoding='utf-8')
        return ['--script', f'{sys.executable} {path}', '--port', str(free_port()), '--logs', str(tmp_path / 'logs')]
    return write


@pytest.fixture
def start():
    """Function that starts the program itself; returns the process."""
    def begin(*words):
        return subprocess.Popen(['bash', str(ROOT / 'bin' / 'run-cluster.sh'), *words], stdout=subprocess.PIPE, cwd=str(ROOT),
                                stderr=subprocess.STDOUT, universal_newlines=True,
                                env=dict(os.environ, VENV=str(Path(sys.executable).parents[1])))
    return begin


def test_each_worker_is_told_its_place_and_sees_its_own_gpus():
    port = free_port()
    asked = asked_for(['--port', str(port), '--script', 'python -u "my script.py"', '0:2:2', '--epoch', '3'])
    hosts = f'127.0.0.1:{port},127.0.0.1:{port + 1}'
    assert [member.command for member in asked.members] == [
        ('python', '-u', 'my script.py', '--epoch', '3', '--worker_hosts', hosts, '--job_name', 'worker', '--task_index', index)
        for index in '01']
    assert [member.environment['CUDA_VISIBLE_DEVICES'] for member in asked.members] == ['0,1', '2,3']
    assert [member.name for member in asked.members] == ['worker 0', 'worker 1']


def test_parameter_servers_are_told_their_places_and_see_no_gpus():
    port = free_port(8)
    asked = asked_for(['--port', str(port), '--ps_port', str(port + 4), '--script', 'train', '2:1:1', '--epoch', '3'])
    hosts = ('--worker_hosts', f'127.0.0.1:{port}', '--ps_hosts', f'127.0.0.1:{port + 4},127.0.0.1:{port + 5}')
    assert [(member.name, member.environment['CUDA_VISIBLE_DEVICES']) for member in asked.members] == [
        ('worker 0', '0'), ('ps 0', ''), ('ps 1', '')]
    assert asked.members[2].command == ('train', '--epoch', '3', *hosts, '--job_name', 'ps', '--task_index', '1')


def test_two_workers_without_gpus_run_the_trainer_unless_something_else_is_asked_for():
    asked = asked_for([f'--port={free_port()}', '--epochs', '3'])
    assert [member.environment['CUDA_VISIBLE_DEVICES'] for member in asked.members] == ['', '']
    assert asked.members[0].command[:4] == (sys.executable, str(ROOT / 'DeepSpeech.py'), '--epochs', '3')


@pytest.mark.parametrize('words, message', [
    (['0:0:0'], 'at least one worker'), (['2:0'], '2:0: expected p:w:g'),
    (['--port', '65530', '0:8:0'], '--port .* beyond 65535'), (['--ps_port', '65530', '8:2:0'], '--ps_port .* beyond 65535')])
def test_what_cannot_be_had_is_refused(words, message):
    with pytest.raises(ConfigError, match=message):
        asked_for(words)


def test_a_port_in_use_is_named():
    with socket.socket() as held:
        held.bind(('', 0))
        held.listen(1)
        port = held.getsockname()[1]
        with pytest.raises(ConfigError, match=f'--port {port - 1}: {port} cannot be had'):
            asked_for(['--port', str(port - 1)])


def test_lines_have_the_name_of_the_worker_and_are_kept(start, program, tmp_path):
    run = start(*program('print("one"); print("two", sys.argv[1], file=sys.stderr)'), '0:2:0', '--flag=3')
    output, _ = run.communicate(timeout=300)
    assert run.returncode == 0
    assert sorted(output.splitlines()) == [f'[worker {index}] {line}' for index in '01' for line in ('one', 'two --flag=3')]
    assert sorted((tmp_path / 'logs' / 'worker-1.log').read_text().splitlines()) == ['one', 'two --flag=3']


def test_when_one_is_killed_the_others_end(start, program):
    run = start(*program('if index == 1: os.kill(os.getpid(), signal.SIGKILL)\n'
                         'signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(3600)'), '0:3:0')
    output, _ = run.communicate(timeout=300)
    assert run.returncode == 128 + signal.SIGKILL
    assert '[cluster] E worker 1 has ended with exit code 137; what it said is in ' in output
    assert output.endswith('The others end, too.\n')


@pytest.mark.parametrize('code, n_runs', [(75, 3), (1, 1)])
def test_only_after_a_loss_all_are_started_again(start, program, tmp_path, code, n_runs):
    run = start(*program(f'print("began", flush=True)\nif index: sys.exit({code})\ntime.sleep(0.5)\nsys.exit(75)'),
                '--cluster_restarts', '2')
    output, _ = run.communicate(timeout=300)
    assert run.returncode == code
    assert (tmp_path / 'logs' / 'worker-1.log').read_text().count('began') == n_runs, output


def test_a_run_that_is_trained_is_not_started_again(start, program, tmp_path):
    run = start(*program('print("began", flush=True)\nif index: sys.exit(0)\ntime.sleep(0.5)\nsys.exit(75)'),
                '--cluster_restarts', '2')
    run.communicate(timeout=300)
    assert run.returncode == 75 and (tmp_path / 'logs' / 'worker-0.log').read_text() == 'began\n'


@pytest.mark.parametrize('flags, timeout_s', [
    (['--cluster_timeout', '7.5'], 7.5), (['--cluster_timeout=9', '--epochs', '3'], 9.), (['-cluster_timeout', '8'], 8.),
    (['--epochs', '3'], 120.), (['--cluster_timeout', 'soon'], 120.), (['--cluster_timeout'], 120.)])
def test_processes_may_stand_still_as_long_as_their_flag_says(flags, timeout_s):
    assert asked_for(['--port', str(free_port()), '0:1:0', *flags]).timeout_s == timeout_s


def test_a_flagfile_says_it_too_and_one_that_is_missing_is_left_to_the_processes(tmp_path):
    words = ['--port', str(free_port()), '0:1:0']
    (tmp_path / 'flags').write_text('# of the lab\n--epochs 3\n--cluster_timeout 7.5\n', encoding='utf-8')
    assert asked_for([*words, '--flagfile', str(tmp_path / 'flags')]).timeout_s == 7.5
    assert asked_for([*words, f'--flagfile={tmp_path}/flags', '--cluster_timeout', '9']).timeout_s == 9
    assert asked_for([*words, '--cluster_timeout', '9', '--flagfile', str(tmp_path / 'no flags')]).timeout_s == 9


def test_one_that_is_stopped_before_the_others_can_know_is_seen(start, program, tmp_path):
    run = start(*program(f'began = "{tmp_path}/began-%d" % index\nis_first = not os.path.exists(began)\n'
                         'open(began, "w").close()\n'
                         'if is_first: os.kill(os.getpid(), signal.SIGSTOP) if index else time.sleep(3600)'),
                '--cluster_restarts', '1', '0:2:0', '--cluster_timeout=1')
    output, _ = run.communicate(timeout=300)
    assert run.returncode == 0 and '[cluster] E worker 1 has stood still for 11 s, as somebody has stopped it' in output


def test_one_that_goes_on_in_time_is_left_alone(program, monkeypatch, capsys):
    monkeypatch.setattr(supervisor, 'GRACE_S', 0.)
    words = program('import subprocess\nfor _ in range(2):\n'
                    '    helper = subprocess.Popen(["sh", "-c", "sleep 2.2; kill -CONT %d" % os.getpid()])\n'
                    '    os.kill(os.getpid(), signal.SIGSTOP)\n    helper.wait()\n    time.sleep(0.5)')
    assert supervisor.Supervisor(asked_for([*words, '0:1:0', '--cluster_timeout', '4'])).run() == 0
    assert capsys.readouterr().out == ''


def test_ctrl_c_reaches_all_once_and_they_take_their_time(start, program):
    run = start(*program('signal.signal(signal.SIGINT, lambda *_: (print("saving", flush=True), time.sleep(1), '
                         'sys.exit(0 if index else 130)))\nprint("ready", flush=True)\ntime.sleep(3600)'), '0:2:0')
    lines = [run.stdout.readline() for _ in range(2)]
    assert sorted(lines) == ['[worker 0] ready\n', '[worker 1] ready\n']
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=300)
    assert run.returncode == 130 and sorted(output.splitlines()) == ['[worker 0] saving', '[worker 1] saving']


def test_workers_end_with_the_program_that_started_them(start, program):
    run = start(*program('print(os.getpid(), flush=True)\ntime.sleep(3600)'), '0:2:0')
    pids = [int(run.stdout.readline().split()[-1]) for _ in range(2)]
    run.kill()
    run.wait(timeout=300)
    run.stdout.close()
    until_s = time.monotonic() + 60
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < until_s, 'a worker is left'
        time.sleep(0.05)


def is_running(pid):
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False
