"""The JSON beside a checkpoint: what model it is, how far its run has come, and the checksums of its files.

No TensorFlow here. Checkpoints of other trainers have none; version 0.1 of this one wrote it without checksums.
"""

import hashlib
import json
import re
from typing import Any, Dict, Mapping, Optional

from ..digests import FileDigests
from ..errors import CheckpointError
from ..paths import write_atomically
from .files import METADATA_SUFFIX, WEIGHT_SUFFIXES

FORMAT = 2
FORMAT_WITHOUT_CHECKSUMS = 1
_NO_CHECKSUM = '0' * 64
_CHECKSUM = re.compile(rb'"checksum": "([0-9a-f]{64})"')


def write(prefix: str, values: Mapping[str, Any]) -> None:
    """Writes the metadata of a checkpoint with a checksum of their own, whole or not at all."""
    text = json.dumps(dict(values, format=FORMAT, checksum=_NO_CHECKSUM), ensure_ascii=False, indent=1) + '\n'
    checksum = hashlib.sha256(text.encode('utf-8')).hexdigest()
    write_atomically(prefix + METADATA_SUFFIX, text.replace(f'"{_NO_CHECKSUM}"', f'"{checksum}"'), CheckpointError)


def read(prefix: str) -> Optional[Dict[str, Any]]:
    """Returns the metadata of a checkpoint, or None for checkpoints of other trainers.

    Raises:
      CheckpointError: they are damaged.
    """
    path = prefix + METADATA_SUFFIX
    try:
        with open(path, 'rb') as file:
            data = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f'{path}: cannot be read ({error.strerror}).') from error
    try:
        values = json.loads(data.decode('utf-8'))
        is_sound = isinstance(values, dict) and (_is_of_first_version(values) or _has_own_checksum(data))
    except (UnicodeDecodeError, ValueError):
        is_sound = False
    if not is_sound:
        raise CheckpointError(f'{path}: is damaged or was changed by hand; restore it from a copy.')
    return values


def read_verified(prefix: str, digests: FileDigests) -> Dict[str, Any]:
    """Returns the metadata of a checkpoint whose files are as they were written; {} for one of another trainer.

    Without checksums in the metadata, under `files`, the files are only known to be there.

    Raises:
      CheckpointError: the metadata are damaged, or a file is missing or not as it was written.
    """
    values = read(prefix) or {}
    expected = values.get('files', {})
    for suffix in WEIGHT_SUFFIXES:
        path = prefix + suffix
        try:
            if not expected:
                open(path, 'rb').close()
            elif list(digests.of(path)) != expected.get(suffix):
                raise CheckpointError(f'{path}: is damaged (its checksum is not the one it was written with).')
        except OSError as error:
            raise CheckpointError(f'{path}: cannot be read ({error.strerror}); copy it there, or remove the state file '
                                  f'that leads to it.') from error
    return values


def _is_of_first_version(values: Mapping[str, Any]) -> bool:
    """Returns whether there were no checksums yet; a damaged number of the format must not do away with them."""
    return values.get('format') == FORMAT_WITHOUT_CHECKSUMS and not values.keys() & {'checksum', 'files', 'serial'}


def _has_own_checksum(data: bytes) -> bool:
    found = _CHECKSUM.search(data)
    if not found:
        return False
    blanked = data[:found.start(1)] + _NO_CHECKSUM.encode('ascii') + data[found.end(1):]
    return hashlib.sha256(blanked).hexdigest() == found.group(1).decode('ascii')
