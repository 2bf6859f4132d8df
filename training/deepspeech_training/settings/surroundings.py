"""Which processes train together, as the environment says that started them: `--cluster auto`.

Kubeflow and others set TF_CONFIG, a form of TensorFlow's; Slurm sets variables for each of the tasks that srun starts.
"""

import json
import re
from itertools import product
from typing import Any, Collection, Dict, List, Mapping, NamedTuple, Tuple

from ..errors import ConfigError

SERVERS, WORKER, CHIEFS = 'ps', 'worker', ('chief', 'master')
MAX_HOSTS = 10_000  # of one job
_RANGE = re.compile(r'(\d{1,9})(?:-(\d{1,9}))?')
_HOSTS = re.compile(r'(?:[^][,\s]|\[[\d,-]+\])+')
_PART = re.compile(r'\[([^]]*)\]|([^[]+)')
_TASKS = re.compile(r'(\d{1,6})(?:\(x(\d{1,6})\))?')
DECIDED = ('worker_hosts', 'ps_hosts', 'job_name', 'task_index')
AGREE = 'which does not go together'


class Place(NamedTuple):
    """The processes of a cluster, and which of them this one is."""

    source: str  # who says so
    workers: Tuple[str, ...]  # host:port of each
    servers: Tuple[str, ...]
    job: str
    number: int


def flags_of(environment: Mapping[str, str], given: Collection[str], port: int) -> Tuple[Dict[str, Any], str]:
    """Returns the values of the flags that --cluster auto decides, and a sentence on it.

    Args:
      environment, port: as of `place_in`.
      given: names of the flags that are on the command line.
    Raises:
      ConfigError: as `place_in`, and where flags say who this process is, but not who the others are.
    """
    words = [f'--{name}' for name in DECIDED if name in given]
    if words and '--worker_hosts' not in words:
        raise ConfigError(f'--cluster auto and {", ".join(words)} contradict each other; leave one out, or pass '
                          f'--worker_hosts, too.')
    if words:
        return {}, f'{", ".join(words)} decide{"s" if len(words) == 1 else ""}, not --cluster auto.'
    place = place_in(environment, port)
    values = dict(zip(DECIDED, (','.join(place.workers), ','.join(place.servers), place.job, place.number)))
    return values, f'--cluster auto: {place.source} says ' + ' '.join(
        f'--{name} {value}' for name, value in values.items() if value != '') + '.'


def place_in(environment: Mapping[str, str], port: int) -> Place:
    """Returns which process this is, and which ones there are.

    Args:
      environment: TF_CONFIG decides where there is one, as somebody has set it for this very program.
      port: of the first worker on each node of Slurm; further ones of the same node have the next.
    Raises:
      ConfigError: nothing there says it, or it contradicts itself.
    """
    if environment.get('TF_CONFIG'):
        return _of_tensorflow(environment['TF_CONFIG'])
    if 'SLURM_PROCID' in environment:
        return _of_slurm(environment, port)
    raise ConfigError('--cluster auto: neither TF_CONFIG nor SLURM_PROCID is set here; start the workers by srun or Kubeflow, '
                      'or pass --cluster flags and --worker_hosts, or no such flag to train alone.')


def _of_tensorflow(text: str) -> Place:
    def refuse(why: str) -> ConfigError:
        return ConfigError(f'--cluster auto: TF_CONFIG {text}: {why}.')

    try:
        config = json.loads(text)
    except ValueError as error:
        raise refuse(f'is not JSON ({error})') from error
    cluster, task = [config.get(name) if isinstance(config, dict) else None for name in ('cluster', 'task')]
    if not isinstance(cluster, dict) or not isinstance(task, dict):
        raise refuse('expected {"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}')
    job, index = str(task.get('type')), str(task.get('index', 0))
    if job == 'evaluator':
        raise refuse('there is nothing for an evaluator to do, as the workers validate and the chief tests; leave it out')
    for name, hosts in cluster.items():
        if name not in (SERVERS, WORKER, *CHIEFS):
            raise refuse(f'the job {name} is none of chief, master, worker and ps')
        if not isinstance(hosts, list) or not all(isinstance(host, str) and host for host in hosts):
            raise refuse(f'the job {name} is not a list of host:port')
    chiefs = [host for name in CHIEFS for host in cluster.get(name, ())]
    if len(chiefs) > 1:
        raise refuse('there is more than one chief')
    if job not in cluster or not index.isdigit() or int(index) >= len(cluster[job]):
        raise refuse(f'this process is {job} {index}, {AGREE} with the hosts of the cluster')
    is_plain = job not in CHIEFS
    return Place('TF_CONFIG', (*chiefs, *cluster.get(WORKER, ())), tuple(cluster.get(SERVERS, ())), job if is_plain else WORKER,
                 int(index) + (len(chiefs) if job == WORKER else 0))


