"""The learning rate of each update is what the formula of its schedule gives, whenever the run was stopped."""

import numpy as np
import pytest
from small_training import SmallTraining, assert_same_bits

from deepspeech_training.compat import tf
from deepspeech_training.settings.config import RATE_SCHEDULES, DeviceConfig, OptimizerConfig, ScheduleConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train.engine import LocalEngine
from deepspeech_training.train.graph import training_variables
from deepspeech_training.train.optimizer import AdamW
from deepspeech_training.train.schedule import LENGTH_MATTERS, RateSchedule, rate_schedule

N, W = 100, 20  # updates of the run, and of its warm-up
UPDATE = np.arange(N)
COSINE = (1 + np.cos(np.pi * (UPDATE - W) / (N - W))) / 2
FORMULAS = {  # before the end of the warm-up, and from there on
    'constant': ((UPDATE + 1) / W, np.ones(N)),
    'warmup_cosine': ((UPDATE + 1) / W, COSINE),
    'warmup_linear': ((UPDATE + 1) / W, (N - UPDATE) / (N - W)),
    'noam': ((UPDATE + 1) / W, np.sqrt(W) / np.sqrt(UPDATE + 1)),
    'one_cycle': (1 - (1 - 1 / 25) * (1 + np.cos(np.pi * UPDATE / W)) / 2, 1 / 250000 + (1 - 1 / 250000) * COSINE)}


@pytest.fixture
def learned(clips, alphabet, tmp_path, log):
    return SmallTraining(clips, alphabet, tmp_path, log)


@pytest.mark.parametrize('kind', RATE_SCHEDULES)
def test_each_update_has_the_rate_of_the_formula(kind):
    rising, falling = FORMULAS[kind]
    schedule = RateSchedule(kind, W, N)
    expected = np.where(UPDATE < W, rising, falling)
    np.testing.assert_allclose([schedule.factor(int(update)) for update in UPDATE], expected, rtol=1e-9)
    assert np.argmax(expected) in (W - 1, W)  # the full rate is reached, and with it the end of the warm-up


@pytest.mark.parametrize('kind, last', [('warmup_cosine', 0), ('warmup_linear', 0), ('one_cycle', 1 / 250000), ('constant', 1)])
def test_where_the_run_ends_and_beyond(kind, last):
    for update in (N, N + 7):
        assert RateSchedule(kind, W, N).factor(update) == pytest.approx(last, abs=1e-12)


def test_without_a_warm_up():
    for kind in ('constant', 'warmup_cosine', 'warmup_linear'):
        assert RateSchedule(kind, 0, N).factor(0) == 1
    cycle = [RateSchedule('one_cycle', 0, N).factor(update) for update in range(N)]
    assert np.argmax(cycle) == 30 and cycle[30] == 1 and cycle[0] == pytest.approx(1 / 25)


def test_epochs_become_updates():
    assert rate_schedule(ScheduleConfig(rate_schedule='noam', warmup_epochs=2.5), 10, 7) == ('noam', 18, 70)
    assert rate_schedule(ScheduleConfig(warmup_epochs=0.01), 10, 7).n_warmup == 1
    assert rate_schedule(ScheduleConfig(), 10, 7) == ('constant', 0, 70)


SCHEDULE = dict(rate_schedule='warmup_cosine', warmup_epochs=1.)


def test_a_run_takes_these_rates(learned):
    """The history has the rate of the update after each pass."""
    model = learned('run', schedule=SCHEDULE)
    factor = RateSchedule('warmup_cosine', 5, 15).factor
    rates = [line['rate'] for line in learned.history('run') if line['set'] == 'train']
    np.testing.assert_allclose(rates, [0.01 * factor(update) for update in (5, 10, 15)], rtol=1e-6, atol=1e-12)
    assert model.value('learning_rate') == np.float32(0.01)  # the largest one
    assert model.progress['schedule'] == 'warmup_cosine after 1 epochs of warm-up'


def test_an_update_takes_the_scheduled_rate():
    with tf.Graph().as_default(), tf.Session() as session:
        rate = training_variables(ModelConfig(4, 3), OptimizerConfig(0.5), LocalEngine(DeviceConfig())).learning_rate
        weight = tf.get_variable('weight', initializer=[0.], use_resource=False)
        step = AdamW(OptimizerConfig(0.5), rate.scheduled).apply_gradients([(tf.constant([3.]), weight)])
        session.run(tf.global_variables_initializer())
        for factor, expected in ((0.25, -0.125), (1., -0.625)):  # the gradient is always the same, so is Adam's step
            session.run(step, {rate.factor: factor})
            np.testing.assert_allclose(session.run(weight), [expected], rtol=1e-5)
        session.run(step)
        np.testing.assert_allclose(session.run(weight), [-1.125], rtol=1e-5)


@pytest.mark.long  # tests/durability/test_exact_resume.py stops such trainings, too
def test_stops_change_no_bit(learned):
    undisturbed = learned('undisturbed', schedule=SCHEDULE)
    stopped = learned('stopped', stops=(2, 2, 4), schedule=SCHEDULE)
    assert_same_bits(undisturbed, stopped)
    assert learned.history('undisturbed') == learned.history('stopped')


def test_a_plateau_lowers_all_of_the_schedule(learned):
    plateau = dict(SCHEDULE, reduce_lr_on_plateau=True, plateau_epochs=1, es_min_delta=1e6, plateau_reduction=0.5, epochs=2)
    learned('run', schedule=plateau)
    factor = RateSchedule('warmup_cosine', 5, 10).factor
    rates = [line['rate'] for line in learned.history('run') if line['set'] == 'train']
    np.testing.assert_allclose(rates, [0.01 * factor(5), 0.005 * factor(10)], rtol=1e-6, atol=1e-12)


def test_more_epochs_are_said(learned, output):
    learned('run', schedule=dict(SCHEDULE, epochs=0, total_epochs=3))
    assert 'stretched' not in output.getvalue()
    learned('run', schedule=dict(SCHEDULE, epochs=0, total_epochs=6))
    assert ('W The run ends after 6 epochs in all, not after 3 as before, and warmup_cosine after 1 epochs of warm-up is '
            'stretched over them: epoch 3 begins with 65.5 % of the learning rate instead of 0 %.') in output.getvalue()
    learned('run', schedule=dict(epochs=0, total_epochs=7))
    assert ('W The learning rate followed another schedule before: warmup_cosine after 1 epochs of warm-up. Now it is '
            'constant.') in output.getvalue()


def test_which_schedules_have_an_end():
    for kind in RATE_SCHEDULES:
        ends = RateSchedule(kind, W, N).factor(60) != RateSchedule(kind, W, 2 * N).factor(60)
        assert ends == (kind in LENGTH_MATTERS)
