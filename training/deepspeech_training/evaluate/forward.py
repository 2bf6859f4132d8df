"""The network over a set: what test and search begin with."""

from collections import namedtuple
from contextlib import closing, contextmanager

import numpy as np

from ..compat import on_gpu, session_config, tf, visible_devices
from ..data.feeding import Feeder
from ..data.batching import cut_into_batches
from ..features.pipeline import FeaturePipeline
from ..features.cache import NoFeatureCache
from ..model.acoustic import acoustic_model, ctc_losses
from ..model.compute import for_inference
from ..model.variables import acoustic_weights

# What the network gives for a batch. index: int32 [batch], places in the list of samples. probabilities: float32
# [batch, time, classes], soft-maxed, blank last. lengths: int32 [batch], rows used. losses: float32 [batch].
Outputs = namedtuple('Outputs', 'index probabilities lengths losses')


@contextmanager
def forward_pass(run, source):
    """Gives the ForwardPass of a checkpoint, in a graph and session of its own.

    Args:
      run: RunConfig that fits `source`.
      source: StoredCheckpoint.
    """
    with tf.Graph().as_default(), closing(FeaturePipeline(run.features, run.devices, NoFeatureCache())) as reader:
        feeder = Feeder(reader, 'test', settings=run.devices)
        outputs = _build(run, feeder)
        variables = tf.global_variables()
        tf.get_default_graph().finalize()
        with tf.Session(config=session_config(run.devices)) as session:
            source.restore(session, variables)
            yield ForwardPass(session, feeder, outputs, run.test.batch_size)


class ForwardPass:
    """Runs the network; made by `forward_pass`."""

    def __init__(self, session, feeder, outputs, batch_size):
        self._session = session
        self._feeder = feeder
        self._outputs = outputs
        self._batch_size = batch_size

    def batches(self, samples, first=0):
        """Yields the Outputs of `samples` from the place `first` on, in their order.

        Raises:
          TrainingError: memory ran out.
          DataError: an audio file cannot be read any more.
        """
        n_frames = [prepared.n_frames for prepared in samples[first:]]
        steps = [[first + batch] for batch in cut_into_batches(n_frames, self._batch_size, 0)]
        self._feeder.start(self._session, samples, steps)
        for n_done in range(len(steps)):
            try:
                yield self._session.run(self._outputs)
            except tf.errors.OpError as error:
                raise self._feeder.failure(error, n_done) from error

    def probabilities(self, prepared):
        """Returns the probabilities of one sample, float32 [time, classes]; it needs no transcript."""
        self._feeder.start(self._session, [prepared], [[np.zeros(1, np.int32)]])
        probabilities, lengths = self._session.run((self._outputs.probabilities, self._outputs.lengths))
        return probabilities[0, :lengths[0]]


def _build(run, feeder):
    """Returns Outputs of tensors; builds in the default graph."""
    weights = acoustic_weights(run.model)
    (batch,) = feeder.batches
    compute = for_inference(run.model, on_gpu(visible_devices(run.devices)))
    logits_tbc = acoustic_model(run.model, weights, batch.features, batch.lengths, compute=compute).logits_tbc
    probabilities = tf.transpose(tf.nn.softmax(logits_tbc), [1, 0, 2])
    losses = ctc_losses(logits_tbc, batch.lengths, batch.labels)
    return Outputs(batch.index, probabilities, batch.lengths, losses)
