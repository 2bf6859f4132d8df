"""ONNX files, for runtimes of that standard: the same inputs, outputs and metadata as the frozen graph's.

    input_samples      float32 [n_samples]                 any number of samples in [-1, 1)
    mfccs              float32 [n_frames, 26]              of all whole windows in them, one per step
    input_node         float32 [batch, n_steps, 19, 26]    context windows, any number
    input_lengths      int32 [batch]                       valid steps
    previous_state_c   float32 [batch, n_hidden]           and previous_state_h; zeros where an utterance begins
    logits             float32 [n_steps, batch, labels + 1]  probabilities in spite of the name, blank last
    new_state_c        float32 [batch, n_hidden]           and new_state_h: after the last valid step

One file streams and takes whole utterances. Runtimes want every input: to get features alone feed no steps (a size of
0), to get probabilities alone no samples. The metadata of the file (`metadata_props`) are those of the frozen graph by
name, as text, the alphabet in base64, and `n_steps`: what a streaming client should collect for a call.
"""

import base64
from typing import Dict

import numpy as np

from ..model.acoustic import NORM_EPSILON
from ..model.recurrent import GATES
from ..model.variables import AcousticWeights
from ..settings.features import N_INPUT, WINDOW_FRAMES, FeatureConfig
from .feature_matrices import feature_matrices
from .metadata import ExportSpec, Metadata
from .onnx_graph import ELEMENT_TYPES, OnnxGraph

FLOAT32, FLOAT64, INT64 = (ELEMENT_TYPES[name] for name in ('float32', 'float64', 'int64'))
ONNX_GATES = [GATES.index(gate) for gate in 'iofc']  # where they stand in the order of ours


def onnx_model(spec: ExportSpec, weights: AcousticWeights) -> bytes:
    """Returns the model as the content of an ONNX file.

    Args:
      spec: its `n_steps` are what a streaming client should collect for a call.
      weights: arrays, from `trained_weights`.
    Raises:
      ExportError: it would be larger than such a file can be, 2 GB.
    """
    graph, width = OnnxGraph(), spec.model.n_cell
    samples = graph.input('input_samples', 'float32', ['n_samples'])
    windows = graph.input('input_node', 'float32', ['batch', 'n_steps', WINDOW_FRAMES, N_INPUT])
    lengths = graph.input('input_lengths', 'int32', ['batch'])
    state = [graph.input(f'previous_state_{part}', 'float32', ['batch', width]) for part in 'ch']
    _add_features(graph, samples, spec.features)
    _add_network(graph, spec, weights, (windows, lengths, state))
    graph.output('mfccs', 'float32', ['n_frames', N_INPUT])
    graph.output('logits', 'float32', ['n_steps', 'batch', spec.model.n_outputs])
    for part in 'ch':
        graph.output(f'new_state_{part}', 'float32', ['batch', width])
    return graph.model(dict(_as_text(spec.metadata), n_steps=str(spec.n_steps)))


def _as_text(metadata: Metadata) -> Dict[str, str]:
    texts = {}
    for name, value in metadata.items():
        if isinstance(value, int):
            texts[name] = str(value)
        else:
            texts[name] = (base64.b64encode(value) if name == 'metadata_alphabet' else value).decode('utf-8')
    return texts


def _add_features(graph: OnnxGraph, samples: str, config: FeatureConfig) -> None:
    """Adds `mfccs`. All in float64, like the trainer: quiet bands are small differences of large numbers."""
    matrices = feature_matrices(config)
    zero, step = (graph.constant(np.int64(number)) for number in (0, config.step_samples))
    n_samples = graph.add('Squeeze', graph.add('Shape', samples))
    end = graph.add('Sub', n_samples, graph.constant(np.int64(config.window_samples - 1)))
    starts = graph.add('Unsqueeze', graph.add('Range', zero, end, step), graph.integers(1))
    indices = graph.add('Add', starts, graph.integers(*range(config.window_samples)))  # [frames, window]
    frames = graph.add('Cast', graph.add('Gather', samples, indices), to=FLOAT64)
    parts = graph.add('MatMul', frames, graph.constant(matrices.spectrum))
    parts = graph.add('Reshape', parts, graph.integers(0, 2, len(matrices.bands)))
    spectrum = graph.add('ReduceSumSquare', parts, axes=[1], keepdims=0)
    if not matrices.squared:
        spectrum = graph.add('Sqrt', spectrum)
    energies = graph.add('MatMul', spectrum, graph.constant(matrices.bands))
    logarithms = graph.add('Log', graph.add('Max', energies, graph.constant(np.float64(matrices.floor))))
    graph.add_as('mfccs', 'Cast', graph.add('MatMul', logarithms, graph.constant(matrices.transform)), to=FLOAT32)


