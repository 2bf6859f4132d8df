"""Directories that are written to, and the limits of this process."""

import locale
import os
import shutil
import sys
import tempfile
from typing import Tuple

from ..checkpoints.places import checkpoints_in
from ..entry import require_threads, threads_of_a_run
from ..errors import ConfigError
from ..paths import user_cache_dir, user_data_dir
from .findings import Section

# Free space: below the first number of GB something fails soon, below the second one a long training may.
CACHE_GB, DATA_GB, TEMPORARY_GB = (0.2, 5.), (0.5, 5.), (0.1, 2.)
FEWEST_FILES = 10000  # that a file system still takes
FEWEST_OPEN = 1024


def examine_places(section: Section) -> None:
    """Adds what can be written where, and what the system allows."""
    _place(section, 'cache', user_cache_dir(''), 'XDG_CACHE_HOME', CACHE_GB)
    _place(section, 'data', user_data_dir(''), 'XDG_DATA_HOME', DATA_GB)
    try:
        _place(section, 'temporary files', tempfile.gettempdir(), 'TMPDIR', TEMPORARY_GB)
    except OSError as error:
        section.fail('temporary files', error, 'free some space, or name a directory with TMPDIR')
    shared = user_data_dir('checkpoints')
    n_there = len(checkpoints_in(shared))
    section.judge(not n_there, 'default checkpoints', f'{n_there} in {shared}' if n_there else f'none in {shared}',
                  'a run without --checkpoint_dir goes on from these, whatever model they are: give each run its own '
                  '--checkpoint_dir, or move them')
    _limits(section)
    _encoding(section)


def _place(section: Section, name: str, directory: str, variable: str, limits_gb: Tuple[float, float]) -> None:
    """Adds whether a directory, or the one that it would be made in, takes files."""
    there = os.path.abspath(directory)
    while not os.path.exists(there) and os.path.dirname(there) != there:
        there = os.path.dirname(there)
    advice = f'choose another directory with {variable}'
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b'1')
            file.flush()
        free_gb = shutil.disk_usage(there).free / 1e9
        n_files = os.statvfs(there).f_favail if hasattr(os, 'statvfs') else FEWEST_FILES
    except OSError as error:
        section.fail(name, f'{directory} cannot be written ({error.strerror})', f'{advice}, or make {there} writable')
        return
    value = f'{directory}, {free_gb:.1f} GB free'
    if free_gb < limits_gb[0]:
        section.fail(name, f'{value}, less than {limits_gb[0]:g}', f'free some space, or {advice}')
    elif free_gb < limits_gb[1]:
        section.warn(name, f'{value}, less than {limits_gb[1]:g}', f'free some space, or {advice}')
    elif 0 < n_files < FEWEST_FILES:
        section.warn(name, f'{value}, but room for {n_files} files only', f'remove files, or {advice}')
    else:
        section.ok(name, value)


def _limits(section: Section) -> None:
    """Adds open files, memory and threads."""
    try:
        import resource
    except ImportError:  # Windows
        return
    open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    section.judge(open_files == resource.RLIM_INFINITY or open_files >= FEWEST_OPEN, 'open files', f'{open_files} at once',
                  f'data sets of many parts need more: ulimit -n {4 * FEWEST_OPEN}')
    address_space, _ = resource.getrlimit(resource.RLIMIT_AS)
    section.judge(address_space == resource.RLIM_INFINITY, 'address space',
                  'unlimited' if address_space == resource.RLIM_INFINITY else f'{address_space / 2 ** 30:.1f} GiB',
                  'TensorFlow reserves far more than it uses, and ends where it cannot: ulimit -v unlimited')
    n_threads = threads_of_a_run()
    try:
        require_threads(n_threads)
        section.ok('threads', f'{n_threads} of a run can be started')
    except ConfigError as error:
        section.fail('threads', error, 'ulimit -u, or --pids-limit of the container')


def _encoding(section: Section) -> None:
    names, text = sys.getfilesystemencoding(), locale.getpreferredencoding(False)
    printed = getattr(sys.stdout, 'encoding', None) or 'unknown'
    is_good = all(name.lower().replace('-', '').replace('_', '') == 'utf8' for name in (names, text))
    section.judge(is_good, 'encoding', f'names of files {names}, text {text}, standard output {printed}',
                  'transcripts and names of files with other than English letters are printed wrongly or not found: export '
                  'LANG=C.UTF-8 PYTHONIOENCODING=utf-8')
