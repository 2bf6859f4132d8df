"""Writes checkpoints: whole or not at all, with published names, the old ones cleaned up."""

import os
import platform
from dataclasses import asdict

from .. import __version__
from ..compat import VERSION, tf
from ..errors import CheckpointError
from . import files

FORMAT = 1


class CheckpointStore:
    """Saves the last and the best state of one training into a directory.

    Args:
      run: RunConfig; what a later run must know of it is written beside each checkpoint.
      variables: what to save.
    """

    def __init__(self, run, variables):
        self._directory = run.checkpoints.save_dir
        self._max_to_keep = run.checkpoints.max_to_keep
        files.remove_unfinished(self._directory)
        self._saver = tf.train.Saver(variables, max_to_keep=0)
        self._description = {
            'format': FORMAT,
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
        """Rewrites what is remembered beside the checkpoint `path`."""
        files.write_progress(path, dict(self._description, progress=schedule.as_dict()))

    def _save(self, session, step, schedule, prefix, state_file, n_keep):
        name = f'{prefix}-{step}'
        path = os.path.join(self._directory, name)
        temporary = os.path.join(self._directory, f'{files.TEMPORARY}{name}')
        try:
            self._saver.save(session, temporary, write_meta_graph=False, write_state=False)
            files.publish(temporary, path)
            self.update_progress(path, schedule)
            names = [other for other in files.read_state(self._directory, state_file) if other != name] + [name]
            kept = names[-n_keep:] if n_keep > 0 else names
            files.write_state(self._directory, state_file, kept)
        except (OSError, tf.errors.OpError, CheckpointError) as error:
            files.remove(temporary)
            reason = getattr(error, 'strerror', None) or str(error).split('\n')[0]
            raise CheckpointError(f'{path}: the checkpoint cannot be written ({reason}); the one before is untouched. '
                                  f'Make room or choose another --save_checkpoint_dir, then run again.') from error
        for other in names[:len(names) - len(kept)]:
            if os.path.exists(os.path.join(self._directory, other) + files.PROGRESS_SUFFIX):  # others' checkpoints stay
                files.remove(os.path.join(self._directory, other))
        return path
