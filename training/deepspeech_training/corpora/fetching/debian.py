"""Fetches data that Debian distributes: downloads packages and unpacks them without installing."""

import glob
import os
from typing import List, Sequence

from deepspeech.unfinished import scratch_directory

from ...errors import DataError
from ...programs import ProgramError, require_program, run

DOWNLOAD_S = 6 * 3600.  # for the packages of one corpus, however slow the network


def unpack_packages(names: Sequence[str], cache_dir: str, is_offline: bool = False) -> str:
    """Downloads Debian packages and unpacks them below `cache_dir`; does nothing where that was done before.

    Args:
      is_offline: never download.

    Returns:
      directory that holds the packages' files, as in usr/share/...
    Raises:
      DataError: a program is missing, or a package cannot be fetched.
    """
    cache_dir = os.path.abspath(cache_dir)  # the programs run in another directory
    target = os.path.join(cache_dir, '+'.join(names))
    if os.path.isdir(target):
        return target
    if is_offline:
        raise DataError(f'{target}: the packages {" and ".join(names)} are not there; unpack them elsewhere with "dpkg -x" and '
                        f'pass that directory with --packages, or leave out --offline.')
    require_program('apt-get', 'apt')
    require_program('dpkg', 'dpkg')
    os.makedirs(cache_dir, exist_ok=True)
    with scratch_directory(target) as scratch:
        _run(['apt-get', 'download', '-q'] + list(names), scratch,
             f'{" and ".join(names)} cannot be downloaded; run "apt-get update" first, or unpack the packages elsewhere '
             f'with "dpkg -x" and pass that directory with --packages')
        unpacked = os.path.join(scratch, 'unpacked')
        packages = sorted(glob.glob(os.path.join(scratch, '*.deb')))
        if not packages:
            raise DataError(f'{" and ".join(names)}: apt-get has downloaded nothing into {scratch}; is the disk full?')
        for package in packages:
            _run(['dpkg', '-x', package, unpacked], scratch, f'{package} cannot be unpacked')
        os.rename(unpacked, target)
    return target


def _run(command: List[str], directory: str, complaint: str) -> None:
    try:
        run(command, timeout_s=DOWNLOAD_S, directory=directory)
    except ProgramError as error:
        raise DataError(f'{complaint} ({error.reason}).') from error
