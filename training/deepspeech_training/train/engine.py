"""Where a training computes: its devices, its sessions, and its place among the processes that train together.

`LocalEngine` is a process of its own with one or more devices. A cluster gives each of its processes another Engine; the
loop, the graph and the observers do not know the difference.
"""

import abc
from typing import ContextManager, List, Optional

from ..compat import on_gpu, require_determinism, session_config, tf, visible_devices
from ..settings.config import DeviceConfig

HOST = '/cpu:0'  # where numbers live that Python reads or sets, and where input arrives


class Engine(abc.ABC):
    """One of `n_replicas` processes that make every update together, each on its own part of a step.

    All of them build the same graph and take the same steps in the same order. A call that needs the others
    (`reduce_gradients` when its result is run, `agree_on_stop`, `barrier`) waits until all of them make it.

    Attributes:
      devices: names of the devices of this process, at least one.
      n_replicas: how many processes train together.
      replica_index: which of them this one is, from 0.
    """

    devices: List[str]
    n_replicas: int = 1
    replica_index: int = 0

    @property
    def is_chief(self) -> bool:
        """Whether this process saves and reports for all of them."""
        return self.replica_index == 0

    @property
    def on_gpu(self) -> bool:
        """Whether the network runs on GPUs."""
        return on_gpu(self.devices)

    @property
    def weights_device(self) -> str:
        """Where weights live and are updated: on the first GPU, so that they need not travel in every step."""
        return self.devices[0] if self.on_gpu else HOST

    @abc.abstractmethod
    def session(self) -> ContextManager['tf.Session']:
        """Returns a session on the current default graph, to be used in a `with` statement."""

    @abc.abstractmethod
    def reduce_gradients(self, gradients: List['tf.Tensor']) -> List['tf.Tensor']:
        """Returns the sums over all replicas of the gradients of this one; builds in the current default graph."""

    @abc.abstractmethod
    def agree_on_stop(self, signal: Optional[int]) -> Optional[int]:
        """Tells the others which signal asks this process to stop, if one does; called after every step.

        Returns:
          the signal on which all of them stop after this step, the same in each; None: they go on.
        """

    @abc.abstractmethod
    def barrier(self) -> None:
        """Waits until all replicas are here."""


class LocalEngine(Engine):
    """A process that trains alone, on all devices that TensorFlow shows it.

    Args:
      config: DeviceConfig.
    """

    def __init__(self, config: DeviceConfig):
        if config.deterministic:
            require_determinism()
        self._config = config
        self.devices = visible_devices(config)

    def session(self) -> ContextManager['tf.Session']:
        return tf.Session(config=session_config(self._config))

    def reduce_gradients(self, gradients: List['tf.Tensor']) -> List['tf.Tensor']:
        return gradients

    def agree_on_stop(self, signal: Optional[int]) -> Optional[int]:
        return signal

    def barrier(self) -> None:
        pass
