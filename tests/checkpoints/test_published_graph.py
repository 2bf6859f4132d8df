"""The way back: what this trainer writes restores in the training graph of DeepSpeech 0.9.3."""

import numpy as np
import pytest

from deepspeech_training.compat import tf

WIDTH, OUTPUTS = 8, 29
CELL = 'cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell'
# The trainable variables of 0.9.3 and their shapes; each has two Adam slots of its shape.
TRAINABLE = {
    'layer_1/weights': [494, WIDTH], 'layer_1/bias': [WIDTH],
    'layer_2/weights': [WIDTH, WIDTH], 'layer_2/bias': [WIDTH],
    'layer_3/weights': [WIDTH, WIDTH], 'layer_3/bias': [WIDTH],
    f'{CELL}/kernel': [2 * WIDTH, 4 * WIDTH], f'{CELL}/bias': [4 * WIDTH],
    'layer_5/weights': [WIDTH, WIDTH], 'layer_5/bias': [WIDTH],
    'layer_6/weights': [WIDTH, OUTPUTS], 'layer_6/bias': [OUTPUTS]}
NORMS = {f'layer_{layer}/LayerNorm/{part}': [WIDTH] for layer in (1, 2, 3, 5) for part in ('beta', 'gamma')}
SCALARS = {'beta1_power': tf.float32, 'beta2_power': tf.float32, 'global_step': tf.int64, 'learning_rate': tf.float32}


@pytest.mark.parametrize('flag, trainable', [('--nolayer_norm', TRAINABLE), ('--layer_norm', dict(TRAINABLE, **NORMS))])
def test_a_plain_saver_restores_our_checkpoint(flag, trainable, deepspeech, one_clip, tmp_path):
    run = deepspeech('--train_files', one_clip, '--epochs', 2, '--n_hidden', WIDTH, '--rnn_direction', 'unidirectional',
                     '--checkpoint_dir', tmp_path / 'ckpt', flag)
    assert run.returncode == 0, run.stdout + run.stderr
    with tf.Graph().as_default(), tf.Session() as session:
        variables = {name: tf.get_variable(name, dtype=dtype, initializer=tf.zeros([], dtype), use_resource=False)
                     for name, dtype in SCALARS.items()}
        for name, shape in trainable.items():
            for suffix in ('', '/Adam', '/Adam_1'):
                variables[name + suffix] = tf.get_variable(name + suffix, shape, tf.float32, use_resource=False)
        tf.train.Saver().restore(session, tf.train.latest_checkpoint(str(tmp_path / 'ckpt')))
        values = session.run(variables)
    stored = tf.train.load_checkpoint(str(tmp_path / 'ckpt' / 'train-2'))
    assert set(stored.get_variable_to_shape_map()) == set(values)
    assert values['global_step'] == 2 and values['learning_rate'] == np.float32(0.001)
    assert np.isclose(values['beta1_power'], 0.9 ** 3)
    for name in trainable:
        assert values[f'{name}/Adam'].any() and (values[f'{name}/Adam_1'] >= 0).all(), name
