"""What the flags of a cluster may say together, before anything is started."""

import ipaddress
from typing import Any

from ..errors import ConfigError
from .flags import file_names

INSTEAD = 'workers add up their gradients among themselves: leave it out, or run bin/run-cluster.sh 0:w:g'


def check_cluster(values: Any) -> None:
    """Checks what a command line says of a cluster.

    Args:
      values: object with an attribute for each flag.
    Raises:
      ConfigError: it contradicts itself, or cannot be had in this version.
    """
    if values.ps_hosts:
        raise ConfigError(f'--ps_hosts {values.ps_hosts}: parameter servers are still missing; {INSTEAD}.')
    if values.job_name == 'ps':
        raise ConfigError(f'--job_name ps: parameter servers are still missing; {INSTEAD}.')
    workers = file_names(values.worker_hosts)
    if not workers:
        if values.job_name == 'worker':
            raise ConfigError('--job_name worker: one of which workers? Pass --worker_hosts, or leave it out to train alone.')
        return
    if values.job_name != 'worker':
        raise ConfigError(f'--worker_hosts {values.worker_hosts}: which of them is this process? Pass --job_name worker '
                          f'--task_index 0, 1 ..., or start all of them by bin/run-cluster.sh.')
    if values.task_index >= len(workers):
        raise ConfigError(f'--task_index {values.task_index}: --worker_hosts lists {len(workers)}, counted from 0.')
    for worker in workers:
        _check_address(worker, values.cluster_trusted_network)
    if len(set(workers)) < len(workers):
        raise ConfigError(f'--worker_hosts {values.worker_hosts}: an address stands there twice; each worker has its own.')


def _check_address(worker: str, is_trusted: bool) -> None:
    host, _, port = worker.rpartition(':')
    if not host or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise ConfigError(f'--worker_hosts {worker}: expected host:port, the port from 1 to 65535.')
    if not is_trusted and not is_loopback(host):
        raise ConfigError(f'--worker_hosts {worker}: is not this machine ({host} is none of localhost, 127.0.0.1, [::1]). '
                          f'Whoever reaches the ports of a cluster can run anything as this user; if nobody else can, pass '
                          f'--cluster_trusted_network.')


def is_loopback(host: str) -> bool:
    """Returns whether a host can only be this machine."""
    if host == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host.strip('[]')).is_loopback
    except ValueError:
        return False
