"""State files: each names the checkpoints of one kind, the newest last.

The format is TensorFlow's (`CheckpointState` as text), with a seal in a comment before it: a damaged file that still names an
existing checkpoint would otherwise bring back an old one without a word. No TensorFlow here.
"""

import hashlib
import os
import re
from typing import List, NamedTuple, Sequence

from ..errors import CheckpointError
from ..paths import write_atomically
from . import files

SEAL = '# seal '
# How a file begins that another trainer or a person wrote; whatever else is there instead of a seal is damage.
_BEGINS_BY_HAND = re.compile(r'\s*(all_)?(model_checkpoint_|last_preserved_)\w+\s*:')
_NAME = r'^\s*{}\s*:\s*(["\'])(.*)\1'


class Kind(NamedTuple):
    """A kind of checkpoint: the last ones of a run, or the best ones."""

    state_file: str
    prefix: str  # of the names of its checkpoints
    description: str


KINDS = {'best': Kind('best_dev_checkpoint', files.BEST_PREFIX, 'best validating checkpoint'),
         'last': Kind('checkpoint', files.LAST_PREFIX, 'most recent checkpoint')}


class StateFile(NamedTuple):
    """What a state file says."""

    names: List[str]  # of checkpoints, without directory, oldest first
    as_written: bool  # whether nothing has damaged the file
    is_by_hand: bool  # whether it has no seal: another trainer's, or a person's, and taken as it is


def write_state_file(directory: str, state_file: str, names: Sequence[str]) -> None:
    """Points `state_file` at the last of `names`, oldest first. Paths are relative, so a directory can move."""
    content = content_of_state_file(names)
    text = f'{SEAL}{_seal(state_file, content)}\n{content}'
    write_atomically(os.path.join(directory, state_file), text.encode('utf-8', 'surrogateescape'), CheckpointError)


def content_of_state_file(names: Sequence[str]) -> str:
    """Returns what a state file says below its seal, if there is one; the first line alone will do, too."""
    lines = [f'model_checkpoint_path: "{names[-1]}"'] + [f'all_model_checkpoint_paths: "{name}"' for name in names]
    return '\n'.join(lines) + '\n'


def read_state_file(directory: str, state_file: str) -> StateFile:
    """Returns what a state file says; without names if there is none.

    Absolute paths of another machine lead to the same name in `directory`.

    Raises:
      CheckpointError: the file cannot be opened.
    """
    try:
        with open(os.path.join(directory, state_file), 'rb') as file:
            content = file.read().decode('utf-8', 'surrogateescape').lstrip('\ufeff')
    except (FileNotFoundError, NotADirectoryError):
        return StateFile([], True, False)
    except OSError as error:
        raise CheckpointError(f'{directory}/{state_file}: cannot be read ({error.strerror}); remove it, or restore it '
                              f'from a copy.') from error
    has_seal = content.startswith(SEAL)
    if has_seal:
        seal, _, content = content[len(SEAL):].partition('\n')
        as_written = seal in (_seal(state_file, content), _seal('', content))  # the latter: of earlier versions
    else:
        as_written = _BEGINS_BY_HAND.match(content) is not None
    newest, names = [[path for _, path in re.findall(_NAME.format(field), content, re.MULTILINE)]
                     for field in ('model_checkpoint_path', 'all_model_checkpoint_paths')]
    names = [_base_name(name) for name in names if name not in newest] + [_base_name(name) for name in newest]
    return StateFile(names, as_written and bool(names), as_written and not has_seal)


def _base_name(path: str) -> str:
    """Returns the last part of a path, also of one of Windows, whose backslashes are doubled there."""
    return re.split(r'[/\\]+', path)[-1]


def _seal(state_file: str, content: str) -> str:
    """Returns what holds for this content under this name only; a copy under the name of another kind is no seal of it."""
    return hashlib.sha256((state_file + content).encode('utf-8', 'surrogateescape')).hexdigest()[:32]
