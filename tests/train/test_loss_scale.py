"""An overflow leaves the weights alone and lowers the scale; without one it grows."""

import numpy as np
import pytest

from deepspeech_training.compat import tf
from deepspeech_training.train import loss_scale
from deepspeech_training.train.loss_scale import LossScale


@pytest.fixture
def steps():
    """Function that makes updates with given scaled gradients; returns (weight, scale, good steps) after each."""
    def run(gradients, first_scale=8., first_good=0):
        with tf.Graph().as_default(), tf.Session() as session:
            weight = tf.get_variable('weight', initializer=[1.], use_resource=False)
            scale = LossScale()
            given = tf.placeholder(tf.float32, [1])
            update = scale.update(tf.train.AdamOptimizer(0.1), scale.unscaled([given]), [weight])
            session.run(tf.global_variables_initializer())
            by_name = {variable.op.name: variable for variable in tf.global_variables()}
            by_name['current_loss_scale'].load(first_scale, session)
            by_name['good_steps'].load(first_good, session)
            state = [weight, scale.scale, by_name['good_steps']]
            assert {'beta1_power', 'beta2_power', 'weight/Adam', 'weight/Adam_1'} <= set(by_name)
            results = []
            for gradient in gradients:
                session.run(update, {given: [gradient]})
                values = session.run(state)
                results.append((float(values[0][0]), float(values[1]), int(values[2])))
            return results
    return run


def test_an_overflow_skips_the_update_and_halves_the_scale(steps):
    first, lost, last = steps([4., np.inf, 4.])
    assert first[0] == pytest.approx(0.9, abs=1e-3) and first[1:] == (8., 1)
    assert lost == (first[0], 4., 0)
    assert last[0] == pytest.approx(0.8, abs=1e-2) and last[1:] == (4., 1)


def test_the_scale_grows_after_many_good_steps(steps, monkeypatch):
    monkeypatch.setattr(loss_scale, 'GROW_EVERY', 2)
    assert [(scale, good) for _, scale, good in steps([1., 1., 1.])] == [(8., 1), (16., 0), (16., 1)]


def test_a_count_from_elsewhere_that_is_over_the_limit_makes_it_grow(steps):
    assert [(scale, good) for _, scale, good in steps([1.], first_good=5000)] == [(16., 0)]


def test_it_never_falls_below_one(steps):
    assert [scale for _, scale, _ in steps([np.nan] * 3, first_scale=2.)] == [1., 1., 1.]
