"""Jobs of gpu.py that compute, in a process of their own: what a failing library breaks ends with the process.

Reads a job as a JSON line, answers with one: {"result": ...}, {"left_out": why} or {"error": what went wrong}.
"""

import json
import platform
import re
import statistics
import sys
import time
from typing import Any, Dict, List

import numpy as np
from gpu_trainings import compare, train_some, train_too_much
from training_worker import step

from deepspeech_training.compat import VERSION, cuda_build, gpus, reason_of, session_config, tf, visible_devices
from deepspeech_training.model.cudnn_trial import largest_differences
from deepspeech_training.model.gpu import loaded_versions, without_kernels
from deepspeech_training.model.mixed_precision import DTYPES
from deepspeech_training.model.variables import training_flops
from deepspeech_training.settings.config import DeviceConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train.loss_scale import VARIABLES

N_WARM = 2  # runs before the first that is timed: libraries are loaded and try algorithms then
TOO_LARGE = 1e38  # a scale that every loss overflows with
CLEAR_PEAK = '5'  # what resets the peak of a process's memory, see proc(5)

Answer = Dict[str, Any]


class LeftOut(Exception):
    """Something that this TensorFlow or this device does not have."""


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {'result': KINDS[job['kind']](job)}
        except LeftOut as reason:
            answer = {'left_out': str(reason)}
        except Exception as error:  # whatever it is, it is the finding
            answer = {'error': reason_of(error)}
        print(json.dumps(answer), flush=True)


def devices(job: Answer) -> Answer:
    """What there is; loads what a GPU needs by multiplying once on every device."""
    settings = DeviceConfig()
    names, found, build = visible_devices(settings), gpus(settings), cuda_build()
    with tf.Graph().as_default(), tf.Session(config=session_config(settings)) as session:
        for name in names:
            with tf.device(name):
                session.run(tf.matmul(tf.ones([64, 64]), tf.ones([64, 64])))
    return dict(python=platform.python_version(), tensorflow=VERSION, devices=names, gpus=[gpu._asdict() for gpu in found],
                loaded=loaded_versions()._asdict(), built=build._asdict(),
                without_kernels=sorted({without_kernels(gpu, build) for gpu in found} - {''}))


def product(job: Answer) -> Answer:
    """Seconds of a large matrix product: of a chain of them, as one may be too short to be timed."""
    available([job['precision']])
    choose_float32(job['precision'])
    size, dtype = job['size'], DTYPES[stored_as(job['precision'])]
    with tf.Graph().as_default(), tf.device(job['device']):
        left, right = [tf.get_variable(name, initializer=tf.random.stateless_uniform(
            [size, size], [1, 2], minval=-size ** -.5, maxval=size ** -.5), use_resource=False) for name in ('left', 'right')]
        result, right = tf.cast(left, dtype), tf.cast(right, dtype)
        for _ in range(job['chain']):
            result = tf.matmul(result, right)
        with tf.Session(config=session_config(DeviceConfig())) as session:
            session.run(tf.global_variables_initializer())
            seconds = timed(session, tf.cast(result[0, 0], tf.float32), job['turns'])
    return {'seconds': min(seconds) / job['chain'], 'flops': 2 * size ** 3}


def one_step(job: Answer) -> Answer:
    """A training step in one or more precisions that share a graph."""
    result, began_s = {}, time.perf_counter()
    precisions = available(job['precisions'])
    with tf.Graph().as_default(), tf.device(job['device']):
        tf.set_random_seed(1)
        operations = step(dict(job, precision=stored_as(precisions[0])))
        initialize = tf.global_variables_initializer()
        with tf.Session(config=session_config(DeviceConfig())) as session:
            session.run(initialize)
            for precision in precisions:
                choose_float32(precision)
                reset_peak(job['device'])
                seconds = timed(session, operations, job['turns'])
                result[precision] = {'best_s': min(seconds), 'median_s': statistics.median(seconds),
                                     'peak_mib': peak_mib(job['device'])}
    flops = training_flops(ModelConfig(job['n_labels'], job['n_hidden'], job['direction']), job['batch'] * job['frames'])
    return {'of': result, 'flops': flops, 'took_s': time.perf_counter() - began_s}


