"""The members of a cluster: processes that train together, and what each has to know of the others."""

from dataclasses import dataclass
from typing import List, Tuple

REDUCE_PRECISIONS = ('float32', 'bfloat16')


@dataclass(frozen=True)
class Peer:
    """A process of a cluster."""

    job: str  # as TensorFlow calls its kind: 'worker', or 'ps' for a parameter server
    index: int
    address: str  # host:port

    def __str__(self) -> str:
        return f'{"parameter server" if self.job == "ps" else self.job} {self.index} ({self.address})'


@dataclass(frozen=True)
class ClusterConfig:
    """The processes that train together, and which of them this one is; the first worker is the chief."""

    workers: Tuple[str, ...] = ()  # host:port of each
    task_index: int = 0
    timeout_s: int = 120  # without progress, after which a process of a cluster ends
    is_trusted_network: bool = False  # connections from other machines are accepted
    servers: Tuple[str, ...] = ()  # parameter servers, host:port of each; (): the workers add up among themselves
    is_server: bool = False  # this process is one of `servers`, not of `workers`
    reduce_precision: str = 'float32'  # which numbers gradients travel in: one of REDUCE_PRECISIONS

    @property
    def has_others(self) -> bool:
        """Whether this process trains together with others."""
        return len(self.peers) > 1

    @property
    def is_chief(self) -> bool:
        """Whether this process saves and reports, alone or for all."""
        return not self.has_others or self.task_index == 0 and not self.is_server

    @property
    def peers(self) -> List[Peer]:
        """All of them, this one, too."""
        return self.of('worker') + self.of('ps')

    def of(self, job: str) -> List[Peer]:
        """The workers, or the parameter servers, by TensorFlow's name for them."""
        return [Peer(job, index, address) for index, address in enumerate(self.servers if job == 'ps' else self.workers)]

    @property
    def own(self) -> Peer:
        """This one, of several."""
        return self.of('ps' if self.is_server else 'worker')[self.task_index]

    @property
    def others(self) -> List[Peer]:
        """All but this one, of several."""
        return [peer for peer in self.peers if peer != self.own]
