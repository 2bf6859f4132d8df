"""How many processors this process may use: fewer than the machine has in a job of a cluster or in a container; what they are.

Short because it reads some small files.
"""

import math
import os
import platform

# What a container gets, as microseconds in so many: version 2 of Linux's control groups, then version 1.
QUOTAS = (('/sys/fs/cgroup/cpu.max',), ('/sys/fs/cgroup/cpu/cpu.cfs_quota_us', '/sys/fs/cgroup/cpu/cpu.cfs_period_us'))


def n_processors() -> int:
    """Returns the number of processors, at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    return max(1, min([allowed] + [quota for quota in map(_quota, QUOTAS) if quota]))


def processor_name() -> str:
    """Returns the model of the processor, or at least its kind."""
    try:
        with open('/proc/cpuinfo', encoding='utf-8', errors='replace') as file:
            names = [line.partition(':')[2].strip() for line in file if line.startswith('model name')]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def _quota(paths):
    """Returns the processors that the files grant, rounded up; 0 where they do not limit anything."""
    try:
        words = []
        for path in paths:
            with open(path, encoding='ascii') as file:
                words += file.read().split()
        microseconds, period = [int(word) for word in words]
        return math.ceil(microseconds / period) if microseconds > 0 else 0
    except (OSError, ValueError, ZeroDivisionError):  # no such file, or 'max'
        return 0
