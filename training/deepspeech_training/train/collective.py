"""Processes that train together, as equals: TensorFlow's collective operations add up their gradients.

In each step every process has the next batches for its own devices; a ring of all of them adds up one vector of all gradients,
and each makes the same update. What else has to be known of the others are a few numbers and texts, which travel the same way.
The first process, the chief, saves, reports and has the say where only one can; the others write nothing.

After a failure TensorFlow's collective operations stay broken in the processes that are left, so these end.
"""

import json
from contextlib import contextmanager
from types import TracebackType
from typing import Any, ContextManager, Iterator, List, Optional, Sequence, Type

import numpy as np

from ..compat import HAS_ALL_TO_ALL, VERSION, tf
from ..console.log import Log
from ..errors import ConfigError, LostMemberError
from ..interruption import SIGNALS
from ..settings.config import ClusterConfig, DeviceConfig, RunConfig
from .engine import HOST, Engine, LocalEngine, StepTotals
from .reduction import Sums
from .rendezvous import start_member, wait_for_servers, who_is_lost
from .watchdog import Watchdog

START_S = 1800.  # that others may take longer than this process to look at the data
GOES_ON = 'The same command goes on from the last checkpoint.'
ALL_ANSWER = 'All workers answer; if a step takes that long, raise --cluster_timeout.'
# Of what reaches a process when the connection to another one breaks off, or that one has given up.
LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.DeadlineExceededError)
IN_COLLECTIVE = 'Collective ops is aborted'


def engine_for(run: RunConfig, log: Log) -> Engine:
    """Returns the Engine that the settings ask for; in a cluster it has met all others. Raises DeepSpeechError."""
    return CollectiveEngine(run.cluster, run.devices, log) if run.cluster.has_others else LocalEngine(run.devices)


class CollectiveEngine(LocalEngine):
    """One of the workers of a cluster.

    Args:
      cluster: ClusterConfig of at least two workers.
      config: DeviceConfig.
      log: says whom it waits for.
    Raises:
      ConfigError: the port of this worker, or what is asked for, cannot be had.
      LostMemberError: another worker does not come.
    """

    def __init__(self, cluster: ClusterConfig, config: DeviceConfig, log: Log):
        super().__init__(config)
        if cluster.reduce_precision == 'bfloat16' and not HAS_ALL_TO_ALL:
            raise ConfigError(f'--reduce_precision bfloat16: TensorFlow {VERSION} has no such sums over several processes; '
                              f'leave it out, or use TensorFlow 2.')
        self.n_replicas, self.replica_index = len(cluster.workers), cluster.task_index
        self._cluster, self._sums = cluster, Sums(self.n_replicas)
        self._member = start_member(cluster, config)
        self._watchdog = Watchdog(cluster.timeout_s, lambda: f'{who_is_lost(cluster) or ALL_ANSWER} {GOES_ON}', log,
                                  lambda: who_is_lost(cluster))
        wait_for_servers(cluster, START_S, log)
        with tf.Graph().as_default() as graph, tf.device(HOST):
            self._numbers, self._bytes = tf.placeholder(tf.float64, [None]), tf.placeholder(tf.int32, [None])
            self._sum_of_numbers, self._sum_of_bytes = self._sums.of(self._numbers), self._sums.of(self._bytes)
        self._exchange = tf.Session(self._member.server.target, graph, self._member.config)
        with self.waiting(START_S):
            self._add_up(np.zeros(1))

    def session(self) -> ContextManager['tf.Session']:
        return _Session(self, self._member.server.target, config=self._member.config)

    @contextmanager
    def waiting(self, timeout_s: float = 0.) -> Iterator[None]:
        """Around calls that wait for the others, for `timeout_s` at most; 0: as usual.

        Raises:
          LostMemberError: one of them has gone. Of one that only does not answer the watchdog makes an end.
        """
        try:
            with self._watchdog.waiting(timeout_s):
                yield
        except tf.errors.OpError as error:
            if not isinstance(error, LOST) and IN_COLLECTIVE not in str(error):
                raise
            lost = who_is_lost(self._cluster) or 'Another worker has ended, or cannot be reached any more.'
            raise LostMemberError(f'{lost} {GOES_ON}') from error

    def reduce_gradients(self, gradients: List['tf.Tensor']) -> List['tf.Tensor']:
        with tf.device(HOST):
            flat = tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], axis=0)
            total = self._sums.of_rounded(flat) if self._cluster.reduce_precision == 'bfloat16' else self._sums.of(flat)
            parts = tf.split(total, [gradient.shape.num_elements() for gradient in gradients])
        return [tf.reshape(part, gradient.shape) for part, gradient in zip(parts, gradients)]

    def values_of_chief(self, variables: Sequence['tf.Variable']) -> Optional['tf.Operation']:
        last: List['tf.Operation'] = []
        with tf.device(HOST):
            for variable in variables:  # one after the other, as all of them together may be large
                with tf.control_dependencies(last):
                    value = variable.read_value()
                    last = [variable.assign(self._sums.of(value if self.is_chief else tf.zeros_like(value))).op]
        return last[0]

    def total(self, loss_sum: float, count: float, signal: Optional[int]) -> StepTotals:
        sums = self._add_up(np.array([loss_sum, count, *[signal == each for each in SIGNALS]], np.float64))
        agreed = [each for each, n in zip(SIGNALS, sums[2:]) if n]
        return StepTotals(float(sums[0]), float(sums[1]), agreed[0] if agreed else None)

    def gather(self, value: Any) -> List[Any]:
        text = np.frombuffer(json.dumps(value).encode('ascii'), np.uint8)
        sizes = np.zeros(self.n_replicas)
        sizes[self.replica_index] = len(text)
        sizes = self._add_up(sizes).astype(int)
        table = np.zeros((self.n_replicas, sizes.max()), np.int32)
        table[self.replica_index, :len(text)] = text
        with self.waiting():
            table = self._exchange.run(self._sum_of_bytes, {self._bytes: table.ravel()}).reshape(table.shape)
        return [json.loads(row[:size].astype(np.uint8).tobytes().decode('ascii')) for row, size in zip(table, sizes)]

    def __exit__(self, error_type: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        if error is None:  # nobody goes while another one may still wait for what it has sent
            try:
                self.gather(None)
            except LostMemberError:
                pass

    def _add_up(self, numbers: np.ndarray) -> np.ndarray:
        with self.waiting():
            return self._exchange.run(self._sum_of_numbers, {self._numbers: numbers})


class _Session(tf.Session):
    """A session whose calls may wait for the other workers."""

    def __init__(self, engine: CollectiveEngine, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._engine = engine

    def run(self, *args: Any, **kwargs: Any) -> Any:
        with self._engine.waiting():
            return super().run(*args, **kwargs)
