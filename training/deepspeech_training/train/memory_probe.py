"""The largest batch first: where memory does not suffice, that shows at once and not at the end of an epoch."""

from ..compat import tf
from ..data.out_of_memory import describe_batch, out_of_memory

LARGEST_SHARE = 0.01  # of the work of a run that a trial may cost


def is_worth_probing(steps, to_come, n_epochs):
    """Returns whether trying the largest step is cheap and comes before training meets it anyway.

    Args:
      steps: data.order.BatchPlan.
      to_come: the steps left of the current epoch, in their order.
      n_epochs: epochs left, with the current one.
    """
    largest = steps.n_padded(steps.largest)
    of_run = sum(map(steps.n_padded, to_come)) + (n_epochs - 1) * sum(map(steps.n_padded, steps.in_order))
    return bool(to_come) and steps.n_padded(to_come[0]) < largest <= LARGEST_SHARE * of_run


def probe_largest_batch(session, feeder, samples, steps, trial, rate_hz, log):
    """Runs the largest step forward and backward without an update; nothing that training draws or counts changes.

    Args:
      session: TensorFlow session.
      feeder: data.feeding.Feeder.
      samples: list of Utterance.
      steps: data.order.BatchPlan of them.
      trial: operation that computes all gradients and applies none.
      rate_hz: samples per second.
      log: Log.
    Raises:
      TrainingError: memory does not suffice; says what does.
      DataError: an audio file cannot be read any more.
    """
    largest = steps.largest
    log.info(f'Trying the largest batch first ({describe_batch(samples, largest[0], rate_hz)}): should memory give out '
             f'here, choose a smaller --train_batch_size or --batch_seconds.')
    try:
        _run(session, feeder, samples, largest, trial)
    except tf.errors.ResourceExhaustedError as error:
        n_fit = _n_that_fit(session, feeder, samples, largest, trial)
        raise out_of_memory(samples, largest[0], rate_hz, 'train', n_fit) from error


def _run(session, feeder, samples, step, trial):
    feeder.start(session, samples, [step])
    try:
        session.run(trial)
    except tf.errors.ResourceExhaustedError:
        raise
    except tf.errors.OpError as error:
        raise feeder.failure(error) from error


def _n_that_fit(session, feeder, samples, step, trial):
    """Returns how many utterances of each batch fit, found by halving; 0 if not even one does."""
    n = len(step[0]) // 2
    while n:
        try:
            _run(session, feeder, samples, [batch[:n] for batch in step], trial)
            return n
        except tf.errors.ResourceExhaustedError:
            n //= 2
    return 0
