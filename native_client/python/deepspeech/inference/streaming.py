"""From audio that comes in pieces to probabilities, with the buffers of the published client.

Samples wait until there is a window of them, frames until there is a window of those, windows until the network's call is
full. An utterance begins and ends with frames of zeros; its end is completed by zero samples, even where nothing is left.
Networks of releases before 0.5 hear whole utterances, for which all samples wait.
"""

import numpy as np

SCALE = np.float32(1 / 32768)  # of 16-bit samples
BLOCK_SAMPLES = 1 << 20  # looked at together, about a minute; long audio takes no more memory for features than that


def utterance_probabilities(network, samples):
    """Returns probabilities float32 [steps, n_classes] of a whole utterance, int16 [n_samples], at least one."""
    listener = network.listener()
    return np.concatenate(list(listener.feed(samples)) + list(listener.finish()))


class Listener:
    """Feeds a network."""

    def __init__(self, network):
        self._network = network
        self._samples = np.zeros(0, np.float32)
        self._frames = np.zeros((network.n_context, network.n_features), np.float32)
        self._state = network.zero_state
        self._is_fed = False

    def feed(self, samples):
        """Yields probabilities float32 [n, n_classes] as calls become full; `samples` is int16 [n_samples]."""
        for start in range(0, len(samples), BLOCK_SAMPLES):
            self._take(samples[start:start + BLOCK_SAMPLES])
            n_windows = self._n_windows() // self._network.n_steps * self._network.n_steps
            if n_windows:
                yield self._run(n_windows)

    def finish(self):
        """Yields the remaining probabilities; none for an utterance without a sample."""
        if not self._is_fed:
            return
        window = np.zeros(self._network.window_samples, np.float32)
        window[:len(self._samples)] = self._samples
        silence = np.zeros((self._network.n_context, self._network.n_features), np.float32)
        self._frames = np.concatenate([self._frames, self._network.features(window), silence])
        yield self._run(self._n_windows())

    def utterance(self, samples):
        """Yields all probabilities of an utterance: those of `feed` and `finish`, in fewer calls of the network."""
        last = max(0, len(samples) - 1) // BLOCK_SAMPLES * BLOCK_SAMPLES
        yield from self.feed(samples[:last])
        self._take(samples[last:])
        yield from self.finish()

    def _take(self, samples):
        """Turns samples into frames; the part of them that the next window overlaps stays."""
        self._is_fed = self._is_fed or len(samples) > 0
        self._samples = np.concatenate([self._samples, samples.astype(np.float32) * SCALE])
        window, step = self._network.window_samples, self._network.step_samples
        n_frames = max(0, (len(self._samples) - window) // step + 1)
        if n_frames:
            frames = self._network.features(self._samples[:window + (n_frames - 1) * step])
            self._frames = np.concatenate([self._frames, frames])
            self._samples = self._samples[n_frames * step:]

    def _n_windows(self):
        """Returns how many windows the frames make up."""
        return max(0, len(self._frames) - 2 * self._network.n_context)

    def _run(self, n_windows):
        """Returns the probabilities for the next `n_windows` windows of frames."""
        size = 2 * self._network.n_context + 1
        frames = self._frames[:n_windows + size - 1]
        windows = np.lib.stride_tricks.as_strided(frames, (n_windows, size, frames.shape[1]),
                                                  frames.strides[:1] + frames.strides, writeable=False)
        probabilities, self._state = self._network.probabilities(windows, self._state)
        self._frames = self._frames[n_windows:]
        return probabilities


class WholeListener:
    """Feeds a network that needs all of an utterance to hear any of it; two bytes of memory for each sample."""

    def __init__(self, network):
        self._network = network
        self._pieces = []

    def feed(self, samples):
        """Keeps int16 [n_samples]; there are no probabilities yet."""
        self._pieces.append(samples.copy())  # whoever reads audio block by block overwrites the last one
        return ()

    def finish(self):
        """Yields the probabilities of the utterance; none for one without a sample."""
        samples = np.concatenate(self._pieces) if self._pieces else ()
        if len(samples):
            yield from self._network.probabilities(self._network.features(samples))

    def utterance(self, samples):
        """Yields all probabilities of an utterance."""
        self.feed(samples)
        return self.finish()
