"""The native recurrent layer beside the loop: at common widths, in every number of threads, with bfloat16, and its trial."""

import io

import deepspeech_layers
import numpy as np
import pytest

from deepspeech_training.compat import HAS_BFLOAT16_ON_CPU, tf
from deepspeech_training.console.log import Log
from deepspeech_training.model import native_trial
from deepspeech_training.model import trials as model_trials
from deepspeech_training.model.compute import PLAIN
from deepspeech_training.model.lstm import lstm
from deepspeech_training.model.native_trial import try_native
from deepspeech_training.model.recurrent import LstmWeights
from deepspeech_training.settings.config import DeviceConfig
from deepspeech_training.settings.model import ModelConfig

N_TIME, LENGTHS = 23, [23, 1, 17, 0, 23, 8]


def run(lstm_name, n_cell, n_directions=1, dtype=tf.float32, n_threads=2):
    """Returns outputs and gradients of a layer with random numbers, arrays."""
    random = np.random.RandomState(n_cell)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(random.randn(N_TIME, len(LENGTHS), n_cell).astype('f'))
        cells = [LstmWeights(tf.constant((random.randn(2 * n_cell, 4 * n_cell) * n_cell ** -.5).astype('f')),
                             tf.constant(random.randn(4 * n_cell).astype('f'))) for _ in range(n_directions)]
        compute = PLAIN._replace(lstm=lstm_name, dtype=dtype, differentiable=True, n_threads=n_threads)
        outputs, _ = lstm(compute, x, tf.constant(LENGTHS), cells, 1.)
        weight = tf.constant(random.randn(N_TIME, len(LENGTHS), n_directions * n_cell).astype('f'))
        given = [x] + [value for cell in cells for value in cell]
        wanted = [outputs] + tf.gradients(tf.reduce_sum(outputs * weight), given)
        first, second = session.run(wanted), session.run(wanted)
    for left, right in zip(first, second):  # also where TensorFlow makes constants of what does not change
        np.testing.assert_array_equal(left, right)
    return second


def differences(one, other):
    """Returns the largest difference of each array, as a part of the largest value."""
    return [np.abs(left - right).max() / np.abs(right).max() for left, right in zip(one, other)]


@pytest.mark.parametrize('n_cell', [64, 100, 256])
@pytest.mark.parametrize('n_directions', [1, 2])
def test_equals_the_loop(n_cell, n_directions):
    assert max(differences(run('native', n_cell, n_directions), run('loop', n_cell, n_directions))) < 1e-5


@pytest.mark.parametrize('n_threads', [1, 3, 4, 7])
def test_every_number_of_threads_gives_the_same_bits(n_threads):
    for left, right in zip(run('native', 100, 2, n_threads=n_threads), run('native', 100, 2)):
        np.testing.assert_array_equal(left, right)


@pytest.mark.skipif(not HAS_BFLOAT16_ON_CPU, reason='TensorFlow 1.15 has no such products')
def test_bfloat16_is_as_near_to_float32_as_that_of_the_loop():
    exact = run('loop', 128)
    native, loop = [differences(run(each, 128, dtype=tf.bfloat16), exact) for each in ('native', 'loop')]
    for of_native, of_loop in zip(native, loop):
        assert 1e-4 < of_native < 2 * of_loop


def test_an_empty_batch_of_frames_gives_nothing():
    with tf.Graph().as_default(), tf.Session() as session:
        cells = [LstmWeights(tf.zeros([8, 16]), tf.zeros([16]))]
        compute = PLAIN._replace(lstm='native', differentiable=True)
        outputs, _ = lstm(compute, tf.zeros([0, 2, 4]), tf.constant([0, 0]), cells, 1.)
        gradient = tf.gradients(tf.reduce_sum(outputs), cells[0].kernel)[0]
        outputs, gradient = session.run([outputs, gradient])
    assert outputs.shape == (0, 2, 4) and not gradient.any()


def test_gradients_are_built_once():
    with tf.Graph().as_default():
        x = tf.zeros([3, 2, 4])
        outputs, _ = lstm(PLAIN._replace(lstm='native', differentiable=True), x, tf.constant([3, 2]),
                          [LstmWeights(tf.zeros([8, 16]), tf.zeros([16]))], 1.)
        tf.gradients(outputs, x)
        with pytest.raises(NotImplementedError, match='once in a graph; take loop'):
            tf.gradients(outputs, x)


SHORT = tf.bfloat16 if HAS_BFLOAT16_ON_CPU else tf.float32  # what is tried in earnest, where it can be had


def tried(dtype=SHORT, n_hidden=32):
    output = io.StringIO()
    model = ModelConfig(28, n_hidden, 'bidirectional')
    return try_native(dtype, model=model, settings=DeviceConfig(), n_threads=1, log=Log(0, output)), output.getvalue()


def test_the_trial_measures_both():
    problem, said = tried()
    assert problem is None or problem.endswith('times as long in a trial')
    assert 'Tried the recurrent layer: native ' in said


def test_the_trial_takes_the_faster_one(monkeypatch):
    ticks = iter(range(1000))
    turn = {'native': 3, 'loop': 1}
    clock = {'now': 0}

    def pretend():  # every other call ends a turn; native and loop take turns
        number = next(ticks)
        clock['now'] += turn['native' if number % 4 < 2 else 'loop'] * (number % 2)
        return clock['now']

    monkeypatch.setattr(native_trial.time, 'perf_counter', pretend)
    assert tried()[0] == 'it took 3.0 times as long in a trial'
    turn.update(native=1, loop=2)
    assert tried()[0] is None


@pytest.mark.parametrize('error, problem', [(ValueError('a fault'), 'it failed its trial'), (MemoryError(), None)])
def test_a_trial_that_fails_does_not_end_the_training(monkeypatch, error, problem):
    def fail(*arguments):
        raise error
    monkeypatch.setattr(deepspeech_layers, 'run_lstm', fail)
    found, said = tried()
    assert found == problem and ('does not work here: ValueError: a fault' in said) == bool(problem)


def test_the_trial_finds_wrong_numbers(monkeypatch):
    monkeypatch.setattr(native_trial, 'lstm', lambda compute, x, *rest: (
        lstm(compute, x * 1.5 if compute.lstm == 'native' else x, *rest)))
    problem, said = tried()
    assert problem == 'it gives other numbers here' and 'gives other numbers than the loop' in said


@pytest.mark.parametrize('dtype, n_hidden, is_deterministic, is_tried', [
    (tf.float32, 65, False, False), (tf.bfloat16, 65, False, True), (tf.bfloat16, 65, True, False),
    (tf.bfloat16, 64, False, False)])
def test_only_products_of_bfloat16_in_wide_layers_are_tried(monkeypatch, dtype, n_hidden, is_deterministic, is_tried):
    monkeypatch.setattr(model_trials, 'try_native', lambda *args, **named: 'it is slow')
    settings = DeviceConfig(deterministic=is_deterministic)
    run = model_trials.trials(ModelConfig(28, n_hidden), ['/device:CPU:0'], settings, 1, Log(3))
    assert run('native', dtype) == ('it is slow' if is_tried else None)
