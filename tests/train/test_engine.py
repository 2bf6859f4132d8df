"""What the loop and the graph ask of the process that trains alone, and that an update asks its engine."""

import numpy as np
import pytest

from deepspeech_training.compat import tf
from deepspeech_training.data.feeding import Batch
from deepspeech_training.model.compute import PLAIN
from deepspeech_training.settings.config import DeviceConfig, OptimizerConfig
from deepspeech_training.settings.features import N_CONTEXT, N_INPUT
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train.engine import LocalEngine
from deepspeech_training.train.graph import training_update, training_variables
from deepspeech_training.train.optimizer import AdamW
from deepspeech_training.train.towers import Dropout, Network

MODEL = ModelConfig(n_labels=4, n_hidden=3)


def test_alone_a_process_is_the_chief_and_waits_for_nobody():
    engine = LocalEngine(DeviceConfig(n_cpu_devices=2))
    assert engine.is_chief and (engine.n_replicas, engine.replica_index, len(engine.devices)) == (1, 0, 2)
    assert (engine.n_devices, engine.first_device) == (2, 0)
    assert engine.total(1.5, 2., None) == (1.5, 2., None) and engine.total(0., 0., 15).signal == 15
    assert engine.gather('mine') == ['mine'] and engine.values_of_chief([]) is None


class OneOfTwo(LocalEngine):
    """The first of two processes that have the same batches."""

    n_replicas = 2

    def reduce_gradients(self, gradients):
        return [2 * gradient for gradient in gradients]


def moments_after_an_update(engine):
    """Returns Adam's first moment of the last layer's bias: a tenth of the gradient."""
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        variables = training_variables(MODEL, OptimizerConfig(), engine)
        features = np.random.RandomState(1).randn(2, 5 + 2 * N_CONTEXT, N_INPUT).astype(np.float32)
        batch = Batch(tf.constant([0, 1]), tf.ones([2]), tf.constant(features), tf.constant([5, 4]),
                      tf.constant([[1, 2], [3, 0]]), waited_s=tf.constant(0., tf.float64))
        network = Network(MODEL, variables.weights, engine.devices, PLAIN._replace(differentiable=True))
        update = training_update(network, [batch], Dropout({}, 1, variables.global_step),
                                 AdamW(OptimizerConfig(), variables.learning_rate.scheduled), n_per_update=2., engine=engine)
        (moment,) = [variable for variable in tf.global_variables() if variable.op.name == 'b6/Adam']
        with engine.session() as session:
            session.run(tf.global_variables_initializer())
            session.run(update.apply)
            assert session.run(variables.global_step) == 1
            return session.run(moment)


@pytest.mark.parametrize('made_of', [LocalEngine, OneOfTwo])
def test_an_update_follows_the_gradients_of_all_replicas(made_of):
    alone, reduced = [moments_after_an_update(engine(DeviceConfig())) for engine in (LocalEngine, made_of)]
    assert np.abs(alone).max() > 0
    np.testing.assert_allclose(reduced, made_of.n_replicas * alone, rtol=1e-6)


def test_alone_the_graph_gets_no_operation_for_it():
    with tf.Graph().as_default() as graph:
        gradients = [tf.zeros([2]), tf.ones([3])]
        n_before = len(graph.get_operations())
        assert LocalEngine(DeviceConfig()).reduce_gradients(gradients) is gradients
        assert len(graph.get_operations()) == n_before
