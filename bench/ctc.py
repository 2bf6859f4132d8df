"""Times the loss with its gradients: TensorFlow's and the native one, in turns, in one process.

    bench/ctc.py                                          200 frames, 40 labels, batch 16, 29 classes
    bench/ctc.py --frames 750 --labels 200 --threads 2

Best and median over the turns of the time on the clock, and of the processors' time, which other programs disturb less; how
far the gradients are apart.
"""

import argparse
import statistics
import time
from typing import Any, Dict, List, Tuple

import numpy as np

from deepspeech_training.compat import tf
from deepspeech_training.model.acoustic import ctc_losses
from deepspeech_training.model.compute import PLAIN

IMPLEMENTATIONS = ('tensorflow', 'native')


def main() -> None:
    arguments = parse_arguments()
    config = tf.ConfigProto(intra_op_parallelism_threads=arguments.threads, inter_op_parallelism_threads=arguments.threads)
    with tf.Graph().as_default(), tf.Session(config=config) as session:
        results = {implementation: built(implementation, arguments) for implementation in IMPLEMENTATIONS}
        session.run(tf.global_variables_initializer())
        (_, expected), (_, found) = [session.run(results[implementation]) for implementation in IMPLEMENTATIONS]
        times: Dict[str, List[Tuple[float, float]]] = {implementation: [] for implementation in IMPLEMENTATIONS}
        for _ in range(arguments.turns):
            for implementation in IMPLEMENTATIONS:
                times[implementation].append(turn(session, results[implementation], arguments.calls))
    print(f'batch {arguments.batch}, {arguments.frames} frames, {arguments.labels} labels, {arguments.classes} classes, '
          f'{arguments.threads} threads; gradients differ by {np.abs(expected - found).max():.1e} at most')
    print('               clock: best   median    processors: best   median   ms a batch')
    for implementation in IMPLEMENTATIONS:
        clock, processors = [[1000 * seconds for seconds in of_turns] for of_turns in zip(*times[implementation])]
        print(f'{implementation:12} {min(clock):12.2f} {statistics.median(clock):8.2f} {min(processors):19.2f} '
              f'{statistics.median(processors):8.2f}')


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (('frames', 200), ('labels', 40), ('classes', 29), ('batch', 16), ('threads', 2), ('turns', 10),
                          ('calls', 20)):
        parser.add_argument(f'--{name}', type=int, default=default)
    return parser.parse_args()


def built(implementation: str, arguments: argparse.Namespace) -> Tuple[Any, Any]:
    """Returns (losses, gradients) of the same random scores and labels for all."""
    random = np.random.RandomState(0)
    scores = tf.Variable(random.randn(arguments.frames, arguments.batch, arguments.classes).astype(np.float32))
    labels = random.randint(0, arguments.classes - 1, [arguments.batch, arguments.labels]).astype(np.int32)
    compute = PLAIN._replace(is_native=implementation == 'native', differentiable=True, n_threads=arguments.threads)
    losses = ctc_losses(scores, tf.fill([arguments.batch], arguments.frames), tf.constant(labels), compute=compute)
    return losses, tf.gradients(losses, scores)[0]


def turn(session: Any, results: Tuple[Any, Any], n_calls: int) -> Tuple[float, float]:
    """Returns seconds per call, by the clock and of all processors."""
    operations = [result.op for result in results]
    clock, processors = time.perf_counter(), time.process_time()
    for _ in range(n_calls):
        session.run(operations)
    return (time.perf_counter() - clock) / n_calls, (time.process_time() - processors) / n_calls


if __name__ == '__main__':
    main()
