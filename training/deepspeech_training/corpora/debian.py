"""Fetches data that Debian distributes: downloads packages and unpacks them without installing."""

import glob
import os
import shutil
import subprocess
import tempfile
from typing import List, Sequence

from ..errors import DataError
from .convert import require_program


def unpack_packages(names: Sequence[str], cache_dir: str) -> str:
    """Downloads Debian packages and unpacks them below `cache_dir`; does nothing where that was done before.

    Returns:
      directory that holds the packages' files, as in usr/share/...
    Raises:
      DataError: a program is missing, or a package cannot be fetched.
    """
    cache_dir = os.path.abspath(cache_dir)  # the programs run in another directory
    target = os.path.join(cache_dir, '+'.join(names))
    if os.path.isdir(target):
        return target
    require_program('apt-get', 'apt')
    require_program('dpkg', 'dpkg')
    os.makedirs(cache_dir, exist_ok=True)
    scratch = tempfile.mkdtemp(dir=cache_dir)
    try:
        _run(['apt-get', 'download', '-q'] + list(names), scratch,
             f'{" and ".join(names)} cannot be downloaded; run "apt-get update" first, or unpack the packages elsewhere '
             f'with "dpkg -x" and pass that directory with --packages')
        unpacked = os.path.join(scratch, 'unpacked')
        for package in sorted(glob.glob(os.path.join(scratch, '*.deb'))):
            _run(['dpkg', '-x', package, unpacked], scratch, f'{package} cannot be unpacked')
        os.rename(unpacked, target)
    finally:
        shutil.rmtree(scratch)
    return target


def _run(command: List[str], directory: str, complaint: str) -> None:
    result = subprocess.run(command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if result.returncode:
        reason = result.stderr.decode(errors='replace').strip().splitlines()[-1:] or ['no reason given']
        raise DataError(f'{complaint} ({reason[0]}).')
