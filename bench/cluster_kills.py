"""Kills and stops members of a training at random moments; counts who waits for ever, what is lost, and what comes out.

    python bench/cluster_kills.py --faults 20 --out build/kills

A small real training under bin/run_cluster.py --cluster_restarts: SIGKILL and SIGSTOP of the chief and of another member, so
many of each, up to five in a run, at any moment from the start of a process on. Each run ends by itself; its weights and those
of Adam have to be those of a run that nobody disturbed, to the bit. Seconds are counted by sleeping, so that a machine that was
stopped itself does not count. Prints a line for each fault and, at the end, a table.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.stored_model import StoredModel
from deepspeech_training.console.log import Log
from deepspeech_training.errors import DeepSpeechError

TOP = Path(__file__).resolve().parents[1]
CLIPS = TOP / 'tests' / 'clips' / 'clips.csv'
N_REPEATS, PER_RUN = 60, 5
AGAIN = 'Starting all of them again'
TICK_S = 0.1
SPREAD_S = 15.  # in which a fault comes, after the start
SLACK_S = 45.  # beyond --cluster_timeout: who is lost is found out, the others end, the stopped one is killed


class Fault(NamedTuple):
    """What is done to whom; `member` as its lines are marked."""

    role: str
    member: str
    signal: signal.Signals


class Outcome(NamedTuple):
    """What came of a fault."""

    seconds: float  # until all had ended
    is_hang: bool
    is_lost: bool  # the newest checkpoint of before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--shape', default='0:2:0', help='p:w:g of bin/run-cluster.sh')
    parser.add_argument('--faults', type=int, default=2, help='of each kind and member')
    parser.add_argument('--timeout', type=int, default=5, help='--cluster_timeout')
    parser.add_argument('--port', type=int, default=3300, help='of the first worker; 50 more: of the first server')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--python', default=sys.executable, help='that trains')
    parser.add_argument('--out', required=True, type=Path, help='directory for checkpoints and logs')
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True)
    expected = undisturbed(arguments)
    chance, outcomes, n_runs, n_different = random.Random(arguments.seed), [], 0, 0
    todo = [fault for fault in faults_of(arguments.shape) for _ in range(arguments.faults)]
    chance.shuffle(todo)
    while todo:
        n_runs += 1
        run = Run(arguments, arguments.out / f'run-{n_runs}')
        for fault in todo[:PER_RUN]:
            outcome = run.disturb(fault, chance)
            if outcome is None:  # it had ended before
                break
            print(f'run {n_runs}: {fault.signal.name} {fault.member}: {outcome}', flush=True)
            outcomes.append((fault, outcome))
            todo.remove(fault)
        code = run.end()
        is_equal = code == 0 and equal(run.model(), expected)
        print(f'run {n_runs}: exit code {code}, {"equal" if is_equal else "DIFFERENT"}', flush=True)
        n_different += not is_equal
    print(table(outcomes, n_runs, n_different))
    sys.exit(int(n_different > 0 or any(outcome.is_hang or outcome.is_lost for _, outcome in outcomes)))


def faults_of(shape: str) -> List[Fault]:
    """Returns one fault of each kind for the chief, another worker and a parameter server, where there are such."""
    n_servers, n_workers = map(int, shape.split(':')[:2])
    members = [('chief', 'worker 0')] + [('worker', 'worker 1')] * (n_workers > 1) + [('server', 'ps 0')] * (n_servers > 0)
    return [Fault(role, member, number) for role, member in members for number in (signal.SIGKILL, signal.SIGSTOP)]


class Run:
    """A training under the supervisor.

    Args:
      arguments: of the program.
      directory: of its checkpoints and logs.
    """

    def __init__(self, arguments: argparse.Namespace, directory: Path):
        directory.mkdir()
        rows = CLIPS.read_text(encoding='utf-8').splitlines()
        data = directory / 'train.csv'
        rows = rows[:1] + [f'{CLIPS.parent}/{row}' for row in rows[1:]] * N_REPEATS
        data.write_text('\n'.join(rows) + '\n', encoding='utf-8')
        self._directory, self._limit_s = directory, arguments.timeout + SLACK_S
        self._lines: List[str] = []
        self._process = subprocess.Popen(
            [sys.executable, 'bin/run_cluster.py', '--script', f'{arguments.python} DeepSpeech.py',
             '--port', str(arguments.port), '--ps_port', str(arguments.port + 50), '--logs', str(directory),
             '--cluster_restarts', str(2 * PER_RUN), arguments.shape,
             '--train_files', str(data), '--dev_files', str(CLIPS), '--checkpoint_dir', str(directory / 'ckpt'),
             '--summary_dir', str(directory / 'ckpt'), '--cluster_timeout', str(arguments.timeout), '--checkpoint_secs', '2',
             '--epochs', '3', '--train_batch_size', '1', '--dev_batch_size', '4', '--n_hidden', '16', '--lstm_impl', 'block',
             '--precision', 'float32', '--data_report', 'off', '--noshow_progressbar', '--intra_op_parallelism_threads', '1'],
            cwd=str(TOP), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        threading.Thread(target=self._read, daemon=True).start()

    def disturb(self, fault: Fault, chance: random.Random) -> Optional[Outcome]:
        """Does it at a random moment; returns what came of it, None where the run had ended before."""
        self._wait_for(lambda: False, chance.uniform(0., SPREAD_S))
        self._wait_for(lambda: self._pid(fault.member) is not None, self._limit_s)  # it may be between two starts
        pid = self._pid(fault.member)
        if pid is None:
            return None
        before = self._last_step()
        os.kill(pid, fault.signal)
        begin = len(self._lines)
        waited_s = 0.
        while self._process.poll() is None and not any(AGAIN in line for line in self._lines[begin:]):
            time.sleep(TICK_S)
            waited_s += TICK_S
            if waited_s > self._limit_s:
                self._process.send_signal(signal.SIGTERM)  # twice: at once
                self._process.kill()
                self._process.wait()
                return Outcome(waited_s, True, self._last_step() < before)
        return Outcome(round(waited_s, 1), False, self._last_step() < before)

    def end(self) -> int:
        """Waits until it ends by itself; returns the exit code."""
        code = self._process.wait()
        (self._directory / 'said').write_text('\n'.join(self._lines), encoding='utf-8')
        return code

    def model(self) -> StoredModel:
        return CheckpointDirectory(str(self._directory / 'ckpt')).last(Log(3))

    def _read(self) -> None:
        for line in self._process.stdout:  # type: ignore[union-attr]
            self._lines.append(line.rstrip('\n'))

    def _wait_for(self, is_so: Callable[[], bool], limit_s: float) -> bool:
        waited_s = 0.
        while self._process.poll() is None and waited_s < limit_s:
            if is_so():
                return True
            time.sleep(TICK_S)
            waited_s += TICK_S
        return False

    def _pid(self, member: str) -> Optional[int]:
        job, index = member.split()
        try:
            children = Path(f'/proc/{self._process.pid}/task/{self._process.pid}/children').read_text().split()
            words = {int(child): Path(f'/proc/{child}/cmdline').read_text().split('\0') for child in children}
        except OSError:
            return None
        found = [pid for pid, each in words.items() if each[-5:-1] == ['--job_name', job, '--task_index', index]]
        return found[0] if found else None

    def _last_step(self) -> int:
        try:
            return int(self.model().value('global_step'))
        except (AttributeError, DeepSpeechError):  # there is none
            return 0


def undisturbed(arguments: argparse.Namespace) -> StoredModel:
    """Returns the last model of a run that is left alone."""
    run, begin_s = Run(arguments, arguments.out / 'undisturbed'), time.monotonic()
    if run.end():
        raise SystemExit(f'The undisturbed run failed; see {arguments.out}/undisturbed/said.')
    print(f'undisturbed: {time.monotonic() - begin_s:.0f} s', flush=True)
    return run.model()


def equal(model: StoredModel, expected: StoredModel) -> bool:
    """Returns whether all variables of two models have the same bits."""
    return model.shapes == expected.shapes and all(
        np.array_equal(model.value(name), expected.value(name)) for name in expected.shapes)


def table(outcomes: List[Tuple[Fault, Outcome]], n_runs: int, n_different: int) -> str:
    """Returns what all faults together have cost."""
    groups: Dict[Tuple[str, str], List[Outcome]] = {}
    for fault, outcome in outcomes:
        groups.setdefault((fault.role, fault.signal.name), []).append(outcome)
    lines = ['| member | fault | number | hangs | lost checkpoints | seconds until all had ended: median, most |',
             '|---|---|---|---|---|---|']
    for (role, name), members in sorted(groups.items()):
        seconds = [each.seconds for each in members]
        lines.append(f'| {role} | {name} | {len(members)} | {sum(each.is_hang for each in members)} | '
                     f'{sum(each.is_lost for each in members)} | {np.median(seconds):.1f}, {max(seconds):.1f} |')
    lines.append(f'{n_runs} runs, {n_different} of them without the weights of the undisturbed run.')
    return '\n'.join(lines)


if __name__ == '__main__':
    main()
