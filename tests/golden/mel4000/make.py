"""Makes the files in this folder with TensorFlow's published operations alone: models as releases 0.5 and 0.6 had them.

    $VENV37/bin/python make.py        (TensorFlow 1.15.5)

Features: `decode_wav`, `audio_spectrogram` and `mfcc` of tensorflow.contrib with its own upper frequency limit of 4000 Hz.
Network: random weights under the names of the release, the LSTM as LSTMBlockFusedCell with the release's forget bias.
"""

import csv
import json
import os

import numpy as np
import tensorflow as tf
from tensorflow.contrib.framework.python.ops import audio_ops

HERE = os.path.dirname(os.path.abspath(__file__))
CLIPS = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'clips', 'clips.csv')
ALPHABET = " abcdefghijklmnopqrstuvwxyz'"
WIDTH, N_CONTEXT, N_FEATURES, N_STEPS = 16, 9, 26, 16
# Name of the LSTM's variables, what is added to its forget gate, version that the exported graph states.
RELEASES = {'0.5': ('lstm_fused_cell', 1., 1),
            '0.6': ('cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell', 0., 5)}


def mfccs(samples):
    """Returns float32 [n_frames, 26] of samples float32 [n, 1]."""
    spectrogram = audio_ops.audio_spectrogram(samples, window_size=512, stride=320, magnitude_squared=True)
    return tf.reshape(audio_ops.mfcc(spectrogram, 16000, dct_coefficient_count=N_FEATURES), [-1, N_FEATURES])


def in_context(frames):
    padded = tf.pad(frames, [[N_CONTEXT, N_CONTEXT], [0, 0]])
    n = tf.shape(frames)[0]
    return tf.stack([padded[offset:offset + n] for offset in range(2 * N_CONTEXT + 1)], axis=1)[tf.newaxis]


def variable(name, shape, random):
    values = 2 * random.randn(*shape) / np.sqrt(shape[0])
    return tf.get_variable(name, initializer=values.astype(np.float32))


def network(windows, lengths, state, cell_name, forget_bias):
    """Returns (scores [time, batch, labels + 1], new state) of windows [batch, time, 19, 26]."""
    random = np.random.RandomState(11)
    batch, time = tf.shape(windows)[0], tf.shape(windows)[1]
    x = tf.reshape(tf.transpose(windows, [1, 0, 2, 3]), [-1, (2 * N_CONTEXT + 1) * N_FEATURES])
    sizes = {1: ((2 * N_CONTEXT + 1) * N_FEATURES, WIDTH), 2: (WIDTH, WIDTH), 3: (WIDTH, WIDTH), 5: (WIDTH, WIDTH),
             6: (WIDTH, len(ALPHABET) + 1)}

    def dense(layer, x):
        with tf.variable_scope('layer_%d' % layer):
            return tf.nn.bias_add(tf.matmul(x, variable('weights', sizes[layer], random)),
                                  variable('bias', sizes[layer][1:], random))

    for layer in (1, 2, 3):
        x = tf.minimum(tf.nn.relu(dense(layer, x)), 20.)
    x = tf.reshape(x, [time, batch, WIDTH])
    with tf.variable_scope(cell_name):
        kernel, bias = variable('kernel', (2 * WIDTH, 4 * WIDTH), random), variable('bias', (4 * WIDTH,), random)
    cell = tf.contrib.rnn.LSTMBlockFusedCell(WIDTH, forget_bias=forget_bias)
    cell.build(tf.TensorShape([None, None, WIDTH]))
    cell._kernel, cell._bias = kernel, bias
    x, state = cell.call(x, initial_state=state, dtype=tf.float32, sequence_length=lengths)
    x = tf.minimum(tf.nn.relu(dense(5, tf.reshape(x, [-1, WIDTH]))), 20.)
    return tf.reshape(dense(6, x), [time, batch, len(ALPHABET) + 1]), state


def variables_of_model(cell_name):
    """Returns the weights and biases; TensorFlow's cell has made variables of its own, which are not used."""
    return [each for each in tf.global_variables() if each.op.name.startswith(('layer_', cell_name + '/'))]


