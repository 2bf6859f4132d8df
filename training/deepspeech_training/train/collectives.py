"""A cluster without further processes: TensorFlow's collective operations add up among all workers.

After a failure they stay broken in the processes that are left.

Short because all else is in ClusterEngine, and the sums are in `reduction.py`.
"""

from ..compat import HAS_ALL_TO_ALL, VERSION, tf
from ..console.log import Log
from ..errors import ConfigError
from ..settings.config import DeviceConfig
from ..settings.members import ClusterConfig
from .cluster_engine import ClusterEngine
from .reduction import Sums


class CollectiveEngine(ClusterEngine):
    """One of at least two workers that add up among themselves. Arguments and errors as of ClusterEngine."""

    def __init__(self, cluster: ClusterConfig, config: DeviceConfig, log: Log):
        if cluster.reduce_precision == 'bfloat16' and not HAS_ALL_TO_ALL:
            raise ConfigError(f'--reduce_precision bfloat16: TensorFlow {VERSION} has no such sums over several processes; '
                              f'leave it out, or use TensorFlow 2.')
        self._sums = Sums(len(cluster.workers))
        super().__init__(cluster, config, log)

    def _sum(self, tensor: 'tf.Tensor') -> 'tf.Tensor':
        return self._sums.of(tensor)

    def _sum_of_gradients(self, vector: 'tf.Tensor') -> 'tf.Tensor':
        return self._sums.of_rounded(vector) if self._cluster.reduce_precision == 'bfloat16' else self._sums.of(vector)
