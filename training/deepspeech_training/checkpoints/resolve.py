"""How a run takes the geometry and the features of the model it starts from."""

from dataclasses import replace
from typing import Optional

from ..console.log import Log
from ..errors import CheckpointError
from ..settings.config import Asked, RunConfig
from ..text.alphabet import BYTES, BYTES_FLAG, ByteAlphabet
from .stored_model import StoredModel

# Flags that a model answers, too, and their fields in ModelConfig and Geometry.
# Why a model is not known to be of releases whose features are another set's, by that set.
WHY_NOT_OTHERS = {'v0.2': 'The variables of v0.2 and v0.3 have the same names as those of v0.4',
                  'current': 'The variables of 0.6 have the same names as those of 0.7 to 0.9.3, but none of 0.6 is '
                             'learning_rate, and there is none'}
GEOMETRY_FLAGS = (('n_hidden', 'n_hidden'), ('rnn_direction', 'direction'), ('layer_norm', 'layer_norm'))


def resolve(asked: Asked, stored: Optional[StoredModel], log: Log, assumed: Optional[RunConfig] = None) -> RunConfig:
    """Returns the RunConfig of what was asked for and a model.

    What was asked for must agree with the model; everything else follows it.

    Args:
      asked: what the command line says.
      stored: the model to start from or to use, None: a new one.
      log: is told what the model has decided.
      assumed: what the person knows already, as after a training of this run; None: the defaults of a new model.
    Raises:
      CheckpointError: a flag, the alphabet or the feature settings contradict the model (names both values).
    """
    assumed = assumed or asked.of_new_model()
    if stored is None:
        return assumed
    model = _model(asked, stored, assumed.model, log)
    _check_alphabet(asked, stored)
    features = _features(asked, stored, assumed.features, log)
    _check_features(features, stored)
    return asked.resolved(model, features)


def _model(asked, stored, assumed, log):
    """Returns the ModelConfig of the model."""
    for flag, name in GEOMETRY_FLAGS:
        wanted, has = getattr(assumed, name), getattr(stored.geometry, name)
        if wanted != has:
            if getattr(asked.model, name) is not None:
                raise CheckpointError(f'--{flag} {wanted} contradicts the checkpoint {stored.path}, which has '
                                      f'{flag} {has}; leave the flag out, or choose another --checkpoint_dir.')
            log.info(f'Taking {flag} {has} from the checkpoint (not {wanted}).')
    relu_clip = assumed.relu_clip if stored.relu_clip is None else stored.relu_clip
    if asked.model.relu_clip not in (None, relu_clip):
        raise CheckpointError(f'--relu_clip {asked.model.relu_clip} contradicts the checkpoint {stored.path}, which '
                              f'was trained with {relu_clip}; leave the flag out.')
    geometry = stored.geometry
    return replace(assumed, n_hidden=geometry.n_hidden, direction=geometry.direction, layer_norm=geometry.layer_norm,
                   relu_clip=relu_clip)


def _check_alphabet(asked, stored):
    alphabet, n_outputs = asked.alphabet, stored.geometry.n_outputs
    if n_outputs is not None:
        _check_unit(alphabet, n_outputs, stored)
    advice = 'pass the alphabet it was trained with by --alphabet_config_path'
    if asked.train.files:
        advice = f'use --drop_source_layers 1 (and another --save_checkpoint_dir) to train new outputs, or {advice}'
    if n_outputs not in (None, alphabet.size + 1):
        raise CheckpointError(f'{stored.path}: the checkpoint has {n_outputs} outputs, the alphabet '
                              f'{alphabet.source} needs {alphabet.size + 1}: {advice}.')
    labels = stored.description.get('alphabet')
    if labels is not None and labels != alphabet.for_json():
        at = next(index for index, pair in enumerate(zip(labels, alphabet.labels)) if pair[0] != pair[1])
        raise CheckpointError(f'{stored.path}: the checkpoint was trained with another alphabet: label {at} is '
                              f'{labels[at]!r} there and {alphabet.labels[at]!r} in {alphabet.source}: {advice}.')


def _check_unit(alphabet, n_outputs, stored):
    """Raises CheckpointError when the checkpoint writes bytes and the alphabet characters, or the reverse."""
    labels, n_of_bytes = stored.description.get('alphabet'), len(ByteAlphabet.labels) + 1
    if labels is None:  # of another trainer: any 256 outputs may be bytes unless the alphabet has as many
        of_bytes = alphabet.is_bytes if n_outputs == alphabet.size + 1 else n_outputs == n_of_bytes
    else:
        of_bytes = labels == BYTES
    if of_bytes and not alphabet.is_bytes:
        raise CheckpointError(f'{stored.path}: the checkpoint has {n_outputs} outputs, one for each byte, the '
                              f'alphabet {alphabet.source} needs {alphabet.size + 1}; pass {BYTES_FLAG}.')
    if alphabet.is_bytes and not of_bytes:
        raise CheckpointError(f'{stored.path}: the checkpoint has {n_outputs} outputs, for the characters of an '
                              f'alphabet, {BYTES_FLAG} needs {n_of_bytes}; leave the flag out, or choose another '
                              f'--checkpoint_dir.')


def _check_features(features, stored):
    trained_on = stored.description.get('features', {})
    for flag, name in (('audio_sample_rate', 'rate_hz'), ('feature_win_len', 'window_ms'),
                       ('feature_win_step', 'step_ms')):
        if name in trained_on and trained_on[name] != getattr(features, name):
            raise CheckpointError(f'{stored.path}: the checkpoint was trained with --{flag} {trained_on[name]}, now it '
                                  f'is {getattr(features, name)}; pass --{flag} {trained_on[name]}.')


def _features(asked, stored, assumed, log):
    """Returns the FeatureConfig that the model works on."""
    wanted, (has, *others) = assumed.feature_set, stored.feature_sets
    if asked.features.feature_set is not None:
        if wanted != has and stored.description:
            raise CheckpointError(f'--feature_set {wanted} contradicts the checkpoint {stored.path}, which was '
                                  f'trained with {has}; leave the flag out.')
        return assumed
    if wanted != has:
        log.info(f'Taking feature_set {has} from the checkpoint (not {wanted}).')
    if others:
        log.info(f'{WHY_NOT_OTHERS[others[0]]}: pass --feature_set {others[0]} if {stored.path} is of one of them.')
    return assumed if wanted == has else asked.features.of_set(has)
