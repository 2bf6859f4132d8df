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
from ..settings.flagfiles import expanded
from ..settings.members import ClusterConfig
from .meeting import Nodes

HELP = """Starts the processes of a training that works together on this machine, and ends them together.

    bin/run-cluster.sh [--script CMD] [p:w:g] FLAGS...
    bin/run-cluster.sh 0:2:1 --train_files train.csv --dev_files dev.csv --checkpoint_dir checkpoints

p:w:g are parameter servers, workers, and GPUs of each worker; 0:2:0 unless given. (Earlier releases took 1:2:0; without
servers the workers add up their gradients among themselves, which gives the same and is faster.) All else goes to each process.
An update takes the batches of all workers, so --train_batch_size is that of one. Each line that a process says is shown with
its name, and kept. Ctrl-C saves and ends all of them; once more, it ends them at once. When one ends that should not, so do the
others, with a sentence, and the same command goes on from the last checkpoint. (run_cluster.py is the same in Python.)

On several machines, each of which can read the data and the checkpoints at the same place, once on each with its number:

    bin/run-cluster.sh --nodes one,two --node 0 --cluster_restarts 3 0:2:1 --cluster_trusted_network FLAGS...
"""
DEFAULT_SHAPE = '0:2:0'
_OWN = ('--help', '-h', '--script', '--port', '--ps_port', '--logs', '--cluster_restarts', '--nodes', '--node')
_SHAPE = re.compile(r'(\d{1,4}):(\d{1,4}):(\d{1,4})')
_NUMBER = re.compile(r'\d{1,9}(\.\d*)?')
_NODE = re.compile(r'([^\s:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?')


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
    timeout_s: float  # that a process may stand still


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
    if not n_workers:
        raise ConfigError(f'{shape}: at least one worker is needed.')
    nodes = _nodes(own, shape)
    counts = {'worker': n_workers, 'ps': n_servers}
    if nodes.addresses:  # the port of the supervisor, then those of its workers and servers
        _require_ports('port', nodes.addresses[nodes.number][1], 1 + n_workers + n_servers)
    else:
        _require_ports('port', own.port, n_workers)
        _require_ports('ps_port', own.ps_port, n_servers)
    return Asked(_members(own, nodes, counts, n_gpus, rest), own.logs, own.cluster_restarts, nodes,
                 _timeout_s(rest))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='run-cluster.sh', description=HELP, usage='%(prog)s [options] [p:w:g] FLAGS...',
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--script', metavar='CMD', help='what each process runs (DeepSpeech.py)')
    parser.add_argument('--port', type=int, default=3000,
                        help='of the first worker; the others have the next ones (%(default)s)')
    parser.add_argument('--ps_port', type=int, default=2000, help='the same for parameter servers (%(default)s)')
    parser.add_argument('--logs', metavar='DIR', default=os.path.join('build', 'cluster'),
                        help='where what each process says is kept (%(default)s)')
    parser.add_argument('--cluster_restarts', type=int, metavar='N', default=0,
                        help='start all again, from the last checkpoint, up to N times when one is lost (%(default)s)')
    parser.add_argument('--nodes', metavar='HOST[:PORT],HOST...', default='',
                        help='machines that train together, each with a program like this one, on PORT (--port), and p:w:g of '
                             'its own, the same everywhere')
    parser.add_argument('--node', type=int, metavar='I', help='which of --nodes this one is, from 0, whose first worker saves')
    return parser


def _timeout_s(flags: Sequence[str]) -> float:
    """Returns --cluster_timeout of the processes, given to them or in a flagfile; what they refuse, they say themselves."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument('--cluster_timeout', '-cluster_timeout', nargs='?', default='', const='')
    try:
        words = expanded(flags)
    except ConfigError:
        words = list(flags)
    text = parser.parse_known_args(words)[0].cluster_timeout
    return float(text) if _NUMBER.fullmatch(text) else ClusterConfig.timeout_s


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


def _addresses(own: argparse.Namespace, nodes: Nodes, counts: Dict[str, int]) -> Dict[str, List[str]]:
    """Returns where the processes of each job listen, on all machines."""
    first = {'worker': [('127.0.0.1', own.port)], 'ps': [('127.0.0.1', own.ps_port)]}
    if nodes.addresses:
        hosts = [(f'[{host}]' if ':' in host else host, port + 1) for host, port in nodes.addresses]
        first = {'worker': hosts, 'ps': [(host, port + counts['worker']) for host, port in hosts]}
    return {job: [f'{host}:{port + index}' for host, port in first[job] for index in range(n)]
            for job, n in counts.items() if n}


def _members(own: argparse.Namespace, nodes: Nodes, counts: Dict[str, int], n_gpus: int, flags: Sequence[str]) -> List[Member]:
    """Returns the workers of this machine, the chief first, then its parameter servers."""
    script = shlex.split(own.script) if own.script else [sys.executable, os.path.join(CHECKOUT, 'DeepSpeech.py')]
    listed = [word for job, hosts in _addresses(own, nodes, counts).items() for word in (f'--{job}_hosts', ','.join(hosts))]
    members = []
    for job, index in [(job, index) for job, n in counts.items() for index in range(n)]:
        number = nodes.number * counts[job] + index
        gpus = range(index * n_gpus, (index + 1) * n_gpus) if job == 'worker' else ()
        place = [*listed, '--job_name', job, '--task_index', str(number)]
        members.append(Member(f'{job} {number}', (*script, *flags, *place),
                              dict(os.environ, CUDA_VISIBLE_DEVICES=','.join(map(str, gpus)))))
    return members


def _require_ports(option: str, first: int, n: int) -> None:
    """Raises ConfigError where one of so many ports is in use."""
    if first + n > 1 << 16:
        raise ConfigError(f'--{option} {first}: the last of {n} ports would be beyond 65535.')
    for port in range(first, first + n):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(('', port))
            except OSError as error:
                raise ConfigError(f'--{option} {first}: {port} cannot be had ({error.strerror}); choose another one.'
                                  ) from error
