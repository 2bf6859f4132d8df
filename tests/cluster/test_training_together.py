"""Workers of a cluster train like one process; when one is lost, none of the others waits for ever, and nothing is lost.

Long because these runs share what starts a cluster.
"""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from long_form import long
from ports import free_port

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.compat import HAS_ALL_TO_ALL
from deepspeech_training.console.log import Log
from deepspeech_training.errors import ConfigError, LostMemberError
from deepspeech_training.settings.config import ClusterConfig, DeviceConfig
from deepspeech_training.train.rendezvous import (
    SO_BINDTODEVICE,
    copy_of_socket,
    ended,
    start_member,
    wait_for_servers,
    who_is_lost,
)

ROOT = Path(__file__).resolve().parents[2]
SMALL = ('--n_hidden', '16', '--noshow_progressbar', '--lstm_impl', 'block', '--precision', 'float32', '--data_report', 'off',
         '--intra_op_parallelism_threads', '1', '--dev_batch_size', '4', '--cluster_timeout', '10')
N_TIMES = 40  # what a long set has the nine clips over; an update takes two times three of them
# The trainer on two logical devices of the processor.
TOWERS = '''
import sys
from dataclasses import replace
from deepspeech_training.main import run_program
from deepspeech_training.phases import run_phases
sys.exit(run_program(lambda asked, log: run_phases(replace(asked, devices=replace(asked.devices, n_cpu_devices=2)), log)))
'''
# DeepSpeech.py, which also says what the weights are at the end.
TELLING = '''
import hashlib, sys
from deepspeech_training.main import main
from deepspeech_training.train.loop import Trainer
run = Trainer.run
def run_and_tell(self, source):
    signal = run(self, source)
    weights = self._session.run(self._graph.weights)
    print('weights', hashlib.sha256(b''.join(each.tobytes() for each in weights)).hexdigest(), flush=True)
    return signal
Trainer.run = run_and_tell
sys.exit(main())
'''


@pytest.fixture
def start(home, tmp_path):
    """Function that starts a cluster of so many servers, workers and GPUs; returns the process, whose output is in a pipe."""
    def begin(shape, *flags, script=()):
        port = free_port(8)
        command = [sys.executable, 'bin/run_cluster.py', '--port', str(port), '--ps_port', str(port + 4), '--logs',
                   str(tmp_path / 'logs'), *script, shape, *map(str, [*SMALL, *flags])]
        # A proxy that does not answer: nothing may be sent to it.
        return subprocess.Popen(command, cwd=str(ROOT), env=dict(home, http_proxy='http://127.0.0.1:9'), stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, universal_newlines=True)
    return begin


@pytest.fixture
def train_together(start):
    """Function that trains to the end; returns what was said."""
    def run(*words, **options):
        process = start(*words, **options)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
        return output
    return run


def last_of(directory):
    return CheckpointDirectory(str(directory)).last(Log(3))


