"""An exported graph of any release as a model to start from: its weights are constants."""

from deepspeech.errors import ModelError
from deepspeech.formats.frozen_graph import map_file, read_graph, relu_clip_of

from ..errors import CheckpointError
from ..text.alphabet import Alphabet
from .stored_model import StoredModel


class FrozenModel(StoredModel):
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
        limit = relu_clip_of(nodes)
        self.relu_clip = None if limit is None else float(str(limit[()]))  # as it was written on the command line
        self._may_lack = lambda name: True

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
        return read_graph(map_file(path))
    except (OSError, ValueError) as error:
        raise CheckpointError(f'{path}: cannot be read ({getattr(error, "strerror", None) or "it is empty"}); pass a .pb or '
                              f'.pbmm file that DeepSpeech exported.') from error
    except ModelError as error:
        raise CheckpointError(f'{path}: {error.detail}') from error


def _has_softmax(nodes):
    """Returns whether `logits` gives probabilities, as from v0.4 on."""
    return any(node.name == 'logits' and node.op == 'Softmax' for node in nodes)