def make_checkpoint(release, clips):
    """Writes the checkpoint and the losses that it gives; returns the features of the first clip."""
    cell_name, forget_bias, _ = RELEASES[release]
    losses = {}
    with tf.Graph().as_default(), tf.Session() as session:
        path, labels = tf.placeholder(tf.string), tf.sparse_placeholder(tf.int32)
        sound = audio_ops.decode_wav(tf.io.read_file(path), desired_channels=1)
        frames = mfccs(sound.audio)
        zeros = tf.zeros([1, WIDTH])
        lengths = tf.shape(frames)[:1]
        scores, _ = network(in_context(frames), lengths, (zeros, zeros), cell_name, forget_bias)
        own = variables_of_model(cell_name)
        step = tf.train.get_or_create_global_step()
        loss = tf.nn.ctc_loss(labels, scores, lengths)
        update = tf.train.AdamOptimizer(1e-4).minimize(tf.reduce_mean(loss), step, var_list=own)
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            session.run(update, feed(path, labels, *clips[0]))
        for clip, transcript in clips:
            losses[os.path.basename(clip)] = float(session.run(loss, feed(path, labels, clip, transcript))[0])
        features = session.run(frames, feed(path, labels, *clips[0]))
        kept = own + [each for each in tf.global_variables() if 'Adam' in each.op.name or 'power' in each.op.name] + [step]
        directory = os.path.join(HERE, release, 'checkpoint')
        os.makedirs(directory, exist_ok=True)
        saver = tf.train.Saver(kept, save_relative_paths=True)
        saver.save(session, os.path.join(directory, 'train'), step, write_meta_graph=False)
    with open(os.path.join(HERE, release, 'losses.json'), 'w') as file:
        json.dump(losses, file, indent=1, sort_keys=True)
    return features


def feed(path, labels, clip, transcript):
    codes = [ALPHABET.index(letter) for letter in transcript]
    value = tf.SparseTensorValue([[0, index] for index in range(len(codes))], codes, [1, len(codes)])
    return {path: clip, labels: value}


def make_graph(release):
    """Writes the graph that clients of the release were given."""
    cell_name, forget_bias, version = RELEASES[release]
    outputs = ['mfccs', 'logits', 'new_state_c', 'new_state_h']
    with tf.Graph().as_default(), tf.Session() as session:
        samples = tf.placeholder(tf.float32, [512], name='input_samples')
        tf.identity(mfccs(tf.expand_dims(samples, -1)), name='mfccs')
        windows = tf.placeholder(tf.float32, [1, N_STEPS, 2 * N_CONTEXT + 1, N_FEATURES], name='input_node')
        lengths = tf.placeholder(tf.int32, [1], name='input_lengths')
        state = [tf.placeholder(tf.float32, [1, WIDTH], name='previous_state_' + part) for part in 'ch']
        scores, new_state = network(windows, lengths, tuple(state), cell_name, forget_bias)
        tf.nn.softmax(scores, name='logits')
        for part, value in zip('ch', new_state):
            tf.identity(value, name='new_state_' + part)
        for name, value in (('version', version), ('sample_rate', 16000), ('feature_win_len', 32), ('feature_win_step', 20)):
            outputs.append(tf.constant([value], name='metadata_' + name).op.name)
        session.run(tf.global_variables_initializer())
        tf.train.Saver(variables_of_model(cell_name)).restore(session, os.path.join(HERE, release, 'checkpoint', 'train-3'))
        frozen = tf.graph_util.convert_variables_to_constants(session, session.graph_def, outputs)
    with open(os.path.join(HERE, release, 'output_graph.pb'), 'wb') as file:
        file.write(frozen.SerializeToString())


def main():
    with open(CLIPS, encoding='utf-8') as file:
        clips = [(os.path.join(os.path.dirname(CLIPS), row['wav_filename']), row['transcript']) for row in csv.DictReader(file)]
    for release in RELEASES:
        features = make_checkpoint(release, clips)
        make_graph(release)
    np.save(os.path.join(HERE, os.path.splitext(os.path.basename(clips[0][0]))[0] + '.npy'), features)


if __name__ == '__main__':
    main()
