"""A cluster with parameter servers, further processes that add up what the workers send; and what such a process does.

Weights stay with the workers, a server holds nothing from one step to the next. Every worker sends its numbers into a queue of
its own on a server, where the chief lets them be added up, in the order of the workers, and handed out. So the sums have the
same bits in every run, and those that one process with as many devices gets.

A further queue for each worker tells a server that it has come, and that it is done: a server is there for one run.
"""

import time

from ..compat import tf
from ..console.log import Log
from ..errors import LostMemberError
from ..interruption import Interruption
from ..settings.config import DeviceConfig
from ..settings.members import ClusterConfig
from .cluster_engine import GOES_ON, START_S, ClusterEngine
from .engine import HOST
from .rendezvous import ended, sentence_on, start_member, unreachable, wait_for_servers

HAS_COME, IS_DONE = 1, 2  # what a worker has said to a server, as a number of elements in its queue
POLL_S = 1.


class ParameterServerEngine(ClusterEngine):
    """One of the workers of a cluster that has parameter servers."""

    _n_sums = 0  # that have been built so far

    def _build_exchange(self) -> None:
        super()._build_exchange()
        of_this_worker = [_said(server, self.replica_index) for server in range(len(self._cluster.servers))]
        self._n_said = [queue.size() for queue in of_this_worker]
        self._say = tf.group(*[queue.enqueue(True) for queue in of_this_worker])

    def _meet(self) -> None:
        for server, n_said in zip(self._cluster.of('ps'), self._exchange.run(self._n_said)):
            if n_said:
                raise LostMemberError(f'{server} belongs to a run that had another {self._cluster.own}; when it has ended, '
                                      f'start all processes again.')
        self._exchange.run(self._say)
        super()._meet()

    def _leave(self) -> None:
        super()._leave()
        with self.waiting():
            self._exchange.run(self._say)

    def _sum(self, tensor: 'tf.Tensor') -> 'tf.Tensor':
        self._n_sums += 1
        number = self._n_sums
        n_servers, n = len(self._cluster.servers), tensor.shape.num_elements()
        if n_servers == 1 or n is None or len(tensor.shape) != 1:
            return self._sum_on(number % n_servers, number, tensor)
        parts = tf.split(tensor, [n * (server + 1) // n_servers - n * server // n_servers for server in range(n_servers)])
        return tf.concat([self._sum_on(server, number, part) for server, part in enumerate(parts)], axis=0)

    def _sum_on(self, server: int, number: int, tensor: 'tf.Tensor') -> 'tf.Tensor':
        """Returns the sum over all workers, made on one server."""
        others = range(1, self.n_replicas)
        with tf.device(f'/job:ps/task:{server}{HOST}'):
            sent, handed_out = [[tf.FIFOQueue(1, tensor.dtype, shared_name=f'sum_{number}/{way}_{worker}') for worker in others]
                                for way in ('of', 'for')]
            if self.is_chief:
                total = tf.add_n([tensor, *[queue.dequeue() for queue in sent]])
                with tf.control_dependencies([queue.enqueue(total) for queue in handed_out]):
                    result = tf.identity(total)
            else:
                with tf.control_dependencies([sent[self.replica_index - 1].enqueue(tensor)]):
                    result = handed_out[self.replica_index - 1].dequeue()
        result.set_shape(tensor.shape)
        return result


def _said(server: int, worker: int) -> 'tf.QueueBase':
    """Returns the queue with what a worker has said to a server."""
    with tf.device(f'/job:ps/task:{server}{HOST}'):
        return tf.FIFOQueue(IS_DONE, tf.bool, [[]], shared_name=f'said_by_{worker}')


def serve(cluster: ClusterConfig, devices: DeviceConfig, log: Log) -> None:
    """Is a parameter server until all workers have trained.

    Args:
      cluster: ClusterConfig of a parameter server.
      devices: DeviceConfig.
      log: Log.
    Raises:
      ConfigError: the port of this server cannot be had.
      LostMemberError: a worker does not come, or is lost.
    """
    member = start_member(cluster, devices)
    wait_for_servers(cluster, START_S, log)
    workers, missing_s = cluster.of('worker'), 0.
    with tf.Graph().as_default() as graph:
        n_said = [_said(cluster.task_index, worker.index).size() for worker in workers]
    log.info(f'Adding up as {cluster.own} for {", ".join(map(str, workers))}.')
    with Interruption('going on until the workers are done'), tf.Session(member.server.target, graph, member.config) as session:
        while True:
            missing = unreachable(workers)
            gone = ended(missing)
            said = session.run(n_said)  # after that: who has gone as he should has said so before
            if min(said) == IS_DONE:
                break
            gone, missing = [[worker for worker in each if said[worker.index] < IS_DONE] for each in (gone, missing)]
            missing_s = missing_s + POLL_S if missing else 0.
            if gone or missing_s > cluster.timeout_s:
                raise LostMemberError(f'{sentence_on(gone or missing)} {GOES_ON}')
            time.sleep(POLL_S)
    log.info('All workers are done.')
