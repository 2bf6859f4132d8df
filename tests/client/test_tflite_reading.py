"""TensorFlow Lite files in the client and in its judge: what TensorFlow's interpreter gives; typed errors for damaged ones."""

import random
from pathlib import Path

import numpy as np
import pytest
from deepspeech import DeepSpeechError, Model
from deepspeech.errors import FAIL_INIT_MMAP, FAIL_INTERPRETER, INVALID_ALPHABET, ModelError
from deepspeech.formats.flatbuffer import MAX_ITEMS, FlatBufferError, flatbuffer
from deepspeech.formats.flexbuffer import flexbuffer_map
from deepspeech.formats.tflite import read_tflite
from deepspeech.formats.tflite_operators import ARITHMETIC, PLAIN, SPECIAL
from deepspeech.formats.tflite_schema import OPERATORS
from deepspeech.network import Network
from lite_files import Interpreter, one_operator
from numpy_client import open_network
from numpy_client.graph import MAX_TURNS, Graph
from numpy_client.operations import TFLITE_OPERATIONS

GOLDEN = Path(__file__).resolve().parent.parent / 'golden'
CONVERTED = GOLDEN / 'unrolled' / 'float32.tflite'
RANDOM = np.random.RandomState(0)
X = RANDOM.uniform(-3, 3, [4, 1, 6]).astype(np.float32)
Y = RANDOM.uniform(-3, 3, [5, 6]).astype(np.float32)
POSITIVE = RANDOM.uniform(0.1, 3, [4, 5]).astype(np.float32)
MATRIX, BIAS = RANDOM.normal(size=[7, 6]).astype(np.float32), RANDOM.normal(size=7).astype(np.float32)
INTS = np.int32
RELU, RELU6 = np.int8(1), np.int8(3)
SLICE = INTS([1, 0, 5]), INTS([4, 1, 0]), INTS([2, 1, -1])

# (code of the operator, x, other inputs, what else `one_operator` takes)
CASES = [
    (14, X, [], {}), (19, X, [], {}), (21, 3 * X, [], {}), (28, X, [], {}),
    (39, X, [INTS([2, 0, 1])], {}), (55, X, [Y], {}), (57, X, [Y], {}), (70, Y, [INTS(-1)], {}),
    (73, POSITIVE, [], {}), (76, POSITIVE, [], {}), (99, X, [Y], {}),
    (0, X, [Y], {}), (0, X, [Y], dict(options={0: RELU})), (18, X, [Y], dict(options={0: RELU6})), (41, X, [Y], {}),
    (2, X, [X + 1], dict(options={0: INTS(1)})), (2, X, [X + 1], dict(options={0: INTS(-1)})),
    (9, Y, [MATRIX, BIAS], {}), (9, Y, [MATRIX], {}), (9, Y, [MATRIX, BIAS], dict(options={0: RELU})),
    (9, X, [MATRIX, BIAS], dict(options={0: RELU6})), (9, Y, [MATRIX, BIAS], dict(options={2: np.bool_(True)})),
    (22, X, [INTS([-1, 3])], dict(options={0: INTS([-1, 3])})),
    (22, X, [INTS([24, 1])], dict(options={0: INTS([24, 1])})),
    (22, X, [], dict(options={0: INTS([8, 3])})), (25, Y, [], dict(options={0: np.float32(1)})),
    (40, X, [INTS([0, 2])], {}), (40, Y, [INTS([1])], dict(options={0: np.bool_(True)})),
    (43, X, [], dict(options={0: INTS([1])})), (43, X, [], dict(options={0: INTS([])})),
    (45, X, SLICE, {}), (45, X, SLICE, dict(options={0: INTS(1), 1: INTS(5)})),
    (45, X, SLICE, dict(options={4: INTS(3)})),
    (49, X, [INTS(2)], dict(n_outputs=3, x_last=True, options={0: INTS(3)})), (49, Y, [INTS(0)], dict(
        n_outputs=5, x_last=True, options={0: INTS(5)})),
    (83, Y, [2 * Y], dict(options={0: INTS(2), 1: INTS(1)})), (88, X, [], dict(n_outputs=4, options={0: INTS(4)})),
    (53, INTS([[1, 0], [-7, 2 ** 20]]), [], {}),
    (36, Y, [INTS([3])], {}), (36, X, [INTS([[0, 3], [1, 1]])], {}), (58, X, [Y], dict(output_type=6)),
    (112, X, [INTS([3])], dict(options={0: INTS(0), 1: INTS(1)})),
    (112, X, [INTS([6, 1, 0, 2])], dict(options={0: INTS(2), 1: INTS(0)})),
    (88, X, [], dict(n_outputs=6, options={0: INTS(6), 1: INTS(-1)})),
]


