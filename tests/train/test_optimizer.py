"""Updates are what the formulas of Adam, weight decay and clipping give in NumPy."""

import numpy as np
import pytest
from small_training import SmallTraining, assert_same_bits

from deepspeech_training.compat import tf
from deepspeech_training.settings.config import OptimizerConfig
from deepspeech_training.train.loss_scale import LossScale
from deepspeech_training.train.optimizer import AdamW, clipped

RANDOM = np.random.RandomState(3)
FIRST = {'kernel': RANDOM.randn(3, 4).astype('f'), 'bias': RANDOM.randn(4).astype('f')}
GRADIENTS = [{name: RANDOM.randn(*value.shape).astype('f') for name, value in FIRST.items()} for _ in range(5)]
BETA1, BETA2, EPSILON = 0.8, 0.95, 1e-3


@pytest.fixture
def learned(clips, alphabet, tmp_path):
    return SmallTraining(clips, alphabet, tmp_path)


def by_tensorflow(weight_decay, rates, with_loss_scale=False):
    """Returns the values after updates with GRADIENTS."""
    with tf.Graph().as_default(), tf.Session() as session:
        variables = [tf.get_variable(name, initializer=value, use_resource=False) for name, value in FIRST.items()]
        rate, given = tf.placeholder(tf.float32, []), [tf.placeholder(tf.float32, value.shape) for value in FIRST.values()]
        optimizer = AdamW(OptimizerConfig(beta1=BETA1, beta2=BETA2, epsilon=EPSILON, weight_decay=weight_decay), rate)
        if with_loss_scale:
            update = LossScale().update(optimizer, given, variables)
        else:
            update = optimizer.apply_gradients(list(zip(given, variables)))
        names = {variable.op.name for variable in tf.global_variables()}
        assert {'kernel/Adam', 'kernel/Adam_1', 'bias/Adam', 'beta1_power', 'beta2_power'} <= names
        session.run(tf.global_variables_initializer())
        for gradients, value in zip(GRADIENTS, rates):
            session.run(update, {rate: value, **{place: gradients[name] for place, name in zip(given, FIRST)}})
        return dict(zip(FIRST, session.run(variables)))


def by_numpy(weight_decay, rates):
    """Loshchilov & Hutter 2019, algorithm 2, on float64; epsilon as in TensorFlow, beside the uncorrected moment."""
    values = {name: value.astype('d') for name, value in FIRST.items()}
    m, v = [{name: np.zeros(value.shape) for name, value in FIRST.items()} for _ in range(2)]
    for t, (gradients, rate) in enumerate(zip(GRADIENTS, rates), 1):
        for name, gradient in gradients.items():
            m[name] = BETA1 * m[name] + (1 - BETA1) * gradient
            v[name] = BETA2 * v[name] + (1 - BETA2) * gradient.astype('d') ** 2
            step = rate * np.sqrt(1 - BETA2 ** t) / (1 - BETA1 ** t) * m[name] / (np.sqrt(v[name]) + EPSILON)
            decay = weight_decay if values[name].ndim > 1 else 0.
            values[name] = values[name] - step - rate * decay * values[name]
    return values


@pytest.mark.parametrize('weight_decay', [0., 0.1, 3.])
@pytest.mark.parametrize('with_loss_scale', [False, True])
def test_adam_with_weight_decay(weight_decay, with_loss_scale):
    rates = [0.1, 0.05, 0.2, 0.1, 0.01]
    found, expected = by_tensorflow(weight_decay, rates, with_loss_scale), by_numpy(weight_decay, rates)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=2e-5, atol=1e-6)


def test_without_decay_it_is_tensorflows_adam():
    with tf.Graph().as_default(), tf.Session() as session:
        results = []
        for made in (lambda: AdamW(OptimizerConfig(), tf.constant(0.01)), lambda: tf.train.AdamOptimizer(0.01)):
            variable = tf.get_variable(f'x{len(results)}', initializer=FIRST['kernel'], use_resource=False)
            update = made().apply_gradients([(tf.constant(GRADIENTS[0]['kernel']), variable)])
            session.run(tf.global_variables_initializer())
            session.run([update])
            results.append(session.run(variable))
        np.testing.assert_array_equal(*results)


@pytest.mark.parametrize('max_norm', [0., 0.5, 1e3])
def test_gradients_are_clipped_together(max_norm):
    gradients = list(GRADIENTS[0].values())
    norm = np.sqrt(sum((gradient.astype('d') ** 2).sum() for gradient in gradients))
    assert 1 < norm < 100
    factor = min(1., max_norm / norm) if max_norm else 1.
    with tf.Graph().as_default(), tf.Session() as session:
        found, norm_before = session.run(clipped([tf.constant(gradient) for gradient in gradients], max_norm))
    assert norm_before == pytest.approx(norm, rel=1e-6)
    for gradient, value in zip(gradients, found):
        np.testing.assert_allclose(value, factor * gradient, rtol=1e-6)


def test_what_is_not_finite_stays_so_when_clipped():
    with tf.Graph().as_default(), tf.Session() as session:
        for bad in (np.inf, np.nan):
            found, _ = session.run(clipped([tf.constant([1., bad]), tf.constant([2.])], 1.))
            assert not np.isfinite(found[0]).all()


def test_an_overflow_decays_nothing():
    """In mixed precision a skipped update leaves the weights alone, all of them."""
    with tf.Graph().as_default(), tf.Session() as session:
        kernel = tf.get_variable('kernel', initializer=FIRST['kernel'], use_resource=False)
        optimizer = AdamW(OptimizerConfig(weight_decay=1.), tf.constant(0.1))
        given = tf.placeholder(tf.float32, kernel.shape)
        update = LossScale().update(optimizer, [given], [kernel])
        session.run(tf.global_variables_initializer())
        session.run(update, {given: np.full((3, 4), np.inf)})
        np.testing.assert_array_equal(session.run(kernel), FIRST['kernel'])
        session.run(update, {given: np.zeros((3, 4))})
        np.testing.assert_allclose(session.run(kernel), 0.9 * FIRST['kernel'], rtol=1e-6)


def test_a_training_with_both_differs_and_is_resumed_exactly(learned):
    both = dict(optimizer=dict(weight_decay=0.5, max_norm=1.))
    whole = learned('whole', **both)
    assert_same_bits(whole, learned('stopped', stops=(3, 5), **both))
    plain, decayed, limited = [learned(name, optimizer=dict(changes)) for name, changes in (
        ('plain', {}), ('decayed', {'weight_decay': 0.5}), ('limited', {'max_norm': 1.}))]
    norms = [np.linalg.norm(model.value('layer_2/weights')) for model in (decayed, plain)]
    assert norms[0] < 0.98 * norms[1]
    assert decayed.shapes == limited.shapes == plain.shapes  # no variables are new
    assert not np.array_equal(plain.value('layer_2/weights'), limited.value('layer_2/weights'))
