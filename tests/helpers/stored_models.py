"""Small models as each release saved them: names and shapes of its variables, typed from its description."""

import os
from collections import namedtuple

import numpy as np
from numpy_network import Network, gates_of

from deepspeech_training.compat import tf

WIDTH, OUTPUTS = 8, 6
RATE = 0.5  # of runs that take such a model up, as --learning_rate would give it
CELL = 'cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell'
# scopes: of each direction's cell; forget_bias: added at run time.
Release = namedtuple('Release', 'dense scopes parts forget_bias')
NUMBERED, LETTERED = ('layer_{}/weights', 'layer_{}/bias'), ('h{}', 'b{}')
TODAY, TENSORFLOW_1_0 = ('kernel', 'bias'), ('weights', 'biases')
BOTH = ('bidirectional_rnn/fw/basic_lstm_cell', 'bidirectional_rnn/bw/basic_lstm_cell')
RELEASES = {
    '0.6-0.9.3': Release(NUMBERED, (CELL,), TODAY, 0.),
    '0.6': Release(NUMBERED, (CELL,), TODAY, 0.),
    'layer norm': Release(NUMBERED, (CELL,), TODAY, 0.),
    'mixed precision': Release(NUMBERED, (CELL,), TODAY, 0.),
    'cuDNN': Release(NUMBERED, (CELL,), TODAY, 0.),
    'cuDNN vector alone': Release(NUMBERED, (CELL,), TODAY, 0.),
    '0.5': Release(NUMBERED, ('lstm_fused_cell',), TODAY, 1.),
    '0.2-0.4': Release(LETTERED, ('lstm_fused_cell',), TODAY, 1.),
    '0.4, portable cell': Release(LETTERED, ('rnn/lstm_cell',), TODAY, 1.),
    'v0.1': Release(LETTERED, BOTH, TODAY, 1.),
    'v0.1 on TensorFlow 1.0': Release(LETTERED, BOTH, TENSORFLOW_1_0, 1.),
}
# variables: {name: array}, all that the release saved. network: Network, for the loss. expected: {name of ours: array},
# what a training graph of ours has to hold after loading.
Model = namedtuple('Model', 'variables network expected')


def stored_model(release, seed=7):
    """Returns a Model with random values, optimizer state included."""
    names = RELEASES[release]
    random = np.random.RandomState(seed)
    width_3 = WIDTH * len(names.scopes)
    variables, expected, dense, norms, cells = {}, {}, {}, {}, []

    def add(name, our_name, value, opened=0.):
        """Adds a trainable variable with its slots, the second of which holds squares."""
        slots = {'': value, '/Adam': random.randn(*value.shape) / 9, '/Adam_1': random.rand(*value.shape)}
        for suffix, content in slots.items():
            variables[name + suffix] = content.astype(np.float32)
            expected[our_name + suffix] = variables[name + suffix] + (opened if not suffix else 0)

    for layer, (n_in, n_out) in {1: (494, WIDTH), 2: (WIDTH, WIDTH), 3: (WIDTH, width_3), 5: (width_3, WIDTH),
                                 6: (WIDTH, OUTPUTS)}.items():
        ours = LETTERED if len(names.scopes) > 1 else NUMBERED
        dense[layer] = random.randn(n_in, n_out) * 2 / np.sqrt(n_in), random.randn(n_out) / 3
        for name, our_name, value in zip(names.dense, ours, dense[layer]):
            add(name.format(layer), our_name.format(layer), value)
        if release == 'layer norm' and layer != 6:
            norms[layer] = 1 + random.randn(n_out) / 9, random.randn(n_out) / 9
            for part, value in zip(('gamma', 'beta'), norms[layer]):
                add(f'layer_{layer}/LayerNorm/{part}', f'layer_{layer}/LayerNorm/{part}', value)
    for scope, our_scope in zip(names.scopes, BOTH if len(names.scopes) > 1 else (CELL,)):
        kernel, bias = random.randn(width_3 + WIDTH, 4 * WIDTH) / 2, random.randn(4 * WIDTH) / 3
        cells.append(gates_of(kernel, bias))
        # Of v0.1 our own graph adds the forget bias, of the releases after it nobody does: it has to be in the bias.
        opened = np.repeat([0, 0, 1, 0], WIDTH) if names.forget_bias and our_scope == CELL else 0.
        add(f'{scope}/{names.parts[0]}', f'{our_scope}/kernel', kernel)
        add(f'{scope}/{names.parts[1]}', f'{our_scope}/bias', bias, opened)
    if release.startswith('cuDNN'):
        cells = [_into_cudnn(variables, expected, random)]
        if release == 'cuDNN vector alone':
            variables = {name: value for name, value in variables.items() if not name.startswith(CELL)}
    scope = 'cond_1/' if release == 'mixed precision' else ''
    variables.update({f'{scope}beta1_power': np.float32(0.9 ** 8), f'{scope}beta2_power': np.float32(0.999 ** 8)})
    expected.update(beta1_power=np.float32(0.9 ** 8), beta2_power=np.float32(0.999 ** 8), global_step=7)
    is_old = names.dense == LETTERED
    variables['global_step'] = np.int32(7) if len(names.scopes) > 1 else np.int64(7)
    if release == 'mixed precision':
        variables.update(current_loss_scale=np.float32(512), good_steps=np.int64(3))
    if not is_old and release not in ('0.5', '0.6'):
        variables['learning_rate'] = expected['learning_rate'] = np.float32(0.025)
    return Model(variables, Network(dense, cells, names.forget_bias, norms), expected)