def graph_of(content):
    return Graph(read_tflite(memoryview(content)), TFLITE_OPERATIONS)


@pytest.mark.parametrize('code, x, constants, changes', CASES, ids=[f'{case[0]}-' for case in CASES])
def test_operator_gives_what_tensorflows_interpreter_gives(code, x, constants, changes):
    content = one_operator(code, x, constants, **changes)
    expected = Interpreter(content)(x=x)
    names = list(expected)
    for name, found in zip(names, graph_of(content).function(['x'], names)(x)):
        np.testing.assert_allclose(found, expected[name], rtol=1e-5, atol=2e-6)
        assert found.dtype == expected[name].dtype


def test_every_operator_is_compared():
    translated = set(PLAIN) | set(ARITHMETIC) | set(SPECIAL)
    of_loops = {OPERATORS['WHILE']}  # tests/export/test_tflite.py compares whole files with loops
    assert {case[0] for case in CASES} | of_loops == {OPERATORS[name] for name in translated} == set(OPERATORS.values())


def in_calls(run, windows, n_steps=16, width=16):
    """Returns probabilities of consecutive windows in calls of `run`; the last one has rests of the one before."""
    memory = np.zeros([1, n_steps, 19, 26], np.float32)
    state, parts = np.zeros([2, 1, width], np.float32), []
    for start in range(0, len(windows), n_steps):
        part = windows[start:start + n_steps]
        memory[0, :len(part)] = part
        outputs = run(input_node=memory, previous_state_c=state[0], previous_state_h=state[1])
        state = outputs['new_state_c'], outputs['new_state_h']
        parts.append(outputs['logits'][:len(part)])
    return np.concatenate(parts)


@pytest.fixture
def windows():
    return np.random.RandomState(1).uniform(-9, 9, [40, 19, 26]).astype(np.float32)


def test_file_of_the_converter_gives_what_tensorflows_interpreter_gives(windows, clip):
    interpreter, network = Interpreter(CONVERTED.read_bytes()), open_network(str(CONVERTED))
    expected = in_calls(interpreter, windows)
    parts, state = [], network.zero_state
    for begin, end in ((0, 16), (16, 32), (32, 40)):
        part, state = network.probabilities(windows[begin:end], state)
        parts.append(part)
    np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-5)
    assert expected.std(axis=0).max() > 0.1
    samples = clip[:512].astype(np.float32) / 32768
    np.testing.assert_allclose(network.features(samples), interpreter(input_samples=samples)['mfccs'], atol=1e-4)
    assert (network.rate_hz, network.window_samples, network.step_samples, network.beam_width) == (16000, 512, 320, 500)
    assert (network.n_steps, network.n_context, network.n_features, network.n_classes) == (16, 9, 26, 29)


def test_library_hears_in_the_files_what_tensorflows_interpreter_hears(clip):
    exact, quantised = (Interpreter((GOLDEN / 'unrolled' / name).read_bytes()) for name in ('float32.tflite', 'int8.tflite'))
    network, of_bytes = (Network(str(GOLDEN / 'unrolled' / name), weights='auto') for name in ('float32.tflite', 'int8.tflite'))
    windows = in_context(network.features(clip))
    expected = in_calls(exact, windows)
    np.testing.assert_allclose(network.probabilities(clip), expected, atol=1e-5)
    assert of_bytes.weights == 'int8'
    # Both round what they multiply to 8 bits; ours must not be further from the exact model than the runtime.
    errors = [np.abs(found - expected).mean() for found in (of_bytes.probabilities(clip), in_calls(quantised, windows))]
    assert 1e-5 < errors[0] < 1.5 * errors[1]


