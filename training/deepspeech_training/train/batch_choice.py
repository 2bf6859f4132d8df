"""How large batches are with `--train_batch_size auto`: as many seconds of audio as memory holds, found before training.

On processors two steps are tried, of one utterance and of some; what a step takes beyond them is in proportion to its frames.
So nothing is tried that might be too large, as the system ends a process for that. On GPUs, where too much is an error like
others, batches grow until it comes. Either way the longest utterance, as long as augmentation may make it, stands for all.

More is not always better: a set gives few updates in an epoch then, and steps of some minutes of sound are no faster any more.
So a batch has at most `MOST_SECONDS`, and a set at least `FEWEST_STEPS`.

Processes that train together find each what fits them, and take the smallest; those of one machine share its memory.
"""

import math
import socket
from dataclasses import replace
from typing import Callable, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ..checkpoints.stored_model import StoredModel
from ..compat import tf
from ..console.log import Log
from ..data.batching import Step
from ..data.feeding import Feeder
from ..data.utterance import Utterance
from ..errors import ConfigError
from ..features.augment.chain import Chain
from ..features.pipeline import FeaturePipeline
from ..memory import available_bytes
from ..model.compute import Compute
from ..settings.config import RunConfig
from .engine import HOST, Engine, LocalEngine
from .graph import DROPOUT_LAYERS, training_update, training_variables
from .memory_probe import run_gradients
from .optimizer import AdamW
from .towers import Dropout, Network

FEWEST_STEPS = 20  # of an epoch
MOST_SECONDS = 600.
MEMORY_SHARE = 0.5  # of what is available; the rest is for what else a training holds, and for others
N_PROBED = 8  # utterances of the larger step that is tried on processors


class Found(NamedTuple):
    """What limits a batch."""

    seconds: float  # padded
    because: str


def batch_seconds_before(source: Optional[StoredModel], directory: str) -> float:
    """Returns what was found for the run that a checkpoint is of; 0: nothing, or it is another directory's."""
    return source.progress.get('batch_seconds') or 0. if source is not None and source.is_in(directory) else 0.


def with_fitting_batches(run: RunConfig, utterances: Sequence[Utterance], pipeline: FeaturePipeline, compute: Compute, *,
                         engine: Engine, before_s: float, log: Log) -> RunConfig:
    """Returns the configuration with the batches that were found, the same in all processes that train together.

    It is as it was where it does not leave them open.

    Args:
      run: RunConfig.
      utterances: the training set.
      pipeline: gives their features.
      compute: how the network is computed.
      engine: Engine.
      before_s: what an earlier call of this run has found: it is taken again; 0: nothing has.
      log: says what was found.
    Raises:
      TrainingError: memory does not even suffice for the longest utterance.
      ConfigError: the system does not tell what a step takes.
    """
    if not run.train.fits_memory:
        return run
    before_s = engine.gather(before_s)[0]
    if before_s:
        found = Found(before_s, 'as this run began')
    else:
        of_all = engine.gather(_find(run, utterances, pipeline, compute, engine))
        smallest = min(range(len(of_all)), key=lambda index: of_all[index][0])
        found = Found(*of_all[smallest])
        if engine.n_replicas > 1:
            found = found._replace(because=f'worker {smallest}: {found.because}')
    log.info(f'--train_batch_size auto: batches of up to {found.seconds:g} s with padding ({found.because}).')
    found_limits = [replace(limits, batch_size=0, batch_seconds=found.seconds) if limits.fits_memory else limits
                    for limits in (run.train, run.dev)]
    return replace(run, train=found_limits[0], dev=found_limits[1])


