"""How much memory this process may still use: less than the machine has in a container."""

import os
from typing import Dict, Optional

# Limit and use of the container, in the two generations of Linux control groups; what files occupy can be given up.
_GROUPS = (('/sys/fs/cgroup', 'memory.max', 'memory.current', 'inactive_file'),
           ('/sys/fs/cgroup/memory', 'memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'))


def available_bytes() -> Optional[int]:
    """Returns the memory that is free or can be freed, within the limit of a container; None where that is unknown."""
    known = [size for size in [_of_machine()] + [_of_group(*group) for group in _GROUPS] if size is not None]
    return min(known) if known else None


def total_bytes() -> Optional[int]:
    """Returns the memory of the machine; None where that is unknown."""
    kilobytes = _table('/proc/meminfo').get('MemTotal:')
    return None if kilobytes is None else 1024 * kilobytes


def _of_machine() -> Optional[int]:
    kilobytes = _table('/proc/meminfo').get('MemAvailable:')
    return None if kilobytes is None else 1024 * kilobytes


def _of_group(directory: str, limit: str, used: str, reclaimable: str) -> Optional[int]:
    limit_bytes, used_bytes = [_number(os.path.join(directory, name)) for name in (limit, used)]
    if limit_bytes is None or used_bytes is None:
        return None
    return max(0, limit_bytes - used_bytes + _table(os.path.join(directory, 'memory.stat')).get(reclaimable, 0))


def _number(path: str) -> Optional[int]:
    try:
        with open(path) as file:
            return int(file.read())
    except (OSError, ValueError):  # the word `max` means no limit
        return None


def _table(path: str) -> Dict[str, int]:
    """Returns {first word: number behind it} of a file; empty where there is none."""
    try:
        with open(path) as file:
            rows = [line.split() for line in file]
    except OSError:
        return {}
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
