"""From an utterance to its features: taken from a store where they are known, else computed from the audio.

Only features of the audio as it is go through the store. What changes audio before its features are computed, differently
in every epoch, has no business there.
"""

from ..errors import DataError
from ..data.audio import read_wav
from .context import in_context
from .mfcc import FeatureComputer


class FeaturePipeline:
    """Gives the features of utterances, from any thread; to be closed.

    Args:
      config: FeatureConfig.
      devices: DeviceConfig.
      store: what remembers features, see `stores.py`; closed with this.
    """

    def __init__(self, config, devices, store):
        self.rate_hz = config.rate_hz
        self._whiten = config.whitened
        self._compute = FeatureComputer(config, devices)
        self._store = store

    def features(self, path):
        """Returns the features of an audio file in their context, float32 [n_frames + 18, 26].

        Raises:
          DataError: the file cannot be read or has another sample rate than it had.
        """
        return in_context(self._frames(path), self._whiten)

    def forget(self):
        """Empties the store; tells whether there was anything in it."""
        return self._store.clear()

    def close(self):
        self._compute.close()
        self._store.close()

    def _frames(self, path):
        """Returns the frames of an audio file, float32 [n_frames, 26]; not to be written to."""
        frames = self._store.of_file(path)
        if frames is not None:
            return frames
        samples = self._read(path)
        frames = self._store.of_audio(path, samples)
        if frames is None:
            frames = self._compute(samples)
            self._store.add(path, samples, frames)
        return frames

    def _read(self, path):
        samples, rate_hz = read_wav(path)
        if rate_hz != self.rate_hz:
            raise DataError(f'{path}: now {rate_hz} Hz, it had {self.rate_hz} Hz when the run began.')
        return samples
