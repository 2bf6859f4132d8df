"""One of the processes that cluster.py and scaling.py time.

Reads a JSON object that says what to build and with whom, answers when it is ready, then for every further line
`WHAT N` runs N times one of

    step       a training step, as a training takes it: gradients, their sum over all workers, Adam, the exchange of losses
    gradients  forward and backward only, with nobody else
    reduce     only the sum of a vector as long as the gradients, over all workers
    small      only the exchange of losses
    product    a large matrix product, the most that the processors can do

and answers with a JSON line: seconds of one, seconds of processors of one, peak memory of the process in MiB.
"""

import json
import os
import resource
import sys
import time
from typing import Any, Callable, Dict

from training_worker import product, update_of

from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.settings.config import ClusterConfig, DeviceConfig
from deepspeech_training.train.collectives import CollectiveEngine
from deepspeech_training.train.engine import Engine, LocalEngine


def main() -> None:
    job = json.loads(sys.stdin.readline())
    engine = engine_of(job)
    with engine.graph():
        tf.set_random_seed(1)
        update = update_of(job, engine)
        variables = tf.trainable_variables()
        reduced = tf.group(*engine.reduce_gradients([variable.read_value() for variable in variables]))
        largest = product({'size': job['product_size'], 'precision': job['precision']})
        initialize, session = tf.global_variables_initializer(), engine.session().__enter__()
        session.run(initialize)

    def step() -> None:
        loss_sum, _ = session.run([update.step.loss_sum, update.apply])
        engine.total(float(loss_sum), 1., None)

    ways = {'step': step, 'gradients': lambda: session.run(update.gradients), 'reduce': lambda: session.run(reduced),
            'small': lambda: engine.total(1., 1., None), 'product': lambda: session.run(largest)}
    size_bytes = sum(4 * variable.shape.num_elements() for variable in variables)
    for way in ways.values():
        way()
    print(json.dumps({'vector_bytes': size_bytes}), flush=True)
    for line in sys.stdin:
        what, n = line.split()
        print(json.dumps(dict(timed(ways[what], int(n)), vector_bytes=size_bytes)), flush=True)
    os._exit(0)  # nobody waits for the others


def engine_of(job: Dict[str, Any]) -> Engine:
    """Returns the Engine of the job: alone, or with others whose addresses it has."""
    if not job['workers']:
        return LocalEngine(DeviceConfig())
    cluster = ClusterConfig(tuple(job['workers']), job['index'], reduce_precision=job['reduce_precision'])
    return CollectiveEngine(cluster, DeviceConfig(), Log(1, sys.stderr))


def timed(run: Callable[[], Any], n: int) -> Dict[str, float]:
    """Runs so often; returns means."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    for _ in range(n):
        run()
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {'seconds': seconds / n, 'cpu_s': cpu_s / n, 'peak_mib': after.ru_maxrss / 1024}


if __name__ == '__main__':
    main()
