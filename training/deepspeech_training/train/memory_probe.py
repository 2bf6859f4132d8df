"""The largest batch first: where memory does not suffice, that shows at once and not at the end of an epoch."""

from typing import Sequence

from ..compat import tf
from ..console.log import Log
from ..data.batching import BatchPlan, Step
from ..data.feeding import Feeder
from ..data.out_of_memory import describe_batch, out_of_memory
from ..data.utterance import Utterance
from .planning import PlannedSet

LARGEST_SHARE = 0.01  # of the work of a run that the probe may cost


def is_worth_probing(plan: BatchPlan, to_come: Sequence[Step], n_epochs: int) -> bool:
    """Returns whether trying the largest step is cheap and comes before training meets it anyway.

    Args:
      plan: BatchPlan of the training set.
      to_come: the steps left of the current epoch, in their order.
      n_epochs: epochs left, with the current one.
    """
    largest = plan.n_padded(plan.largest)
    of_run = sum(map(plan.n_padded, to_come)) + (n_epochs - 1) * sum(map(plan.n_padded, plan.in_order))
    return bool(to_come) and plan.n_padded(to_come[0]) < largest <= LARGEST_SHARE * of_run


def run_gradients(session: 'tf.Session', feeder: Feeder, utterances: Sequence[Utterance], step: Step, *,
                  gradients: 'tf.Operation', stretch: float) -> None:
    """Runs a step forward and backward without an update.

    Args:
      session, feeder, gradients, stretch: as of `probe_largest_batch`.
      utterances: all that `step` refers to.
    Raises:
      ResourceExhaustedError: memory does not suffice.
      DataError: an audio file cannot be read any more.
    """
    feeder.start(session, utterances, [step], stretch=stretch)
    try:
        session.run(gradients)
    except tf.errors.ResourceExhaustedError:
        raise
    except tf.errors.OpError as error:
        raise feeder.failure(error) from error


def probe_largest_batch(session: 'tf.Session', feeder: Feeder, planned: PlannedSet, gradients: 'tf.Operation', *, log: Log,
                        stretch: float = 1.) -> None:
    """Runs the largest step forward and backward without an update; nothing that training draws or counts changes.

    Args:
      session: TensorFlow session.
      feeder: Feeder of the training set.
      planned: the training set.
      gradients: operation that computes all gradients and applies none.
      log: Log.
      stretch: how many times as long augmentation may make an utterance.
    Raises:
      TrainingError: memory does not suffice; says what does.
      DataError: an audio file cannot be read any more.
    """
    utterances, largest = planned.utterances, planned.plan.largest
    log.info(f'Trying the largest batch first ({describe_batch(utterances, largest[0], feeder.rate_hz)}): should memory give '
             f'out here, choose a smaller --train_batch_size or --batch_seconds.')

    def run(step: Step) -> None:
        run_gradients(session, feeder, utterances, step, gradients=gradients, stretch=stretch)

    def n_that_fit() -> int:
        """Returns how many utterances of each batch fit, found by halving; 0 if not even one does."""
        n = len(largest[0]) // 2
        while n:
            try:
                run([batch[:n] for batch in largest])
                return n
            except tf.errors.ResourceExhaustedError:
                n //= 2
        return 0

    try:
        run(largest)
    except tf.errors.ResourceExhaustedError as error:
        raise out_of_memory(utterances, largest[0], feeder.rate_hz, 'train', n_that_fit()) from error
