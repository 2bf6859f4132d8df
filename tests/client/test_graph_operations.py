"""Every operation of the judge in `numpy_client` gives what TensorFlow's gives."""

import numpy as np
import pytest
from deepspeech.errors import ModelError
from deepspeech.formats.nodes import DTYPES, Node
from numpy_client.graph import Graph
from numpy_client.operations import OPERATIONS

from deepspeech_training.compat import raw_ops, tf

RANDOM = np.random.RandomState(0)
X = RANDOM.uniform(-3, 3, [4, 1, 6]).astype(np.float32)
Y = RANDOM.uniform(-3, 3, [5, 6]).astype(np.float32)
POSITIVE = RANDOM.uniform(0.1, 3, [4, 5]).astype(np.float32)
MATRIX, OTHER = RANDOM.normal(size=[3, 5]).astype(np.float32), RANDOM.normal(size=[5, 4]).astype(np.float32)
AXES = np.int32([0, 2])
STEPS, CELL = 7, 4
LSTM = [RANDOM.normal(size=size).astype(np.float32) for size in (
    [STEPS, 2, 3], [2, CELL], [2, CELL], [3 + CELL, 4 * CELL], [CELL], [CELL], [CELL], [4 * CELL])]
AUDIO = RANDOM.uniform(-1, 1, [2000, 1]).astype(np.float32)
INTEGERS = np.int32([[1, -2], [3, 4]])

# (operation, inputs, attributes as TensorFlow's Python functions name and as graphs hold them)
CASES = [
    ('Add', [X, Y], {}), ('AddV2', [X, Y], {}), ('AddV2', [INTEGERS, INTEGERS], {}), ('Sub', [X, Y], {}), ('Mul', [X, Y], {}),
    ('Minimum', [X, Y], {}), ('Less', [X, Y], {}), ('Less', [INTEGERS, np.int32(2)], {}), ('SquaredDifference', [X, Y], {}),
    ('Rsqrt', [POSITIVE], {}),
    ('Mean', [X, AXES], {}), ('Mean', [X, np.int32(1)], {'keep_dims': True}), ('Sum', [X, AXES], {}),
    ('Sum', [INTEGERS, np.int32([0])], {}), ('Max', [X, AXES], {'keep_dims': True}), ('Min', [X, AXES], {}),
    ('Prod', [X, AXES], {}), ('All', [X > 0, AXES], {}),
    ('MatMul', [MATRIX, OTHER], {}), ('MatMul', [MATRIX.T.copy(), OTHER], {'transpose_a': True}),
    ('MatMul', [MATRIX, OTHER.T.copy()], {'transpose_b': True}), ('BiasAdd', [MATRIX, OTHER[:, 0].copy()], {}),
    ('Relu', [X], {}), ('Relu6', [3 * X], {}), ('Elu', [X], {}), ('Selu', [X], {}), ('LeakyRelu', [X], {}),
    ('LeakyRelu', [X], {'alpha': 0.5}), ('Softmax', [Y], {}), ('LogSoftmax', [Y], {}),
    ('BlockLSTM', [np.int64(5)] + LSTM, {'forget_bias': 0.0, 'cell_clip': -1.0}),
    ('BlockLSTM', [np.int64(STEPS)] + LSTM, {'cell_clip': 0.5}), ('BlockLSTM', [np.int64(0)] + LSTM, {'cell_clip': -1.0}),
    ('LSTMBlockCell', [LSTM[0][0]] + LSTM[1:], {'forget_bias': 0.5, 'cell_clip': -1.0}),
    ('AudioSpectrogram', [AUDIO], {'window_size': 512, 'stride': 320, 'magnitude_squared': True}),
    ('AudioSpectrogram', [AUDIO], {'window_size': 400, 'stride': 160}),
    ('Mfcc', [np.abs(RANDOM.normal(size=[2, 3, 257])).astype(np.float32), np.int32(16000)],
     {'upper_frequency_limit': 8000., 'dct_coefficient_count': 26}),
    ('Mfcc', [np.abs(RANDOM.normal(size=[1, 3, 129])).astype(np.float32), np.int32(8000)], {}),
    ('ConcatV2', [X, 2 * X, np.int32(1)], {}), ('Pack', [Y, 2 * Y], {}), ('Pack', [Y, 2 * Y], {'axis': 1}),
    ('Squeeze', [X], {}), ('Squeeze', [X], {'squeeze_dims': [1]}), ('ExpandDims', [Y, np.int32(-1)], {}),
    ('ExpandDims', [Y, np.int32([1])], {}), ('Reshape', [X, np.int32([-1, 3])], {}),
    ('Transpose', [X, np.int32([2, 0, 1])], {}),
    ('InvertPermutation', [np.int32([2, 0, 1])], {}), ('Tile', [Y, np.int32([2, 3])], {}),
    ('GatherNd', [Y, np.int32([[[0, 1], [4, 5]]])], {}), ('GatherNd', [Y, np.int32([[3], [0]])], {}),
    ('Shape', [X], {}), ('Shape', [X], {'out_type': 9}), ('Size', [X], {}), ('Rank', [X], {}),
    ('Fill', [np.int32([2, 3]), np.float32(0.5)], {}), ('Range', [np.int32(2), np.int32(9), np.int32(3)], {}),
    ('ZerosLike', [X], {}), ('OnesLike', [X], {}), ('Cast', [X, ], {'DstT': 3}), ('Cast', [INTEGERS], {'DstT': 9}),
    ('Cast', [X > 0], {'DstT': 1}), ('Identity', [X], {}), ('StopGradient', [X], {}),
]
# The same things have other names in TensorFlow's Python functions.
INPUT_NAMES = {'Add': 'x y', 'AddV2': 'x y', 'Sub': 'x y', 'Mul': 'x y', 'Minimum': 'x y', 'Less': 'x y',
               'SquaredDifference': 'x y', 'Rsqrt': 'x', 'Mean': 'input axis', 'Sum': 'input axis', 'Max': 'input axis',
               'Min': 'input axis', 'Prod': 'input axis', 'All': 'input axis', 'MatMul': 'a b', 'BiasAdd': 'value bias',
               'Softmax': 'logits', 'LogSoftmax': 'logits', 'BlockLSTM': 'seq_len_max x cs_prev h_prev w wci wcf wco b',
               'LSTMBlockCell': 'x cs_prev h_prev w wci wcf wco b', 'AudioSpectrogram': 'input',
               'Mfcc': 'spectrogram sample_rate', 'Squeeze': 'input', 'ExpandDims': 'input axis', 'Reshape': 'tensor shape',
               'Transpose': 'x perm', 'InvertPermutation': 'x', 'Tile': 'input multiples', 'GatherNd': 'params indices',
               'Shape': 'input', 'Size': 'input', 'Rank': 'input', 'Fill': 'dims value', 'Range': 'start limit delta',
               'ZerosLike': 'x', 'OnesLike': 'x', 'Cast': 'x', 'Identity': 'input', 'StopGradient': 'input'}
