"""From a list of checked samples to padded batches in the graph.

Which samples share a batch and which batch comes when is decided in Python (`order.py`); the pipeline only reads and
pads. So the order is a function of what it is told, whatever the number of threads.
"""

import os
import time
from collections import namedtuple

import numpy as np

from ..compat import tf, with_own_threads
from ..settings.config import DeviceConfig, N_CONTEXT, N_INPUT
from ..errors import DataError
from ..model.acoustic import NO_LABEL
from .out_of_memory import out_of_memory

MAX_THREADS = 16  # batches made at the same time

# index: int32 [batch], place in the list of samples. weight: float32 [batch], 0 for stand-ins that must not count.
# features: float32 [batch, time + 18, 26], in context, zero after an utterance's end. lengths: int32 [batch], frames
# without context. labels: int32 [batch, longest], filled with NO_LABEL.
# waited_s: float64, seconds from the beginning of the step until the batch was there.
Batch = namedtuple('Batch', 'index weight features lengths labels waited_s')
_TYPES = (tf.int32, tf.float32, tf.float32, tf.int32, tf.int32)
_SHAPES = ([None], [None], [None, None, N_INPUT], [None], [None, None])


def n_processors():
    """Returns how many processors this process may use; a job of a cluster has fewer than its machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def _clock_in_python():
    """Returns the time like `tf.timestamp`, which TensorFlow refuses when it is told to be deterministic."""
    seconds = tf.numpy_function(lambda: np.float64(time.time()), [], tf.float64)
    seconds.set_shape([])
    return seconds


class Feeder:
    """Feeds sets of samples, one batch per device and step.

    Usage: `feeder.batches` are tensors to build towers on; `feeder.start(session, samples, steps)` begins a pass over
    a set; every run of these tensors then takes the next step.

    Args:
      reader: reader.FeaturePipeline.
      kind: train, dev or test: whose batch size decides.
      n_devices: how many batches a step takes.
      settings: DeviceConfig.
    """

    def __init__(self, reader, kind, n_devices=1, settings=DeviceConfig()):
        self._reader = reader
        self._kind = kind
        self._n_devices = n_devices
        self._samples, self._steps = [], []
        self._failure = None
        self._n_batches = tf.placeholder(tf.int64, [])
        n_threads = min(MAX_THREADS, settings.n_loader_threads or n_processors())
        dataset = tf.data.Dataset.range(self._n_batches).map(self._batch, num_parallel_calls=n_threads)
        dataset = with_own_threads(dataset.prefetch(2 * n_devices), n_threads)
        self._iterator = tf.data.make_initializable_iterator(dataset)
        self.batches = []
        clock = _clock_in_python if settings.deterministic else tf.timestamp
        begin_s = clock()
        for _ in range(n_devices):  # one after the other, so that each device gets the same batches in every run
            with tf.control_dependencies([begin_s] + [batch.index for batch in self.batches]):
                tensors = self._iterator.get_next()
            with tf.control_dependencies(tensors):
                self.batches.append(Batch(*tensors, waited_s=clock() - begin_s))

    @property
    def rate_hz(self):
        """Sample rate of the audio."""
        return self._reader.rate_hz

    def start(self, session, samples, steps):
        """Begins a pass over `samples`.

        Args:
          samples: list of data.preflight.PreparedSample.
          steps: list of steps, each a list of int32 arrays, the places of the samples in the batch of each device.
            Devices that a step has no batch for get a stand-in that does not count.
        """
        self._samples, self._steps, self._failure = samples, steps, None
        session.run(self._iterator.initializer, {self._n_batches: len(steps) * self._n_devices})

    def sample(self, index):
        """Returns the sample that a batch's `index` stands for."""
        return self._samples[index]

    def failure(self, error, n_done=0):
        """Returns what went wrong, as an error of ours, or else TensorFlow's `error` itself.

        Args:
          error: what running a step raised.
          n_done: steps of the pass that were done before.
        """
        if isinstance(error, tf.errors.ResourceExhaustedError):
            batch = max(self._steps[n_done],
                        key=lambda places: len(places) * max(self._samples[place].n_frames for place in places))
            return out_of_memory(self._samples, batch, self._reader.rate_hz, self._kind)
        if isinstance(self._failure, OSError):
            return DataError(f'{self._failure.filename}: cannot be read any more ({self._failure.strerror}).')
        return self._failure or error

    def _batch(self, number):
        """Returns the tensors of a batch, counted over the steps and the devices within."""
        tensors = tf.numpy_function(self._load, [number], _TYPES)
        for tensor, shape in zip(tensors, _SHAPES):
            tensor.set_shape(shape)
        return tuple(tensors)

    def _load(self, number):
        step, device = divmod(int(number), self._n_devices)
        batches = self._steps[step]
        if device < len(batches):
            places, weight = batches[device], 1.
        else:
            places, weight = batches[0][:1], 0.
        try:
            return self._padded(places, weight)
        except (DataError, OSError) as error:
            self._failure = error
            raise

    def _padded(self, places, weight):
        """Returns the arrays of a Batch, all but the time waited."""
        samples = [self._samples[place] for place in places]
        frames = [self._reader.features(prepared.sample.audio_path) for prepared in samples]
        n_rows = np.array([len(each) for each in frames], np.int32)
        features = np.zeros((len(frames), n_rows.max(), N_INPUT), np.float32)
        labels = np.full((len(frames), max(len(prepared.labels) for prepared in samples)), NO_LABEL, np.int32)
        for row, prepared in enumerate(samples):
            features[row, :n_rows[row]] = frames[row]
            labels[row, :len(prepared.labels)] = prepared.labels
        return places, np.full(len(places), weight, np.float32), features, n_rows - np.int32(2 * N_CONTEXT), labels