def _of_slurm(environment: Mapping[str, str], port: int) -> Place:
    is_step = 'SLURM_STEP_ID' in environment or 'SLURM_STEPID' in environment
    names = ('SLURM_STEP_NODELIST', 'SLURM_STEP_TASKS_PER_NODE', 'SLURM_STEP_NUM_TASKS') if is_step else (
        'SLURM_JOB_NODELIST', 'SLURM_TASKS_PER_NODE', 'SLURM_NTASKS')
    names = (names[0], names[1], names[2] if names[2] in environment else 'SLURM_NTASKS')
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise ConfigError(f'--cluster auto: SLURM_PROCID is set, but not {" and ".join(missing)}; start the workers by srun.')
    nodes = hosts_of(environment[names[0]], names[0])
    counts = tasks_of(environment[names[1]], names[1])
    n_tasks, number = [_whole_number(environment, name) for name in (names[2], 'SLURM_PROCID')]
    if n_tasks > 1 and not is_step:
        raise ConfigError(f'--cluster auto: {names[2]} is {n_tasks}, but srun has not started this process (SLURM_STEP_ID is '
                          f'not set), so it would wait for the others in vain; put srun before the command.')
    node_of_task = [index for index, n in enumerate(counts) for _ in range(n)]
    if len(nodes) != len(counts) or len(node_of_task) != n_tasks or number >= n_tasks:
        raise ConfigError('--cluster auto: Slurm says ' + ', '.join(f'{name}={environment[name]}' for name in (
            *names, 'SLURM_PROCID')) + f', {AGREE}.')
    if 'SLURM_NODEID' in environment and _whole_number(environment, 'SLURM_NODEID') != node_of_task[number]:
        raise ConfigError(f'--cluster auto: task {number} (SLURM_PROCID) is on node {environment["SLURM_NODEID"]} '
                          f'(SLURM_NODEID), not on node {node_of_task[number]}: pass srun --distribution=block, so that tasks '
                          f'are numbered node by node.')
    if max(counts) + port > 1 << 16:
        raise ConfigError(f'--cluster_port {port}: the last of {max(counts)} ports would be beyond 65535.')
    hosts = nodes if len(nodes) > 1 else ['127.0.0.1']  # of one node nobody else need reach the ports
    workers = tuple(f'{host}:{port + local}' for host, n in zip(hosts, counts) for local in range(n))
    return Place('Slurm', workers, (), WORKER, number)


def _whole_number(environment: Mapping[str, str], name: str) -> int:
    text = environment[name]
    if not re.fullmatch(r'\d{1,6}', text):
        raise ConfigError(f'--cluster auto: {name} is {text!r}; expected a number.')
    return int(text)


def hosts_of(text: str, name: str) -> List[str]:
    """Returns the names in a list of hosts as Slurm writes it: `n[1-3,07],login` are n1, n2, n3, n07 and login.

    Args:
      name: of the variable that holds it.
    Raises:
      ConfigError: it is no such list.
    """
    hosts: List[str] = []
    position = 0
    while position <= len(text):
        match = _HOSTS.match(text, position)
        if not match or text[match.end():match.end() + 1] not in ('', ','):
            raise ConfigError(f'--cluster auto: {name} {text}: expected names of hosts, such as node[01-04,07],login.')
        choices = [_in_range(inner) if inner else [plain] for inner, plain in _PART.findall(match[0])]
        n_hosts = len(hosts)
        for each in choices:
            n_hosts = max(n_hosts, 1) * len(each)
        if not all(choices) or n_hosts > MAX_HOSTS:
            raise ConfigError(f'--cluster auto: {name} {text}: {match[0]} stands for no host, or for more than {MAX_HOSTS}.')
        hosts += [''.join(parts) for parts in product(*choices)]
        position = match.end() + 1
    return hosts


def _in_range(text: str) -> List[str]:
    """Returns 1, 2, 3 and 07 for `1-3,07`; nothing where it is no list of numbers."""
    numbers: List[str] = []
    for part in text.split(','):
        match = _RANGE.fullmatch(part)
        if not match or int(match[2] or match[1]) - int(match[1]) >= MAX_HOSTS:
            return []
        numbers += [f'{number:0{len(match[1])}d}' for number in range(int(match[1]), int(match[2] or match[1]) + 1)]
    return numbers


def tasks_of(text: str, name: str) -> List[int]:
    """Returns how many tasks each node has: 2, 2, 2 and 1 for `2(x3),1`. Arguments and errors as of `hosts_of`."""
    matches = [_TASKS.fullmatch(part) for part in text.split(',')]
    counts: List[int] = []
    for match in matches:
        if not match or not int(match[1]) or not 0 < int(match[2] or 1) <= MAX_HOSTS:
            raise ConfigError(f'--cluster auto: {name} {text}: expected numbers of tasks, such as 2(x3),1.')
        counts += [int(match[1])] * int(match[2] or 1)
    return counts
