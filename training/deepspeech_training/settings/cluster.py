"""What the flags of a cluster may say together, before anything is started."""

import ipaddress
from typing import Any

from ..errors import ConfigError
from .flags import file_names


def check_cluster(values: Any) -> None:
    """Checks what a command line says of a cluster.

    Args:
      values: object with an attribute for each flag.
    Raises:
      ConfigError: it contradicts itself, or cannot be had in this version.
    """
    hosts = {'worker': file_names(values.worker_hosts), 'ps': file_names(values.ps_hosts)}
    if not hosts['worker']:
        if values.ps_hosts:
            raise ConfigError(f'--ps_hosts {values.ps_hosts}: parameter servers add up the gradients of which workers? Pass '
                              f'--worker_hosts, or leave both out to train alone.')
        if values.job_name != 'localhost':
            raise ConfigError(f'--job_name {values.job_name}: one of which workers? Pass --worker_hosts, or leave it out to '
                              f'train alone.')
        return
    if values.job_name == 'localhost':
        raise ConfigError(f'--worker_hosts {values.worker_hosts}: which of them is this process? Pass --job_name worker '
                          f'--task_index 0, 1 ..., or start all of them by bin/run-cluster.sh.')
    if values.task_index >= len(hosts[values.job_name]):
        raise ConfigError(f'--task_index {values.task_index}: --{values.job_name}_hosts lists {len(hosts[values.job_name])}, '
                          f'counted from 0.')
    for job, addresses in hosts.items():
        for address in addresses:
            _check_address(f'--{job}_hosts {address}', address, values.cluster_trusted_network)
    every = [address for addresses in hosts.values() for address in addresses]
    if len(set(every)) < len(every):
        raise ConfigError(f'--worker_hosts {values.worker_hosts}{" --ps_hosts " * bool(values.ps_hosts)}{values.ps_hosts}: an '
                          f'address stands there twice; each process has its own.')
    if hosts['ps'] and values.reduce_precision == 'bfloat16':
        raise ConfigError('--reduce_precision bfloat16: parameter servers add up in float32 only; leave it out, or train '
                          'without --ps_hosts.')


def _check_address(given: str, address: str, is_trusted: bool) -> None:
    host, _, port = address.rpartition(':')
    if not host or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise ConfigError(f'{given}: expected host:port, the port from 1 to 65535.')
    if not is_trusted and not is_loopback(host):
        raise ConfigError(f'{given}: is not this machine ({host} is none of localhost, 127.0.0.1, [::1]). Whoever reaches the '
                          f'ports of a cluster can run anything as this user; if nobody else can, pass '
                          f'--cluster_trusted_network.')


def is_loopback(host: str) -> bool:
    """Returns whether a host can only be this machine."""
    if host == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host.strip('[]')).is_loopback
    except ValueError:
        return False
