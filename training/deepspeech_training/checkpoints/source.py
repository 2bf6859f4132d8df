"""Which checkpoint a run starts from, what model it holds, and how its values get into the variables."""

import os
from dataclasses import replace

from ..compat import tf
from ..errors import CheckpointError
from ..model.variables import geometry_of
from . import files

METHODS = {'best': (files.BEST_STATE, 'best validating checkpoint'),
           'last': (files.LAST_STATE, 'most recent checkpoint')}


class CheckpointSource:
    """An existing checkpoint.

    Attributes:
      prefix: path without suffix.
      shapes: {variable name: list of sizes}.
      description: dict from the JSON beside it ({} for checkpoints of other trainers).
    Raises:
      CheckpointError: it cannot be read.
    """

    def __init__(self, prefix):
        self.prefix = prefix
        try:
            self._reader = tf.train.load_checkpoint(prefix)
        except (tf.errors.OpError, ValueError, RuntimeError) as error:
            raise CheckpointError(f'{prefix}: the checkpoint is damaged or incomplete '
                                  f'({_first_line(error)}); restore it from a copy or choose another one.') from error
        self.shapes = self._reader.get_variable_to_shape_map()
        self.description = files.read_progress(prefix) or {}
        self.geometry = geometry_of(self.shapes, prefix)

    def value(self, name):
        """Returns the stored value of a variable, a NumPy array."""
        try:
            return self._reader.get_tensor(name)
        except (tf.errors.OpError, ValueError, RuntimeError) as error:
            raise CheckpointError(f'{self.prefix}: variable {name} cannot be read ({_first_line(error)}); the '
                                  f'checkpoint is damaged.') from error

    def restore(self, session, variables, optional=()):
        """Loads `variables`; those named in `optional` keep their values when they are not in the checkpoint.

        Raises:
          CheckpointError: a variable is missing or has another shape.
        """
        for variable in sorted(variables, key=lambda variable: variable.op.name):
            name = variable.op.name
            if name not in self.shapes:
                if name in optional:
                    continue
                raise CheckpointError(f'{self.prefix}: variable {name} is not in it. For training, all optimizer '
                                      f'variables are needed; start with --load_train init, or use a checkpoint '
                                      f'that was written during training.')
            wanted = variable.shape.as_list()
            if self.shapes[name] != wanted:
                raise CheckpointError(f'{self.prefix}: variable {name} has shape {self.shapes[name]}, the model needs '
                                      f'{wanted}.')
            value = self.value(name).astype(variable.dtype.base_dtype.as_numpy_dtype)
            session.run(variable.initializer, {variable.initializer.inputs[1]: value})


def find(directory, method):
    """Returns the CheckpointSource that `best` or `last` leads to in `directory`, or None."""
    prefix = files.newest(directory, METHODS[method][0]) if os.path.isdir(directory) else None
    return CheckpointSource(prefix) if prefix else None


def for_training(config, log):
    """Returns the CheckpointSource a training starts from, or None to start afresh.

    `auto` goes on from the last checkpoint when it was written by this trainer into the directory that this run
    saves to; else it takes the best, then the last one, as DeepSpeech always did.
    """
    methods = {'auto': ['best', 'last', 'init']}.get(config.load_train, [config.load_train])
    if methods[0] == 'best' and len(methods) > 1 and os.path.abspath(config.load_dir) == os.path.abspath(
            config.save_dir):
        source = find(config.load_dir, 'last')
        if source and source.description:
            log.info(f'Resuming from the most recent checkpoint {source.prefix}')
            return source
    return _first_found(config.load_dir, methods, log)


def for_evaluation(config, directory, log):
    """Returns the CheckpointSource for test, export and single inference in `directory`."""
    methods = {'auto': ['best', 'last']}.get(config.load_evaluate, [config.load_evaluate])
    return _first_found(directory, methods, log)


def _first_found(directory, methods, log):
    for method in methods:
        if method == 'init':
            log.info('Initializing all variables.')
            return None
        source = find(directory, method)
        if source:
            log.info(f'Loading {METHODS[method][1]} from {source.prefix}')
            return source
        log.info(f'Could not find {METHODS[method][1]}.')
    raise CheckpointError(f'{directory}: all initialization methods failed ({", ".join(methods)}); train first, or '
                          f'pass the directory of a trained model with --checkpoint_dir.')


def fit(run, source, log):
    """Returns `run` with the geometry of the checkpoint.

    What was given explicitly on the command line must agree with the checkpoint; everything else follows it.

    Raises:
      CheckpointError: a flag, the alphabet or the feature settings contradict the checkpoint (names both values).
    """
    if source is None:
        return run
    found = source.geometry
    if found.direction == 'bidirectional' and not source.description:
        raise CheckpointError(f'{source.prefix}: a model of v0.1, trained on the features of its time, which are still '
                              f'missing here; a later version brings them.')
    for flag, name in (('n_hidden', 'n_hidden'), ('rnn_direction', 'direction'), ('layer_norm', 'layer_norm')):
        wanted, has = getattr(run.model, name), getattr(found, name)
        if wanted != has:
            if flag in run.explicit:
                raise CheckpointError(f'--{flag} {wanted} contradicts the checkpoint {source.prefix}, which has '
                                      f'{flag} {has}; leave the flag out, or choose another --checkpoint_dir.')
            log.info(f'Taking {flag} {has} from the checkpoint (not {wanted}).')
    _check_alphabet(run.alphabet, found.n_outputs, source)
    _check_features(run.features, source)
    return replace(run, model=replace(run.model, n_hidden=found.n_hidden, direction=found.direction,
                                      layer_norm=found.layer_norm))


def _check_alphabet(alphabet, n_outputs, source):
    advice = 'pass the alphabet it was trained with by --alphabet_config_path, or choose another --checkpoint_dir'
    if n_outputs != alphabet.size + 1:
        raise CheckpointError(f'{source.prefix}: the checkpoint has {n_outputs} outputs, the alphabet '
                              f'{alphabet.source} needs {alphabet.size + 1}; {advice}.')
    stored = source.description.get('alphabet')
    if stored is not None and tuple(stored) != alphabet.labels:
        at = next(index for index, pair in enumerate(zip(stored, alphabet.labels)) if pair[0] != pair[1])
        raise CheckpointError(f'{source.prefix}: the checkpoint was trained with another alphabet: label {at} is '
                              f'{stored[at]!r} there and {alphabet.labels[at]!r} in {alphabet.source}; {advice}.')


def _check_features(features, source):
    stored = source.description.get('features', {})
    for flag, name in (('audio_sample_rate', 'rate_hz'), ('feature_win_len', 'window_ms'),
                       ('feature_win_step', 'step_ms')):
        if name in stored and stored[name] != getattr(features, name):
            raise CheckpointError(f'{source.prefix}: the checkpoint was trained with --{flag} {stored[name]}, now it '
                                  f'is {getattr(features, name)}; pass --{flag} {stored[name]}.')


def _first_line(error):
    return str(error).strip().split('\n')[0]