def differences(job: Answer) -> Answer:
    """How far two implementations are apart with sequences of different lengths."""
    result = {}
    model, precisions = ModelConfig(28, job['n_hidden'], job['direction']), available(job['precisions'])
    lengths = np.linspace(1, job['frames'], job['batch']).astype(int).tolist()
    with tf.Graph().as_default(), tf.device(job['device']):
        built = largest_differences(job['one'], job['other'], DTYPES[stored_as(precisions[0])], model)
        with tf.Session(config=session_config(DeviceConfig())) as session:
            for precision in precisions:
                choose_float32(precision)
                values = session.run(built.of, built.fed(job['frames'], lengths))
                result[precision] = {what: float(value) for what, value in values.items()}
    return {'of': result}


def loss_scale(job: Answer) -> Answer:
    """What an overflow does to weights and scale in float16, and whether the loss falls."""
    with tf.Graph().as_default(), tf.device(job['device']):
        tf.set_random_seed(1)
        operations = step(dict(job, precision='float16'))
        by_name = {variable.op.name: variable for variable in tf.global_variables()}
        scale, n_good = [by_name[name] for name in VARIABLES]
        weight = tf.trainable_variables()[0]
        with tf.Session(config=session_config(DeviceConfig())) as session:
            session.run(tf.global_variables_initializer())
            losses = [float(session.run(operations)[1]) for _ in range(job['turns'])]
            found, good_steps, before = session.run([scale, n_good, weight])
            scale.load(TOO_LARGE, session)
            session.run(operations)
            halved, after = session.run([scale, weight])
            scale.load(found, session)
            session.run(operations)
            return {'losses': losses, 'good_steps': int(good_steps), 'scale': float(found), 'overflown': TOO_LARGE,
                    'scale_after_overflow': float(halved), 'weights_kept': bool(np.array_equal(before, after)),
                    'goes_on': bool((session.run(weight) != after).any())}


def available(precisions: List[str]) -> List[str]:
    """Returns those of `precisions` that can be had here; raises LeftOut if none can."""
    missing = set()
    if VERSION < '2' or not gpus(DeviceConfig()):
        missing.add('tf32')
    if VERSION < '2':
        missing.add('bfloat16')
    found = [precision for precision in precisions if precision not in missing]
    if not found:
        raise LeftOut(f'there is no {precisions[0]} here')
    return found


def stored_as(precision: str) -> str:
    return 'float32' if precision == 'tf32' else precision


def choose_float32(precision: str) -> None:
    """Makes GPUs multiply float32 numbers as such, or as TensorFloat-32 for tf32."""
    enable = getattr(tf.config.experimental, 'enable_tensor_float_32_execution', None)
    if enable:
        enable(precision == 'tf32')


def timed(session: tf.Session, operations: Any, n_turns: int) -> List[float]:
    seconds = []
    for turn in range(N_WARM + n_turns):
        began_s = time.perf_counter()
        session.run(operations)
        if turn >= N_WARM:
            seconds.append(time.perf_counter() - began_s)
    return seconds


def reset_peak(device: str) -> None:
    if 'GPU' in device:
        asked_of_gpu('reset_memory_stats', device)
        return
    with open('/proc/self/clear_refs', 'w') as file:
        file.write(CLEAR_PEAK)


def peak_mib(device: str) -> Any:
    """What the device has held at most since `reset_peak`, on processors the process; None: this TensorFlow does not say."""
    if 'GPU' not in device:
        with open('/proc/self/status') as file:
            return int(re.search(r'VmHWM:\s*(\d+)', file.read()).group(1)) / 1024
    found = asked_of_gpu('get_memory_info', device)
    return found['peak'] / 2 ** 20 if found else None


def asked_of_gpu(name: str, device: str) -> Any:
    """Returns what a function of TensorFlow 2 says of a GPU; a time without a peak is better than none."""
    try:
        return getattr(tf.config.experimental, name)(device.rpartition('device:')[2])
    except Exception as error:
        print(f'{name}: {error}', file=sys.stderr)
        return None


KINDS = {'devices': devices, 'product': product, 'step': one_step, 'differences': differences, 'loss_scale': loss_scale,
         'train': train_some, 'train_too_much': train_too_much, 'compare': compare}

if __name__ == '__main__':
    main()