def _find(run: RunConfig, utterances: Sequence[Utterance], pipeline: FeaturePipeline, compute: Compute, engine: Engine
          ) -> Found:
    longest = max(range(len(utterances)), key=lambda index: utterances[index].n_frames)
    stretch, n_sharing = Chain(run.augmentations).longest, engine.gather(socket.gethostname()).count(socket.gethostname())
    longest_s = stretch * utterances[longest].n_frames * run.features.step_ms / 1000
    all_s = sum(utterance.n_frames for utterance in utterances) * run.features.step_ms / 1000
    limits = [Found(MOST_SECONDS, 'more is no faster'),
              Found(all_s / FEWEST_STEPS / engine.n_devices, f'so that an epoch has at least {FEWEST_STEPS} steps')]
    most = max(1, math.floor(min(limits).seconds / longest_s))
    alone = engine if engine.n_replicas == 1 else LocalEngine(run.devices)  # a step of this process, with nobody else
    with tf.Graph().as_default():
        feeder, initialize, gradients = _graph_of_gradients(run, pipeline, compute, alone)
        with alone.session() as session:
            session.run(initialize)

            def try_out(n: int) -> None:
                step: Step = [np.full(n, longest, np.int32)] * len(alone.devices)
                run_gradients(session, feeder, utterances, step, gradients=gradients, stretch=stretch)

            try:
                n = n_that_fit_gpu(try_out, most) if engine.on_gpu else n_that_fit_memory(try_out, n_sharing)
            except tf.errors.ResourceExhaustedError as error:
                raise feeder.failure(error) from error
    shared = f', which {n_sharing} workers share,' if n_sharing > 1 else ''
    where = 'the GPU' if engine.on_gpu else f'half of the free memory{shared}'
    limits.append(Found(n * longest_s, f'{where} holds no more'))
    found = min(limits)
    return Found(max(rounded_down(found.seconds), longest_s), found.because)


def _graph_of_gradients(run: RunConfig, pipeline: FeaturePipeline, compute: Compute, engine: Engine
                        ) -> Tuple[Feeder, 'tf.Operation', 'tf.Operation']:
    """Builds a training step in the current default graph; returns (feeder, what initialises it, what computes gradients)."""
    variables = training_variables(run.model, run.optimizer, engine)
    with tf.device(HOST):
        feeder = Feeder(pipeline, 'train', len(engine.devices), run.devices, run.seed)
    update = training_update(
        Network(run.model, variables.weights, engine.devices, compute), feeder.batches,
        Dropout(dict(zip(DROPOUT_LAYERS, run.dropout)), run.seed, variables.global_step),
        AdamW(run.optimizer, variables.learning_rate.scheduled), n_per_update=1, engine=engine)
    return feeder, tf.global_variables_initializer(), update.gradients


def n_that_fit_gpu(try_out: Callable[[int], None], most: int) -> int:
    """Returns how many utterances fit, at most `most`: doubled until they do not, then halfway once.

    Raises:
      ResourceExhaustedError: not even one does.
    """
    try_out(1)
    fits = 1
    for n in [*(2 ** power for power in range(1, 31) if 2 ** power < most), most]:
        try:
            try_out(n)
            fits = n
        except tf.errors.ResourceExhaustedError:
            between = (fits + n) // 2
            try:
                try_out(between)
                return between
            except tf.errors.ResourceExhaustedError:
                return fits
    return fits


def n_that_fit_memory(try_out: Callable[[int], None], n_sharing: int = 1) -> int:
    """Returns how many utterances `MEMORY_SHARE` of the free memory holds; at least 1. Raises ConfigError.

    Args:
      try_out: runs a step of so many utterances.
      n_sharing: how many processes share that memory, each with as many utterances.
    """
    available = available_bytes()
    if available is None:
        raise ConfigError('--train_batch_size auto: this system does not say how much memory is free; pass a number.')
    try:
        before = _status_bytes('VmRSS')
        try_out(1)  # what is made once
        one, some = [_peak_bytes(try_out, n) - before for n in (1, N_PROBED)]
    except OSError as error:
        raise ConfigError(f'--train_batch_size auto: this system does not say how much memory a step takes ({error.strerror}); '
                          f'pass a number.') from error
    each = max(1., (some - one) / (N_PROBED - 1))
    return max(1, math.floor((MEMORY_SHARE * available / n_sharing - (one - each)) / each))


def _peak_bytes(try_out: Callable[[int], None], n: int) -> int:
    """Returns how much memory this process has at most while so many are tried."""
    with open('/proc/self/clear_refs', 'w') as file:
        file.write('5')  # from now on the peak is that of what comes
    try_out(n)
    return _status_bytes('VmHWM')


def _status_bytes(name: str) -> int:
    with open('/proc/self/status') as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(f'{name}:'))


def rounded_down(seconds: float) -> float:
    """Returns at most three digits of a number."""
    unit = 10. ** (math.floor(math.log10(seconds)) - 2)
    return float(f'{math.floor(seconds / unit + 1e-9) * unit:.3g}')
