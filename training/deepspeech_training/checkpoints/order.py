"""Which of this trainer's checkpoints was saved later. No clock is asked: clocks go back.

Every save in a directory has a number, `serial`, one higher than all before. Checkpoints of versions that did not count go by
their progress within a run; between runs only their clock is left. No TensorFlow here.
"""

import os
import re
from typing import Any, Dict, List, Mapping, Tuple

from ..errors import CheckpointError
from . import metadata

Described = Mapping[str, Any]  # the metadata of a checkpoint
_NAME = re.compile(r'(.+-(\d+))\.json')


def own_checkpoints(directory: str) -> Dict[str, Described]:
    """Returns {name: metadata} of this trainer's checkpoints in a directory; {} as metadata where they are damaged."""
    names = [match.group(1) for match in map(_NAME.fullmatch, os.listdir(directory)) if match]
    return {name: _metadata_of(os.path.join(directory, name)) for name in names}


def newest_serial(directory: str) -> int:
    """Returns the highest number of a save in a directory; 0 without any."""
    return max((serial_of(values) for values in own_checkpoints(directory).values()), default=0)


def serial_of(values: Described) -> int:
    """Returns the number of a save in its directory; 0: of a version that did not count."""
    return values.get('serial', 0)


def in_order_of_saving(described: Mapping[str, Described]) -> List[str]:
    """Returns the names of checkpoints, that saved last at the end."""
    runs_s: Dict[str, float] = {}  # when the last one of each run was saved, by the clock
    for values in described.values():
        run = _run_of(values)
        runs_s[run] = max(runs_s.get(run, 0.), values.get('saved_s', 0.))

    def age(name: str) -> Tuple[Any, ...]:
        values = described[name]
        run = _run_of(values)
        return serial_of(values), runs_s[run], run, _progress_of(values), int(name.split('-')[-1])

    return sorted(described, key=age)


def is_later(one: Described, other: Described) -> bool:
    """Returns whether `one` is further than `other` of the same run and was saved after it."""
    has_serials = serial_of(one) and serial_of(other)
    saved, saved_before = [serial_of(each) if has_serials else each.get('saved_s', 0.) for each in (one, other)]
    return _progress_of(one)[0] > _progress_of(other)[0] and saved > saved_before


def _progress_of(values: Described) -> Tuple[int, int]:
    progress = values.get('progress', {})
    return progress.get('epoch', 0), progress.get('position', 0)


def _run_of(values: Described) -> str:
    return values.get('progress', {}).get('run', '')


def _metadata_of(prefix: str) -> Described:
    try:
        return metadata.read(prefix) or {}
    except CheckpointError:
        return {}  # named when it is its turn
