"""An exported graph of any release as a model to start from: its weights are constants."""

import os

import numpy as np
from google.protobuf.message import DecodeError

from ..compat import MemmappedFileSystemDirectory, tf
from ..errors import CheckpointError
from ..text.alphabet import Alphabet
from .source import Source

MAPPED_EXTENSION = '.pbmm'
REGION = 'memmapped_package://'  # how the names of regions of a memory-mapped graph begin
GRAPH_REGION = f'{REGION}.'
OFFSET_BYTES = 8  # at the end of such a file: where its directory is


class FrozenSource(Source):
    """The weights of a frozen graph, `.pb` or memory-mapped (`.pbmm`); whatever else a training needs starts afresh.

    What the graph tells clients (alphabet, sample rate, window and step) is in the description.

    Raises:
      CheckpointError: the file is not such a graph.
    """

    def __init__(self, path):
        try:
            nodes, regions = _mapped(path) if path.endswith(MAPPED_EXTENSION) else (_nodes(_content(path)), {})
        except (OSError, DecodeError, KeyError, ValueError) as error:
            raise CheckpointError(f'{path}: not a frozen graph ({error}); pass a .pb or .pbmm file that DeepSpeech '
                                  f'exported.') from error
        self._constants = {node.name: node for node in nodes if node.op in ('Const', 'ImmutableConst')}
        self._regions = regions
        shapes = {name: _shape(node) for name, node in self._constants.items()}
        super().__init__(path, shapes, self._constant, self._told(path))
        if not self.description:
            self.feature_sets = self.feature_sets[:1] if _has_softmax(nodes) else self.feature_sets[-1:]
        self.relu_clip = self._limit_of_activations(nodes)
        self._may_lack = lambda name: True

    def _constant(self, name):
        node = self._constants[name]
        try:
            return tf.make_ndarray(node.attr['value'].tensor) if node.op == 'Const' else self._mapped_constant(node)
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f'{self.prefix}: constant {name} cannot be read ({error}); the graph is damaged, '
                                  f'restore it from a copy.') from error

    def _mapped_constant(self, node):
        region = self._regions[node.attr['memory_region_name'].s.decode('utf-8')]
        dtype = np.dtype(tf.as_dtype(node.attr['dtype'].type).as_numpy_dtype)
        shape = _shape(node)
        return region[:int(np.prod(shape)) * dtype.itemsize].view(dtype).reshape(shape)

    def _limit_of_activations(self, nodes):
        """Returns what the graph limits its activations to; None if it has another way to do so."""
        activations = {node.name for node in nodes if node.op == 'Relu'}
        for node in nodes:
            if (node.op == 'Minimum' and len(node.input) == 2 and node.input[0] in activations
                    and node.input[1] in self._constants):
                return float(str(self._constant(node.input[1]).reshape(-1)[0]))  # as it was written on the command line
        return None

    def _told(self, path):
        """Returns the description that the graph's metadata give; {} for graphs of the time before there were any."""
        metadata = {name[len('metadata_'):]: self._constant(name).reshape(-1)[0] for name in self._constants
                    if name.startswith('metadata_')}
        if not metadata:
            return {}
        names = {'rate_hz': 'sample_rate', 'window_ms': 'feature_win_len', 'step_ms': 'feature_win_step'}
        features = {ours: int(metadata[name]) for ours, name in names.items() if name in metadata}
        if 'feature_set' in metadata:
            features['feature_set'] = metadata['feature_set'].decode('utf-8')
        told = {'features': features}
        if 'alphabet' in metadata:  # of 0.6 on
            told['alphabet'] = Alphabet.from_serialized(metadata['alphabet'], path).for_json()
        return told


def _mapped(path):
    """Returns (the nodes of a memory-mapped graph, {name of a region: uint8 array}).

    The file is a row of regions, a directory of them, and 8 bytes that say where the directory is.
    """
    content = _content(path)
    (start,) = content[-OFFSET_BYTES:].view('<u8')
    directory = MemmappedFileSystemDirectory.FromString(content[start:-OFFSET_BYTES].tobytes())
    ends = [region.offset for region in directory.element[1:]] + [start]  # older converters wrote no lengths
    regions = {region.name: content[region.offset:region.offset + region.length if region.length else end]
               for region, end in zip(directory.element, ends)}
    return _nodes(regions[GRAPH_REGION]), regions


def _content(path):
    """Returns the bytes of a file, read as they are used."""
    if not os.path.getsize(path):
        raise ValueError('it is empty')
    return np.memmap(path, np.uint8, 'r')


def _nodes(content):
    nodes = tf.GraphDef.FromString(content.tobytes()).node
    if not nodes:
        raise ValueError('no operation is in it')
    return nodes


def _shape(node):
    shape = node.attr['shape'].shape if node.op == 'ImmutableConst' else node.attr['value'].tensor.tensor_shape
    return [dim.size for dim in shape.dim]


def _has_softmax(nodes):
    """Returns whether `logits` gives probabilities, as from v0.4 on."""
    return any(node.name == 'logits' and node.op == 'Softmax' for node in nodes)
