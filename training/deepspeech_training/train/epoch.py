"""One pass over a set, and what it adds up to."""

import numpy as np

from ..compat import tf
from ..console.throughput import Throughput

MAX_LOST_SHARE = 0.1


class LossMeter:
    """Adds up the losses of a pass; every utterance weighs the same.

    Attributes:
      loss_sum, count: over the utterances so far that had a finite loss; may begin with those of an earlier run.
      mean: mean loss of the utterances so far that had a finite one; NaN when more than `MAX_LOST_SHARE` of them had
        none, as such a mean says nothing about the model.
      not_finite: paths of utterances without a finite loss.
    """

    def __init__(self, loss_sum=0., count=0.):
        self.loss_sum, self.count = loss_sum, count
        self.not_finite = []

    @property
    def mean(self):
        if len(self.not_finite) > MAX_LOST_SHARE * (self.count + len(self.not_finite)):
            return float('nan')
        return self.loss_sum / self.count if self.count else 0.

    def add(self, step, feeder):
        """Adds the fetched values of a `towers.Step`; returns the mean loss of this step, NaN if none is finite."""
        self.loss_sum += float(step.loss_sum)
        self.count += float(step.count)
        for index in step.index[(step.weight > 0) & ~np.isfinite(step.losses)]:
            self.not_finite.append(feeder.utterance(index).id)
        return float(step.loss_sum) / float(step.count) if step.count else float('nan')


def seconds_of_audio(samples, rate_hz):
    """Returns the duration of each Utterance, float64 [n_samples]."""
    return np.array([prepared.n_samples for prepared in samples], np.float64) / rate_hz


def run_pass(session, feeder, samples, steps, fetches, progress, meter, each_step, done=0):
    """Runs a whole pass and adds its losses to `meter`.

    Args:
      session: TensorFlow session.
      feeder: data.feeding.Feeder.
      samples: list of Utterance.
      steps: list of steps, see `Feeder.start`.
      fetches: (towers.Step, anything else to fetch).
      progress: Progress to move on.
      meter: LossMeter.
      each_step: function (step loss, fetched extras) called after every step; what it raises ends the pass.
      done: steps of the pass that an earlier run has done; `steps` are those that are left.
    Raises:
      TrainingError: memory ran out.
      DataError: an audio file cannot be read any more.
    """
    audio_s = seconds_of_audio(samples, feeder.rate_hz)
    to_come_s = sum(audio_s[batch].sum() for step in steps for batch in step)
    throughput = Throughput(done + len(steps), to_come_s, done)
    progress.begin(throughput)
    feeder.start(session, samples, steps)
    n_done = 0
    try:
        for n_done in range(len(steps)):
            step, extras = session.run(fetches)
            loss = meter.add(step, feeder)
            throughput.add(float(audio_s[step.index] @ step.weight), float(step.operations), float(step.waited_s))
            each_step(loss, extras)
            progress.update(meter.mean)
    except BaseException as error:
        progress.finish(complete=False)
        if isinstance(error, tf.errors.OpError):
            raise feeder.failure(error, n_done) from error
        raise
    progress.finish()
