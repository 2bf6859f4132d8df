"""The process that sends: a child of the trainer, without TensorFlow, which tells of the trainer's death, too.

It reads lines of JSON from its standard input, each an object with one of these:

    targets    list of [kind, name, values]: who is told; comes first
    facts      what is known of the run by now, see `message.message_on`; `event` and `sentence` besides: tell that
    line       what the log says, for those who are told that
    file       [name, text], for those who take files
    farewell   true: no more will come

When the input ends without a farewell, the trainer has died. On its standard output it says, once for each target, why that
one cannot be told: `{"target": name, "reason": ...}`. Every target has a thread of its own, and waits for no other. The process
ends when all is sent, at most `LAST_S` after its input has ended.
"""

import json
import os
import select
import signal
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any, Callable, Deque, Dict, List

from .message import DIED, message_on
from .senders import Sender, SendError, sender_of

LAST_S = 60.  # that it stays at most after the trainer has gone
MOST_WAITING = 100  # messages for one target; the oldest are left out first
LOOK_S = 2.  # how often it looks whether the trainer is still there
N_ATTEMPTS = 3
NO_ROOM = 'it is too slow, and messages are left out'

Job = Callable[[Sender], None]


class Lane:
    """Sends to one target, in a thread, one message after the other.

    Args:
      name: of the target.
      sender: Sender.
      complain: called once with (name, reason) when it cannot be told.
    """

    def __init__(self, name: str, sender: Sender, complain: Callable[[str, str], None]):
        self._name, self._sender, self._complain = name, sender, complain
        self._waiting: Deque[Job] = deque(maxlen=MOST_WAITING)
        self._changed = threading.Condition()
        self._is_busy, self._has_complained = True, False
        threading.Thread(target=self._work, daemon=True).start()

    def add(self, job: Job) -> None:
        """Lets the job be done after those before it; never waits."""
        with self._changed:
            is_full = len(self._waiting) == MOST_WAITING
            self._waiting.append(job)
            self._changed.notify_all()
        if is_full:
            self._say(NO_ROOM)

    def wait_idle(self, until_s: float) -> None:
        """Waits until all is sent, no longer than to that time of the monotonic clock."""
        with self._changed:
            while (self._waiting or self._is_busy) and time.monotonic() < until_s:
                self._changed.wait(max(0., until_s - time.monotonic()))

    def _work(self) -> None:
        self._try(lambda sender: sender.probe(), n_attempts=1)
        while True:
            with self._changed:
                self._is_busy = False
                self._changed.notify_all()
                while not self._waiting:
                    self._changed.wait()
                job, self._is_busy = self._waiting.popleft(), True
            self._try(job, N_ATTEMPTS)

    def _try(self, job: Job, n_attempts: int) -> None:
        for n_left in range(n_attempts - 1, -1, -1):
            try:
                job(self._sender)
                return
            except SendError as error:
                if not error.is_usual or not n_left:
                    self._say(str(error))
                if error.again_s is None or not n_left:
                    return
                time.sleep(error.again_s)
            except Exception as error:  # whatever it is, the next message may fare better
                self._say(type(error).__name__)
                return

    def _say(self, reason: str) -> None:
        if not self._has_complained:
            self._has_complained = True
            self._complain(self._name, reason)


class Watchdog:
    """Does what the lines ask for.

    Attributes:
      is_over: whether the trainer has said farewell.
    """

    def __init__(self, complain: Callable[[str, str], None]):
        self._complain = complain
        self._begin_s = time.monotonic()
        self._lanes: List[Lane] = []
        self._facts: Dict[str, Any] = {}
        self.is_over = False

    def take(self, line: bytes) -> None:
        """Takes a line of the input; one that was cut off says nothing."""
        try:
            asked = json.loads(line.decode('utf-8'))
        except ValueError:
            return
        for kind, name, values in asked.get('targets', ()):
            self._lanes.append(Lane(name, sender_of(kind, values), self._complain))
        self._facts = asked.get('facts', self._facts)
        if 'event' in asked:
            self._tell(asked['event'], asked['sentence'])
        if 'line' in asked:
            self._add(lambda sender: sender.send_line(asked['line']))
        if 'file' in asked:
            self._add(lambda sender: sender.send_file(*asked['file']))
        self.is_over = self.is_over or asked.get('farewell', False)

    def end(self) -> None:
        """Tells of the trainer's death unless it has said farewell, and waits for what is to be sent."""
        until_s = time.monotonic() + LAST_S
        if not self.is_over:
            self._tell('died', DIED)
        for lane in self._lanes:
            lane.wait_idle(until_s)

    def _tell(self, event: str, sentence: str) -> None:
        message = message_on(event, sentence, self._facts, time.monotonic() - self._begin_s)
        self._add(lambda sender: sender.send(message))

    def _add(self, job: Job) -> None:
        for lane in self._lanes:
            lane.add(job)


def main() -> None:
    """Runs the process."""
    # What ends the trainer in good order is also sent to all processes around it; this one is the last to leave.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watch(sys.stdin.fileno(), sys.stdout.fileno(), os.getppid())
    os._exit(0)  # threads that wait for an answer do not matter any more


def watch(source: int, target: int, parent: int) -> None:
    """Does what the lines from `source` ask for, until it ends; complains to `target`.

    It has ended, too, when the process `parent` has gone and something that it started holds its end of the pipe.
    """
    def complain(name: str, reason: str) -> None:
        with suppress(OSError):  # the trainer may have gone
            os.write(target, json.dumps({'target': name, 'reason': reason}).encode('ascii') + b'\n')

    watchdog, rest = Watchdog(complain), b''
    while not watchdog.is_over:
        has_come = select.select([source], [], [], LOOK_S)[0]
        piece = os.read(source, 1 << 16) if has_come else b''
        if has_come and not piece or not has_come and os.getppid() != parent:
            break
        *lines, rest = (rest + piece).split(b'\n')
        for line in lines:
            watchdog.take(line)
    watchdog.end()


if __name__ == '__main__':
    main()
