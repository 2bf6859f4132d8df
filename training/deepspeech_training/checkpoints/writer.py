"""Writes checkpoints: whole or not at all, with published names, the old ones cleaned up.

The state file is moved last; until then it leads to the checkpoint before, whose files nothing touches. So a run may be
killed at any moment.
"""

import os
import platform
import time
from dataclasses import asdict
from typing import Any, Dict, List, Mapping

from deepspeech.unfinished import UNFINISHED

from .. import __version__
from ..compat import VERSION, reason_of, tf
from ..errors import CheckpointError
from ..model.variables import Geometry
from ..plain_paths import PlainPath
from ..settings.features import FeatureConfig
from ..settings.model import ModelConfig
from ..text.alphabet import Alphabet
from . import files, metadata
from .directory import CheckpointDirectory
from .order import newest_serial
from .state_file import KINDS

# The last two are TensorFlow's, of a directory that has gone.
WRITE_ERRORS = (OSError, tf.errors.OpError, CheckpointError, ValueError, RuntimeError)


def description_of(model: ModelConfig, features: FeatureConfig, alphabet: Alphabet) -> Dict[str, Any]:
    """Returns what a later run must know of a model, ready for JSON: StoredModel.description without progress."""
    return {
        'geometry': dict(Geometry.of(model)._asdict(), forget_bias=model.forget_bias, relu_clip=model.relu_clip),
        'features': asdict(features),
        'alphabet': alphabet.for_json(),
        'versions': {'deepspeech_training': __version__, 'tensorflow': VERSION, 'python': platform.python_version()},
    }


class CheckpointWriter:
    """Saves the last and the best state of one training.

    Args:
      directory: locked for the training; what an earlier one has left unfinished there is removed.
      variables: what to save.
      description: of the model, written beside each checkpoint.
      max_to_keep: how many of the last checkpoints stay; 0: all.
      n_best: how many of the best ones stay.
    """

    def __init__(self, directory: CheckpointDirectory, variables: List[tf.Variable], description: Mapping[str, Any],
                 max_to_keep: int, *, n_best: int = 1) -> None:
        self.directory, self._description, self._max_to_keep, self._n_best = directory, description, max_to_keep, n_best
        if directory.state_files_are_sound():  # else what is announced may be all that there is
            files.remove_unfinished(directory.path, [name for kind in KINDS for name in directory.names(kind)])
        self._saver = tf.train.Saver(variables, max_to_keep=0)
        self._serial = newest_serial(directory.path)

    def save_last(self, session: tf.Session, step: int, progress: Mapping[str, Any]) -> str:
        """Saves `train-<step>`, removes the oldest ones beyond the number to keep, returns the path prefix.

        Args:
          session: with the values of the variables.
          step: number of updates.
          progress: what is to be remembered of the run, ready for JSON.
        Raises:
          CheckpointError: it cannot be written; the one before is untouched.
        """
        return self._save(session, step, progress, 'last', self._max_to_keep)

    def save_best(self, session: tf.Session, step: int, progress: Mapping[str, Any]) -> str:
        """Saves `best_dev-<step>`, removes those beyond the number to keep; else as `save_last`."""
        return self._save(session, step, progress, 'best', self._n_best)

    def update_progress(self, path: str, progress: Mapping[str, Any]) -> None:
        """Rewrites what is remembered beside the checkpoint `path` of ours, whose weights stay. Raises CheckpointError."""
        values = metadata.read(path)
        if values is None:
            raise CheckpointError(f'{path}{files.METADATA_SUFFIX}: has gone; somebody has removed it during the training.')
        self._write_metadata(path, progress, values['files'])

    def _write_metadata(self, path: str, progress: Mapping[str, Any], digests: Mapping[str, Any]) -> None:
        self._serial += 1
        metadata.write(path, dict(self._description, serial=self._serial, saved_s=time.time(), progress=progress,
                                  files=digests))

    def _save(self, session: tf.Session, step: int, progress: Mapping[str, Any], kind: str, n_keep: int) -> str:
        directory = self.directory
        listed = directory.names(kind)
        name = files.free_name(directory.path, KINDS[kind].prefix, step, listed)
        path, temporary = directory.file(name), directory.file(UNFINISHED + name)
        try:
            if name in listed:  # an older one of that step: nothing may lead to it while it is replaced
                listed.remove(name)
                directory.point_to(kind, listed)
            kept = (listed + [name])[-n_keep:]
            old = [other for other in listed if other not in kept and files.is_own(directory.file(other))]
            files.announce(directory.path, [name] + old)
            with PlainPath(temporary) as plain:
                self._saver.save(session, plain.path, write_meta_graph=False, write_state=False)
            files.publish(temporary, path)
            self._write_metadata(path, progress, {suffix: directory.digests.of_new(path + suffix)
                                                  for suffix in files.WEIGHT_SUFFIXES})
            directory.point_to(kind, kept)
            for other in old:  # checkpoints of other trainers stay
                directory.remove(other)
            files.withdraw(directory.path)
        except WRITE_ERRORS as error:
            self._give_up(name, temporary, kind)
            before = 'the one before is untouched' if os.path.isdir(directory.path) else 'the directory has gone'
            raise CheckpointError(f'{path}: the checkpoint cannot be written ({reason_of(error)}); {before}. Make room or '
                                  f'choose another --save_checkpoint_dir, then run again.') from error
        return path

    def _give_up(self, name: str, temporary: str, kind: str) -> None:
        """Clears away a checkpoint that could not be saved, as far as the disk lets us; the next run does the rest."""
        try:
            files.remove(temporary)
            if name not in self.directory.names(kind):
                self.directory.remove(name)
            files.withdraw(self.directory.path)
        except (OSError, CheckpointError):
            pass
