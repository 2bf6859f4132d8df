"""The process that talks to trackers, `python -m deepspeech_training.tracking.process`.

It reads lines of JSON from stdin until that ends: {"begin": RunFacts, "trackers": names}, then {"metrics": ..., "step": n},
{"samples": ..., "step": n}, and {"end": whether all is well}. What a tracker fails at it writes to stdout, once for each:
{"target": name, "reason": text}. A tracker that hangs keeps nobody waiting but itself: each has a thread and a queue of its
own, and what that cannot hold is left out. When stdin has ended, they have a minute to finish.
"""

import json
import os
import queue
import threading
import time
from typing import IO, Any, Callable, Dict, List, Mapping, Optional

from .libraries import TRACKERS, RunFacts, Tracker

MOST_WAITING = 1000  # lines that a tracker has not taken yet
FINISH_S = 60.
LONGEST_REASON = 300


class Worker:
    """A tracker in a thread of its own.

    Args:
      name: a key of TRACKERS.
      facts: RunFacts.
      complain: called with (name, reason), once at most.
    """

    def __init__(self, name: str, facts: RunFacts, complain: Callable[[str, str], None]):
        self._name, self._facts, self._complain = name, facts, complain
        self._waiting: 'queue.Queue[Mapping[str, Any]]' = queue.Queue(MOST_WAITING)
        self._has_complained = False
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def take(self, line: Mapping[str, Any]) -> None:
        """Gives it a line; leaves that out where too many wait already."""
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            if 'end' in line:
                self._waiting.get_nowait()
                self._waiting.put_nowait(line)
            self._say('it takes no more, and some values are left out')

    def _work(self) -> None:
        tracker: Optional[Tracker] = None
        line: Mapping[str, Any] = {}
        try:
            tracker = TRACKERS[self._name](self._facts)
        except BaseException as error:  # of whatever kind its library has, SystemExit too
            self._say(_in_words(error))
        while 'end' not in line:
            line = self._waiting.get()
            if tracker is not None:
                try:
                    _pass_on(tracker, line)
                except BaseException as error:
                    self._say(_in_words(error))

    def _say(self, reason: str) -> None:
        if not self._has_complained:
            self._has_complained = True
            self._complain(self._name, reason)


def _pass_on(tracker: Tracker, line: Mapping[str, Any]) -> None:
    if 'metrics' in line:
        tracker.log(line['metrics'], line['step'])
    elif 'samples' in line:
        tracker.show(line['samples'], line['step'])
    elif 'end' in line:
        tracker.end(line['end'])


def _in_words(error: BaseException) -> str:
    words = ' '.join(str(error).split()) or type(error).__name__
    return words if len(words) <= LONGEST_REASON else f'{words[:LONGEST_REASON]} ...'


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Passes on the lines from `source` until it ends, and writes complaints to `target`."""
    lock = threading.Lock()

    def complain(name: str, reason: str) -> None:
        with lock:
            target.write(json.dumps({'target': name, 'reason': reason}).encode('ascii') + b'\n')
            target.flush()

    workers: List[Worker] = []
    line: Dict[str, Any] = {}
    for text in source:
        line = json.loads(text.decode('ascii'))
        if 'begin' in line:
            workers = [Worker(name, RunFacts(**line['begin']), complain) for name in line['trackers']]
        for worker in workers:
            worker.take(line)
    if 'end' not in line:  # whoever wrote was killed
        for worker in workers:
            worker.take({'end': False})
    until_s = time.monotonic() + FINISH_S
    for worker in workers:
        worker.thread.join(max(0., until_s - time.monotonic()))


def main() -> None:
    """Serves on stdin and stdout. Libraries print elsewhere, and what they do at the end of a process is done by then."""
    source, target = os.fdopen(os.dup(0), 'rb'), os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)
    serve(source, target)
    os._exit(0)


if __name__ == '__main__':
    main()
