"""What `bin/run-cluster.sh` is asked for: how many processes, which program they run, and with which words."""

import argparse
import os
import re
import shlex
import socket
import sys
from typing import Dict, List, NamedTuple, Sequence, Tuple

from ..errors import ConfigError
from ..incomplete import CHECKOUT

HELP = """Starts the processes of a training that works together on this machine, and ends them together.

    bin/run-cluster.sh [--script CMD] [p:w:g] FLAGS...
    bin/run-cluster.sh 0:2:1 --train_files train.csv --dev_files dev.csv --checkpoint_dir checkpoints

p:w:g are parameter servers (0: they are still missing), workers, and GPUs of each; 0:2:0 unless given. All else goes to each
worker. An update takes the batches of all workers, so --train_batch_size is that of one. Each line that a worker says is shown
with its name, and kept. Ctrl-C saves and ends all of them; once more, it ends them at once. When one ends that should not, so
do the others, with a sentence, and the same command goes on from the last checkpoint. (run_cluster.py is the same in Python.)
"""
DEFAULT_SHAPE = '0:2:0'
_OWN = ('--help', '-h', '--script', '--port', '--logs', '--cluster_restarts')
_SHAPE = re.compile(r'(\d{1,4}):(\d{1,4}):(\d{1,4})')
INSTEAD = 'workers add up their gradients among themselves'


class Member(NamedTuple):
    """A process to start."""

    name: str
    command: Tuple[str, ...]
    environment: Dict[str, str]


class Asked(NamedTuple):
    """What a command line asks for."""

    members: List[Member]
    logs: str  # directory
    n_restarts: int


def asked_for(words: Sequence[str]) -> Asked:
    """Returns what the words of a command line ask for; ends the program where they ask for help.

    Raises:
      ConfigError: it cannot be had.
    """
    n_own = 0
    while n_own < len(words) and words[n_own].partition('=')[0] in _OWN:
        n_own += 1 if '=' in words[n_own] or words[n_own] in ('--help', '-h') else 2
    own, rest = _parser().parse_args(list(words[:n_own])), list(words[n_own:])
    shape = rest.pop(0) if rest and not rest[0].startswith('-') else DEFAULT_SHAPE
    match = _SHAPE.fullmatch(shape)
    if not match:
        raise ConfigError(f'{shape}: expected p:w:g, the numbers of parameter servers, workers and GPUs of each, such as '
                          f'{DEFAULT_SHAPE}.')
    n_servers, n_workers, n_gpus = map(int, match.groups())
    if n_servers:
        raise ConfigError(f'{shape}: parameter servers are still missing; {INSTEAD}, so 0:{n_workers}:{n_gpus} gives the same.')
    if not n_workers:
        raise ConfigError(f'{shape}: at least one worker is needed.')
    if own.port + n_workers > 1 << 16:
        raise ConfigError(f'--port {own.port}: the last of {n_workers} ports would be beyond 65535.')
    _require_ports(own.port, n_workers)
    return Asked(_members(own, n_workers, n_gpus, rest), own.logs, own.cluster_restarts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='run-cluster.sh', description=HELP, usage='%(prog)s [options] [p:w:g] FLAGS...',
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--script', metavar='CMD', help='what each process runs (DeepSpeech.py)')
    parser.add_argument('--port', type=int, default=3000,
                        help='of the first worker; the others have the next ones (%(default)s)')
    parser.add_argument('--logs', metavar='DIR', default=os.path.join('build', 'cluster'),
                        help='where what each worker says is kept (%(default)s)')
    parser.add_argument('--cluster_restarts', type=int, metavar='N', default=0,
                        help='start all workers again, from the last checkpoint, up to N times when one is lost (%(default)s)')
    return parser


def _members(own: argparse.Namespace, n_workers: int, n_gpus: int, flags: Sequence[str]) -> List[Member]:
    script = shlex.split(own.script) if own.script else [sys.executable, os.path.join(CHECKOUT, 'DeepSpeech.py')]
    hosts = [f'127.0.0.1:{own.port + index}' for index in range(n_workers)]
    members = []
    for index in range(n_workers):
        gpus = ','.join(str(gpu) for gpu in range(index * n_gpus, (index + 1) * n_gpus))
        place = ['--worker_hosts', ','.join(hosts), '--job_name', 'worker', '--task_index', str(index)]
        members.append(Member(f'worker {index}', (*script, *flags, *place), dict(os.environ, CUDA_VISIBLE_DEVICES=gpus)))
    return members


def _require_ports(first: int, n: int) -> None:
    """Raises ConfigError where one of so many ports is in use."""
    for port in range(first, first + n):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(('', port))
            except OSError as error:
                raise ConfigError(f'--port {first}: {port} cannot be had ({error.strerror}); choose another one.') from error
