"""Moving averages of the weights: what they are, that validation, tests and exports use them, and that a stop changes none."""

import numpy as np
import pytest
from long_form import long
from small_training import SmallTraining, assert_same_bits

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.frozen import open_frozen
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import read_each
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.evaluate.run import test as run_test
from deepspeech_training.export.package import export
from deepspeech_training.model.variables import average_name
from deepspeech_training.settings.config import (
    Asked,
    CheckpointConfig,
    DecoderConfig,
    DeviceConfig,
    ExportConfig,
    ReportConfig,
    SetConfig,
)
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.train.averages import Averages

QUIET = Log(3)
EMA = dict(optimizer=dict(ema_decay=0.8))
WEIGHTS = [f'layer_{layer}/{part}' for layer in (1, 2, 3, 5, 6) for part in ('weights', 'bias')] + [
    f'cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell/{part}' for part in ('kernel', 'bias')]


@pytest.fixture
def learned(clips, alphabet, tmp_path, log):
    return SmallTraining(clips, alphabet, tmp_path, log)


def test_an_average_follows_its_weight():
    values = np.random.RandomState(2).randn(60)
    with tf.Graph().as_default(), tf.Session() as session:
        weight = tf.get_variable('weight', initializer=[1., 2.], use_resource=False)
        averages, n, new = Averages({'weight': weight}, 0.75), tf.placeholder(tf.int64, []), tf.placeholder(tf.float32, [2])
        follow, assign = averages.follow(n), weight.assign(new)
        session.run(tf.global_variables_initializer())
        session.run(averages.begin)
        assert [variable.op.name for variable in averages.variables] == ['weight/ExponentialMovingAverage']
        expected = np.array([1., 2.])
        for number, value in enumerate(values, 1):
            session.run(assign, {new: [value, 0.]})
            session.run(follow, {n: number})
            decay = min(0.75, (1 + number) / (10 + number))
            expected = decay * expected + (1 - decay) * np.array([value, 0.])
            np.testing.assert_allclose(session.run(averages.weights['weight']), expected, rtol=1e-5, atol=1e-6)


def test_weights_learn_as_without_and_checkpoints_hold_both(learned):
    plain, both = learned('plain'), learned('both', **EMA)
    assert set(both.shapes) == set(plain.shapes) | {average_name(name) for name in WEIGHTS}
    for name in plain.shapes:
        np.testing.assert_array_equal(plain.value(name), both.value(name), err_msg=name)
    assert both.has_averages and not plain.has_averages
    for name in WEIGHTS:
        assert not np.array_equal(both.value(average_name(name)), both.value(name))
        np.testing.assert_array_equal(both.averaged().value(name), both.value(average_name(name)))
    assert both.averaged().shapes == plain.shapes


def test_validation_test_and_export_use_the_averages(learned, clips, alphabet, tmp_path):
    learned('run', **EMA)
    checkpoints = CheckpointConfig(learned.path('run'), str(tmp_path / 'out'))
    asked = Asked(alphabet, checkpoints=checkpoints, decoder=DecoderConfig(beam_width=8), report=ReportConfig(report_count=0),
                  test=SetConfig(batch_size=9), export=ExportConfig(str(tmp_path / 'export')))
    (tmp_path / 'export').mkdir()
    (tmp_path / 'out').mkdir()
    source = checkpoint_to_evaluate(CheckpointDirectory(checkpoints.load_dir), 'auto', QUIET)
    run = resolve(asked, source, QUIET)
    ((path, rows),) = read_each(SetConfig((str(clips),)))
    sets = [(path, check_rows(rows, alphabet, FeatureConfig(), str(tmp_path)).utterances)]
    stored = CheckpointDirectory(checkpoints.load_dir).best(QUIET)
    losses = [np.mean([result.loss for result in run_test(run, sets, model, QUIET)]) for model in (source, stored)]
    assert losses[0] == pytest.approx(stored.progress['best'], rel=1e-4) and abs(losses[0] - losses[1]) > 0.1
    exported = open_frozen(export(run, source, QUIET)[0])
    for name in WEIGHTS:
        np.testing.assert_array_equal(exported.value(name), stored.value(average_name(name)), err_msg=name)


EVERYTHING = dict(
    optimizer=dict(ema_decay=0.8, n_steps=2, max_norm=2., weight_decay=0.1), devices=DeviceConfig(n_cpu_devices=2),
    train=dict(batch_size=1), schedule=dict(rate_schedule='one_cycle', warmup_epochs=1., epochs=4, reduce_lr_on_plateau=True,
                                            plateau_epochs=1, es_min_delta=1e6, plateau_reduction=0.5))


@pytest.mark.parametrize('precision', [long('float32'), 'float16'])
def test_stops_change_no_bit_with_everything_on(precision, learned, output, is_long):
    model = dict(model=dict(precision=precision, lstm='loop'))
    whole = learned('whole', **EVERYTHING, **model)
    assert 'Encountered a plateau' in output.getvalue()
    # Five steps of two devices, then a step of validation.
    stopped = learned('stopped', stops=(2, 2, 3, 3) if is_long else (2, 3), **EVERYTHING, **model)
    assert_same_bits(whole, stopped)
    best = [CheckpointDirectory(learned.path(name)).best(QUIET) for name in ('whole', 'stopped')]
    assert_same_bits(*best)
    assert learned.history('stopped') == learned.history('whole')


def test_averages_begin_and_end_with_the_flag(learned, output):
    plain = learned('run', schedule=dict(epochs=0, total_epochs=1))
    begun = learned('run', schedule=dict(epochs=0, total_epochs=2), optimizer=dict(ema_decay=0.9999999))
    assert plain.value('global_step') == 5 and begun.has_averages
    # They began as the weights were then, and have followed since, slower and slower: n is 6 to 10.
    for name in WEIGHTS:
        moved = [np.abs(begun.value(other) - plain.value(name)).max() for other in (average_name(name), name)]
        assert 0 < moved[0] < moved[1]
    assert 'ema_decay' not in output.getvalue()
    ended = learned('run', schedule=dict(epochs=0, total_epochs=3))
    assert not ended.has_averages
    assert 'holds moving averages of its weights, which end here' in output.getvalue()


def test_a_transfer_takes_the_averages(learned):
    model = learned('run', **EMA)
    kept = model.averaged().of_layers([1, 2])
    np.testing.assert_array_equal(kept.value('layer_1/weights'), model.value(average_name('layer_1/weights')))
    assert not kept.has_averages