def losses_of(directory):
    lines = [json.loads(line) for line in (directory / 'history.jsonl').read_text(encoding='utf-8').splitlines()]
    return [line['loss'] for line in lines], [line.get('samples') for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize('shape, n_steps, tolerance', [
    ('0:2:0', 1, 0.), long('0:2:0', 2, 5e-4), long('1:2:0', 1, 0.), long('2:2:0', 1, 0.)])
def test_two_workers_have_the_weights_of_two_towers(train_together, clips, home, tmp_path, shape, n_steps, tolerance):
    """To the bit: each update has the same utterances, masks of dropout and sums.

    Those of several steps are made in another order; Adam divides by the gradient's own size, so that rounding shows.
    """
    common = ('--train_files', clips, '--dev_files', clips, '--train_batch_size', 1, '--epochs', 2, '--accumulate_steps',
              n_steps)
    train_together(shape, *common, '--checkpoint_dir', tmp_path / 'workers')
    flags = [*SMALL, *common, '--checkpoint_dir', tmp_path / 'towers']
    towers = subprocess.run([sys.executable, '-c', TOWERS, *map(str, flags)], env=home, cwd=str(ROOT), stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, universal_newlines=True)
    assert towers.returncode == 0, towers.stdout
    workers, towers = [last_of(tmp_path / name) for name in ('workers', 'towers')]
    assert workers.shapes == towers.shapes
    for name in workers.shapes:
        np.testing.assert_allclose(workers.value(name), towers.value(name), rtol=0., atol=tolerance, err_msg=name)
    (losses, samples), (of_towers, samples_of_towers) = [losses_of(tmp_path / name) for name in ('workers', 'towers')]
    np.testing.assert_allclose(losses, of_towers, rtol=1e-6)
    assert samples == samples_of_towers


@pytest.mark.slow
@pytest.mark.parametrize('n_servers, n_workers, batch_size', [long(0, 2, 2), long(0, 3, 2), (2, 3, 2)])
def test_workers_have_the_losses_of_one_process_with_their_batches_together(train_together, deepspeech, clips, tmp_path,
                                                                            n_servers, n_workers, batch_size):
    """Nine clips: in the last step of four or six, workers have less than a batch, or nothing."""
    common = ('--train_files', clips, '--dev_files', clips, '--epochs', '3', '--dropout_rate', '0', '--learning_rate', '0.003')
    said = train_together(f'{n_servers}:{n_workers}:0', *common, '--train_batch_size', batch_size, '--checkpoint_dir',
                          tmp_path / 'workers')
    assert deepspeech(*SMALL, *common, '--train_batch_size', n_workers * batch_size, '--checkpoint_dir', tmp_path / 'one'
                      ).returncode == 0
    np.testing.assert_allclose(losses_of(tmp_path / 'workers')[0], losses_of(tmp_path / 'one')[0], rtol=1e-3)
    assert said.count('Saved new best validating model') == said.count('[worker 0] I Saved new best validating model') > 0
    assert len((tmp_path / 'logs' / f'worker-{n_workers - 1}.log').read_text().splitlines()) > 3


@pytest.mark.slow
@pytest.mark.skipif(not HAS_ALL_TO_ALL, reason='this TensorFlow has no sums in bfloat16')
def test_gradients_that_travel_in_bfloat16_leave_workers_with_the_same_weights(train_together, clips, tmp_path):
    program = tmp_path / 'telling.py'
    program.write_text(TELLING, encoding='utf-8')
    common = ('--train_files', clips, '--dev_files', clips, '--train_batch_size', 2, '--epochs', 6, '--learning_rate', '0.003')
    losses, digests = {}, {}
    for precision in ('float32', 'bfloat16'):
        said = train_together('0:2:0', *common, '--checkpoint_dir', tmp_path / precision, '--reduce_precision', precision,
                              script=('--script', f'{sys.executable} {program}'))
        losses[precision] = losses_of(tmp_path / precision)[0]
        digests[precision] = re.findall(r'worker (\d)\] weights (\w+)', said)
        assert sorted(index for index, _ in digests[precision]) == ['0', '1']
        assert len({digest for _, digest in digests[precision]}) == 1
    np.testing.assert_allclose(losses['bfloat16'], losses['float32'], rtol=0.01)
    assert digests['bfloat16'] != digests['float32'] and losses['float32'][-1] < 0.8 * losses['float32'][0]


@pytest.mark.slow
@pytest.mark.skipif(HAS_ALL_TO_ALL, reason='this TensorFlow has sums in bfloat16')
def test_where_there_are_no_sums_in_bfloat16_the_flag_is_refused(start, clips, tmp_path):
    process = start('0:2:0', '--train_files', clips, '--checkpoint_dir', tmp_path / 'ckpt', '--reduce_precision', 'bfloat16')
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 1 and '--reduce_precision bfloat16: TensorFlow 1.15.5 has no such sums' in output, output


@pytest.mark.slow
def test_workers_find_batches_that_fit_all_and_keep_to_them(train_together, clips, tmp_path):
    common = ('--train_files', clips, '--train_batch_size', 'auto', '--checkpoint_dir', tmp_path / 'ckpt')
    found = re.findall(r'worker (\d)\] I --train_batch_size auto: batches of up to (\S+) s with padding \((.*)\)',
                       train_together('0:2:0', *common, '--epochs', 1))
    assert sorted(index for index, _, _ in found) == ['0', '1'] and len({seconds for _, seconds, _ in found}) == 1
    assert all(re.match(r'worker [01]: ', because) for _, _, because in found), found
    assert last_of(tmp_path / 'ckpt').progress['batch_seconds'] == float(found[0][1])
    again = train_together('0:2:0', *common, '--epochs', 2)
    assert again.count(f'batches of up to {found[0][1]} s with padding (as this run began)') == 2, again


@pytest.fixture
def long_set(repeated_clips):
    return repeated_clips(N_TIMES)


def read_until(process, text):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return ''.join(lines)
    raise AssertionError(''.join(lines))


def pid_of(process, job, index):
    """Returns the number of a process that the supervisor has started."""
    children = Path(f'/proc/{process.pid}/task/{process.pid}/children').read_text().split()
    place = f'\0--job_name\0{job}\0--task_index\0{index}\0'
    (pid,) = [int(child) for child in children if Path(f'/proc/{child}/cmdline').read_text().endswith(place)]
    return pid


@pytest.mark.slow
@pytest.mark.parametrize('shape, job, index, number', [
    ('0:2:0', 'worker', 0, signal.SIGKILL), long('0:2:0', 'worker', 1, signal.SIGKILL),
    long('0:2:0', 'worker', 1, signal.SIGSTOP), long('1:2:0', 'worker', 1, signal.SIGSTOP),
    long('2:2:0', 'ps', 1, signal.SIGKILL), long('1:2:0', 'ps', 0, signal.SIGSTOP)])
def test_a_lost_process_ends_all_and_one_process_goes_on(start, deepspeech, long_set, tmp_path, shape, job, index, number):
    directory = tmp_path / 'ckpt'
    common = ('--train_files', long_set, '--epochs', 2, '--checkpoint_dir', directory)
    process = start(shape, *common, '--train_batch_size', 3)
    said = read_until(process, 'Training epoch 1')
    os.kill(pid_of(process, job, index), number)
    rest, _ = process.communicate(timeout=120)
    assert process.returncode == (128 + number if number == signal.SIGKILL else LostMemberError.exit_code), said + rest
    name = {'worker': 'worker', 'ps': '(ps|parameter server)'}[job]
    assert re.search(rf'{name} {index} (has ended|\(127.0.0.1:\d+\) does not answer any more)', rest), rest
    stored = last_of(directory)
    assert stored.progress['epoch'] == 1 and stored.progress['position'] == 0
    resumed = deepspeech(*SMALL, *common, '--train_batch_size', 6)
    assert resumed.returncode == 0 and 'I Going on with epoch 1 of 2.' in resumed.stdout, resumed.stdout
    assert last_of(directory).progress['epoch'] == 2


@pytest.fixture
def by_hand(home, long_set, tmp_path):
    """Function that starts a worker, or another process of a cluster, without anybody to look after it."""
    port = free_port()
    hosts = {'--worker_hosts': f'127.0.0.1:{port},127.0.0.1:{port + 1}', '--ps_hosts': f'127.0.0.1:{port + 2}'}

    def begin(job, index, has_server):
        listed = [word for name, value in hosts.items() for word in (name, value) if has_server or name == '--worker_hosts']
        flags = [*SMALL, '--cluster_timeout', '500', '--train_files', str(long_set), '--epochs', '2', '--train_batch_size', '3',
                 '--checkpoint_dir', str(tmp_path / 'ckpt'), *listed, '--job_name', job, '--task_index', str(index)]
        return subprocess.Popen([sys.executable, 'DeepSpeech.py', *flags], cwd=str(ROOT), env=home, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, universal_newlines=True)
    return begin


@pytest.mark.slow
@pytest.mark.parametrize('has_server, killed', [long(False, ('worker', 1)), long(True, ('worker', 1)),
                                                long(True, ('worker', 0)), (True, ('ps', 0))])
def test_who_is_left_does_not_wait_for_one_that_was_killed(by_hand, has_server, killed):
    processes = {place: by_hand(*place, has_server) for place in [('worker', 0), ('worker', 1)] + [('ps', 0)] * has_server}
    read_until(processes['worker', 0], 'Training epoch 1')
    processes.pop(killed).kill()
    outputs = [process.communicate(timeout=60)[0] for process in processes.values()]
    assert [process.returncode for process in processes.values()] == [LostMemberError.exit_code] * len(outputs), outputs
    assert 'failed to close' not in ''.join(outputs)  # TensorFlow says that after half a minute
    name = {'worker': 'worker', 'ps': 'parameter server'}[killed[0]]
    assert re.search(rf'E .*{name} {killed[1]} \(127.0.0.1:\d+\).* any more. The same command goes on', ''.join(outputs))


@pytest.mark.slow
@pytest.mark.parametrize('shape', ['0:2:0', long('1:2:0')])
def test_ctrl_c_saves_and_one_process_goes_on_exactly(start, deepspeech, long_set, tmp_path, shape):
    n_updates = N_TIMES * 9 // 6
    common = ('--train_files', long_set, '--epochs', 2, '--checkpoint_dir', tmp_path / 'ckpt')
    process = start(shape, *common, '--train_batch_size', 3)
    read_until(process, 'Training epoch 1')
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 130 and 'I Interrupted in epoch 1' in output, output
    progress = last_of(tmp_path / 'ckpt').progress
    assert progress['epoch'] == 1 and 0 < progress['position'] < n_updates
    again = deepspeech(*SMALL, *common, '--train_batch_size', 6)
    assert 'I Going on with epoch 1 of 2.' in again.stdout and 'begins again' not in again.stdout, again.stdout
    last = last_of(tmp_path / 'ckpt')
    assert (last.progress['epoch'], last.progress['position'], int(last.value('global_step'))) == (2, 0, 2 * n_updates)


@pytest.mark.slow
def test_workers_that_are_not_about_the_same_say_so(clips, one_clip, home, tmp_path):
    port = free_port()
    command = [sys.executable, 'DeepSpeech.py', *SMALL, '--checkpoint_dir', str(tmp_path / 'ckpt'), '--job_name', 'worker',
               '--worker_hosts', f'127.0.0.1:{port},127.0.0.1:{port + 1}']
    workers = [subprocess.Popen([*command, '--train_files', str(data), '--task_index', str(index)], cwd=str(ROOT), env=home,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
               for index, data in enumerate((clips, one_clip))]
    outputs = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [1, 1], outputs
    for output in outputs:
        assert 'E worker 1 is not about the same as worker 0: train set ' in output


@pytest.fixture
def member():
    """(ClusterConfig of two workers, Member) of a server in this process, whose other worker is not there."""
    port = free_port()
    cluster = ClusterConfig((f'127.0.0.1:{port}', f'127.0.0.1:{port + 1}'))
    return cluster, start_member(cluster, DeviceConfig())


def test_a_server_takes_only_connections_of_this_machine(member):
    cluster, _ = member
    port, devices = int(cluster.workers[0].rpartition(':')[2]), []
    for name in os.listdir('/proc/self/fd'):
        try:
            handle = copy_of_socket(int(name))
        except OSError:
            continue
        with handle:
            if handle.family != socket.AF_UNIX and handle.getsockname()[1] == port:
                if handle.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    devices.append(handle.getsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, 16))
    assert devices and set(devices) == {b'lo\0'}


def test_who_does_not_come_and_who_does_not_answer_is_named(member, log, output):
    cluster, _ = member
    with pytest.raises(LostMemberError, match=rf'worker 1 \({cluster.workers[1]}\) cannot be reached for 0.3 s'):
        wait_for_servers(cluster, 0.3, log)
    assert who_is_lost(cluster) == f'worker 1 ({cluster.workers[1]}) does not answer any more.'
    start_member(ClusterConfig(cluster.workers, 1), DeviceConfig())
    wait_for_servers(cluster, 60., log)
    assert who_is_lost(cluster) == '' and output.getvalue() == ''


def test_only_who_is_lost_is_named():
    port = free_port()
    cluster = ClusterConfig((f'127.0.0.1:{port}', f'127.0.0.1:{port + 1}'), servers=(f'127.0.0.1:{port + 2}',))
    for index in range(2):
        start_member(replace(cluster, task_index=index), DeviceConfig())
    name = f'parameter server 0 (127.0.0.1:{port + 2})'
    assert [str(peer) for peer in ended(cluster.others)] == [name]
    assert who_is_lost(cluster) == f'{name} does not answer any more.'


def test_a_port_that_is_taken_is_named(member):
    cluster, _ = member
    with pytest.raises(ConfigError, match=rf'--worker_hosts {cluster.workers[0]} \(--task_index 0\): no server can be started'):
        start_member(cluster, DeviceConfig())


def test_files_that_were_open_can_be_closed_afterwards():
    reading, writing = os.pipe()
    start_member(ClusterConfig((f'localhost:{free_port()}',), 0), DeviceConfig())
    os.close(writing)
    assert select.select([reading], [], [], 5)[0], 'somebody else still has the end to write to'
    assert os.read(reading, 1) == b''
    os.close(reading)
