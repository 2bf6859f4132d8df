"""State files: which checkpoints a directory holds, the newest last.

The format is TensorFlow's (`CheckpointState` as text), with a seal in a comment before it: a damaged file that still
names an existing checkpoint would else bring back an old one without a word.
"""

import hashlib
import os
import re
from collections import namedtuple

from ..errors import CheckpointError
from ..paths import write_atomically

SEAL = '# seal '
# names: of checkpoints. as_written: whether nothing has damaged the file. is_by_hand: whether it has no seal.
State = namedtuple('State', 'names as_written is_by_hand')


def write(directory, state_file, names):
    """Points `state_file` at the last of `names`, oldest first. Paths are relative, so a directory can move."""
    lines = [f'model_checkpoint_path: "{names[-1]}"'] + [f'all_model_checkpoint_paths: "{name}"' for name in names]
    content = '\n'.join(lines) + '\n'
    write_atomically(os.path.join(directory, state_file), f'{SEAL}{_seal(content)}\n{content}', CheckpointError)


def read(directory, state_file):
    """Returns the State in a file; without names if there is none.

    Names are without directory, oldest first. Absolute paths of another machine lead to the same name in `directory`.
    A file without a seal is another trainer's, or a person's, and taken as it is.

    Raises:
      CheckpointError: the file cannot be opened.
    """
    try:
        with open(os.path.join(directory, state_file), 'rb') as file:
            content = file.read().decode('utf-8', 'replace')
    except FileNotFoundError:
        return State([], True, False)
    except OSError as error:
        raise CheckpointError(f'{directory}/{state_file}: cannot be read ({error.strerror}); remove it, or restore it '
                              f'from a copy.') from error
    as_written, is_by_hand = True, not content.startswith(SEAL)
    if not is_by_hand:
        seal, _, content = content[len(SEAL):].partition('\n')
        as_written = seal == _seal(content)
    newest = re.findall(r'^model_checkpoint_path:\s*"(.*)"', content, re.MULTILINE)
    names = re.findall(r'^all_model_checkpoint_paths:\s*"(.*)"', content, re.MULTILINE)
    names = [os.path.basename(name) for name in names if name not in newest] + [
        os.path.basename(name) for name in newest]
    return State(names, as_written and bool(names), is_by_hand)


def names(directory, state_file):
    """Returns the names of `read` alone."""
    return read(directory, state_file).names


def _seal(content):
    return hashlib.sha256(content.encode('utf-8')).hexdigest()[:32]
