"""An independent judge of libdeepspeech.so: runs the graphs of model files operation by operation, in NumPy.

    network = open_network('output_graph.pbmm')
    probabilities = utterance_probabilities(network, samples)   # float32 [steps, n_classes] of int16 [n_samples]

It shares the readers of `deepspeech.formats` with the product, which are not those of the library, and no arithmetic. Of the
modules, `network` is a model of today, `legacy_network` one of the releases before 0.5, `graph` and `operations` are what runs
a graph, `mfcc` and `legacy_features` are what features are; tests hold `operations` to TensorFlow's.
"""

from .network import Network, open_network
from .streaming import Listener, utterance_probabilities

__all__ = ['Listener', 'Network', 'open_network', 'utterance_probabilities']
