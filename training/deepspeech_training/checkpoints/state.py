"""State files: which checkpoints a directory holds, the newest last.

The format is TensorFlow's (`CheckpointState` as text), with a seal in a comment before it: a damaged file that still
names an existing checkpoint would else bring back an old one without a word.
"""

import hashlib
import os
import re

from ..errors import CheckpointError
from ..paths import write_atomically

SEAL = '# seal '


def write(directory, state_file, names):
    """Points `state_file` at the last of `names`, oldest first. Paths are relative, so a directory can move."""
    lines = [f'model_checkpoint_path: "{names[-1]}"'] + [f'all_model_checkpoint_paths: "{name}"' for name in names]
    content = '\n'.join(lines) + '\n'
    write_atomically(os.path.join(directory, state_file), f'{SEAL}{_seal(content)}\n{content}', CheckpointError)


def read(directory, state_file):
    """Returns (names, whether they are as they were written); ([], True) if there is no such file.

    Names are without directory, oldest first. Absolute paths of another machine lead to the same name in `directory`.
    A file without a seal is another trainer's, or a person's, and taken as it is.

    Raises:
      CheckpointError: the file cannot be opened.
    """
    try:
        with open(os.path.join(directory, state_file), 'rb') as file:
            content = file.read().decode('utf-8', 'replace')
    except FileNotFoundError:
        return [], True
    except OSError as error:
        raise CheckpointError(f'{directory}/{state_file}: cannot be read ({error.strerror}); remove it, or restore it '
                              f'from a copy.') from error
    as_written = True
    if content.startswith(SEAL):
        seal, _, content = content[len(SEAL):].partition('\n')
        as_written = seal == _seal(content)
    newest = re.findall(r'^model_checkpoint_path:\s*"(.*)"', content, re.MULTILINE)
    names = re.findall(r'^all_model_checkpoint_paths:\s*"(.*)"', content, re.MULTILINE)
    names = [os.path.basename(name) for name in names if name not in newest] + [
        os.path.basename(name) for name in newest]
    return names, as_written and bool(names)


def names(directory, state_file):
    """Returns the names of `read` alone."""
    return read(directory, state_file)[0]


def _seal(content):
    return hashlib.sha256(content.encode('utf-8')).hexdigest()[:32]
