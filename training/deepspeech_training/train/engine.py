"""Where a training computes: its devices, its sessions, and its place among the processes that train together.

`LocalEngine` is a process of its own with one or more devices. A cluster gives each of its processes another Engine
(`cluster_engine.py`); the graph and the observers do not know the difference.
"""

import abc
from types import TracebackType
from typing import Any, ContextManager, List, NamedTuple, Optional, Sequence, Type

from ..compat import on_gpu, require_determinism, session_config, tf, visible_devices
from ..settings.config import DeviceConfig

HOST = '/cpu:0'  # where numbers live that Python reads or sets, and where input arrives


class StepTotals(NamedTuple):
    """What a step gave, and what is to follow it; the same in all replicas."""

    loss_sum: float
    n_finite: float  # utterances with a finite loss
    signal: Optional[int]  # number of the signal on which all of them stop after this step; None: they go on


class Engine(abc.ABC):
    """One of `n_replicas` processes that make every update together, each on its own part of a step; a context manager.

    All of them build the same graph and take the same steps in the same order. A call that needs the others
    (`reduce_gradients` and `values_of_chief` when what they return is run, `total`, `gather`) waits until all of them make it.

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
    def n_devices(self) -> int:
        """How many devices all replicas have together, each as many as this one."""
        return self.n_replicas * len(self.devices)

    @property
    def first_device(self) -> int:
        """The number of the first device of this replica among those of all."""
        return self.replica_index * len(self.devices)

    @property
    def on_gpu(self) -> bool:
        """Whether the network runs on GPUs."""
        return on_gpu(self.devices)

    @property
    def weights_device(self) -> str:
        """Where weights live and are updated: on the first GPU, so that they need not travel in every step."""
        return self.devices[0] if self.on_gpu else HOST

    def graph(self) -> ContextManager['tf.Graph']:
        """Returns a new default graph, to be used in a `with` statement; its operations belong to this process."""
        return tf.Graph().as_default()

    @abc.abstractmethod
    def session(self) -> ContextManager['tf.Session']:
        """Returns a session on the current default graph, to be used in a `with` statement."""

    @abc.abstractmethod
    def reduce_gradients(self, gradients: List['tf.Tensor']) -> List['tf.Tensor']:
        """Returns the sums over all replicas of the gradients of this one; builds in the current default graph."""

    @abc.abstractmethod
    def values_of_chief(self, variables: Sequence['tf.Variable']) -> Optional['tf.Operation']:
        """Returns the operation that gives variables the values that they have in the chief; None: there is nobody else."""

    @abc.abstractmethod
    def total(self, loss_sum: float, count: float, signal: Optional[int]) -> StepTotals:
        """Adds up what the replicas have got of a step; called once after every step of every pass.

        Args:
          loss_sum, count: of this replica.
          signal: which one asks this process to stop, if one does.
        """

    @abc.abstractmethod
    def gather(self, value: Any) -> List[Any]:
        """Returns the values of all replicas, which JSON knows, in their order."""

    def __enter__(self) -> 'Engine':
        return self

    @abc.abstractmethod
    def __exit__(self, error_type: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        """Leaves the others."""


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

    def values_of_chief(self, variables: Sequence['tf.Variable']) -> Optional['tf.Operation']:
        return None

    def total(self, loss_sum: float, count: float, signal: Optional[int]) -> StepTotals:
        return StepTotals(loss_sum, count, signal)

    def gather(self, value: Any) -> List[Any]:
        return [value]

    def __exit__(self, error_type: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        pass
