"""What TensorFlow makes of a stored model: the frozen graph that published clients run, or the plain weights.

Names, shapes and metadata of the graph are those of graph version 6.
"""

from typing import List

import numpy as np

from ..checkpoints.stored_model import StoredModel
from ..compat import host_session_config, strip_default_attributes, tf
from ..features.mfcc import features
from ..model.acoustic import streaming_acoustic_model
from ..model.recurrent import FORGET_GATE, GATES, LstmState
from ..model.variables import AcousticWeights, weights_to_restore
from ..settings.config import DeviceConfig
from ..settings.features import N_INPUT, WINDOW_FRAMES
from ..settings.model import ModelConfig
from . import legacy_features
from .metadata import ExportSpec, Metadata

OUTPUTS = ('mfccs', 'logits', 'new_state_c', 'new_state_h')


def frozen_graph(spec: ExportSpec, stored_model: StoredModel) -> tf.GraphDef:
    """Returns the graph of a stored model with all weights as constants."""
    with tf.Graph().as_default() as graph:
        metadata_names = _build(spec)
        with tf.Session(graph=graph, config=host_session_config(DeviceConfig())) as session:
            stored_model.restore(session, tf.global_variables())
            frozen = tf.graph_util.convert_variables_to_constants(
                session, graph.as_graph_def(), list(OUTPUTS) + metadata_names)
    frozen = strip_default_attributes(frozen)
    frozen.ClearField('versions')
    frozen.ClearField('library')
    return frozen


def _build(spec: ExportSpec) -> List[str]:
    """Builds the graph in the current default graph; returns the names of the metadata nodes."""
    model, config, batch, n_steps = spec.model, spec.features, spec.batch_size, spec.n_steps
    samples = tf.placeholder(tf.float32, [config.window_samples], name='input_samples')
    features_of_window = legacy_features.window_features if config.legacy else features
    tf.identity(features_of_window(samples, config), name='mfccs')
    windows = tf.placeholder(tf.float32, [batch, n_steps, WINDOW_FRAMES, N_INPUT], name='input_node')
    lengths = tf.placeholder(tf.int32, [batch], name='input_lengths')
    state = LstmState(tf.placeholder(tf.float32, [batch, model.n_cell], name='previous_state_c'),
                      tf.placeholder(tf.float32, [batch, model.n_cell], name='previous_state_h'))
    heard = legacy_features.whitened(windows, lengths) if config.whitened else windows
    outputs = streaming_acoustic_model(model, weights_to_restore(model), heard, lengths, state)
    tf.nn.softmax(outputs.logits_tbc, name='logits')
    assert outputs.state  # it went on from one
    tf.identity(outputs.state.c, name='new_state_c')
    tf.identity(outputs.state.h, name='new_state_h')
    return _constants(spec.metadata, np.array([n_steps, 1, model.n_outputs], np.int32))


def _constants(metadata: Metadata, logits_shape: np.ndarray) -> List[str]:
    """Adds the constants that tell a client what it runs; returns their names."""
    nodes = [tf.constant([value], tf.int32 if isinstance(value, int) else tf.string, name=name)
             for name, value in metadata.items()]
    # Clients that know this node compare its last number with the alphabet when they open the model.
    nodes.append(tf.constant(logits_shape, name='logits_shape'))
    return [node.op.name for node in nodes]


def trained_weights(model: ModelConfig, stored_model: StoredModel) -> AcousticWeights:
    """Returns the weights as float32 arrays, for formats that are written without TensorFlow.

    The forget bias is in the biases of the cells.
    """
    with tf.Graph().as_default(), tf.Session(config=host_session_config(DeviceConfig())) as session:
        weights = weights_to_restore(model)
        stored_model.restore(session, tf.global_variables())
        weights = session.run(weights)
    for cell in weights.cells:
        cell.bias.reshape(len(GATES), -1)[FORGET_GATE] += np.float32(model.forget_bias)
    return weights
