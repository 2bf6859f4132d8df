"""Ports that nothing listens on."""

import random
import socket
from contextlib import ExitStack


def free_port(n=4):
    """Returns the first of `n` neighbouring ports that are free, below those that the system gives to outgoing connections."""
    for first in random.Random().sample(range(20000, 32000), 1000):
        with ExitStack() as held:
            try:
                for port in range(first, first + n):
                    held.enter_context(socket.socket()).bind(('', port))
                return first
            except OSError:
                continue
    raise RuntimeError('no free ports')
