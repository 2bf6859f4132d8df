"""How the processes of a cluster find each other: TensorFlow's servers, their ports, and which of them answer.

A server listens on all addresses of its machine and asks nobody who he is; whoever reaches it can run any program as its user.
"""

import os
import socket
import threading
import time
from typing import Callable, List, NamedTuple, Sequence

from ..compat import reason_of, session_config, tf
from ..console.log import Log
from ..console.waiting import Waiting
from ..errors import ConfigError, LostMemberError
from ..settings.config import DeviceConfig
from ..settings.members import ClusterConfig, Peer

PROXIES = ('grpc_proxy', 'http_proxy', 'https_proxy')  # what TensorFlow's connections obey
POLL_S = 0.1
ANSWER_S = 5.  # that one who has not gone takes at most
CONNECTION_S = 0.5  # that a machine takes to refuse one
GREETING = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])  # RFC 9113, 3.4, with empty settings
SO_BINDTODEVICE = 25  # of Linux, which Python names from 3.11 on


class Member(NamedTuple):
    """This process as a part of a cluster."""

    server: 'tf.train.Server'
    config: 'tf.ConfigProto'  # of its sessions


def start_member(cluster: ClusterConfig, devices: DeviceConfig) -> Member:
    """Starts the server of this process; sessions on it see only devices of its own, and those of parameter servers.

    Raises:
      ConfigError: its port cannot be had, or cannot be kept from other machines.
    """
    _without_proxies()
    own, config = cluster.own, session_config(devices)
    config.device_filters.append(f'/job:{own.job}/task:{own.index}')
    jobs = {'worker': list(cluster.workers)}
    if cluster.servers:
        jobs['ps'] = list(cluster.servers)
        config.device_filters.append('/job:ps')
    else:
        config.experimental.collective_group_leader = '/job:worker/replica:0/task:0'
        config.experimental.recv_buf_max_chunk = -1  # what workers send each other is copied once more where it is cut
    if cluster.is_server:
        del config.device_filters[1:]
        config.device_count['GPU'] = 0
    try:
        server = tf.train.Server(tf.train.ClusterSpec(jobs), job_name=own.job, task_index=own.index, config=config)
    except tf.errors.OpError as error:
        raise ConfigError(f'--{own.job}_hosts {own.address} (--task_index {own.index}): no server can be started there '
                          f'({reason_of(error)}). If another program has the port, choose another one.') from error
    if not cluster.is_trusted_network:
        _refuse_other_machines(int(own.address.rpartition(':')[2]))
    return Member(server, config)


def _without_proxies() -> None:
    """Takes proxies from TensorFlow's connections; Python's know them by their other names."""
    for name in PROXIES:
        value = os.environ.pop(name, '')
        if value:
            os.environ.setdefault(name.upper(), value)


def _refuse_other_machines(port: int) -> None:
    """Lets the server of this process take no connections but those of this machine. Raises ConfigError."""
    n_bound = 0
    for name in os.listdir('/proc/self/fd') if os.path.isdir('/proc/self/fd') else ():
        try:
            with copy_of_socket(int(name)) as handle:
                if handle.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and handle.getsockname()[1] == port:
                    handle.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, b'lo\0')
                    n_bound += 1
        except (OSError, IndexError):  # no socket, one of another family, or closed by now
            continue
    if not n_bound:
        raise ConfigError(f'port {port} cannot be kept from other machines on this system, and whoever reaches it can run '
                          f'anything as this user; if nobody else can, pass --cluster_trusted_network.')


def copy_of_socket(descriptor: int) -> socket.socket:
    """Returns a socket of its own for a file descriptor of somebody else; raises OSError if that is none."""
    copy = os.dup(descriptor)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise


def wait_for_servers(cluster: ClusterConfig, timeout_s: float, log: Log) -> None:
    """Waits until the servers of all can be reached, whatever the order in which they are started.

    Raises:
      LostMemberError: one cannot.
    """
    waiting = Waiting(timeout_s, POLL_S, log.info)
    missing = cluster.peers
    while missing:
        missing = [peer for peer in missing if not _is_open(peer)]
        names = ', '.join(map(str, missing))
        if missing and not waiting.goes_on(names):
            hosts = '--worker_hosts and --ps_hosts' if cluster.servers else '--worker_hosts'
            raise LostMemberError(f'{names} cannot be reached for {timeout_s:g} s; see that all processes are started with the '
                                  f'same {hosts}, and what they say.')


def _is_open(peer: Peer) -> bool:
    try:
        _connection(peer, ANSWER_S).close()
    except OSError:
        return False
    return True


def _connection(peer: Peer, timeout_s: float) -> socket.socket:
    """Returns a connection to the port of a process; raises OSError."""
    host, _, port = peer.address.rpartition(':')
    return socket.create_connection((host.strip('[]'), int(port)), timeout_s)


def unreachable(peers: Sequence[Peer]) -> List[Peer]:
    """Returns those whose ports cannot be reached, for whatever reason."""
    reached = _those(peers, _is_open, 2 * ANSWER_S)
    return [peer for peer in peers if peer not in reached]


def ended(peers: Sequence[Peer]) -> List[Peer]:
    """Returns those whose machines say at once that nobody has their ports."""
    def is_refused(peer: Peer) -> bool:
        try:
            _connection(peer, CONNECTION_S).close()
        except OSError as error:
            return isinstance(error, ConnectionRefusedError)
        return False

    return _those(peers, is_refused, 2 * CONNECTION_S)


def who_is_lost(cluster: ClusterConfig) -> str:
    """Returns a sentence on the processes that do not answer; empty: all do."""
    answered = _those(cluster.others, _answers, 2 * ANSWER_S)
    return sentence_on([peer for peer in cluster.others if peer not in answered])


def _answers(peer: Peer) -> bool:
    """Returns whether a server says its first words; through TensorFlow it would ask the others before it answers."""
    try:
        with _connection(peer, ANSWER_S) as connection:
            connection.sendall(GREETING)
            return bool(connection.recv(1))
    except OSError:
        return False


def _those(peers: Sequence[Peer], holds: Callable[[Peer], bool], timeout_s: float) -> List[Peer]:
    """Returns the peers of which `holds` is true within `timeout_s`; all are asked at the same time."""
    found: List[Peer] = []
    threads = [threading.Thread(target=lambda peer=peer: found.extend([peer] * holds(peer)), daemon=True) for peer in peers]
    until_s = time.monotonic() + timeout_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0., until_s - time.monotonic()))
    return [peer for peer in peers if peer in found]


def sentence_on(lost: Sequence[Peer]) -> str:
    """Returns what to say of processes that do not answer; empty: there are none."""
    if not lost:
        return ''
    return f'{", ".join(map(str, lost))} {"does" if len(lost) == 1 else "do"} not answer any more.'
