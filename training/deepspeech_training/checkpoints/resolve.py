"""How a run takes the geometry and the features of the model it starts from."""

from dataclasses import replace

from ..errors import CheckpointError
from ..text.alphabet import BYTES, BYTES_FLAG, ByteAlphabet


def fit(run, source, log):
    """Returns `run` with the geometry and the feature set of the model.

    What was given explicitly on the command line must agree with the model; everything else follows it.

    Raises:
      CheckpointError: a flag, the alphabet or the feature settings contradict the model (names both values).
    """
    if source is None:
        return run
    found = source.geometry
    for flag, name in (('n_hidden', 'n_hidden'), ('rnn_direction', 'direction'), ('layer_norm', 'layer_norm')):
        wanted, has = getattr(run.model, name), getattr(found, name)
        if wanted != has:
            if flag in run.explicit:
                raise CheckpointError(f'--{flag} {wanted} contradicts the checkpoint {source.path}, which has '
                                      f'{flag} {has}; leave the flag out, or choose another --checkpoint_dir.')
            log.info(f'Taking {flag} {has} from the checkpoint (not {wanted}).')
    relu_clip = run.model.relu_clip if source.relu_clip is None else source.relu_clip
    if relu_clip != run.model.relu_clip and 'relu_clip' in run.explicit:
        raise CheckpointError(f'--relu_clip {run.model.relu_clip} contradicts the checkpoint {source.path}, which '
                              f'was trained with {relu_clip}; leave the flag out.')
    _check_alphabet(run, source)
    feature_set = _feature_set(run, source, log)
    features = run.features
    if feature_set != features.feature_set:
        features = features.of_set(feature_set, run.explicit)
    _check_features(features, source)
    return replace(run, features=features,
                   model=replace(run.model, n_hidden=found.n_hidden, direction=found.direction,
                                 layer_norm=found.layer_norm, relu_clip=relu_clip))


def _check_alphabet(run, source):
    alphabet, n_outputs = run.alphabet, source.geometry.n_outputs
    if n_outputs is not None:
        _check_unit(alphabet, n_outputs, source)
    advice = 'pass the alphabet it was trained with by --alphabet_config_path'
    if run.train.files:
        advice = f'use --drop_source_layers 1 (and another --save_checkpoint_dir) to train new outputs, or {advice}'
    if n_outputs not in (None, alphabet.size + 1):
        raise CheckpointError(f'{source.path}: the checkpoint has {n_outputs} outputs, the alphabet '
                              f'{alphabet.source} needs {alphabet.size + 1}: {advice}.')
    stored = source.description.get('alphabet')
    if stored is not None and stored != alphabet.for_json():
        at = next(index for index, pair in enumerate(zip(stored, alphabet.labels)) if pair[0] != pair[1])
        raise CheckpointError(f'{source.path}: the checkpoint was trained with another alphabet: label {at} is '
                              f'{stored[at]!r} there and {alphabet.labels[at]!r} in {alphabet.source}: {advice}.')


def _check_unit(alphabet, n_outputs, source):
    """Raises CheckpointError when the checkpoint writes bytes and the alphabet characters, or the reverse."""
    stored, n_of_bytes = source.description.get('alphabet'), len(ByteAlphabet.labels) + 1
    if stored is None:  # of another trainer: any 256 outputs may be bytes unless the alphabet has as many
        of_bytes = alphabet.is_bytes if n_outputs == alphabet.size + 1 else n_outputs == n_of_bytes
    else:
        of_bytes = stored == BYTES
    if of_bytes and not alphabet.is_bytes:
        raise CheckpointError(f'{source.path}: the checkpoint has {n_outputs} outputs, one for each byte, the '
                              f'alphabet {alphabet.source} needs {alphabet.size + 1}; pass {BYTES_FLAG}.')
    if alphabet.is_bytes and not of_bytes:
        raise CheckpointError(f'{source.path}: the checkpoint has {n_outputs} outputs, for the characters of an '
                              f'alphabet, {BYTES_FLAG} needs {n_of_bytes}; leave the flag out, or choose another '
                              f'--checkpoint_dir.')


def _check_features(features, source):
    stored = source.description.get('features', {})
    for flag, name in (('audio_sample_rate', 'rate_hz'), ('feature_win_len', 'window_ms'),
                       ('feature_win_step', 'step_ms')):
        if name in stored and stored[name] != getattr(features, name):
            raise CheckpointError(f'{source.path}: the checkpoint was trained with --{flag} {stored[name]}, now it '
                                  f'is {getattr(features, name)}; pass --{flag} {stored[name]}.')


def _feature_set(run, source, log):
    """Returns the features that the model works on."""
    wanted, (has, *others) = run.features.feature_set, source.feature_sets
    if 'feature_set' in run.explicit:
        if wanted != has and source.description:
            raise CheckpointError(f'--feature_set {wanted} contradicts the checkpoint {source.path}, which was '
                                  f'trained with {has}; leave the flag out.')
        return wanted
    if wanted != has:
        log.info(f'Taking feature_set {has} from the checkpoint (not {wanted}).')
    if others:
        log.info(f'The variables of v0.2 and v0.3 have the same names as those of v0.4: pass --feature_set {others[0]} '
                 f'if {source.path} is of one of them.')
    return has
