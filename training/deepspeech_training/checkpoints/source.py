"""Which checkpoint a run starts from, what model it holds, and how its values get into the variables."""

import os
from dataclasses import replace

from ..compat import tf
from ..errors import CheckpointError
from ..model.variables import geometry_of
from . import files

# What TensorFlow's reader raises for damaged files, in one generation or the other.
READ_ERRORS = (tf.errors.OpError, ValueError, RuntimeError, IndexError)
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
        except READ_ERRORS as error:
            raise CheckpointError(f'{prefix}: the checkpoint is damaged or incomplete '
                                  f'({_first_line(error)}); restore it from a copy or choose another one.') from error
        self.shapes = self._reader.get_variable_to_shape_map()
        self.description = files.read_progress(prefix) or {}
        self.geometry = geometry_of(self.shapes, prefix)

    @property
    def progress(self):
        """What is remembered of the run that wrote it; {} for checkpoints of other trainers."""
        return self.description.get('progress', {})

    def is_in(self, directory):
        """Returns whether it lies in `directory`."""
        return os.path.realpath(os.path.dirname(self.prefix)) == os.path.realpath(directory)

    def value(self, name):
        """Returns the stored value of a variable, a NumPy array."""
        try:
            return self._reader.get_tensor(name)
        except READ_ERRORS as error:
            raise CheckpointError(f'{self.prefix}: variable {name} cannot be read ({_first_line(error)}); the '
                                  f'checkpoint is damaged.') from error

    def restore(self, session, variables, optional=()):
        """Loads `variables`; those named in `optional` may be missing.

        Returns:
          list of the variables that were not loaded.
        Raises:
          CheckpointError: a variable is missing or has another shape.
        """
        missing = []
        for variable in sorted(variables, key=lambda variable: variable.op.name):
            name = variable.op.name
            if name not in self.shapes:
                if name in optional:
                    missing.append(variable)
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
        return missing


def find(directory, method):
    """Returns the CheckpointSource that `best` or `last` leads to in `directory`, or None."""
    prefix = files.newest(directory, METHODS[method][0]) if os.path.isdir(directory) else None
    return CheckpointSource(prefix) if prefix else None


def for_training(config, log):
    """Returns the CheckpointSource a training starts from, or None to start afresh.

    `auto` resumes the run of this trainer whose last checkpoint is in the directory that this run saves to (when it
    also loads from there, or that run was interrupted); else it takes the best, then the last one of the directory to
    load from, as DeepSpeech always did.
    """
    if config.load_train != 'auto':
        return _first_found(config.load_dir, [config.load_train], log)
    try:
        source = find(config.save_dir, 'last')
    except CheckpointError:
        source = None  # said below, unless the best one is there
    if source and source.description and (
            source.is_in(config.load_dir) or source.progress.get('epoch', 0) < source.progress.get('last_epoch', 0)):
        log.info(f'Resuming from the most recent checkpoint {source.prefix}')
        return source
    return _first_found(config.load_dir, ['best', 'last', 'init'], log)


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
    relu_clip = source.description.get('geometry', {}).get('relu_clip', run.model.relu_clip)
    if relu_clip != run.model.relu_clip and 'relu_clip' in run.explicit:
        raise CheckpointError(f'--relu_clip {run.model.relu_clip} contradicts the checkpoint {source.prefix}, which was '
                              f'trained with {relu_clip}; leave the flag out.')
    _check_alphabet(run.alphabet, found.n_outputs, source)
    _check_features(run.features, source)
    return replace(run, model=replace(run.model, n_hidden=found.n_hidden, direction=found.direction,
                                      layer_norm=found.layer_norm, relu_clip=relu_clip))


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
