"""A directory of checkpoints: which ones its state files lead to, and which of them are sound."""

import os
import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple, Union

from ..console.log import Log
from ..digests import FileDigests, file_state
from ..errors import CheckpointError
from ..settings.config import CheckpointConfig
from . import files, metadata
from .order import in_order_of_saving, is_later, own_checkpoints
from .state_file import KINDS, read_state_file, write_state_file
from .stored_model import StoredModel, open_checkpoint


class CheckpointDirectory:
    """The checkpoints in a directory. Made once per run: each of them is verified once, and damage is named once.

    A checkpoint whose files have changed is verified anew.

    Attributes:
      path: of the directory, which need not exist.
      digests: of the files read in this run.
    """

    def __init__(self, path: str, digests: Optional[FileDigests] = None) -> None:
        self.path = path
        self.digests = digests or FileDigests()
        self._verified: Dict[str, Tuple[object, Union[StoredModel, CheckpointError]]] = {}
        self._said: Set[str] = set()

    def find(self, kind: str, log: Optional[Log] = None) -> Optional[StoredModel]:
        """Returns the newest sound checkpoint of a kind, one of KINDS, or None if there are none.

        Damaged checkpoints are named, unless there is no log, and the one before is taken.

        Raises:
          CheckpointError: there are checkpoints, but none of them is sound.
        """
        state_name, prefix, what = KINDS[kind]
        names, as_written, _ = read_state_file(self.path, state_name)
        if not as_written:
            names = self._by_age(prefix) or names
            self.warn(f'{self.path}/{state_name}: is damaged or was changed since it was written, so the newest sound '
                      f'checkpoint is taken. If the change is yours, remove the first line of the file.', log)
        damaged: List[CheckpointError] = []
        for name in reversed(names):
            found = self._verify(name)
            if isinstance(found, CheckpointError):
                damaged.append(found)
                continue
            if damaged:
                self.warn(f'{_count(damaged)} left out: {damaged[0]}', log)
            return found
        if damaged:
            raise CheckpointError(f'{self.path}/{state_name}: no {what} is sound ({_count(damaged)} found). {damaged[0]}')
        if not as_written:
            raise CheckpointError(f'{self.path}/{state_name}: names no checkpoint; remove it, or write the name of a '
                                  f'checkpoint of the directory into it.')
        return None

    def last(self, log: Optional[Log] = None) -> Optional[StoredModel]:
        """Returns the newest sound one of the last checkpoints, see `find`."""
        return self.find('last', log)

    def best(self, log: Optional[Log] = None) -> Optional[StoredModel]:
        """Returns the newest sound one of the best checkpoints, see `find`."""
        return self.find('best', log)

    def newest_of_own_run(self, log: Optional[Log] = None) -> Optional[StoredModel]:
        """Returns where this trainer's run in the directory stands, or None.

        That is its last checkpoint, but the best one where that is further: when the last ones are damaged, or the run
        was killed between a new best model (or a reduced learning rate) and the next checkpoint. Where a person has gone
        back to an older checkpoint, it is that one.
        """
        last, best = self._own('last', log), self._own('best', log)
        if not last or not best:
            return last or best
        is_by_hand = read_state_file(self.path, KINDS['last'].state_file).is_by_hand
        is_of_run = best.progress.get('run') == last.progress.get('run')
        return best if is_of_run and is_later(best.description, last.description) and not is_by_hand else last

    def named(self, name: str) -> StoredModel:
        """Returns the checkpoint of that name, whether or not a state file leads to it. Raises CheckpointError."""
        found = self._verify(name)
        if isinstance(found, CheckpointError):
            raise found
        return found

    def warn(self, message: str, log: Optional[Log]) -> None:
        """Logs a warning about the directory, but each only once."""
        if log and message not in self._said:
            self._said.add(message)
            log.warn(message)

    def names(self, kind: str) -> List[str]:
        """Returns the names of the checkpoints that a state file leads to, oldest first. Raises CheckpointError."""
        return read_state_file(self.path, KINDS[kind].state_file).names

    def state_files_are_sound(self) -> bool:
        """Returns whether nothing has damaged the state files that there are. Raises CheckpointError."""
        return all(read_state_file(self.path, kind.state_file).as_written for kind in KINDS.values())

    def point_to(self, kind: str, names: Sequence[str]) -> None:
        """Lets a state file lead to the checkpoints `names`, oldest first. Raises CheckpointError."""
        write_state_file(self.path, KINDS[kind].state_file, names)

    def file(self, name: str) -> str:
        """Returns the path of a file or a checkpoint in the directory."""
        return os.path.join(self.path, name)

    def remove(self, name: str) -> None:
        """Removes a checkpoint."""
        self._verified.pop(name, None)  # it holds the files open
        files.remove(self.file(name))

    def _own(self, kind: str, log: Optional[Log]) -> Optional[StoredModel]:
        """Returns what `find` gives if this trainer wrote it; names damage and goes on."""
        try:
            found = self.find(kind, log)
        except CheckpointError as error:
            self.warn(str(error), log)
            return None
        if found and not found.description and not read_state_file(self.path, KINDS[kind].state_file).is_by_hand:
            self.warn(f'{found.path}{files.METADATA_SUFFIX}: has gone, and with it what this checkpoint remembers of its run. '
                      f'Restore it from a copy; until then the run does not go on from there.', log)
        return found if found and found.description else None

    def _verify(self, name: str) -> Union[StoredModel, CheckpointError]:
        """Returns a checkpoint after all of it was read once in its present state, or what is wrong with it."""
        state = [_state_of(self.file(name + suffix)) for suffix in files.WEIGHT_SUFFIXES + (files.METADATA_SUFFIX,)]
        if name not in self._verified or self._verified[name][0] != state:
            try:
                self._verified[name] = state, self._sound(name)
            except CheckpointError as error:
                self._verified[name] = state, error
        return self._verified[name][1]

    def _sound(self, name: str) -> StoredModel:
        """Returns the checkpoint after all of it was read once. Raises CheckpointError."""
        description = metadata.read_verified(self.file(name), self.digests)
        model = open_checkpoint(self.file(name), description, self.digests)
        if not description.get('files'):
            for variable in model.variables:  # TensorFlow has a checksum for every variable
                model.value(variable)
        return model

    def _by_age(self, prefix: str) -> List[str]:
        """Returns the names of this trainer's checkpoints of a kind, those saved last at the end."""
        kind = re.compile(rf'{prefix}(\.\d+)?-\d+')
        return in_order_of_saving({name: values for name, values in own_checkpoints(self.path).items() if kind.fullmatch(name)})


class CheckpointDirectories(NamedTuple):
    """Where a run loads from and where it saves to: the same object if that is the same directory."""

    load: CheckpointDirectory
    save: CheckpointDirectory

    @classmethod
    def of(cls, config: CheckpointConfig) -> 'CheckpointDirectories':
        load = CheckpointDirectory(config.load_dir)
        is_same = config.load_dir == config.save_dir
        return cls(load, load if is_same else CheckpointDirectory(config.save_dir, load.digests))


def _state_of(path: str) -> Optional[Tuple[int, ...]]:
    try:
        return file_state(path)
    except OSError:
        return None


def _count(damaged: Sequence[CheckpointError]) -> str:
    return '1 damaged checkpoint' if len(damaged) == 1 else f'{len(damaged)} damaged checkpoints'
