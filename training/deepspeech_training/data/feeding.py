"""From checked utterances to padded batches in the graph.

Which utterances share a batch and which batch comes when is decided before (`batching.py`); this only asks for features
and pads. So the order is a function of what it is told, whatever the number of threads.

Sound that cannot be read any more costs its utterance this pass, not the run: a stand-in without weight takes its place.
"""

import abc
import time
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ..compat import tf, with_own_threads
from ..errors import DataError
from ..model.acoustic import NO_LABEL
from ..processors import n_processors
from ..settings.config import DeviceConfig
from ..settings.features import N_CONTEXT, N_INPUT
from .batching import Step
from .device_errors import device_failure
from .out_of_memory import out_of_memory
from .utterance import Draw, Utterance

MAX_THREADS = 16  # batches made at the same time
MAX_UNREAD_SHARE = 0.5  # of a set; beyond that it is not some files that are gone but a disk


class Batch(NamedTuple):
    """One batch in the graph, or fetched."""

    index: tf.Tensor  # int32 [batch], indices of the utterances
    weight: tf.Tensor  # float32 [batch], 0 for stand-ins that must not count
    features: tf.Tensor  # float32 [batch, time + 18, 26], in context, zero after an utterance's end
    lengths: tf.Tensor  # int32 [batch], frames without context
    labels: tf.Tensor  # int32 [batch, longest], filled with NO_LABEL
    waited_s: tf.Tensor  # float64, seconds from the beginning of the step until the batch was there


_TYPES = (tf.int32, tf.float32, tf.float32, tf.int32, tf.int32)
_SHAPES = ([None], [None], [None, None, N_INPUT], [None], [None, None])


class FeatureSource(abc.ABC):
    """What a Feeder asks for features, from many threads; `features.pipeline` is one."""

    rate_hz: int  # sample rate of the audio

    @abc.abstractmethod
    def features(self, utterance: Utterance, draw: Draw) -> np.ndarray:
        """Returns the features of an utterance in their context, float32 [n_frames + 18, 26].

        Args:
          utterance: whose sound it is.
          draw: all that chance may depend on, so that what is drawn for an utterance can be drawn again.
        Raises:
          DataError: the sound cannot be read.
        """


class _Pass(NamedTuple):
    """What is being fed."""

    utterances: Sequence[Utterance]
    steps: Sequence[Step]
    epoch: int
    clocks: Sequence[float] = ()  # of the steps, see Draw; (): 0
    stretch: float = 1.


def _clock_in_python() -> tf.Tensor:
    """Returns the time like `tf.timestamp`, which TensorFlow refuses when it is told to be deterministic."""
    seconds = tf.numpy_function(lambda: np.float64(time.time()), [], tf.float64)
    seconds.set_shape([])
    return seconds


def check_sound(path: str, n_utterances: int, unread: Dict[int, str]) -> None:
    """Raises DataError if most of a set could not be read.

    Args:
      path: of the set.
      n_utterances: that it has.
      unread: what `Feeder.unread` gave.
    """
    if len(unread) > MAX_UNREAD_SHARE * n_utterances:
        raise DataError(f'{path}: {len(unread)} of {n_utterances} utterances cannot be read any more, for example '
                        f'{next(iter(unread.values()))[:-1]}; see that the files are as they were, then repeat the command.')


