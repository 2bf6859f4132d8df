"""An exported graph of any release as a model to start from: its weights are constants."""

import math
from dataclasses import replace
from typing import Any, Dict, Mapping, Optional, Sequence

import numpy as np
from deepspeech.errors import ModelError
from deepspeech.formats.frozen_graph import map_file, read_graph, relu_clip_of
from deepspeech.formats.nodes import Node

from ..digests import FileDigests
from ..errors import CheckpointError
from ..settings.features import UPPER_HZ_OF_V05, FeatureConfig
from ..text.alphabet import Alphabet
from .stored_model import StoredModel, stored_model


def open_frozen(path: str, digests: Optional[FileDigests] = None) -> StoredModel:
    """Returns the weights of a frozen graph, `.pb` or memory-mapped (`.pbmm`); whatever else a training needs starts afresh.

    What the graph tells clients (alphabet, sample rate, window and step) is in the description.

    Raises:
      CheckpointError: the file is not such a graph.
    """
    nodes = _nodes(path)
    constants = {node.name: node.attributes['value'] for node in nodes
                 if node.op == 'Const' and 'value' in node.attributes}
    shapes = {name: list(value.shape) for name, value in constants.items()}
    mel_set = _mel_bands_of(nodes, constants, path)
    description = _description(constants, mel_set, path)
    model = stored_model(path, shapes, constants.__getitem__, description, digests or FileDigests())
    feature_sets = model.feature_sets
    if not description and mel_set:
        feature_sets = (mel_set,)
    elif not description:
        feature_sets = feature_sets[:1] if _has_softmax(nodes) else feature_sets[-1:]
    limit = relu_clip_of(nodes)
    relu_clip = None if limit is None else float(str(limit[()]))  # as it was written on the command line
    return replace(model, feature_sets=feature_sets, relu_clip=relu_clip, is_partial=True)


def _mel_bands_of(nodes: Sequence[Node], constants: Mapping[str, np.ndarray], path: str) -> Optional[str]:
    """Returns the feature set that the upper end of the graph's mel bands shows; None if no operation computes such bands.

    Raises:
      CheckpointError: they end where those of no release do.
    """
    for node in nodes:
        if node.op != 'Mfcc':
            continue
        rate = constants.get(node.inputs[1][0]) if len(node.inputs) > 1 else None
        rate_hz = rate.item() if rate is not None and rate.size == 1 else FeatureConfig.rate_hz
        upper_hz = node.attributes.get('upper_frequency_limit', UPPER_HZ_OF_V05)  # that is the operation's default, too
        if math.isclose(upper_hz, rate_hz / 2, rel_tol=1e-6):
            return FeatureConfig.feature_set
        if upper_hz == UPPER_HZ_OF_V05:
            return 'v0.5'
        raise CheckpointError(f'{path}: its mel bands end at {upper_hz:g} Hz; those of the releases end at {UPPER_HZ_OF_V05:g} '
                              f'Hz or at half the sample rate of {rate_hz} Hz. The client runs it, a training cannot '
                              f'start from it.')
    return None


def _description(constants: Mapping[str, np.ndarray], mel_set: Optional[str], path: str) -> Dict[str, Any]:
    """Returns the description that the graph's metadata give; {} for graphs of the time before there were any."""
    metadata = {name[len('metadata_'):]: value.reshape(-1)[0] for name, value in constants.items()
                if name.startswith('metadata_') and value.size}
    if not metadata:
        return {}
    names = {'rate_hz': 'sample_rate', 'window_ms': 'feature_win_len', 'step_ms': 'feature_win_step'}
    features: Dict[str, Any] = {ours: int(metadata[name]) for ours, name in names.items() if name in metadata}
    if 'feature_set' in metadata:
        features['feature_set'] = metadata['feature_set'].decode('utf-8')
    elif mel_set:
        features['feature_set'] = mel_set
    description: Dict[str, Any] = {'features': features}
    if 'alphabet' in metadata:  # of 0.6 on
        description['alphabet'] = Alphabet.from_serialized(metadata['alphabet'], path).for_json()
    return description


def _nodes(path: str) -> Sequence[Node]:
    try:
        return read_graph(map_file(path))
    except (OSError, ValueError) as error:
        raise CheckpointError(f'{path}: cannot be read ({getattr(error, "strerror", None) or "it is empty"}); pass a .pb or '
                              f'.pbmm file that DeepSpeech exported.') from error
    except ModelError as error:
        raise CheckpointError(f'{path}: {error.detail}') from error


def _has_softmax(nodes: Sequence[Node]) -> bool:
    """Returns whether `logits` gives probabilities, as from v0.4 on."""
    return any(node.name == 'logits' and node.op == 'Softmax' for node in nodes)
