"""A stored model, wherever it comes from: what it is, and how its values get into the variables of a graph."""

import hashlib
import os
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Collection, Dict, FrozenSet, Iterable, List, Mapping, NoReturn, Optional, Sequence, Tuple

import numpy as np

from ..compat import reason_of, tf
from ..digests import FileDigests
from ..errors import CheckpointError
from ..model.variables import AVERAGE, RECURRENT, Geometry, Layer, layer_names, slot_names
from ..plain_paths import PlainPath
from .files import INDEX_SUFFIX, suffixes_of
from .releases import StoredVariable, translate

# What TensorFlow's reader raises for damaged files, in one of its versions or the other.
READ_ERRORS = (tf.errors.OpError, ValueError, RuntimeError, IndexError)
OWN_FEATURE_SET = 'current'  # of this trainer's checkpoints from the time when it knew no other


@dataclass(frozen=True, eq=False)
class StoredModel:
    """A model of any release, under the names of ours.

    Attributes:
      path: where it is stored; without suffix if it is a checkpoint.
      variables: {our name: StoredVariable}.
      geometry: its shape; `n_outputs` None: whatever the alphabet wants.
      feature_sets: which of config.FEATURE_SETS it may have been trained on, the likeliest first.
      relu_clip: upper limit of its activations; None: not known.
      description: what is known of it beside the weights, as in the JSON beside our checkpoints; {} if nothing is.
      read: function from a stored name to the value, an array.
      identity_path: the file whose content tells it from any other.
      digests: of the files read in this run.
      is_partial: whether it is no checkpoint but weights alone; everything else that a training needs starts afresh.
      may_lack: names of further variables that start afresh if they are not in it.
      parts: the models that it is the mean of; (): of none.
    """

    path: str
    variables: Mapping[str, StoredVariable]
    geometry: Geometry
    feature_sets: Tuple[str, ...]
    relu_clip: Optional[float]
    description: Mapping[str, Any]
    read: Callable[[str], np.ndarray]
    identity_path: str
    digests: FileDigests = field(default_factory=FileDigests)
    is_partial: bool = False
    may_lack: FrozenSet[str] = frozenset()
    parts: Tuple['StoredModel', ...] = ()

    @property
    def shapes(self) -> Dict[str, List[int]]:
        """{our name: list of sizes}"""
        return {name: stored.shape for name, stored in self.variables.items()}

    @property
    def progress(self) -> Mapping[str, Any]:
        """What is remembered of the run that wrote it; {} for what is not this trainer's own checkpoint."""
        return self.description.get('progress', {})

    @property
    def has_averages(self) -> bool:
        """Whether it holds moving averages of its weights."""
        return any(name.endswith(f'/{AVERAGE}') for name in self.variables)

    def averaged(self) -> 'StoredModel':
        """Returns this model as tests and exports use it: the moving averages, if it holds any, are its weights."""
        suffix = f'/{AVERAGE}'
        averages = {name[:-len(suffix)]: stored for name, stored in self.variables.items() if name.endswith(suffix)}
        others = {name: stored for name, stored in self.variables.items() if not name.endswith(suffix)}
        return replace(self, variables=dict(others, **averages))

    def identity(self) -> str:
        """Returns the SHA-256 that tells this model from any other, in hexadecimal digits. Raises OSError."""
        if self.parts:
            return hashlib.sha256(' '.join(part.identity() for part in self.parts).encode('ascii')).hexdigest()
        return self.digests.of(self.identity_path).sha256

    def is_in(self, directory: str) -> bool:
        """Returns whether it lies in `directory`."""
        return os.path.realpath(os.path.dirname(self.path)) == os.path.realpath(directory)

    def recurrent_slots(self) -> List[str]:
        """Returns the names of what Adam remembers of the recurrent layer."""
        return [slot for name in layer_names(self.geometry.direction, RECURRENT, False) for slot in slot_names(name)]

    def missing(self, names: Iterable[str]) -> List[str]:
        """Returns those of `names` that are not in it although they may not start afresh, sorted."""
        if self.is_partial:
            return []
        return sorted(name for name in names if name not in self.variables and name not in self.may_lack)

    def lacking(self, names: Iterable[str]) -> 'StoredModel':
        """Returns this model, but those of the variables `names` that are not in it start afresh."""
        return replace(self, may_lack=self.may_lack.union(names))

    def of_layers(self, kept: Collection[Layer]) -> 'StoredModel':
        """Returns the layers `kept` as a model to build upon: nothing else of a model or a run is in it.

        Args:
          kept: some of model.variables.LAYERS.
        """
        direction, layer_norm = self.geometry.direction, self.geometry.layer_norm
        names = [name for layer in kept for name in layer_names(direction, layer, layer_norm)]
        return replace(
            self, is_partial=True, geometry=self.geometry._replace(n_outputs=None),
            variables={name: self.variables[name] for name in names + ['global_step'] if name in self.variables},
            description={key: value for key, value in self.description.items() if key in ('geometry', 'features')})

    def value(self, name: str) -> np.ndarray:
        """Returns the value of a variable. Raises CheckpointError."""
        stored = self.variables[name]
        return stored.convert(self.read(stored.name))

    def restore(self, session: tf.Session, variables: Iterable[tf.Variable],
                optional: Collection[str] = ()) -> List[tf.Variable]:
        """Loads `variables`; those named in `optional` may be missing.

        Returns:
          the variables that were not loaded.
        Raises:
          CheckpointError: a variable is missing or has another shape.
        """
        by_name = {variable.op.name: variable for variable in variables}
        missing = self.missing(name for name in by_name if name not in optional)
        if missing:
            self._refuse(missing)
        for name, variable in sorted(by_name.items()):
            if name not in self.variables:
                continue
            wanted = variable.shape.as_list()
            if self.variables[name].shape != wanted:
                raise CheckpointError(f'{self.path}: variable {name} has shape {self.variables[name].shape}, the '
                                      f'model needs {wanted}.')
            value = self.value(name).astype(variable.dtype.base_dtype.as_numpy_dtype)
            session.run(variable.initializer, {variable.initializer.inputs[1]: value})
        return [variable for name, variable in sorted(by_name.items()) if name not in self.variables]

    def _refuse(self, missing: Sequence[str]) -> NoReturn:
        what = f'{self.path}: variable {missing[0]}' + (f' and {len(missing) - 1} more are' if missing[1:] else ' is')
        if set(missing) <= set(self.recurrent_slots()):
            raise CheckpointError(f'{what} not in it, as in checkpoints of cuDNN training; pass --load_cudnn to start '
                                  f'the optimizer state of the recurrent layer at zero.')
        raise CheckpointError(f'{what} not in it. For training, all optimizer variables are needed; use a checkpoint '
                              f'that was written during training, or start with --load_train init.')