class Feeder:
    """Feeds utterances, one batch per device and step.

    Usage: `feeder.batches` are tensors to build towers on; `feeder.start(session, utterances, steps)` begins a pass over
    a set; every run of these tensors then takes the next step.

    Args:
      pipeline: what makes features.
      split: train, dev or test: whose batch size decides.
      n_devices: how many batches of a step it feeds.
      first_device: number of the first of these within the step; other processes feed the others.
      settings: threads, and whether to be deterministic.
      seed: that of the run; what is drawn for an utterance depends on it, on the epoch and on the utterance's index.
    """

    def __init__(self, pipeline: FeatureSource, split: str, n_devices: int = 1, settings: DeviceConfig = DeviceConfig(),
                 seed: int = 0, *, first_device: int = 0) -> None:
        self._pipeline = pipeline
        self._split = split
        self._n_devices, self._first_device = n_devices, first_device
        self._seed = seed
        self._pass = _Pass((), (), epoch=0)
        self._unread: Dict[int, str] = {}  # what is wrong with the sound, by the index of the utterance
        self._n_batches = tf.placeholder(tf.int64, [])
        n_threads = min(MAX_THREADS, settings.n_loader_threads or n_processors())
        to_batch = tf.autograph.experimental.do_not_convert(self._batch)  # there is nothing in it to convert, which takes long
        dataset = tf.data.Dataset.range(self._n_batches).map(to_batch, num_parallel_calls=n_threads)
        dataset = with_own_threads(dataset.prefetch(2 * n_devices), n_threads)
        self._iterator = tf.data.make_initializable_iterator(dataset)
        self.batches: List[Batch] = []
        clock = _clock_in_python if settings.deterministic else tf.timestamp
        begin_s = clock()
        for _ in range(n_devices):  # one after the other, so that each device gets the same batches in every run
            with tf.control_dependencies([begin_s] + [batch.index for batch in self.batches]):
                tensors = self._iterator.get_next()
            with tf.control_dependencies(tensors):
                self.batches.append(Batch._make([*tensors, clock() - begin_s]))

    @property
    def rate_hz(self) -> int:
        """Sample rate of the audio."""
        return self._pipeline.rate_hz

    def start(self, session: tf.Session, utterances: Sequence[Utterance], steps: Sequence[Step], epoch: int = 0, *,
              clocks: Sequence[float] = (), stretch: float = 1.) -> None:
        """Begins a pass over `utterances`.

        Args:
          session: where the batches are computed.
          utterances: all that `steps` refer to.
          steps: each a list of int32 arrays, the indices of the utterances in the batch of each device. Devices that a step
            has no batch for get a stand-in that does not count.
          epoch: counted from 0.
          clocks: how far the training is at each step, see Draw; (): 0.
          stretch: batches are padded to so many times the length of what is in them.
        """
        self._pass, self._unread = _Pass(utterances, steps, epoch, clocks, stretch), {}
        session.run(self._iterator.initializer, {self._n_batches: len(steps) * self._n_devices})

    def utterance(self, index: int) -> Utterance:
        """Returns the utterance that a batch's `index` stands for."""
        return self._pass.utterances[index]

    def unread(self, indices: Iterable[int]) -> Dict[int, str]:
        """Returns which of these utterances could not be read in this pass, and why: sentences that name the sound."""
        return {int(index): self._unread[index] for index in indices if index in self._unread}

    def failure(self, error: Exception, n_done: int = 0) -> Exception:
        """Returns what went wrong, as an error of ours, or else TensorFlow's `error` itself.

        Args:
          error: what running a step raised.
          n_done: steps of the pass that were done before.
        """
        utterances = self._pass.utterances
        if isinstance(error, tf.errors.ResourceExhaustedError):
            batch = max(self._pass.steps[n_done],
                        key=lambda indices: len(indices) * max(utterances[index].n_frames for index in indices))
            return out_of_memory(utterances, batch, self._pipeline.rate_hz, self._split)
        return device_failure(str(error)) or error

    def _batch(self, number: tf.Tensor) -> Tuple[tf.Tensor, ...]:
        """Returns the tensors of a batch, counted over the steps and the devices within."""
        tensors = tf.numpy_function(self._load, [number], _TYPES)
        for tensor, shape in zip(tensors, _SHAPES):
            tensor.set_shape(shape)
        return tuple(tensors)

    def _load(self, number: Any) -> Tuple[np.ndarray, ...]:
        step, device = divmod(int(number), self._n_devices)
        device, batches = self._first_device + device, self._pass.steps[step]
        if device < len(batches):
            indices, weight = batches[device], 1.
        else:
            indices, weight = batches[0][:1], 0.
        return self._padded(indices, weight, self._pass.clocks[step] if self._pass.clocks else 0.)

    def _padded(self, indices: np.ndarray, weight: float, clock: float) -> Tuple[np.ndarray, ...]:
        """Returns the arrays of a Batch, all but the time waited."""
        utterances = [self._pass.utterances[index] for index in indices]
        frames = [self._features(int(index), clock) for index in indices]
        weights = np.array([0. if each is None else weight for each in frames], np.float32)
        filled = [np.zeros((2 * N_CONTEXT + 1, N_INPUT), np.float32) if each is None else each for each in frames]
        n_rows = np.array([len(each) for each in filled], np.int32)
        features = np.zeros((len(frames), int(self._pass.stretch * n_rows.max()), N_INPUT), np.float32)
        labels = np.full((len(frames), max(len(utterance.labels) for utterance in utterances)), NO_LABEL, np.int32)
        for row, utterance in enumerate(utterances):
            features[row, :n_rows[row]] = filled[row]
            # A stand-in has a frame and a label: TensorFlow takes no loss of less.
            spoken = utterance.labels[:None if frames[row] is not None else 1]
            labels[row, :len(spoken)] = spoken
        return indices, weights, features, n_rows - np.int32(2 * N_CONTEXT), labels

    def _features(self, index: int, clock: float) -> Optional[np.ndarray]:
        """Returns the features of an utterance, None if its sound cannot be read any more."""
        utterance = self._pass.utterances[index]
        try:
            return self._pipeline.features(utterance, Draw(self._seed, self._pass.epoch, index, clock))
        except DataError as error:
            self._unread[index] = str(error)
        except OSError as error:
            self._unread[index] = f'{utterance.audio.describe()}: cannot be read any more ({error.strerror}).'
        return None
