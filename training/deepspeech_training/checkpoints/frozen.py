"""An exported graph of any release as a model to start from: its weights are constants."""

from deepspeech.errors import ModelError
from deepspeech.inference.frozen_graph import is_mapped, map_file, read_mapped, read_plain

from ..errors import CheckpointError
from ..text.alphabet import Alphabet
from .source import Source


class FrozenSource(Source):
    """The weights of a frozen graph, `.pb` or memory-mapped (`.pbmm`); whatever else a training needs starts afresh.

    What the graph tells clients (alphabet, sample rate, window and step) is in the description.

    Raises:
      CheckpointError: the file is not such a graph.
    """

    def __init__(self, path):
        nodes = _nodes(path)
        self._constants = {node.name: node.attributes['value'] for node in nodes
                           if node.op == 'Const' and 'value' in node.attributes}
        shapes = {name: list(value.shape) for name, value in self._constants.items()}
        super().__init__(path, shapes, self._constants.__getitem__, self._told(path))
        if not self.description:
            self.feature_sets = self.feature_sets[:1] if _has_softmax(nodes) else self.feature_sets[-1:]
        self.relu_clip = self._limit_of_activations(nodes)
        self._may_lack = lambda name: True

    def _limit_of_activations(self, nodes):
        """Returns what the graph limits its activations to; None if it has another way to do so."""
        activations = {node.name for node in nodes if node.op == 'Relu'}
        for node in nodes:
            inputs = [name for name, _ in node.inputs]
            if node.op == 'Minimum' and len(inputs) == 2 and inputs[0] in activations and inputs[1] in self._constants:
                return float(str(self._constants[inputs[1]].reshape(-1)[0]))  # as it was written on the command line
        return None

    def _told(self, path):
        """Returns the description that the graph's metadata give; {} for graphs of the time before there were any."""
        metadata = {name[len('metadata_'):]: value.reshape(-1)[0] for name, value in self._constants.items()
                    if name.startswith('metadata_') and value.size}
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


def _nodes(path):
    try:
        data = map_file(path)
        return read_mapped(data) if is_mapped(data) else read_plain(data)
    except (OSError, ValueError) as error:
        raise CheckpointError(f'{path}: cannot be read ({getattr(error, "strerror", None) or "it is empty"}); pass a .pb or '
                              f'.pbmm file that DeepSpeech exported.') from error
    except ModelError as error:
        raise CheckpointError(f'{path}: {error.detail}') from error


def _has_softmax(nodes):
    """Returns whether `logits` gives probabilities, as from v0.4 on."""
    return any(node.name == 'logits' and node.op == 'Softmax' for node in nodes)