ATTRIBUTE_NAMES = {'squeeze_dims': 'axis'}


def in_tensorflow(operation, inputs, attributes):
    given = {ATTRIBUTE_NAMES.get(name, name): DTYPES[value] if name in ('DstT', 'out_type') else value
             for name, value in attributes.items()}
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = [tf.constant(array) for array in inputs]
        if operation == 'ConcatV2':
            given.update(values=tensors[:-1], axis=tensors[-1])
        elif operation == 'Pack':
            given.update(values=tensors)
        else:
            given.update(zip(INPUT_NAMES.get(operation, 'features').split(), tensors))
        return session.run(getattr(raw_ops, operation)(**given))


@pytest.mark.parametrize('operation, inputs, attributes', CASES, ids=[case[0] for case in CASES])
def test_operation(operation, inputs, attributes):
    found = OPERATIONS[operation](attributes, *inputs)
    expected = in_tensorflow(operation, inputs, attributes)
    pairs = zip(found, expected) if isinstance(found, tuple) else [(np.asarray(found), expected)]
    n_compared = 0
    for ours, theirs in pairs:
        if ours is not None:
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=2e-6)
            assert ours.dtype == np.asarray(theirs).dtype
            n_compared += 1
    assert n_compared == (2 if 'LSTM' in operation else 1)


def test_every_operation_is_compared():
    not_in_graphs_alone = {'PlaceholderWithDefault', 'NoOp'}  # nothing is computed
    assert {case[0] for case in CASES} == set(OPERATIONS) - not_in_graphs_alone


@pytest.mark.parametrize('operation, inputs', [
    ('Fill', [np.int32([1 << 20, 1 << 20]), np.float32(0)]), ('Tile', [X, np.int32([1 << 20, 1 << 10, 1])]),
    ('Range', [np.int32(0), np.int32(1 << 30), np.int32(1)]), ('Range', [np.int32(0), np.int32(9), np.int32(0)]),
    ('Add', [np.zeros([1 << 15, 1], np.float32), np.zeros(1 << 15, np.float32)]),
    ('MatMul', [np.zeros([1 << 15, 1], np.float32), np.zeros([1, 1 << 15], np.float32)]),
    ('GatherNd', [Y, np.int32([[0, 6]])]), ('GatherNd', [Y, np.int32([[-1, 0]])]), ('Reshape', [X, np.int32([7])]),
    ('BlockLSTM', [np.int64(STEPS + 1)] + LSTM), ('InvertPermutation', [np.int32([0, 5])]),
], ids=lambda value: value if isinstance(value, str) else '')
def test_what_is_out_of_proportion_or_place_is_an_error(operation, inputs):
    nodes = [Node(f'x{index}', 'Const', (), {'value': np.asarray(array)}) for index, array in enumerate(inputs)]
    graph = Graph(nodes + [Node('y', operation, tuple((node.name, 0) for node in nodes), {})])
    with pytest.raises(ModelError, match='node y'):
        graph.function([], ['y'])()
