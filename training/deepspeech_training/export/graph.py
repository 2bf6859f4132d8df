"""The frozen inference graph that published clients run: names, shapes and metadata of graph version 6."""

import numpy as np

from ..compat import strip_default_attributes, tf
from ..settings.config import N_INPUT, WINDOW_FRAMES
from ..features.mfcc import features
from ..model.acoustic import streaming_acoustic_model
from ..model.recurrent import LstmState
from ..model.variables import acoustic_weights
from . import legacy_features
from .metadata import metadata

OUTPUTS = ('mfccs', 'logits', 'new_state_c', 'new_state_h')


def frozen_graph(run, source, n_steps):
    """Returns the GraphDef of a checkpoint's model with all weights as constants.

    Args:
      run: RunConfig that fits `source`.
      source: StoredCheckpoint.
      n_steps: frames per call.
    """
    with tf.Graph().as_default() as graph:
        metadata = _build(run, n_steps)
        with tf.Session(graph=graph) as session:
            source.restore(session, tf.global_variables())
            frozen = tf.graph_util.convert_variables_to_constants(
                session, graph.as_graph_def(), list(OUTPUTS) + metadata)
    frozen = strip_default_attributes(frozen)
    frozen.ClearField('versions')
    frozen.ClearField('library')
    return frozen


def _build(run, n_steps):
    """Builds the graph in the current default graph; returns the names of the metadata nodes."""
    model, batch = run.model, run.export.batch_size
    samples = tf.placeholder(tf.float32, [run.features.window_samples], name='input_samples')
    features_of_window = legacy_features.window_features if run.features.legacy else features
    tf.identity(features_of_window(samples, run.features), name='mfccs')
    windows = tf.placeholder(tf.float32, [batch, n_steps, WINDOW_FRAMES, N_INPUT], name='input_node')
    lengths = tf.placeholder(tf.int32, [batch], name='input_lengths')
    state = LstmState(tf.placeholder(tf.float32, [batch, model.n_cell], name='previous_state_c'),
                      tf.placeholder(tf.float32, [batch, model.n_cell], name='previous_state_h'))
    heard = legacy_features.whitened(windows, lengths) if run.features.whitened else windows
    outputs = streaming_acoustic_model(model, acoustic_weights(model), heard, lengths, state)
    tf.nn.softmax(outputs.logits_tbc, name='logits')
    tf.identity(outputs.state.c, name='new_state_c')
    tf.identity(outputs.state.h, name='new_state_h')
    return _constants(run, n_steps)


def _constants(run, n_steps):
    """Adds the constants that tell a client what it runs; returns their names."""
    nodes = [tf.constant([value], tf.int32 if isinstance(value, int) else tf.string, name=name)
             for name, value in metadata(run).items()]
    # Clients that know this node compare its last number with the alphabet when they open the model.
    nodes.append(tf.constant(np.array([n_steps, 1, run.model.n_outputs], np.int32), name='logits_shape'))
    return [node.op.name for node in nodes]
