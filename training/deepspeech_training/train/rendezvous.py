"""How the processes of a cluster find each other: TensorFlow's servers, their ports, and which of them answer.

A server listens on all addresses of its machine and asks nobody who he is; whoever reaches it can run any program as its user.
"""

import os
import socket
import threading
import time
from contextlib import suppress
from typing import List, NamedTuple, Sequence

from ..compat import reason_of, session_config, tf
from ..console.log import Log
from ..errors import ConfigError, LostMemberError
from ..settings.config import ClusterConfig, DeviceConfig

JOB = 'worker'
PROXIES = ('grpc_proxy', 'http_proxy', 'https_proxy')  # what TensorFlow's connections obey
POLL_S, SAY_EVERY_S = 0.1, 60.
ANSWER_S = 5.  # that one who has not gone takes at most
SO_BINDTODEVICE = 25  # of Linux, which Python names from 3.11 on


class Member(NamedTuple):
    """This process as a part of a cluster."""

    server: 'tf.train.Server'
    config: 'tf.ConfigProto'  # of its sessions


def start_member(cluster: ClusterConfig, devices: DeviceConfig) -> Member:
    """Starts the server of this process; sessions on it see only devices of its own.

    Raises:
      ConfigError: its port cannot be had, or cannot be kept from other machines.
    """
    _without_proxies()
    address = cluster.workers[cluster.task_index]
    config = session_config(devices)
    config.device_filters.append(f'/job:{JOB}/task:{cluster.task_index}')
    config.experimental.collective_group_leader = f'/job:{JOB}/replica:0/task:0'
    config.experimental.recv_buf_max_chunk = -1  # what workers send each other is copied once more where it is cut
    try:
        server = tf.train.Server(tf.train.ClusterSpec({JOB: list(cluster.workers)}), job_name=JOB,
                                 task_index=cluster.task_index, config=config)
    except tf.errors.OpError as error:
        raise ConfigError(f'--worker_hosts {address} (--task_index {cluster.task_index}): no server can be started there '
                          f'({reason_of(error)}). If another program has the port, choose another one.') from error
    if not cluster.is_trusted_network:
        _refuse_other_machines(int(address.rpartition(':')[2]))
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
    """Waits until the servers of all workers can be reached, whatever the order in which they are started.

    Raises:
      LostMemberError: one cannot.
    """
    begin_s, said_s = time.monotonic(), time.monotonic() - SAY_EVERY_S + ANSWER_S
    missing = list(enumerate(cluster.workers))
    while missing:
        missing = [(index, address) for index, address in missing if not _is_open(address)]
        if not missing:
            return
        names = ', '.join(f'worker {index} ({address})' for index, address in missing)
        now_s = time.monotonic()
        if now_s - begin_s > timeout_s:
            raise LostMemberError(f'{names} cannot be reached for {timeout_s:g} s; see that all workers are started with the '
                                  f'same --worker_hosts, and what they say.')
        if now_s - said_s > SAY_EVERY_S:
            said_s = now_s
            log.info(f'Waiting for {names}.')
        time.sleep(POLL_S)


def _is_open(address: str) -> bool:
    host, _, port = address.rpartition(':')
    try:
        socket.create_connection((host.strip('[]'), int(port)), ANSWER_S).close()
    except OSError:
        return False
    return True


def who_is_lost(cluster: ClusterConfig) -> str:
    """Returns a sentence on the workers that do not answer; empty: all do."""
    answered: List[int] = []

    def ask(index: int) -> None:
        config = tf.ConfigProto(operation_timeout_in_ms=int(1000 * ANSWER_S))
        with suppress(tf.errors.OpError), tf.Session(f'grpc://{cluster.workers[index]}', tf.Graph(), config) as session:
            session.list_devices()
            answered.append(index)

    others = [index for index in range(len(cluster.workers)) if index != cluster.task_index]
    threads = [threading.Thread(target=ask, args=(index,), daemon=True) for index in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * ANSWER_S / len(threads))
    lost = [index for index in others if index not in answered]
    return _sentence([f'worker {index} ({cluster.workers[index]})' for index in lost])


def _sentence(lost: Sequence[str]) -> str:
    if not lost:
        return ''
    return f'{", ".join(lost)} {"does" if len(lost) == 1 else "do"} not answer any more.'
