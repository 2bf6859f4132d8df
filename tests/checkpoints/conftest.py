"""A run that starts from a stored model, up to the values in its graph; and a store without a training."""

from collections import namedtuple
from contextlib import contextmanager

import pytest
from stored_models import OUTPUTS, RATE, save, stored_model

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.checkpoints.writer import CheckpointWriter, description_of
from deepspeech_training.compat import tf
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.settings.config import Asked, CheckpointConfig
from deepspeech_training.settings.features import AskedFeatures, FeatureConfig
from deepspeech_training.settings.model import AskedModel, ModelConfig
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.train.graph import OPTIONAL


@pytest.fixture
def small_alphabet():
    """Labels of the stored models."""
    return Alphabet('abcde'[:OUTPUTS - 1], source='small.txt')


@pytest.fixture
def make_run(small_alphabet, tmp_path):
    """Function that returns what was Asked for: to load from one directory and to save to another."""
    def make(alphabet=small_alphabet, model=AskedModel(), features=AskedFeatures(), **changes):
        checkpoints = CheckpointConfig(str(tmp_path / 'source'), str(tmp_path / 'target'), **changes)
        return Asked(alphabet, model, features, checkpoints=checkpoints)
    return make


@pytest.fixture
def stored(tmp_path):
    """Function that saves a model of a release where runs load from and returns it."""
    def store(release, without=(), **changes):
        model = stored_model(release)
        variables = {name: value for name, value in dict(model.variables, **changes).items()
                     if not any(part in name for part in without)}
        save(variables, tmp_path / 'source')
        return model
    return store


# run: RunConfig, resolved. source: StoredModel.
Opened = namedtuple('Opened', 'run source')


@pytest.fixture
def opened(make_run, log):
    """Function that opens the model where runs load from, as test and export do."""
    def open_(**changes):
        asked = make_run(**changes)
        source = checkpoint_to_evaluate(CheckpointDirectory(asked.checkpoints.load_dir), 'auto', log)
        return Opened(resolve(asked, source, log), source)
    return open_


@pytest.fixture
def loaded_for_training():
    """Function that gives what a training graph holds after loading, {name: array}, and the names that start afresh."""
    def load(run, source):
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(1)
            weights = acoustic_weights(run.model)
            tf.train.get_or_create_global_step()
            rate = tf.get_variable('learning_rate', initializer=RATE, trainable=False, use_resource=False)
            loss = tf.add_n([tf.reduce_sum(variable) for variable in tf.trainable_variables()])
            tf.train.AdamOptimizer(rate).minimize(loss)
            assert len(weights.dense) == 5
            variables = tf.global_variables()
            fresh = source.restore(session, variables, optional=OPTIONAL)
            session.run([variable.initializer for variable in fresh])
            values = session.run({variable.op.name: variable for variable in variables})
            return values, {variable.op.name for variable in fresh}
    return load


@pytest.fixture
def open_writer(alphabet, tmp_path):
    """Function (number to keep) that gives a context with (CheckpointWriter for tmp_path, session with a small model)."""
    @contextmanager
    def open_(max_to_keep=5):
        model = ModelConfig(alphabet.size, 4)
        description = description_of(model, FeatureConfig(), alphabet)
        with tf.Graph().as_default(), tf.Session() as session:
            acoustic_weights(model)
            session.run(tf.global_variables_initializer())
            directory = CheckpointDirectory(str(tmp_path))
            yield CheckpointWriter(directory, tf.global_variables(), description, max_to_keep), session
    return open_
