"""From an utterance to its features: taken from a cache where they are known, else computed from the audio.

    AudioSource.read -> [samples] -> spectrogram -> cepstra (`mfcc`) -> [frames] -> in_context -> what the network sees

The cache holds [frames] of the audio as it is. Augmentation of frames comes after it; augmentation of samples or of the
spectrogram goes past it. Either takes its randomness from the Draw alone, so that every epoch can be repeated.
"""

import numpy as np

from ..data.feeding import FeatureSource
from ..data.utterance import AudioSource, Draw, Utterance
from ..settings.config import DeviceConfig
from ..settings.features import N_CONTEXT, FeatureConfig
from .cache import FeatureCache
from .mfcc import FeatureComputer


class FeaturePipeline(FeatureSource):
    """Gives the features of utterances, from any thread; to be closed.

    Args:
      config: what features are.
      devices: threads of what computes them.
      cache: what remembers features; closed with this.
    """

    def __init__(self, config: FeatureConfig, devices: DeviceConfig, cache: FeatureCache) -> None:
        self.rate_hz = config.rate_hz
        self._whiten = config.whitened
        self._compute = FeatureComputer(config, devices)
        self._cache = cache

    def features(self, utterance: Utterance, draw: Draw) -> np.ndarray:
        return in_context(self._frames(utterance.audio), self._whiten)  # nothing is left to chance yet

    def forget(self) -> bool:
        """Empties the cache; returns whether there was anything in it."""
        return self._cache.clear()

    def close(self) -> None:
        self._compute.close()
        self._cache.close()

    def _frames(self, audio: AudioSource) -> np.ndarray:
        """Returns the frames of the audio as it is, float32 [n_frames, 26]; not to be written to."""
        frames = self._cache.find(audio)
        if frames is not None:
            return frames
        samples = audio.read()
        frames = self._cache.find_by_samples(audio, samples)
        if frames is None:
            frames = self._compute(samples)
            self._cache.add(audio, samples, frames)
        return frames


def in_context(frames: np.ndarray, whiten: bool) -> np.ndarray:
    """Returns the frames of an utterance between the context of its first and of its last one.

    That context is zeros. Where features are whitened, so is it: v0.1 took mean and deviation over all windows written out,
    zeros included, and subtracted the mean from these as well.

    Args:
      frames: float32 [n_frames, 26].
      whiten: whether to make the mean of all windows 0 and their deviation 1.
    Returns:
      float32 [n_frames + 18, 26].
    """
    padded = np.zeros((len(frames) + 2 * N_CONTEXT, frames.shape[1]), np.float32)
    padded[N_CONTEXT:-N_CONTEXT] = frames
    return _whitened(padded) if whiten else padded


def _whitened(frames: np.ndarray) -> np.ndarray:
    """Returns frames such that the values in all windows of them have mean 0 and deviation 1.

    A frame counts once for each window it is in.
    """
    n_windows = np.convolve(np.ones(len(frames) - 2 * N_CONTEXT), np.ones(2 * N_CONTEXT + 1))
    mean = np.average(frames.mean(axis=1, dtype=np.float64), weights=n_windows)
    variance = np.average(np.square(frames - mean).mean(axis=1), weights=n_windows)
    return ((frames - mean) / np.sqrt(variance)).astype(np.float32)
