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
from .meeting import Nodes

HELP = """Starts the processes of a training that works together on this machine, and ends them together.

    bin/run-cluster.sh [--script CMD] [p:w:g] FLAGS...
    bin/run-cluster.sh 0:2:1 --train_files train.csv --dev_files dev.csv --checkpoint_dir checkpoints

p:w:g are parameter servers (0: they are still missing), workers, and GPUs of each; 0:2:0 unless given. All else goes to each
worker. An update takes the batches of all workers, so --train_batch_size is that of one. Each line that a worker says is shown
with its name, and kept. Ctrl-C saves and ends all of them; once more, it ends them at once. When one ends that should not, so
do the others, with a sentence, and the same command goes on from the last checkpoint. (run_cluster.py is the same in Python.)

On several machines, each of which can read the data and the checkpoints at the same place, once on each with its number:

    bin/run-cluster.sh --nodes one,two --node 0 --cluster_restarts 3 0:2:1 --cluster_trusted_network FLAGS...
"""
DEFAULT_SHAPE = '0:2:0'
_OWN = ('--help', '-h', '--script', '--port', '--logs', '--cluster_restarts', '--nodes', '--node')
_SHAPE = re.compile(r'(\d{1,4}):(\d{1,4}):(\d{1,4})')
_NODE = re.compile(r'([^\s:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?')
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
    nodes: Nodes


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
    nodes = _nodes(own, shape)
    first = nodes.addresses[nodes.number][1] if nodes.addresses else own.port
    n_ports = n_workers + bool(nodes.addresses)  # that of the supervisor comes before those of its workers
    if first + n_ports > 1 << 16:
        raise ConfigError(f'--port {first}: the last of {n_ports} ports would be beyond 65535.')
    _require_ports(first, n_ports)
    return Asked(_members(own, nodes, n_workers, n_gpus, rest), own.logs, own.cluster_restarts, nodes)


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
    parser.add_argument('--nodes', metavar='HOST[:PORT],HOST...', default='',
                        help='machines that train together, each with a program like this one, on PORT (--port), and p:w:g of '
                             'its own, the same everywhere')
    parser.add_argument('--node', type=int, metavar='I', help='which of --nodes this one is, from 0, whose first worker saves')
    return parser


def _nodes(own: argparse.Namespace, shape: str) -> Nodes:
    addresses = []
    for text in filter(None, own.nodes.split(',')):
        match = _NODE.fullmatch(text)
        if not match or not 0 < int(match[2] or own.port) < 1 << 16:
            raise ConfigError(f'--nodes {text}: expected HOST or HOST:PORT, the port from 1 to 65535.')
        addresses.append((match[1].strip('[]'), int(match[2] or own.port)))
    if len(set(addresses)) < len(addresses):
        raise ConfigError(f'--nodes {own.nodes}: an address stands there twice.')
    if (own.node is None) != (not addresses) or own.node is not None and not 0 <= own.node < len(addresses):
        raise ConfigError(f'--nodes {own.nodes or "(none)"} and --node {"(none)" if own.node is None else own.node} do not go '
                          f'together: the first lists the machines, the second says which this one is, from 0.')
    return Nodes(tuple(addresses), own.node or 0, shape)


def _members(own: argparse.Namespace, nodes: Nodes, n_workers: int, n_gpus: int, flags: Sequence[str]) -> List[Member]:
    script = shlex.split(own.script) if own.script else [sys.executable, os.path.join(CHECKOUT, 'DeepSpeech.py')]
    first = [(f'[{host}]' if ':' in host else host, port + 1) for host, port in nodes.addresses] or [('127.0.0.1', own.port)]
    hosts = [f'{host}:{port + index}' for host, port in first for index in range(n_workers)]
    members = []
    for index in range(n_workers):
        number = nodes.number * n_workers + index
        gpus = ','.join(str(gpu) for gpu in range(index * n_gpus, (index + 1) * n_gpus))
        place = ['--worker_hosts', ','.join(hosts), '--job_name', 'worker', '--task_index', str(number)]
        members.append(Member(f'worker {number}', (*script, *flags, *place), dict(os.environ, CUDA_VISIBLE_DEVICES=gpus)))
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
