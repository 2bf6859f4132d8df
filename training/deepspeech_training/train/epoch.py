"""One pass over a set, and what it adds up to."""

import numpy as np

from ..compat import tf

MAX_LOST_SHARE = 0.1


class LossMeter:
    """Adds up the losses of a pass; every utterance weighs the same.

    Attributes:
      mean: mean loss of the utterances so far that had a finite one; NaN when more than `MAX_LOST_SHARE` of them had
        none, as such a mean says nothing about the model.
      not_finite: paths of utterances without a finite loss.
    """

    def __init__(self):
        self._sum = 0.
        self._count = 0.
        self.not_finite = []

    @property
    def mean(self):
        if len(self.not_finite) > MAX_LOST_SHARE * (self._count + len(self.not_finite)):
            return float('nan')
        return self._sum / self._count if self._count else 0.

    def add(self, step, feeder):
        """Adds the fetched values of a `towers.Step`; returns the mean loss of this step, NaN if none is finite."""
        self._sum += float(step.loss_sum)
        self._count += float(step.count)
        for index in step.index[(step.weight > 0) & ~np.isfinite(step.losses)]:
            self.not_finite.append(feeder.sample(index).sample.sample_id)
        return float(step.loss_sum) / float(step.count) if step.count else float('nan')


def run_pass(session, feeder, samples, steps, fetches, progress, each_step=None):
    """Runs a whole pass and returns its LossMeter.

    Args:
      session: TensorFlow session.
      feeder: data.feeding.Feeder.
      samples: list of PreparedSample.
      steps: list of steps, see `Feeder.start`.
      fetches: (towers.Step, anything else to fetch).
      progress: Progress to move on.
      each_step: function (step loss, fetched extras) called after every step.
    Raises:
      TrainingError: memory ran out.
      DataError: an audio file cannot be read any more.
    """
    meter = LossMeter()
    feeder.start(session, samples, steps)
    n_done = 0
    try:
        for n_done in range(len(steps)):
            step, extras = session.run(fetches)
            loss = meter.add(step, feeder)
            progress.update(meter.mean)
            if each_step:
                each_step(loss, extras)
    except BaseException as error:
        progress.finish(complete=False)
        if isinstance(error, tf.errors.OpError):
            raise feeder.failure(error, n_done) from error
        raise
    progress.finish()
    return meter
