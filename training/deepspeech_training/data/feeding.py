"""From a list of checked samples to padded batches in the graph.

Which samples come when is decided in Python (`Feeder.start`); the pipeline only computes. So the order is a function
of what it is told, whatever the number of threads.
"""

from collections import namedtuple

import numpy as np

from ..compat import AUTOTUNE, tf
from ..config import N_INPUT
from ..errors import DataError
from ..model.ctc import NO_LABEL
from .audio import read_wav
from .features import features

# index: int32 [batch], place in the list of samples. weight: float32 [batch], 0 for stand-ins that must not count.
# features: float32 [batch, time, 26]. lengths: int32 [batch]. labels: int32 [batch, longest], filled with NO_LABEL.
# waited_s: float64, seconds from the beginning of the step until the batch was there.
Batch = namedtuple('Batch', 'index weight features lengths labels waited_s')


class Feeder:
    """Feeds sets of samples, one batch per device and step.

    Usage: `feeder.batches` are tensors to build towers on; `feeder.start(session, samples)` begins a pass over
    a set and tells how many steps it takes.

    Args:
      config: FeatureConfig.
      batch_size: utterances per device and step.
      n_devices: how many batches a step takes.
    """

    def __init__(self, config, batch_size, n_devices=1):
        self._config = config
        self.batch_size = batch_size
        self._n_devices = n_devices
        self._samples = []
        self._failure = None
        self._order = tf.placeholder(tf.int32, [None])
        self._weights = tf.placeholder(tf.float32, [None])
        dataset = tf.data.Dataset.from_tensor_slices((self._order, self._weights))
        dataset = dataset.map(self._utterance, num_parallel_calls=AUTOTUNE)
        dataset = dataset.padded_batch(batch_size, ([], [], [None, N_INPUT], [], [None]),
                                       padding_values=(0, 0., 0., 0, NO_LABEL))
        self._iterator = tf.data.make_initializable_iterator(dataset.prefetch(n_devices + 1))
        self.batches = []
        begin_s = tf.timestamp()
        for _ in range(n_devices):  # one after the other, so that each device gets the same batches in every run
            with tf.control_dependencies([begin_s] + [batch.index for batch in self.batches]):
                tensors = self._iterator.get_next()
            with tf.control_dependencies(tensors):
                self.batches.append(Batch(*tensors, waited_s=tf.timestamp() - begin_s))

    @property
    def rate_hz(self):
        """Sample rate of the audio."""
        return self._config.rate_hz

    @property
    def n_per_step(self):
        """Samples of a full step, over all devices."""
        return self.batch_size * self._n_devices

    def start(self, session, samples, order=None, done=0):
        """Begins a pass over `samples` after the first `done` steps and returns how many steps are left.

        Args:
          samples: list of data.preflight.PreparedSample.
          order: int32 [n_samples], the places of the samples in the order of use; None: as they stand.
        """
        self._samples = samples
        order = np.arange(len(samples), dtype=np.int32) if order is None else order
        order = order[done * self.n_per_step:]
        weights = np.ones(len(order), np.float32)
        n_steps = -(-len(order) // self.n_per_step)
        missing = n_steps * self.n_per_step - len(order)
        if missing and self._n_devices > 1:
            # Every device needs a batch in the last step too: stand-ins that weigh nothing fill it up.
            order = np.append(order, np.full(missing, order[-1], np.int32))
            weights = np.append(weights, np.zeros(missing, np.float32))
        session.run(self._iterator.initializer, {self._order: order, self._weights: weights})
        return n_steps

    def sample(self, index):
        """Returns the sample that a batch's `index` stands for."""
        return self._samples[index]

    def failure(self, error):
        """Returns what went wrong while reading, as an error of ours, or else TensorFlow's `error` itself."""
        if isinstance(self._failure, OSError):
            return DataError(f'{self._failure.filename}: cannot be read any more ({self._failure.strerror}).')
        return self._failure or error

    def _utterance(self, index, weight):
        audio, labels = tf.numpy_function(self._load, [index], [tf.float32, tf.int32])
        audio.set_shape([None])
        labels.set_shape([None])
        frames = features(audio, self._config)
        return index, weight, frames, tf.shape(frames)[0], labels

    def _load(self, index):
        prepared = self._samples[index]
        path = prepared.sample.audio_path
        try:
            audio, rate_hz = read_wav(path)
            if rate_hz != self._config.rate_hz:
                raise DataError(f'{path}: now {rate_hz} Hz, it had {self._config.rate_hz} Hz when the run began.')
        except (DataError, OSError) as error:
            self._failure = error
            raise
        return audio, np.asarray(prepared.labels, np.int32)
