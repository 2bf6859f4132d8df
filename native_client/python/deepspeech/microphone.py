"""Sound as it is recorded."""

import queue
import signal
from contextlib import contextmanager
from typing import Any, Iterator, Union

import numpy as np

from .errors import AudioError


@contextmanager
def microphone(rate_hz: int, block_samples: int, device: Union[None, int, str] = None) -> Iterator[Iterator[np.ndarray]]:
    """Records within a `with` statement, whose value is an endless iterator over int16 [block_samples].

    Args:
      device: number or part of the name of a sound device; None: the system's default.
    Raises:
      AudioError: the package sounddevice is missing, or the device cannot record.
    """
    try:
        import sounddevice
    except ImportError as error:
        raise AudioError('the microphone needs the package sounddevice; install it with pip install sounddevice.'
                         ) from error
    except OSError as error:  # the package without its library
        raise AudioError(f'the microphone needs PortAudio ({error}); on Debian or Ubuntu: apt-get install libportaudio2.'
                         ) from error
    recorded: 'queue.Queue[np.ndarray]' = queue.Queue()
    try:
        stream = sounddevice.InputStream(samplerate=rate_hz, blocksize=block_samples, channels=1, dtype='int16',
                                         device=device,
                                         callback=lambda frames, *_: recorded.put(np.array(frames[:, 0])))
        stream.start()
    except (sounddevice.PortAudioError, ValueError) as error:
        raise AudioError(f'the microphone cannot be used ({error}); python -m sounddevice lists the devices, choose '
                         f'one with --microphone NUMBER.') from error
    try:
        yield _blocks(recorded)
    finally:
        stream.close()


def _blocks(recorded: 'queue.Queue[np.ndarray]') -> Iterator[np.ndarray]:
    while True:
        yield recorded.get()


def until_interrupted(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Yields `blocks` until Ctrl-C, which ends them without interrupting the work on a block.

    A second Ctrl-C is an ordinary one. Works in the main thread only.
    """
    is_waiting, is_over = False, False

    def end(*_: Any) -> None:
        nonlocal is_over
        is_over = True
        if is_waiting:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, end)
    try:
        while True:
            is_waiting = True  # set before `is_over` is read: a Ctrl-C in between raises
            if is_over:
                return
            block = next(blocks, None)
            is_waiting = False
            if block is None:
                return
            yield block
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGINT, before)
