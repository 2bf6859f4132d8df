"""From an utterance to its features: taken from a cache where they are known, else computed from the audio.

    AudioSource.read -> [samples] -> spectrogram -> cepstra (`mfcc`) -> [frames] -> in_context -> what the network sees

The cache holds [frames] of the audio as it is. Augmentation of frames comes after it; augmentation of samples or of the
spectrogram goes past it: such an utterance is read and computed anew. Either takes its randomness from the Draw alone, so that
every epoch can be repeated, and only the training set gets it.
"""

from typing import Mapping, Sequence

import numpy as np

from ..console.log import Log
from ..data.feeding import FeatureSource
from ..data.utterance import AudioSource, Draw, Utterance
from ..settings.augment_table import SPECTROGRAM
from ..settings.augmentation import Augmentation
from ..settings.config import DeviceConfig
from ..settings.features import N_CONTEXT, FeatureConfig
from .augment.chain import AUDIO, Chain
from .augment.draws import Facts, fewest_frames
from .augment.sounds import Sounds
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
        self.config = config
        self.compute = FeatureComputer(config, devices)
        self._cache = cache

    def features(self, utterance: Utterance, draw: Draw) -> np.ndarray:
        return in_context(self.frames(utterance.audio), self.config.whitened)  # nothing is left to chance

    def forget(self) -> bool:
        """Empties the cache; returns whether there was anything in it."""
        return self._cache.clear()

    def close(self) -> None:
        self.compute.close()
        self._cache.close()

    def frames(self, audio: AudioSource) -> np.ndarray:
        """Returns the frames of the audio as it is, float32 [n_frames, 26]; not to be written to."""
        frames = self._cache.find(audio)
        if frames is not None:
            return frames
        samples = audio.read()
        frames = self._cache.find_by_samples(audio, samples)
        if frames is None:
            frames = self.compute(samples)
            self._cache.add(audio, samples, frames)
        return frames


class AugmentedPipeline(FeatureSource):
    """Gives the features of a training set, augmented, from any thread.

    Args:
      plain: gives them as they are; has to stay open as long as this is used.
      chain: what changes them.
      sounds: what can be mixed in.
    """

    def __init__(self, plain: FeaturePipeline, chain: Chain, sounds: Sounds) -> None:
        self.rate_hz = plain.rate_hz
        self._plain, self._chain, self._sounds = plain, chain, sounds

    def features(self, utterance: Utterance, draw: Draw) -> np.ndarray:
        applied = self._chain.drawn(draw)
        facts = self._facts(utterance)
        compute = self._plain.compute
        if not any(domain in applied for domain in (*AUDIO, SPECTROGRAM)):
            frames = self._plain.frames(utterance.audio)
        else:
            samples = self._chain.audio(utterance.audio.read(), applied, draw, facts)
            if SPECTROGRAM in applied:
                frames = compute.of_power(self._chain.spectrogram(compute.power(samples), applied, draw, facts))
            else:
                frames = compute(samples)
        return in_context(self._chain.features(frames, applied, draw, facts), self._plain.config.whitened)

    def _facts(self, utterance: Utterance) -> Facts:
        config, n_frames = self._plain.config, fewest_frames(utterance.labels)
        n_samples = config.window_samples + (n_frames - 1) * config.step_samples
        return Facts(config.rate_hz, config.step_ms, n_frames, n_samples, self._sounds)


def augmented(plain: FeaturePipeline, asked: Sequence[Augmentation], sounds: Mapping[str, Sequence[AudioSource]],
              log: Log) -> FeatureSource:
    """Returns what gives the features of the training set: those of `plain`, augmented if that is asked for.

    Args:
      sounds: what can be mixed in, by the path of its source.
      log: for what is done.
    """
    if not asked:
        return plain
    log.info(f'Augmenting the training set: {" ".join(map(str, asked))}.')
    return AugmentedPipeline(plain, Chain(asked), Sounds(lambda path, rate_hz: sounds[path]))


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
