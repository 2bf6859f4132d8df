"""Several steps make the update that one large batch would make, and a stop among them costs nothing but their time."""

import glob
import os

import numpy as np
import pytest
from long_form import long
from small_training import SmallTraining, assert_same_bits

from deepspeech_training.compat import tf
from deepspeech_training.settings.config import DeviceConfig
from deepspeech_training.train import loss_scale

NO_DROPOUT = (0., 0., 0., 0.)


@pytest.fixture
def learned(clips, alphabet, tmp_path, log):
    return SmallTraining(clips, alphabet, tmp_path, log)


def assert_near(left, right, part, tolerance):
    """What two models hold under names that end with `part` differs by no more than a share of its norm."""
    names = [name for name in left.shapes if name.endswith(part)]
    assert left.shapes == right.shapes and names
    for name in names:
        expected, found = [model.value(name).astype(np.float64) for model in (left, right)]
        assert np.linalg.norm(found - expected) <= tolerance * np.linalg.norm(expected), name


@pytest.mark.parametrize('batch_size, n_steps, precision', [
    (3, 3, 'float32'), (2, 5, 'float32'), long(4, 7, 'float32'), (2, 5, 'float16')])  # of nine clips: 3 3 3, 2 2 2 2 1, 4 4 1
def test_one_update_of_several_steps_is_that_of_the_whole_batch(batch_size, n_steps, precision, learned, monkeypatch):
    monkeypatch.setattr(loss_scale, 'FIRST_SCALE', 256.)  # with which no update overflows
    common = dict(dropout=NO_DROPOUT, schedule=dict(epochs=1), model=dict(precision=precision, lstm='loop'))
    whole = learned('whole', train=dict(batch_size=9), **common)
    parts = learned('parts', train=dict(batch_size=batch_size), optimizer=dict(n_steps=n_steps), **common)
    assert whole.value('global_step') == parts.value('global_step') == 1
    # Adam's first moment is a tenth of the gradient. What float32 rounds in the network differs by the padding of its batch.
    assert_near(whole, parts, '/Adam', 2e-6 if precision == 'float32' else 1e-2)
    assert whole.progress['best'] == pytest.approx(parts.progress['best'], rel=1e-4)


def test_what_is_left_at_the_end_of_an_epoch_is_an_update(learned):
    common = dict(dropout=NO_DROPOUT, schedule=dict(epochs=1))
    large = learned('large', train=dict(batch_size=8), **common)  # 8 1
    parts = learned('parts', train=dict(batch_size=4), optimizer=dict(n_steps=2), **common)  # 4 4, 1
    assert large.value('global_step') == parts.value('global_step') == 2
    assert parts.progress['epoch'] == 1 and parts.progress['position'] == 0
    assert_near(large, parts, '/Adam', 1e-4)  # the second gradient is made with weights that Adam's first step has rounded


def test_several_steps_drop_what_as_many_devices_would(learned):
    """A later step of an update has masks of its own, those of the devices that one large step would have besides."""
    common = dict(train=dict(batch_size=3), dropout=(0.5, 0.5, 0.5, 0.5), schedule=dict(epochs=1))
    devices = learned('devices', devices=DeviceConfig(n_cpu_devices=3), **common)
    steps = learned('steps', optimizer=dict(n_steps=3), **common)
    assert_near(devices, steps, '/Adam', 1e-6)


@pytest.mark.long  # tests/durability/test_exact_resume.py stops such trainings, too
def test_stops_change_no_bit(learned):
    common = dict(optimizer=dict(n_steps=2, max_norm=3.), schedule=dict(rate_schedule='warmup_cosine', warmup_epochs=0.5))
    whole = learned('whole', **common)
    assert whole.value('global_step') == 9
    # Updates of an epoch have 2, 2 and 1 steps; then a step validates. The first and the second stop are within an update.
    stopped = learned('stopped', stops=(1, 3, 2, 3, 2), **common)
    assert_same_bits(whole, stopped)
    assert learned.history('stopped') == learned.history('whole')


def test_a_stop_after_the_last_step_of_a_pass_loses_no_line_of_the_history(learned):
    """An epoch has five steps of training and one of validation, which is run again where the stop came with it."""
    whole = learned('whole')
    stopped = learned('stopped', stops=(5, 1, 6, 6))
    assert_same_bits(whole, stopped)
    assert learned.history('stopped') == learned.history('whole')


def test_a_stop_within_an_update_goes_back_to_the_one_before(learned, output):
    learned('run', stops=(4, 1, 2), optimizer=dict(n_steps=3), train=dict(batch_size=1))
    lines = output.getvalue().splitlines()
    assert [line.split(';')[0] for line in lines if 'Interrupted' in line] == ['I Interrupted in epoch 0'] * 3
    # Three steps were made, hence an update; the fourth is made anew each time.
    assert [line.rpartition('/')[2] for line in lines if 'Resuming' in line or 'goes on from' in line] == ['train-1.'] * 3


def test_checkpoints_hold_no_other_variables(learned):
    plain, parts = learned('plain'), learned('parts', optimizer=dict(n_steps=2))
    assert plain.shapes == parts.shapes


def test_a_run_goes_on_with_another_number_of_steps(learned):
    learned('run', stops=(2,), ends=False, optimizer=dict(n_steps=2))
    model = learned('run', optimizer=dict(n_steps=4))  # 2 + 3 steps, then twice 4 + 1
    assert model.value('global_step') == 1 + 1 + 2 + 2


def test_curves_have_a_point_for_each_update(learned):
    learned('run', optimizer=dict(n_steps=2), schedule=dict(epochs=1))
    (path,) = glob.glob(os.path.join(learned.path('run'), 'train', 'events*'))
    points = [(event.step, value.simple_value) for event in tf.train.summary_iterator(path) for value in event.summary.value
              if value.tag == 'step_loss']
    assert [step for step, _ in points] == [1, 2, 3]
    # Five steps of 2 2 2 2 1 clips: the mean over the steps of each update.
    weighted = sum(loss * n for (_, loss), n in zip(points, (4, 4, 1))) / 9
    (line,) = [line for line in learned.history('run') if line['set'] == 'train']
    assert weighted == pytest.approx(line['loss'], rel=1e-5)
