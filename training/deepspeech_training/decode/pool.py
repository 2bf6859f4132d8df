"""Decodes batches on several processor cores.

Workers are plain Python processes that speak over their pipes. The module `multiprocessing` would either fork a
process that has run TensorFlow, which may hang, or import the program's main module, hence TensorFlow, in each worker.
"""

import os
import pickle
import queue
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..errors import DataError, DeepSpeechError

_IMPORT_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class DecoderPool:
    """The decoder that `interface.make_decoder` describes; workers start with the first batch that needs them."""

    def __init__(self, search, config, alphabet):
        self._search = search
        self._config = config
        self._alphabet = alphabet
        self._workers = []
        self._idle = queue.Queue()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def decode(self, probabilities, n_results=1):
        """Returns at most `n_results` Hypothesis of one utterance, best first."""
        return self._search.decode(probabilities, n_results)

    def decode_batch(self, probabilities, lengths, n_results=1):
        """Returns for each item of the batch what `decode` gives for its first `length` rows.

        Raises:
          DataError: lengths do not fit the batch, or as `decode`.
          DeepSpeechError: a worker process was ended from outside.
        """
        probabilities, lengths = np.asarray(probabilities), np.asarray(lengths)
        if probabilities.ndim != 3 or lengths.shape != probabilities.shape[:1]:
            raise DataError(f'a batch of probabilities of shape {probabilities.shape} with lengths of shape '
                            f'{lengths.shape} cannot be decoded; [batch, time, classes] and [batch] are needed.')
        if len(lengths) and not 0 <= lengths.min() <= lengths.max() <= probabilities.shape[1]:
            raise DataError(f'lengths from {lengths.min()} to {lengths.max()} do not fit into '
                            f'{probabilities.shape[1]} rows.')
        items = [item[:length] for item, length in zip(probabilities, lengths)]
        n_workers = min(self._config.n_workers or _n_cores(), len(items))
        if n_workers <= 1:
            return [self.decode(item, n_results) for item in items]
        self._start(n_workers)
        with ThreadPoolExecutor(n_workers) as threads:  # each waits for one worker
            return list(threads.map(lambda item: self._decode_in_worker(item, n_results), items))

    def close(self):
        """Ends the worker processes."""
        for worker in self._workers:
            worker.close()
        self._workers, self._idle = [], queue.Queue()

    def _start(self, n_workers):
        while len(self._workers) < n_workers:
            worker = _Worker(self._config, self._alphabet)
            self._workers.append(worker)
            self._idle.put(worker)

    def _decode_in_worker(self, item, n_results):
        worker = self._idle.get()
        try:
            return worker.decode(item, n_results)
        finally:
            self._idle.put(worker)


class _Worker:
    """One process that runs `worker.py`."""

    def __init__(self, config, alphabet):
        # It must find this package as the present process did, installed or not.
        paths = [_IMPORT_ROOT] + os.environ.get('PYTHONPATH', '').split(os.pathsep)
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, paths)))
        self._process = subprocess.Popen([sys.executable, '-m', f'{__package__}.worker'], env=environment,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._send((config, alphabet))

    def decode(self, probabilities, n_results):
        """Returns what the worker's search gives, raises what it raises."""
        try:
            self._send((probabilities, n_results))
            result = pickle.load(self._process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            status = self._process.wait()
            raise DeepSpeechError(f'a decoder process ended with status {status}; if memory ran out, lower the beam '
                                  f'width or the number of processor cores.') from error
        if isinstance(result, Exception):
            raise result
        return result

    def close(self):
        """Lets the process end and waits for it."""
        try:
            self._process.stdin.close()
        except OSError:
            pass  # it has ended before
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:  # a copy of our end of the pipe is open in another process
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _send(self, message):
        pickle.dump(message, self._process.stdin, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()


def _n_cores():
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
