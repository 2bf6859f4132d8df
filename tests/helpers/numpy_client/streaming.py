"""From audio that comes in pieces to probabilities, with the buffers of the published client.

Samples are kept until there is a window of them, frames until there is a window of those, windows until a call of the network
is full. An utterance begins and ends with frames of zeros; its last window of samples is padded with zeros, even if it has
none. Networks of releases before 0.5 take whole utterances, so all samples are kept.
"""

from typing import TYPE_CHECKING, Iterable, Iterator, List, Union

import numpy as np

if TYPE_CHECKING:
    from .legacy_network import LegacyNetwork
    from .network import Network

SCALE = np.float32(1 / 32768)  # of 16-bit samples
BLOCK_SAMPLES = 1 << 20  # processed together, about a minute; bounds the memory that features of long audio take


def utterance_probabilities(network: 'Union[Network, LegacyNetwork]', samples: np.ndarray) -> np.ndarray:
    """Returns the probabilities of an utterance.

    Args:
      samples: int16 [n_samples], at least one, at `network.rate_hz`.
    Returns:
      float32 [n_steps, n_classes].
    """
    listener = network.listener()
    return np.concatenate(list(listener.feed(samples)) + list(listener.finish()))


class Listener:
    """Feeds one utterance to a network."""

    def __init__(self, network: 'Network') -> None:
        self._network = network
        self._samples = np.zeros(0, np.float32)
        self._frames = np.zeros((network.n_context, network.n_features), np.float32)
        self._state = network.zero_state
        self._is_fed = False

    def feed(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """Yields probabilities float32 [n, n_classes] as calls become full; `samples` is int16 [n_samples]."""
        for start in range(0, len(samples), BLOCK_SAMPLES):
            self._take(samples[start:start + BLOCK_SAMPLES])
            n_windows = self._n_windows() // self._network.n_steps * self._network.n_steps
            if n_windows:
                yield self._run(n_windows)

    def finish(self) -> Iterator[np.ndarray]:
        """Yields the remaining probabilities, float32 [n, n_classes]; none if there was no sample."""
        if not self._is_fed:
            return
        window = np.zeros(self._network.window_samples, np.float32)
        window[:len(self._samples)] = self._samples
        silence = np.zeros((self._network.n_context, self._network.n_features), np.float32)
        self._frames = np.concatenate([self._frames, self._network.features(window), silence])
        yield self._run(self._n_windows())

    def utterance(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """Yields what `feed` and `finish` yield, in fewer calls of the network; `samples` is int16 [n_samples]."""
        last = max(0, len(samples) - 1) // BLOCK_SAMPLES * BLOCK_SAMPLES
        yield from self.feed(samples[:last])
        self._take(samples[last:])
        yield from self.finish()

    def _take(self, samples: np.ndarray) -> None:
        """Turns samples into frames; keeps those that the next window overlaps."""
        self._is_fed = self._is_fed or len(samples) > 0
        self._samples = np.concatenate([self._samples, samples.astype(np.float32) * SCALE])
        window, step = self._network.window_samples, self._network.step_samples
        n_frames = max(0, (len(self._samples) - window) // step + 1)
        if n_frames:
            frames = self._network.features(self._samples[:window + (n_frames - 1) * step])
            self._frames = np.concatenate([self._frames, frames])
            self._samples = self._samples[n_frames * step:]

    def _n_windows(self) -> int:
        """Returns how many windows there are in the frames."""
        return max(0, len(self._frames) - 2 * self._network.n_context)

    def _run(self, n_windows: int) -> np.ndarray:
        """Returns the probabilities of the next windows, float32 [n_windows, n_classes]."""
        size = 2 * self._network.n_context + 1
        frames = self._frames[:n_windows + size - 1]
        windows = np.lib.stride_tricks.as_strided(frames, (n_windows, size, frames.shape[1]),
                                                  frames.strides[:1] + frames.strides, writeable=False)
        probabilities, self._state = self._network.probabilities(windows, self._state)
        self._frames = self._frames[n_windows:]
        return probabilities


class WholeListener:
    """Feeds a network that needs a whole utterance at once; takes two bytes of memory for each sample."""

    def __init__(self, network: 'LegacyNetwork') -> None:
        self._network = network
        self._pieces: List[np.ndarray] = []

    def feed(self, samples: np.ndarray) -> Iterable[np.ndarray]:
        """Keeps int16 [n_samples]; there are no probabilities yet."""
        self._pieces.append(samples.copy())  # callers may reuse their buffer
        return ()

    def finish(self) -> Iterator[np.ndarray]:
        """Yields the probabilities of the utterance, float32 [n, n_classes]; none if there was no sample."""
        samples = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
        if len(samples):
            yield from self._network.probabilities(self._network.features(samples))

    def utterance(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """Yields the probabilities of an utterance, int16 [n_samples], which nothing was fed of before."""
        self.feed(samples)
        return self.finish()
