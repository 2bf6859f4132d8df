"""TensorFlow Lite files of a single operator, and TensorFlow's own interpreter for them."""

import warnings

import numpy as np
from deepspeech.formats import tflite_schema
from deepspeech.formats.flatbuffer import flatbuffer
from deepspeech.formats.tflite_schema import OPERATORS

from deepspeech_training.compat import tf

TYPES = {np.dtype(np.float32): 0, np.dtype(np.int32): 2, np.dtype(np.int8): 9}
OPTION_TABLES = {OPERATORS[name]: table for name, table in tflite_schema.OPTION_TABLES.items()}


def one_operator(code, x, constants=(), n_outputs=1, options=None, *, scale=None, version=1, x_last=False, output_type=0,
                 **changes):
    """Returns a file whose graph takes `x`, of float32, and gives `y`, and `y1` ... if there is more than one.

    Args:
      constants: arrays, the operator's other inputs. scale: of those in 8 bits.
      output_type: number of the outputs' type.
      x_last: whether x comes after them.
      changes: fields of the tables `model` and `graph` to replace.
    """
    tensors = [{0: np.array(x.shape, np.int32), 1: np.int8(TYPES[x.dtype]), 3: 'x'}]
    buffers = [{}]
    for index, values in enumerate(constants):
        buffers.append({0: values.tobytes()})
        tensors.append({0: np.array(values.shape, np.int32), 1: np.int8(TYPES[values.dtype]), 2: np.uint32(index + 1),
                        3: f'constant{index}'})
        if values.dtype == np.int8:
            tensors[-1][4] = {2: np.array([scale], np.float32), 3: np.array([0], np.int64)}
    inputs = list(range(len(tensors)))
    outputs = list(range(len(tensors), len(tensors) + n_outputs))
    tensors += [{0: np.zeros(0, np.int32), 1: np.int8(output_type), 3: f'y{index or ""}'} for index in range(n_outputs)]
    inputs = inputs[1:] + inputs[:1] if x_last else inputs
    operator = {0: np.uint32(0), 1: np.array(inputs, np.int32), 2: np.array(outputs, np.int32)}
    if code in OPTION_TABLES:
        operator.update({3: np.uint8(OPTION_TABLES[code]), 4: options or {}})
    graph = {0: tensors, 1: np.array([0], np.int32), 2: np.array(outputs, np.int32), 3: [operator]}
    graph.update(changes.get('graph', {}))
    model = {0: np.uint32(3), 1: [{0: np.int8(code), 2: np.int32(version)}], 2: [graph], 4: buffers}
    model.update(changes.get('model', {}))
    return flatbuffer(model, b'TFL3')


class Interpreter:
    """TensorFlow's interpreter of a file."""

    def __init__(self, content):
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # it will move to another package
            self._interpreter = tf.lite.Interpreter(model_content=content)
        self._interpreter.allocate_tensors()

    def __call__(self, **inputs):
        """Returns {name: array} of all outputs."""
        for tensor in self._interpreter.get_input_details():
            if tensor['name'] in inputs:
                self._interpreter.set_tensor(tensor['index'], inputs[tensor['name']])
        self._interpreter.invoke()
        return {tensor['name']: self._interpreter.get_tensor(tensor['index'])
                for tensor in self._interpreter.get_output_details()}