def _into_cudnn(variables, expected, random):
    """Replaces the cell by cuDNN's vector, beside the canonical pair; returns its gates.

    The vector: the input matrices of i, f, c, o, the recurrent ones, the input biases, the recurrent ones. The pair, as
    it was written beside it: kernel = transpose of [W_i|R_i] over [W_c|R_c] over [W_f|R_f] over [W_o|R_o], bias = sums.
    """
    for suffix in ('', '/Adam', '/Adam_1'):
        matrices = {(side, gate): random.rand(WIDTH, WIDTH) - (0.5 if suffix != '/Adam_1' else 0.)
                    for side in 'WR' for gate in 'ifco'}
        biases = {(side, gate): random.rand(WIDTH) for side in 'WR' for gate in 'ifco'}
        if suffix:  # both biases of a gate have had the same gradients
            biases.update({('R', gate): biases['W', gate] for gate in 'ifco'})
        variables[f'cudnn_lstm/opaque_kernel{suffix}'] = np.concatenate(
            [part[side, gate].reshape(-1) for part in (matrices, biases) for side in 'WR' for gate in 'ifco']
        ).astype(np.float32)
        kernel = np.block([[matrices['W', gate], matrices['R', gate]] for gate in 'icfo']).T
        if suffix:
            del variables[f'{CELL}/kernel{suffix}'], variables[f'{CELL}/bias{suffix}']
            expected[f'{CELL}/kernel{suffix}'] = kernel
            expected[f'{CELL}/bias{suffix}'] = np.concatenate([biases['W', gate] for gate in 'icfo'])
            continue
        gates = {gate: (matrices['W', gate], matrices['R', gate], biases['W', gate] + biases['R', gate])
                 for gate in 'icfo'}
        pair = {f'{CELL}/kernel': kernel, f'{CELL}/bias': np.concatenate([gates[gate][2] for gate in 'icfo'])}
        variables.update({name: value.astype(np.float32) for name, value in pair.items()})
        expected.update(pair)
    return gates


def save(variables, directory, name='train-7', state_file='checkpoint'):
    """Saves {name: array} as real TensorFlow variables; the state file names the path of another machine."""
    os.makedirs(str(directory), exist_ok=True)
    with tf.Graph().as_default(), tf.Session() as session:
        created = [tf.Variable(variables[variable], name=variable, use_resource=False)
                   for variable in sorted(variables)]
        session.run(tf.global_variables_initializer())
        path = os.path.join(str(directory), name)
        tf.train.Saver(created).save(session, path, write_meta_graph=False, write_state=False)
    with open(os.path.join(str(directory), state_file), 'w') as file:
        file.write(f'model_checkpoint_path: "/home/someone/models/{name}"\n'
                   f'all_model_checkpoint_paths: "/home/someone/models/{name}"\n')
