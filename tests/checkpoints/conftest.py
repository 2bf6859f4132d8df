"""A store of checkpoints without a training."""

from contextlib import contextmanager

import pytest

from deepspeech_training.checkpoints.store import CheckpointStore
from deepspeech_training.compat import tf
from deepspeech_training.config import CheckpointConfig, ModelConfig, RunConfig
from deepspeech_training.model.variables import acoustic_weights


@pytest.fixture
def open_store(alphabet, tmp_path):
    """Function (number to keep) that gives a context with (CheckpointStore for tmp_path, session with a small model)."""
    @contextmanager
    def opened(max_to_keep=5):
        checkpoints = CheckpointConfig(str(tmp_path), str(tmp_path), max_to_keep=max_to_keep)
        run = RunConfig(alphabet, ModelConfig(alphabet.size, 4), frozenset(), checkpoints=checkpoints)
        with tf.Graph().as_default(), tf.Session() as session:
            acoustic_weights(run.model)
            session.run(tf.global_variables_initializer())
            yield CheckpointStore(run, tf.global_variables()), session
    return opened
