"""How the supervisors of several machines start their workers together, again after a loss.

Each listens as long as it lives and answers whoever asks with its state. Before each start it draws a token and asks all
others, until each of them is waiting, too, or has begun with this very token: nobody begins while workers of an earlier start
are left anywhere, which new ones would take for the others. From what is heard of another one while workers run it is known
that it has ended for good, or waits for a new start.
"""

import json
import socket
import threading
import uuid
from contextlib import closing, suppress
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from ..console.waiting import Waiting
from ..errors import ConfigError, LostMemberError

POLL_S = 0.2
ANSWER_S = 3.  # that one who is there takes at most
PATIENCE_S = 1800.  # that others may take until they wait, too
MAX_BYTES = 1 << 20  # of a state
HERE = ('localhost', '127.0.0.1')


class Nodes(NamedTuple):
    """The machines, each with a supervisor, and which of them this one is; without addresses it is the only one."""

    addresses: Tuple[Tuple[str, int], ...] = ()  # host and port of each supervisor
    number: int = 0
    shape: str = ''  # p:w:g of each


class Meeting:
    """This supervisor among those of the other nodes.

    Args:
      nodes: Nodes.
      is_over: whether somebody wants the end.
      say: takes a sentence for whoever looks on.
    Raises:
      ConfigError: its port cannot be had.
    """

    def __init__(self, nodes: Nodes, is_over: Callable[[], bool], say: Callable[[str], None]):
        self._nodes, self._is_over, self._say = nodes, is_over, say
        self._others = [index for index in range(len(nodes.addresses)) if index != nodes.number]
        self._lock = threading.Lock()
        self._heard: Dict[int, Dict[str, Any]] = {}  # the last state of each other node
        self._finished: List[int] = []  # of this start
        self._state: Dict[str, Any] = dict(node=nodes.number, nodes=[list(each) for each in nodes.addresses], shape=nodes.shape,
                                           token='', met={}, code=None)
        if self._others:
            self._listener = _listener(nodes)
            threading.Thread(target=self._answer, name='meeting', daemon=True).start()

    def begin(self) -> bool:
        """Waits until all nodes begin; returns whether they do, or somebody wants the end.

        Raises:
          LostMemberError: a node has ended for good, or does not come.
          ConfigError: another one has been started for something else.
        """
        waiting = Waiting(PATIENCE_S, POLL_S, self._say)
        self._tell(token=uuid.uuid4().hex, met={})
        self._finished.clear()
        while not self._is_over():
            for index in self._others:
                self._ask(index)
            late = [index for index in self._others if not self._is_there(index)]
            if not late:
                self._tell(met={str(index): self._heard[index]['token'] for index in self._others})
                return True
            names = ', '.join(map(self._name, late))
            if not waiting.goes_on(names):
                raise LostMemberError(f'{names} cannot be reached for {PATIENCE_S:g} s, or still has workers; see that '
                                      f'run-cluster.sh runs there with the same --nodes, and what it says.')
        return False

    def lost(self) -> str:
        """Returns a sentence on a node whose workers will not go on with those of this start; empty: there is none."""
        with self._lock:
            for index, heard in self._heard.items():
                if heard['code']:
                    return f'{self._name(index)} has ended with exit code {heard["code"]}.'
                met = self._state['met'].get(str(index))
                if heard['code'] is None and heard['token'] != met and index not in self._finished:
                    return f'{self._name(index)} begins again.'
        return ''

    def leave(self, code: int) -> None:
        """Tells all others that this node has ended for good, so that none waits for it."""
        self._tell(code=code)
        for index in self._others:
            self._ask(index)
        if self._others:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # ends the thread that accepts
            self._listener.close()

    def _is_there(self, index: int) -> bool:
        """Returns whether a node waits for the same start, or has begun with it; raises as `begin`."""
        heard = self._heard.get(index)
        if heard is None:
            return False
        for name, what in (('nodes', '--nodes'), ('shape', 'p:w:g')):
            if heard[name] != self._state[name]:
                raise ConfigError(f'{self._name(index)} has another {what}: {heard[name]}, here {self._state[name]}; pass the '
                                  f'same everywhere.')
        met = heard['met'].get(str(self._nodes.number))
        if met == self._state['token']:  # it has begun with this very start, and may have ended since
            return True
        if heard['code'] is not None:
            does = 'has finished, so nothing is left to train together' if heard['code'] == 0 else 'has given up'
            raise LostMemberError(f'{self._name(index)} {does} (exit code {heard["code"]}); start it again, and here, too.')
        return heard['is_fresh'] and heard['token'] != '' and met is None

    def _name(self, index: int) -> str:
        host, port = self._nodes.addresses[index]
        return f'node {index} ({host}:{port})'

    def _tell(self, **changes: Any) -> None:
        with self._lock:
            self._state.update(changes)

    def _ask(self, index: int) -> None:
        """Exchanges states with another node; what it does not answer is not fresh any more."""
        try:
            with closing(socket.create_connection(self._nodes.addresses[index], ANSWER_S)) as connection:
                self._exchange(connection)
        except OSError:
            with self._lock:
                if index in self._heard:
                    self._heard[index]['is_fresh'] = False

    def _answer(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # it has been closed
                return
            with closing(connection), suppress(OSError):
                connection.settimeout(ANSWER_S)
                self._exchange(connection)

    def _exchange(self, connection: socket.socket) -> None:
        with self._lock:
            text = json.dumps(self._state)
        connection.sendall(text.encode('ascii') + b'\n')
        with connection.makefile('rb') as file:
            line = file.readline(MAX_BYTES)
        with suppress(ValueError, KeyError, TypeError):  # somebody else
            heard = dict(json.loads(line.decode('ascii')), is_fresh=True)
            if heard['node'] in self._others and self._state.keys() <= heard.keys() and isinstance(heard['met'], dict):
                with self._lock:
                    self._heard[heard['node']] = heard
                    if heard['code'] == 0:
                        self._finished.append(heard['node'])


def _listener(nodes: Nodes) -> socket.socket:
    """Returns the socket of this node, which takes connections of this machine only where all nodes are on it."""
    host, port = nodes.addresses[nodes.number]
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(('127.0.0.1' if all(each in HERE for each, _ in nodes.addresses) else '', port))
        listener.listen()
    except OSError as error:
        raise ConfigError(f'--nodes {host}:{port} (--node {nodes.number}): no supervisor can listen there '
                          f'({error.strerror}).') from error
    return listener
