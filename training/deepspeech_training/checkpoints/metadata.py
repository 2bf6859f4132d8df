"""The JSON beside a checkpoint: what model it is, how far its run has come, and the checksums of its files.

No TensorFlow here. Checkpoints of other trainers have no record; those of version 0.1 of ours had one without checksums.
"""

import hashlib
import json
import re

from ..errors import CheckpointError
from ..paths import write_atomically
from . import files

FORMAT = 2
UNSEALED_FORMAT = 1
_NO_CHECKSUM = '0' * 64
_CHECKSUM = re.compile(rb'"checksum": "([0-9a-f]{64})"')


def write(prefix, values):
    """Writes the record of a checkpoint (a dict) with a checksum of its own, whole or not at all."""
    text = json.dumps(dict(values, format=FORMAT, checksum=_NO_CHECKSUM), ensure_ascii=False, indent=1) + '\n'
    checksum = hashlib.sha256(text.encode('utf-8')).hexdigest()
    write_atomically(prefix + files.RECORD_SUFFIX, text.replace(f'"{_NO_CHECKSUM}"', f'"{checksum}"'), CheckpointError)


def read(prefix):
    """Returns the record of a checkpoint as a dict, or None for checkpoints of other trainers.

    Raises:
      CheckpointError: it is damaged.
    """
    path = prefix + files.RECORD_SUFFIX
    try:
        with open(path, 'rb') as file:
            data = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f'{path}: cannot be read ({error.strerror}).') from error
    try:
        values = json.loads(data.decode('utf-8'))
        sound = isinstance(values, dict) and (values.get('format') == UNSEALED_FORMAT or _has_own_checksum(data))
    except (UnicodeDecodeError, ValueError):
        sound = False
    if not sound:
        raise CheckpointError(f'{path}: is damaged or was changed by hand; restore it from a copy.')
    return values


def check_files(prefix, values):
    """Compares the files of a checkpoint with the checksums in its record.

    Args:
      prefix: path without suffix.
      values: what `read` gave.
    Returns:
      whether there were checksums to compare with.
    Raises:
      CheckpointError: a file is missing or not as it was written.
    """
    expected = (values or {}).get('files', {})
    for suffix in files.WEIGHT_SUFFIXES:
        try:
            found = files.digest(prefix + suffix) if expected else None
            if not expected:
                open(prefix + suffix, 'rb').close()
        except OSError as error:
            raise CheckpointError(f'{prefix}{suffix}: cannot be read ({error.strerror}); copy it there, or remove the '
                                  f'state file that leads to it.') from error
        if expected and found != expected.get(suffix):
            raise CheckpointError(f'{prefix}{suffix}: is damaged (its checksum is not the one it was written with).')
    return bool(expected)


def _has_own_checksum(data):
    found = _CHECKSUM.search(data)
    if not found:
        return False
    blanked = data[:found.start(1)] + _NO_CHECKSUM.encode('ascii') + data[found.end(1):]
    return hashlib.sha256(blanked).hexdigest() == found.group(1).decode('ascii')
