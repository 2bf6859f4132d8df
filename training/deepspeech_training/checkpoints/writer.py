"""Writes checkpoints: whole or not at all, with published names, the old ones cleaned up.

The state file is moved last; until then it leads to the checkpoint before, whose files nothing touches. So a run may be
killed at any moment.
"""

import os
import platform
import time
from dataclasses import asdict

from .. import __version__
from ..compat import VERSION, tf
from ..errors import CheckpointError
from . import files, metadata, state_file


class CheckpointWriter:
    """Saves the last and the best state of one training into a directory that is locked for it.

    Args:
      run: RunConfig; what a later run must know of it is written beside each checkpoint.
      variables: what to save.
    """

    def __init__(self, run, variables):
        self._directory = run.checkpoints.save_dir
        self._max_to_keep = run.checkpoints.max_to_keep
        files.remove_unfinished(self._directory, [name for state_name in (files.LAST_STATE, files.BEST_STATE)
                                                  for name in state_file.names(self._directory, state_name)])
        self._saver = tf.train.Saver(variables, max_to_keep=0)
        self._description = {
            'geometry': {'direction': run.model.direction, 'n_hidden': run.model.n_hidden,
                         'n_outputs': run.model.n_outputs, 'layer_norm': run.model.layer_norm,
                         'forget_bias': run.model.forget_bias, 'relu_clip': run.model.relu_clip},
            'features': asdict(run.features),
            'alphabet': run.alphabet.for_json(),
            'versions': {'deepspeech_training': __version__, 'tensorflow': VERSION,
                         'python': platform.python_version()},
        }

    def save_last(self, session, step, schedule):
        """Saves `train-<step>`, removes the oldest ones beyond the number to keep, returns the path prefix."""
        return self._save(session, step, schedule, files.LAST_PREFIX, files.LAST_STATE, self._max_to_keep)

    def save_best(self, session, step, schedule):
        """Saves `best_dev-<step>`, removes the one before, returns the path prefix."""
        return self._save(session, step, schedule, files.BEST_PREFIX, files.BEST_STATE, 1)

    def update_progress(self, path, schedule):
        """Rewrites what is remembered beside the checkpoint `path`, whose weights stay."""
        self._write_record(path, schedule, metadata.read(path)['files'])

    def _write_record(self, path, schedule, digests):
        metadata.write(path, dict(self._description, saved_s=time.time(), progress=schedule.as_dict(),
                                files=digests))

    def _save(self, session, step, schedule, prefix, state_name, n_keep):
        listed = state_file.names(self._directory, state_name)
        name = files.free_name(self._directory, prefix, step, listed)
        path = os.path.join(self._directory, name)
        temporary = os.path.join(self._directory, files.TEMPORARY + name)
        try:
            if name in listed:  # an older one of that step: nothing may lead to it while it is replaced
                listed.remove(name)
                state_file.write(self._directory, state_name, listed)
            kept = (listed + [name])[-n_keep:]
            old = [other for other in listed if other not in kept and self._is_own(other)]  # others' checkpoints stay
            files.announce(self._directory, [name] + old)
            self._saver.save(session, temporary, write_meta_graph=False, write_state=False)
            files.publish(temporary, path)
            self._write_record(path, schedule, files.digests(path))
            state_file.write(self._directory, state_name, kept)
            for other in old:
                files.remove(os.path.join(self._directory, other))
            files.withdraw(self._directory)
        except (OSError, tf.errors.OpError, CheckpointError) as error:
            reason = getattr(error, 'strerror', None) or str(error).split('\n')[0]
            self._give_up(name, temporary, state_name)
            raise CheckpointError(f'{path}: the checkpoint cannot be written ({reason}); the one before is untouched. '
                                  f'Make room or choose another --save_checkpoint_dir, then run again.') from error
        return path

    def _is_own(self, name):
        return files.is_own(os.path.join(self._directory, name))

    def _give_up(self, name, temporary, state_name):
        """Clears away a checkpoint that could not be saved, as far as the disk lets us; the next run does the rest."""
        try:
            files.remove(temporary)
            if name not in state_file.names(self._directory, state_name):
                files.remove(os.path.join(self._directory, name))
            files.withdraw(self._directory)
        except (OSError, CheckpointError):
            pass
