"""The acoustic model and its loss in NumPy, float64, from the equations: what TensorFlow's results are held to."""

from collections import namedtuple

import numpy as np

# dense: {layer: (weights, bias)}. cells: of each direction, {gate: (input matrix [cell, inputs], recurrent one, bias)}.
# norms: {layer: (gamma, beta)}.
Network = namedtuple('Network', 'dense cells forget_bias norms')


def gates_of(kernel, bias):
    """Returns {gate: matrices and bias} of the canonical layout: columns i, c, f, o; input rows first."""
    n = len(bias) // 4
    columns = [slice(at * n, (at + 1) * n) for at in range(4)]
    return {gate: (kernel[:-n, part].T, kernel[-n:, part].T, bias[part]) for gate, part in zip('icfo', columns)}


def logits(network, features):
    """Returns [time, outputs] of one utterance, features [time, 26]."""
    padded = np.pad(features.astype(np.float64), [(9, 9), (0, 0)], 'constant')
    x = np.stack([padded[time:time + 19].reshape(-1) for time in range(len(features))])
    for layer in (1, 2, 3):
        x = _activated(network, layer, x)
    outputs = [_lstm(network.cells[0], network.forget_bias, x)]
    if len(network.cells) > 1:
        outputs.append(_lstm(network.cells[1], network.forget_bias, x[::-1])[::-1])
    x = _activated(network, 5, np.concatenate(outputs, axis=1))
    weights, bias = network.dense[6]
    return x @ weights + bias


def ctc_loss(scores, labels):
    """Returns -ln p(labels | softmax of scores [time, classes]); the last class is the blank. Graves et al. 2006."""
    log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    blank = scores.shape[1] - 1
    path = [blank] + [symbol for label in labels for symbol in (label, blank)]
    alpha = np.full(len(path), -np.inf)
    alpha[:2] = log_p[0, path[:2]]
    for frame in log_p[1:]:
        before = alpha
        alpha = np.array([
            np.logaddexp.reduce([before[at]] + [before[at - 1]] * (at > 0) + [before[at - 2]] * (
                at > 1 and path[at] not in (blank, path[at - 2]))) + frame[path[at]] for at in range(len(path))])
    return -np.logaddexp(alpha[-1], alpha[-2])


def _activated(network, layer, x):
    weights, bias = network.dense[layer]
    x = np.clip(x @ weights + bias, 0., 20.)
    if layer in network.norms:
        gamma, beta = network.norms[layer]
        centred = x - x.mean(axis=1, keepdims=True)
        x = centred / np.sqrt((centred ** 2).mean(axis=1, keepdims=True) + 1e-12) * gamma + beta
    return x


def _lstm(cell, forget_bias, x):
    h = c = np.zeros(len(cell['i'][2]))
    outputs = []
    for x_t in x:
        z = {gate: at_input @ x_t + recurrent @ h + bias for gate, (at_input, recurrent, bias) in cell.items()}
        c = _sigmoid(z['f'] + forget_bias) * c + _sigmoid(z['i']) * np.tanh(z['c'])
        h = _sigmoid(z['o']) * np.tanh(c)
        outputs.append(h)
    return np.array(outputs)


def _sigmoid(z):
    return 1. / (1. + np.exp(-z))