def _add_network(graph, spec, weights, inputs):
    """Adds `logits` and the new state; `inputs` are the names of the windows, of their lengths and of the state."""
    model = spec.model
    windows, lengths, state = inputs
    limits = [graph.constant(np.float32(limit)) for limit in (0, model.relu_clip)]

    def dense(layer, x):
        x = graph.add('Add', graph.add('MatMul', x, graph.constant(weights.dense[layer].weights)),
                      graph.constant(weights.dense[layer].bias))
        if layer == 6:
            return x
        x = graph.add('Clip', x, *limits)
        return _normalised(graph, x, weights.norms[layer]) if model.layer_norm else x

    if spec.features.whitened:
        windows = _whitened(graph, windows, lengths)
    x = graph.add('Transpose', windows, perm=[1, 0, 2, 3])
    x = graph.add('Reshape', x, graph.integers(0, 0, WINDOW_FRAMES * N_INPUT))  # [T, B, 494]
    for layer in (1, 2, 3):
        x = dense(layer, x)
    x = _recurrent(graph, weights.cells, x, lengths, state)
    x = dense(6, dense(5, x))
    graph.add_as('logits', 'Softmax', x, axis=-1)


def _recurrent(graph, cells, x, lengths, state):
    """Adds the recurrent layer and the new state; returns the outputs [time, batch, directions * cell].

    The forward direction goes on from `state`, the backward one starts anew at the end of these steps.
    """
    first_axis = graph.integers(0)
    has_steps = graph.add('Greater', graph.add('Unsqueeze', lengths, graph.integers(1)),
                          graph.constant(np.int32(0)))
    c, h = (graph.add('Unsqueeze', part, first_axis) for part in state)
    outputs = []
    for cell, direction, initial in zip(cells, ('forward', 'reverse'), ([h, c], [])):
        names = [f'{direction}_{name}' for name in ('outputs', 'h', 'c')]
        graph.add_of_many('LSTM', [x, *_cell_constants(graph, cell), lengths, *initial], names,
                          direction=direction, hidden_size=len(cell.bias) // 4)
        outputs.append(graph.add('Squeeze', names[0], graph.integers(1)))  # [T, B, cell]
    for part, old in zip('ch', state):  # runtimes take the state after no step at all for 0
        graph.add_as(f'new_state_{part}', 'Where', has_steps, graph.add('Squeeze', f'forward_{part}', first_axis), old)
    return graph.add('Concat', *outputs, axis=2) if len(outputs) > 1 else outputs[0]


def _cell_constants(graph, cell):
    """Returns the names of an LSTM's input weights, recurrent weights and biases, as the standard lays them out."""
    n_cell = len(cell.bias) // 4
    kernel = cell.kernel.T.reshape(4, n_cell, -1)[ONNX_GATES].reshape(1, 4 * n_cell, -1)
    bias = cell.bias.reshape(4, n_cell)[ONNX_GATES].reshape(1, -1)
    n_input = kernel.shape[2] - n_cell
    return [graph.constant(array) for array in (
        kernel[:, :, :n_input], kernel[:, :, n_input:], np.concatenate([bias, np.zeros_like(bias)], axis=1))]


def _normalised(graph, x, norm):
    """Adds a layer normalisation; the operation for it is too new for many runtimes."""
    centred = graph.add('Sub', x, graph.add('ReduceMean', x, axes=[-1]))
    variance = graph.add('ReduceMean', graph.add('Mul', centred, centred), axes=[-1])
    deviation = graph.add('Sqrt', graph.add('Add', variance, graph.constant(np.float32(NORM_EPSILON))))
    scaled = graph.add('Mul', graph.add('Div', centred, deviation), graph.constant(norm.gamma))
    return graph.add('Add', scaled, graph.constant(norm.beta))


def _whitened(graph, windows, lengths):
    """Adds mean 0 and deviation 1 over the valid steps of each utterance, context zeros included; see `legacy_features.py`."""
    zero, one = (graph.constant(np.int64(number)) for number in (0, 1))
    all_but_batch = graph.integers(1, 2, 3)
    n_steps = graph.add('Gather', graph.add('Shape', windows), one)
    column = graph.add('Unsqueeze', graph.add('Cast', lengths, to=INT64), graph.integers(1))  # [B, 1]
    valid = graph.add('Cast', graph.add('Less', graph.add('Range', zero, n_steps, one), column), to=FLOAT32)  # [B, T]
    valid = graph.add('Unsqueeze', valid, graph.integers(2, 3))
    n_steps_valid = graph.add('Unsqueeze', graph.add('Cast', lengths, to=FLOAT32), all_but_batch)
    n_values = graph.add('Mul', n_steps_valid, graph.constant(np.float32(WINDOW_FRAMES * N_INPUT)))

    def mean(values):
        return graph.add('Div', graph.add('ReduceSum', graph.add('Mul', values, valid), all_but_batch), n_values)

    centred = graph.add('Sub', windows, mean(windows))
    return graph.add('Div', centred, graph.add('Sqrt', mean(graph.add('Mul', centred, centred))))
