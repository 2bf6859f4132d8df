"""A worker and a parameter server: what is where, and that a server is there for one run."""

from dataclasses import replace

import pytest
from ports import free_port

from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.errors import LostMemberError
from deepspeech_training.settings.config import ClusterConfig, DeviceConfig
from deepspeech_training.train.parameter_servers import ParameterServerEngine
from deepspeech_training.train.rendezvous import start_member

OF_SERVERS = {'AddN', 'FIFOQueueV2', 'QueueDequeueV2', 'QueueEnqueueV2', 'Identity'}


@pytest.fixture(scope='module')
def engine():
    """A worker that has two parameter servers, all in this process."""
    port = free_port()
    cluster = ClusterConfig((f'127.0.0.1:{port}',), servers=(f'127.0.0.1:{port + 1}', f'127.0.0.1:{port + 2}'))
    servers = [start_member(replace(cluster, task_index=index, is_server=True), DeviceConfig()) for index in range(2)]
    yield ParameterServerEngine(cluster, DeviceConfig(), Log(3))
    assert servers  # they are kept until here


def test_only_sums_are_on_parameter_servers(engine):
    with engine.graph() as graph:
        weights = tf.get_variable('weights', initializer=tf.random_normal([3, 2]), use_resource=False)
        square = tf.reduce_sum(tf.square(weights))
        (gradient,) = engine.reduce_gradients(tf.gradients(square, [weights]))
        update = weights.assign_sub(gradient)
        with engine.session() as session:
            session.run(tf.global_variables_initializer())
            before = session.run(weights)
            assert (session.run(update) == -before).all()
    elsewhere = [operation for operation in graph.get_operations() if not operation.device.startswith('/job:worker/task:0')]
    assert {operation.device for operation in elsewhere} == {f'/job:ps/task:{server}/device:CPU:0' for server in range(2)}
    assert {operation.type for operation in elsewhere} <= OF_SERVERS


def test_a_server_is_there_for_one_run(engine):
    with pytest.raises(LostMemberError, match=r'parameter server 0 .* belongs to a run that had another worker 0'):
        engine._meet()
