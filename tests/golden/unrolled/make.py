"""Makes the TensorFlow Lite files in this folder: a small model, random weights, unrolled as releases 0.7 to 0.9.3 do.

    PATH=$VENV37/bin:$PATH python make.py        (TensorFlow 1.15.5; its converter needs a helper program in the PATH)
"""

import struct

import numpy as np
import tensorflow

tf = tensorflow.compat.v1
WIDTH, N_STEPS, N_OUTPUTS = 16, 16, 29
RANDOM = np.random.RandomState(0)
LABELS = " abcdefghijklmnopqrstuvwxyz'"
METADATA = {'version': 6, 'sample_rate': 16000, 'feature_win_len': 32, 'feature_win_step': 20, 'beam_width': 500}
OUTPUTS = ['logits', 'new_state_c', 'new_state_h', 'mfccs'] + [f'metadata_{name}' for name in METADATA] + [
    'metadata_alphabet', 'metadata_language']
INPUTS = ['input_node', 'previous_state_c', 'previous_state_h', 'input_samples']


def weights(*shape):
    return tf.constant((3 * RANDOM.randn(*shape) / np.sqrt(shape[0])).astype(np.float32))


def dense(x, n_outputs):
    return tf.nn.bias_add(tf.matmul(x, weights(x.shape.as_list()[1], n_outputs)), weights(n_outputs))


def clipped(x):
    return tf.minimum(tf.nn.relu(x), 20.)


def build():
    samples = tf.placeholder(tf.float32, [512], name='input_samples')
    spectrogram = tf.raw_ops.AudioSpectrogram(input=tf.expand_dims(samples, -1), window_size=512, stride=320,
                                              magnitude_squared=True)
    mfcc = tf.raw_ops.Mfcc(spectrogram=spectrogram, sample_rate=16000, upper_frequency_limit=8000.,
                           dct_coefficient_count=26)
    tf.identity(tf.reshape(mfcc, [-1, 26]), name='mfccs')
    windows = tf.placeholder(tf.float32, [1, N_STEPS, 19, 26], name='input_node')
    c = tf.placeholder(tf.float32, [1, WIDTH], name='previous_state_c')
    h = tf.placeholder(tf.float32, [1, WIDTH], name='previous_state_h')
    x = tf.reshape(tf.transpose(windows, [1, 0, 2, 3]), [-1, 494])
    for _ in range(3):
        x = clipped(dense(x, WIDTH))
    kernel, bias = weights(2 * WIDTH, 4 * WIDTH), weights(4 * WIDTH)
    x = tf.reshape(x, [N_STEPS, 1, WIDTH])
    outputs = []
    for step in range(N_STEPS):
        sums = tf.nn.bias_add(tf.matmul(tf.concat([x[step], h], 1), kernel), bias)
        i, candidate, f, o = tf.split(sums, 4, axis=1)
        # A forget bias of 0 stays in the graph; without it, the converter would see an LSTM in this.
        c = tf.sigmoid(f + 0.) * c + tf.sigmoid(i) * tf.tanh(candidate)
        h = tf.tanh(c) * tf.sigmoid(o)
        outputs.append(h)
    tf.identity(c, name='new_state_c')
    tf.identity(h, name='new_state_h')
    scores = dense(clipped(dense(tf.concat(outputs, 0), WIDTH)), N_OUTPUTS)
    tf.squeeze(tf.nn.softmax(tf.reshape(scores, [-1, 1, N_OUTPUTS])), [1], name='logits')
    for name, value in METADATA.items():
        tf.constant([value], tf.int32, name=f'metadata_{name}')
    alphabet = struct.pack('<H', len(LABELS)) + b''.join(
        struct.pack('<HH', index, 1) + label.encode() for index, label in enumerate(LABELS))
    tf.constant([alphabet], tf.string, name='metadata_alphabet')
    tf.constant([b'en'], tf.string, name='metadata_language')


with tf.Graph().as_default() as graph:
    build()
    for path, optimizations in (('float32.tflite', []), ('int8.tflite', [tensorflow.lite.Optimize.DEFAULT])):
        inputs, outputs = ([graph.get_tensor_by_name(f'{name}:0') for name in names] for names in (INPUTS, OUTPUTS))
        converter = tensorflow.lite.TFLiteConverter(graph.as_graph_def(), inputs, outputs)
        converter.allow_custom_ops = True
        converter.optimizations = optimizations
        with open(path, 'wb') as file:
            file.write(converter.convert())