def stored_model(path: str, shapes: Mapping[str, List[int]], read: Callable[[str], np.ndarray],
                 description: Mapping[str, Any], digests: FileDigests) -> StoredModel:
    """Returns the StoredModel that stored variables make, whatever release named them.

    Args:
      path, read, description, digests: as in StoredModel.
      shapes: {stored name: list of sizes}.
    Raises:
      CheckpointError: it is not a whole acoustic model.
    """
    release, variables, geometry = translate(shapes, path)
    feature_sets = release.feature_sets
    if description:
        feature_sets = (description.get('features', {}).get('feature_set', OWN_FEATURE_SET),)
    relu_clip = description.get('geometry', {}).get('relu_clip')
    return StoredModel(path=path, variables=variables, geometry=geometry, feature_sets=feature_sets, relu_clip=relu_clip,
                       description=description, read=read, identity_path=path, digests=digests)


def open_checkpoint(path: str, description: Mapping[str, Any], digests: Optional[FileDigests] = None) -> StoredModel:
    """Returns the StoredModel of a checkpoint.

    Args:
      path: without suffix.
      description: the metadata beside it, {} without any.
      digests: of the files read in this run.
    Raises:
      CheckpointError: it cannot be read, or is not a whole acoustic model.
    """
    try:
        plain = PlainPath.linked(path, suffixes_of(path))
        reader = tf.train.load_checkpoint(plain.path)
    except (OSError, *READ_ERRORS) as error:
        raise CheckpointError(f'{path}: the checkpoint is damaged or incomplete ({reason_of(error)}); restore it '
                              f'from a copy or choose another one.') from error

    def read(name: str) -> np.ndarray:
        assert plain, 'TensorFlow opens files when their values are asked for, so it must live as long as the reader'
        try:
            return reader.get_tensor(name)
        except READ_ERRORS as error:
            raise CheckpointError(f'{path}: variable {name} cannot be read ({reason_of(error)}); the checkpoint is '
                                  f'damaged.') from error

    model = stored_model(path, reader.get_variable_to_shape_map(), read, description, digests or FileDigests())
    return replace(model, identity_path=path + INDEX_SUFFIX)  # it holds checksums of all variables