def in_context(frames):
    padded = np.pad(frames, [(9, 9), (0, 0)], 'constant')
    return np.stack([padded[at:at + 19] for at in range(len(frames))])


def error_of(content):
    with pytest.raises(ModelError) as error:
        Graph(read_tflite(memoryview(content)), TFLITE_OPERATIONS)
    return error.value


@pytest.mark.parametrize('content, code, reason', [
    (b'\4\0\0\0TFL3', FAIL_INIT_MMAP, 'points to byte'),
    (b'\xff\xff\xff\xffTFL3', FAIL_INIT_MMAP, 'points to byte'),
    (one_operator(14, X, model={2: []}), FAIL_INIT_MMAP, '0 graphs instead of one'),
    (one_operator(119, X, options={0: INTS(1), 1: INTS(2)}), FAIL_INIT_MMAP, 'no graph 1 for a loop'),
    (one_operator(119, X, options={0: INTS(0), 1: INTS(0)}), FAIL_INIT_MMAP, 'no graph 0 for a loop'),
    (one_operator(36, X, [INTS([0])], options={0: INTS(1)}), FAIL_INTERPRETER, 'another axis than the first'),
    (one_operator(53, INTS([1]), output_type=2), FAIL_INTERPRETER, 'a conversion'),
    (one_operator(14, X, model={1: []}), FAIL_INIT_MMAP, 'damaged'),
    (one_operator(14, X, graph={2: INTS([7])}), FAIL_INIT_MMAP, 'no tensor 7'),
    (one_operator(14, X, graph={0: []}), FAIL_INIT_MMAP, 'no tensor'),
    (one_operator(0, X, [Y], model={4: [{}, {0: b'123'}]}), FAIL_INIT_MMAP, 'damaged'),
    (one_operator(31, X), FAIL_INTERPRETER, 'the operator 31'),
    (one_operator(32, X), FAIL_INTERPRETER, 'the operator 32'),
    (one_operator(0, X, [Y], options={0: np.int8(4)}), FAIL_INTERPRETER, 'activation function 4'),
    (one_operator(2, X, [X], options={1: RELU}), FAIL_INTERPRETER, 'activation function'),
    (one_operator(25, Y), FAIL_INTERPRETER, 'softmax with a factor'),
    (one_operator(9, Y, [MATRIX], options={1: np.int8(1)}), FAIL_INTERPRETER, 'fully connected'),
    (one_operator(45, X, SLICE, options={3: INTS(1)}), FAIL_INTERPRETER, 'new axes'),
], ids=lambda value: value if isinstance(value, str) else '')
def test_files_that_are_no_model(content, code, reason):
    error = error_of(content)
    assert (error.code, reason in error.detail) == (code, True), error.detail


def test_files_that_are_missing_have_the_code_of_their_kind(tmp_path):
    with pytest.raises(DeepSpeechError, match='No such file') as error:
        Model(str(tmp_path / 'missing.tflite'))
    assert error.value.code == FAIL_INIT_MMAP


def test_tensors_that_share_too_much_content_are_refused():
    tensors = [{0: INTS([5, 6]), 1: np.int8(0), 2: np.uint32(1), 3: f'x{index}'} for index in range(99)]
    content = one_operator(0, Y, [Y], graph={0: tensors, 1: INTS([]), 2: INTS(range(99)), 3: []})
    assert 'same content' in error_of(content).detail


