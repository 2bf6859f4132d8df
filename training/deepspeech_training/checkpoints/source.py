"""An existing checkpoint: what model it holds, and how its values get into the variables."""

import os

from ..compat import tf
from ..errors import CheckpointError
from ..model.variables import geometry_of
from . import record

# What TensorFlow's reader raises for damaged files, in one generation or the other.
READ_ERRORS = (tf.errors.OpError, ValueError, RuntimeError, IndexError)


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
        self.description = record.read(prefix) or {}
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


def _first_line(error):
    return str(error).strip().split('\n')[0]
