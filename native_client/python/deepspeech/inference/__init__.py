"""Runs acoustic models, without decoding: audio in, probabilities of labels out.

    network = open_network('output_graph.pbmm')
    probabilities = utterance_probabilities(network, samples)   # float32 [steps, n_classes] of int16 [n_samples]

These names are public, for the trainer among others; the modules beneath are not. Of those, `network` is a model of today,
`legacy_network` one of the releases before 0.5, `graph` and `operations` are what runs a graph.
"""

from .network import Network, open_network
from .streaming import Listener, utterance_probabilities

__all__ = ['Listener', 'Network', 'open_network', 'utterance_probabilities']
