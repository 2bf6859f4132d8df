"""The network over a set: what test and search begin with."""

from contextlib import closing, contextmanager
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

import numpy as np

from ..checkpoints.stored_model import StoredModel
from ..compat import on_gpu, session_config, tf, visible_devices
from ..console.log import Log
from ..data.batching import cut_into_batches
from ..data.feeding import Feeder
from ..data.utterance import Utterance
from ..errors import DataError
from ..features.cache import NoFeatureCache
from ..features.pipeline import FeaturePipeline
from ..model.acoustic import acoustic_model, ctc_losses
from ..model.compute import for_inference, threads_of_tower
from ..model.trials import trials
from ..model.variables import weights_to_restore
from ..settings.config import DeviceConfig
from ..settings.features import FeatureConfig
from ..settings.model import ModelConfig


class Outputs(NamedTuple):
    """What the network gives for a batch: arrays, or the tensors that they are fetched from."""

    index: np.ndarray  # type: ignore[assignment]  # int32 [batch], indices into the list of utterances
    probabilities: np.ndarray  # float32 [batch, time, classes], soft-maxed, blank last
    lengths: np.ndarray  # int32 [batch], rows used
    losses: np.ndarray  # float32 [batch]
    weight: np.ndarray  # float32 [batch], 0 for stand-ins of utterances whose sound cannot be read any more


@contextmanager
def forward_pass(stored_model: StoredModel, model: ModelConfig, features: FeatureConfig, devices: DeviceConfig,
                 batch_size: int, *, log: Optional[Log] = None) -> Iterator['ForwardPass']:
    """Gives the ForwardPass of a stored model, in a graph and session of its own.

    Args:
      stored_model: where the weights come from.
      model: its geometry.
      features: what it hears.
      devices: what computes it.
      batch_size: utterances at a time.
      log: told where cuDNN cannot be used; None: nobody is.
    """
    with tf.Graph().as_default(), closing(FeaturePipeline(features, devices, NoFeatureCache())) as pipeline:
        feeder = Feeder(pipeline, 'test', settings=devices)
        outputs = _build(model, devices, feeder, log or Log(level=3))
        variables = tf.global_variables()
        tf.get_default_graph().finalize()
        with tf.Session(config=session_config(devices)) as session:
            stored_model.restore(session, variables)
            yield ForwardPass(session, feeder, outputs, batch_size)


class ForwardPass:
    """Runs the network; made by `forward_pass`."""

    def __init__(self, session: tf.Session, feeder: Feeder, outputs: Outputs, batch_size: int) -> None:
        self._session = session
        self._feeder = feeder
        self._outputs = outputs
        self._batch_size = batch_size

    def batches(self, utterances: List[Utterance], first: int = 0) -> Iterator[Outputs]:
        """Yields the Outputs of `utterances` from the index `first` on, in their order.

        Raises:
          TrainingError: memory ran out.
        """
        yield from self._runs(utterances, first, self._outputs)

    def unread(self, output: Outputs) -> Dict[int, str]:
        """Returns what is wrong with the sound of the utterances of a batch that could not be read, by index."""
        return self._feeder.unread(output.index)

    def probabilities(self, utterance: Utterance) -> np.ndarray:
        """Returns the probabilities of one utterance, float32 [time, classes]; it needs no transcript.

        Raises:
          DataError: its sound cannot be read any more.
        """
        return self.probabilities_of([utterance])[0]

    def probabilities_of(self, utterances: List[Utterance]) -> List[np.ndarray]:
        """Returns what `probabilities` does of each utterance; raises likewise, or TrainingError where memory runs out."""
        found: List[np.ndarray] = []
        outputs = self._outputs
        for index, probabilities, lengths in self._runs(utterances, 0, (outputs.index, outputs.probabilities, outputs.lengths)):
            for reason in self._feeder.unread(index).values():
                raise DataError(reason)
            found += [each[:length] for each, length in zip(probabilities, lengths)]
        return found

    def _runs(self, utterances: List[Utterance], first: int, fetches: Any) -> Iterator[Any]:
        """Yields what is fetched of each batch of `utterances` from the index `first` on."""
        n_frames = [utterance.n_frames for utterance in utterances[first:]]
        steps = [[first + batch] for batch in cut_into_batches(n_frames, self._batch_size, 0)]
        self._feeder.start(self._session, utterances, steps)
        for n_done in range(len(steps)):
            try:
                yield self._session.run(fetches)
            except tf.errors.OpError as error:
                raise self._feeder.failure(error, n_done) from error


def _build(model, devices, feeder, log):
    """Returns Outputs of tensors; builds in the default graph."""
    weights = weights_to_restore(model)
    (batch,) = feeder.batches
    names = visible_devices(devices)
    n_threads = threads_of_tower(devices, names[:1])
    compute = for_inference(model, on_gpu(names), trials(model, names[:1], devices, n_threads, log), n_threads=n_threads)
    logits_tbc = acoustic_model(model, weights, batch.features, batch.lengths, compute=compute).logits_tbc
    probabilities = tf.transpose(tf.nn.softmax(logits_tbc), [1, 0, 2])
    losses = ctc_losses(logits_tbc, batch.lengths, batch.labels)
    return Outputs(batch.index, probabilities, batch.lengths, losses, batch.weight)
