"""One graph that train_step.py times, in a process of its own.

Reads a JSON object that says what to build, answers when it has run once, then runs it once more for every further line.
Each answer is a JSON line: seconds of the run, peak memory of the process in MiB, seconds of processors in the program and
in the system, page faults. After the line "trace" also the seconds of each of step_parts.PARTS.
"""

import json
import resource
import sys
import time
from typing import Any, Dict, List

import numpy as np
from step_parts import divide, kernels_of

from deepspeech_training.compat import tf
from deepspeech_training.data.feeding import Batch
from deepspeech_training.model.compute import choose, threads_of_tower
from deepspeech_training.model.mixed_precision import DTYPES
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.settings.config import DeviceConfig
from deepspeech_training.settings.features import N_CONTEXT, N_INPUT
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train.engine import Engine, LocalEngine
from deepspeech_training.train.graph import DROPOUT_LAYERS, Update, training_update
from deepspeech_training.train.towers import Dropout, Network

FRAMES_PER_LABEL = 5  # 10 labels a second


def main() -> None:
    job = json.loads(sys.stdin.readline())
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        operation = {'step': step, 'product': product}[job['kind']](job)
        initialize = tf.global_variables_initializer()
        with tf.Session() as session:
            session.run(initialize)
            answer(session, operation)
            for line in sys.stdin:
                answer(session, operation, traced=line.strip() == 'trace')


def step(job: Dict[str, Any]) -> List[tf.Tensor]:
    """A whole training step: forward, CTC, backward, Adam."""
    update = update_of(job, LocalEngine(DeviceConfig()))
    return [update.apply, update.step.loss_sum]


def update_of(job: Dict[str, Any], engine: Engine) -> Update:
    """Builds an update of batches that are made up, the same for all who train together."""
    model = ModelConfig(job['n_labels'], job['n_hidden'], job['direction'], lstm=job['lstm'], precision=job['precision'])
    random = np.random.RandomState(1)
    n_batch, n_time = job['batch'], job['frames']
    batch = Batch(index=tf.zeros([n_batch], tf.int32), weight=tf.ones([n_batch]),
                  features=tf.get_variable('features', initializer=random.randn(
                      n_batch, n_time + 2 * N_CONTEXT, N_INPUT).astype('f'), trainable=False),
                  lengths=tf.constant([n_time] * n_batch, tf.int32),
                  labels=tf.constant(random.randint(0, job['n_labels'], [n_batch, n_time // FRAMES_PER_LABEL]), tf.int32),
                  waited_s=tf.constant(0., tf.float64))
    optimizer = tf.train.AdamOptimizer(1e-4)
    rates = {layer: job['dropout'] for layer in DROPOUT_LAYERS}
    device = job.get('device', '/device:CPU:0')
    compute, _ = choose(model, on_gpu='GPU' in device, n_threads=threads_of_tower(DeviceConfig(), [device]))
    network = Network(model, acoustic_weights(model), [device], compute)
    return training_update(network, [batch], Dropout(rates, 1, tf.train.get_or_create_global_step()), optimizer,
                           n_per_update=n_batch * engine.n_replicas, engine=engine)


def product(job: Dict[str, Any]) -> tf.Operation:
    """A large matrix product, the most that the machine can do."""
    size = job['size']
    left, right = [tf.get_variable(name, [size, size], tf.float32) for name in ('left', 'right')]
    dtype = DTYPES[job['precision']]
    return tf.matmul(tf.cast(left, dtype), tf.cast(right, dtype)).op


def answer(session: tf.Session, operation: Any, traced: bool = False) -> None:
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE) if traced else None
    metadata = tf.RunMetadata() if traced else None
    before, called_ns, started = resource.getrusage(resource.RUSAGE_SELF), time.time_ns(), time.perf_counter()
    session.run(operation, options=options, run_metadata=metadata)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    result = {'seconds': seconds, 'peak_mib': after.ru_maxrss / 1024, 'user_s': after.ru_utime - before.ru_utime,
              'system_s': after.ru_stime - before.ru_stime, 'page_faults': after.ru_minflt - before.ru_minflt}
    if metadata is not None:
        result['parts'] = divide(kernels_of(metadata.step_stats), called_ns)
    print(json.dumps(result), flush=True)


if __name__ == '__main__':
    main()
