"""Models to export: random weights, checkpoints by our own store."""

import numpy as np
import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.writer import CheckpointWriter, description_of
from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.model.acoustic import acoustic_model
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.settings.config import CheckpointConfig, ExportConfig, ModelCard, RunConfig
from deepspeech_training.settings.features import N_CONTEXT, FeatureConfig
from deepspeech_training.settings.model import DIRECTIONS, ModelConfig
from deepspeech_training.train.state import TrainingState


@pytest.fixture
def make_trained(alphabet, tmp_path):
    """Function (direction, feature set) -> RunConfig and checkpoint of a model with random weights."""
    def make(direction, feature_set):
        directory = tmp_path / 'ckpt'
        directory.mkdir()
        (tmp_path / 'export').mkdir()
        run = RunConfig(alphabet, ModelConfig(alphabet.size, 16, direction),
                        features=FeatureConfig().of_set(feature_set),
                        checkpoints=CheckpointConfig(str(directory), str(directory)),
                        export=ExportConfig(str(tmp_path / 'export'), n_steps=50, card=ModelCard(language='de-AT')))
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(3)
            acoustic_weights(run.model)
            variables = tf.global_variables()
            session.run(tf.global_variables_initializer())
            for variable in variables:  # biases other than zero, so that they count
                if len(variable.shape) == 1:
                    session.run(variable.assign(tf.random.uniform(variable.shape, -1, 1)))
            description = description_of(run.model, run.features, run.alphabet)
            writer = CheckpointWriter(CheckpointDirectory(str(directory)), variables, description, max_to_keep=1)
            writer.save_last(session, 1, TrainingState().as_dict())
        return run, CheckpointDirectory(str(directory)).last(Log(level=3))
    return make


@pytest.fixture(params=DIRECTIONS)
def trained(request, make_trained):
    """RunConfig and checkpoint of each direction."""
    return make_trained(request.param, 'current')


@pytest.fixture
def probabilities_of():
    """Function (run, source, frames in context) -> the network's probabilities [frames, labels + 1]."""
    def compute(run, source, frames):
        with tf.Graph().as_default(), tf.Session() as session:
            lengths = tf.constant([len(frames) - 2 * N_CONTEXT])
            outputs = acoustic_model(run.model, acoustic_weights(run.model), tf.constant(frames[np.newaxis]), lengths)
            source.restore(session, tf.global_variables())
            return session.run(tf.nn.softmax(outputs.logits_tbc))[:, 0]
    return compute


@pytest.fixture
def runtime_operations():
    """What the released 0.9.3 library can run, of the operations a model may need."""
    return set('''Add AddV2 Sub Mul SquaredDifference Rsqrt Minimum Less Max Min Mean Sum MatMul BiasAdd Relu Softmax
        BlockLSTM AudioSpectrogram Mfcc Const Placeholder Identity StopGradient Shape Reshape ExpandDims Squeeze
        Transpose Tile Fill Range ConcatV2 Pack GatherNd Cast NoOp'''.split())