def test_tables_that_are_read_too_often_are_refused():
    indices = np.zeros(MAX_ITEMS // 100, np.int32)
    content = one_operator(14, X, graph={3: [{0: np.uint32(0), 1: indices, 2: indices}] * 200})
    assert f'more than {MAX_ITEMS} items' in error_of(content).detail


def test_options_may_be_of_any_width():
    # Two-byte numbers as the converter of TensorFlow 1.15 writes them.
    assert flexbuffer_map(memoryview(b'window_size\0magnitude_squared\0stride\0\x03\x1a\x09(\0\x04\0\x01\0\x03\0\x01\0'
                                     b'@\x01\0\x02i\x05\x05\x09%\x01')) == {
        'magnitude_squared': True, 'stride': 320, 'window_size': 512}
    for content in (b'', b'\0\0\0', b'\1\x04\1', b'\xff\x24\1'):
        with pytest.raises(FlatBufferError):
            flexbuffer_map(memoryview(content))


def test_damaged_files_are_errors_of_the_model(tmp_path, clip):
    whole = CONVERTED.read_bytes()
    chance = random.Random(5)
    n_refused = 0
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(chance.choice((1, 2, 8))):
            content[chance.randrange(len(content))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
        if chance.random() < 0.3:
            del content[chance.randrange(len(content)):]
        path = tmp_path / 'damaged.tflite'
        path.write_bytes(bytes(content))
        try:
            Model(str(path)).stt(clip[:8000])
        except DeepSpeechError:
            n_refused += 1
    assert 30 < n_refused < 150


def test_alphabet_of_another_size_is_refused(tmp_path):
    content = CONVERTED.read_bytes()
    assert content.count(b'\x1c\0\0\0\x01\0 ') == 1
    path = tmp_path / 'model.tflite'
    path.write_bytes(content.replace(b'\x1c\0\0\0\x01\0 ', b'\x1b\0\0\0\x01\0 '))
    with pytest.raises(DeepSpeechError) as error:
        Model(str(path))
    assert error.value.code == INVALID_ALPHABET


def loop_file(step, limit=10.):
    """Returns a file that adds `step` to `x` while it is below `limit`."""
    def graph(operators, outputs, n_tensors):
        shapes = [{0: INTS([1]), 1: np.int8(0 if number < 3 else 6), 3: f't{number}'} for number in range(n_tensors)]
        shapes[1][2], shapes[2][2] = np.uint32(1), np.uint32(2)
        return {0: shapes, 1: INTS([0]), 2: INTS(outputs), 3: operators}

    def operator(code, inputs, output, table, options=None):
        return {0: np.uint32(code), 1: INTS(inputs), 2: INTS([output]), 3: np.uint8(table), 4: options or {}}

    main = {0: [{0: INTS([1]), 1: np.int8(0), 3: name} for name in 'xy'], 1: INTS([0]), 2: INTS([1]),
            3: [operator(0, [0], 1, 93, {0: INTS(1), 1: INTS(2)})]}
    cond = graph([operator(1, [0, 2], 3, 41)], [3], 4)
    body = graph([operator(2, [0, 1], 3, 11)], [3], 4)
    body[0][3][1] = np.int8(0)
    buffers = [{}] + [{0: np.float32([value]).tobytes()} for value in (step, limit)]
    codes = [{0: np.int8(code), 2: np.int32(1)} for code in (119, 58, 0)]
    return flatbuffer({0: np.uint32(3), 1: codes, 2: [main, cond, body], 4: buffers}, b'TFL3')


def test_loop_gives_what_tensorflows_interpreter_gives():
    content = loop_file(step=3.)
    for begin, end in ((0., 12.), (9.5, 12.5), (11., 11.)):
        x = np.float32([begin])
        expected = Interpreter(content)(x=x)['y']
        assert expected == end
        np.testing.assert_array_equal(graph_of(content).function(['x'], ['y'])(x)[0], expected)


def test_loop_without_end_is_ended():
    with pytest.raises(ModelError, match=f'more than {MAX_TURNS} turns'):
        graph_of(loop_file(step=0.)).function(['x'], ['y'])(np.float32([0]))
