"""A model to start from: what it is, and how its values get into the variables."""

import copy
import os

from ..compat import tf
from ..errors import CheckpointError
from ..model.variables import RECURRENT, geometry_of, layer_names, slot_names
from . import metadata
from .files import INDEX_SUFFIX
from .releases import translate

# What TensorFlow's reader raises for damaged files, in one generation or the other.
READ_ERRORS = (tf.errors.OpError, ValueError, RuntimeError, IndexError)
OWN_FEATURE_SET = 'current'  # of this trainer's checkpoints from the time when it knew no other


class StoredModel:
    """A stored model of any release, under the names of ours.

    Attributes:
      prefix: its path; without suffix if it is a checkpoint.
      identity_path: the file whose content tells it from any other.
      variables: {our name: generations.Stored}.
      shapes: {our name: list of sizes}.
      geometry: model.variables.Geometry; `n_outputs` None: whatever the alphabet wants.
      relu_clip: upper limit of its activations; None: not known.
      feature_sets: which of config.FEATURE_SETS it may have been trained on, the likeliest first.
      description: what is known of it beside the weights, as in the JSON beside our checkpoints; {} if nothing is.
    Args:
      path: see `prefix`.
      shapes: {stored name: list of sizes}.
      read: function from a stored name to a NumPy array.
      description: as above.
    Raises:
      CheckpointError: it is not a whole acoustic model.
    """

    def __init__(self, path, shapes, read, description):
        self.prefix = self.identity_path = path
        self._read = read
        generation, self.variables = translate(shapes)
        self.geometry = geometry_of(self.shapes, path)
        self.description = description
        self.relu_clip = description.get('geometry', {}).get('relu_clip')
        self.feature_sets = generation.feature_sets
        if description:
            self.feature_sets = (description.get('features', {}).get('feature_set', OWN_FEATURE_SET),)
        self._may_lack = lambda name: False

    @property
    def shapes(self):
        return {name: stored.shape for name, stored in self.variables.items()}

    @property
    def progress(self):
        """What is remembered of the run that wrote it; {} for what is not this trainer's own checkpoint."""
        return self.description.get('progress', {})

    def is_in(self, directory):
        """Returns whether it lies in `directory`."""
        return os.path.realpath(os.path.dirname(self.prefix)) == os.path.realpath(directory)

    def recurrent_slots(self):
        """Returns the names of what Adam remembers of the recurrent layer."""
        return [slot for name in layer_names(self.geometry.direction, RECURRENT, False) for slot in slot_names(name)]

    def missing(self, names):
        """Returns those of `names` that are not in it although they may not start afresh, sorted."""
        return sorted(name for name in names if name not in self.variables and not self._may_lack(name))

    def lacking(self, names):
        """Returns this source, but those of the variables `names` that are not in it start afresh."""
        other = copy.copy(self)
        other._may_lack = lambda name: name in names or self._may_lack(name)
        return other

    def of_layers(self, kept):
        """Returns the layers `kept` of this source as one to build upon: nothing else of a model or a run is in it.

        Args:
          kept: some of model.variables.LAYERS.
        """
        other = copy.copy(self)
        other._may_lack = lambda name: True
        direction, layer_norm = self.geometry.direction, self.geometry.layer_norm
        names = [name for layer in kept for name in layer_names(direction, layer, layer_norm)]
        other.variables = {name: self.variables[name] for name in names + ['global_step'] if name in self.variables}
        other.geometry = self.geometry._replace(n_outputs=None)
        other.description = {key: value for key, value in self.description.items() if key in ('geometry', 'features')}
        return other

    def value(self, name):
        """Returns the value of a variable, a NumPy array."""
        stored = self.variables[name]
        return stored.convert(self._read(stored.name))

    def restore(self, session, variables, optional=()):
        """Loads `variables`; those named in `optional` may be missing.

        Returns:
          list of the variables that were not loaded.
        Raises:
          CheckpointError: a variable is missing or has another shape.
        """
        by_name = {variable.op.name: variable for variable in variables}
        self._refuse(self.missing(name for name in by_name if name not in optional))
        for name, variable in sorted(by_name.items()):
            if name not in self.variables:
                continue
            wanted = variable.shape.as_list()
            if self.variables[name].shape != wanted:
                raise CheckpointError(f'{self.prefix}: variable {name} has shape {self.variables[name].shape}, the '
                                      f'model needs {wanted}.')
            value = self.value(name).astype(variable.dtype.base_dtype.as_numpy_dtype)
            session.run(variable.initializer, {variable.initializer.inputs[1]: value})
        return [variable for name, variable in sorted(by_name.items()) if name not in self.variables]

    def _refuse(self, names):
        """Raises CheckpointError if there are any missing `names`."""
        if not names:
            return
        what = f'{self.prefix}: variable {names[0]}' + (f' and {len(names) - 1} more are' if names[1:] else ' is')
        if set(names) <= set(self.recurrent_slots()):
            raise CheckpointError(f'{what} not in it, as in checkpoints of cuDNN training; pass --load_cudnn to start '
                                  f'the optimizer state of the recurrent layer at zero.')
        raise CheckpointError(f'{what} not in it. For training, all optimizer variables are needed; use a checkpoint '
                              f'that was written during training, or start with --load_train init.')


class StoredCheckpoint(StoredModel):
    """An existing checkpoint. `prefix` is its path without suffix.

    Raises:
      CheckpointError: it cannot be read.
    """

    def __init__(self, prefix):
        try:
            self._reader = tf.train.load_checkpoint(prefix)
        except READ_ERRORS as error:
            raise CheckpointError(f'{prefix}: the checkpoint is damaged or incomplete '
                                  f'({_first_line(error)}); restore it from a copy or choose another one.') from error
        shapes = self._reader.get_variable_to_shape_map()
        super().__init__(prefix, shapes, self._tensor, metadata.read(prefix) or {})
        self.identity_path = prefix + INDEX_SUFFIX  # it holds checksums of all variables

    def _tensor(self, name):
        try:
            return self._reader.get_tensor(name)
        except READ_ERRORS as error:
            raise CheckpointError(f'{self.prefix}: variable {name} cannot be read ({_first_line(error)}); the '
                                  f'checkpoint is damaged.') from error


def _first_line(error):
    return str(error).strip().split('\n')[0]
