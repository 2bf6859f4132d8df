"""Processes that train together, as equals; how their numbers are added up is another matter.

In each step every process has the next batches for its own devices; one vector of all gradients is added up over all of them,
and each makes the same update. What else has to be known of the others are a few numbers and texts, which travel the same way.
The first process, the chief, saves, reports and has the say where only one can; the others write nothing.

After a failure nothing is tried again: the processes that are left say who is lost, and end.
"""

import abc
import json
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, ContextManager, Iterator, List, Optional, Sequence, Type

import numpy as np

from ..compat import tf
from ..console.log import Log
from ..errors import LostMemberError
from ..interruption import SIGNALS
from ..settings.config import DeviceConfig
from ..settings.members import ClusterConfig
from .engine import HOST, LocalEngine, StepTotals
from .rendezvous import ended, sentence_on, start_member, wait_for_servers, who_is_lost
from .watchdog import Watchdog

START_S = 1800.  # that others may take longer than this process to look at the data
GOES_ON = 'The same command goes on from the last checkpoint.'
ALL_ANSWER = 'All others answer; if a step takes that long, raise --cluster_timeout.'
# Of what reaches a process when the connection to another one breaks off, or that one has given up.
LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.DeadlineExceededError)
IN_COLLECTIVE = 'Collective ops is aborted'


class ClusterEngine(LocalEngine):
    """One of the workers of a cluster.

    Args:
      cluster: ClusterConfig of a worker.
      config: DeviceConfig.
      log: says whom it waits for.
    Raises:
      ConfigError: the port of this worker, or what is asked for, cannot be had.
      LostMemberError: another process does not come.
    """

    def __init__(self, cluster: ClusterConfig, config: DeviceConfig, log: Log):
        super().__init__(config)
        self.n_replicas, self.replica_index = len(cluster.workers), cluster.task_index
        self._cluster, self._is_leaving = cluster, False
        self.has_lost = False  # another process; no session can be closed then
        self._member = start_member(cluster, config)
        self._watchdog = Watchdog(cluster.timeout_s, lambda: f'{who_is_lost(cluster) or ALL_ANSWER} {GOES_ON}', log,
                                  ended=self._who_has_ended, lost=lambda: who_is_lost(cluster))
        wait_for_servers(cluster, START_S, log)
        with self.graph() as graph, tf.device(HOST):
            self._build_exchange()
        self._exchange = tf.Session(self._member.server.target, graph, self._member.config)
        with self.waiting(START_S):
            self._meet()

    @contextmanager
    def graph(self) -> Iterator['tf.Graph']:
        own = self._cluster.own
        with super().graph() as graph, tf.device(f'/job:{own.job}/task:{own.index}'):
            yield graph

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
            self.has_lost = True
            lost = who_is_lost(self._cluster) or 'Another process has ended, or cannot be reached any more.'
            raise LostMemberError(f'{lost} {GOES_ON}') from error

    def reduce_gradients(self, gradients: List['tf.Tensor']) -> List['tf.Tensor']:
        with tf.device(HOST):
            flat = tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], axis=0)
            parts = tf.split(self._sum_of_gradients(flat), [gradient.shape.num_elements() for gradient in gradients])
        return [tf.reshape(part, gradient.shape) for part, gradient in zip(parts, gradients)]

    def values_of_chief(self, variables: Sequence['tf.Variable']) -> Optional['tf.Operation']:
        last: List['tf.Operation'] = []
        with tf.device(HOST):
            for variable in variables:  # one after the other, as all of them together may be large
                with tf.control_dependencies(last):
                    value = variable.read_value()
                    last = [variable.assign(self._sum(value if self.is_chief else tf.zeros_like(value))).op]
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
            self._is_leaving = True
            with suppress(LostMemberError):
                self._leave()

    def _who_has_ended(self) -> str:
        sentence = '' if self._is_leaving else sentence_on(ended(self._cluster.others))
        return f'{sentence} {GOES_ON}' if sentence else ''

    def _build_exchange(self) -> None:
        """Builds what is not a part of the training; in a graph of its own."""
        self._numbers, self._bytes = tf.placeholder(tf.float64, [None]), tf.placeholder(tf.int32, [None])
        self._sum_of_numbers, self._sum_of_bytes = self._sum(self._numbers), self._sum(self._bytes)

    def _meet(self) -> None:
        """Waits until all workers have come."""
        self._add_up(np.zeros(1))

    def _leave(self) -> None:
        """Waits until all workers are ready to leave."""
        self.gather(None)

    def _add_up(self, numbers: np.ndarray) -> np.ndarray:
        with self.waiting():
            return self._exchange.run(self._sum_of_numbers, {self._numbers: numbers})

    def _sum_of_gradients(self, vector: 'tf.Tensor') -> 'tf.Tensor':
        """Returns the sum of vectors, float32 [n], over all workers."""
        return self._sum(vector)

    @abc.abstractmethod
    def _sum(self, tensor: 'tf.Tensor') -> 'tf.Tensor':
        """Returns the sum over all workers; all of them make the same sums in the same order."""


class _Session(tf.Session):
    """A session whose calls may wait for the other workers."""

    def __init__(self, engine: ClusterEngine, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._engine = engine

    def run(self, *args: Any, **kwargs: Any) -> Any:
        with self._engine.waiting():
            return super().run(*args, **kwargs)

    def close(self) -> None:
        """Does nothing where another process is lost: TensorFlow 2 waits half a minute for steps that wait for that one."""
        if not self._engine.has_lost:
            super().close()
