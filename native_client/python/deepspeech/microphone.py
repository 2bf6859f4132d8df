"""Sound as it is recorded."""

import queue
import signal
from contextlib import contextmanager

import numpy as np

from .errors import AudioError


@contextmanager
def microphone(rate_hz, block_samples, device=None):
    """Records within a `with` statement; its value is an iterator over int16 [block_samples], without end.

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
    recorded = queue.Queue()
    try:
        stream = sounddevice.InputStream(samplerate=rate_hz, blocksize=block_samples, channels=1, dtype='int16',
                                         device=device,
                                         callback=lambda frames, *_: recorded.put(np.array(frames[:, 0])))
        stream.start()
    except (sounddevice.PortAudioError, ValueError) as error:
        raise AudioError(f'the microphone cannot be used ({error}); python -m sounddevice lists the devices, choose '
                         f'one with --microphone NUMBER.') from error
    try:
        yield _without_end(recorded)
    finally:
        stream.close()


def _without_end(recorded):
    while True:
        yield recorded.get()


def until_interrupted(blocks):
    """Yields `blocks` until Ctrl-C, which is taken as their end and never disturbs what is done with a block.

    A second Ctrl-C is an ordinary one. Works in the main thread only.
    """
    is_waiting, is_over = False, False

    def end(*_):
        nonlocal is_over
        is_over = True
        if is_waiting:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, end)
    try:
        while True:
            is_waiting = True  # before the question, or an answer given in between would be waited for without end
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
