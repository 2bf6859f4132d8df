"""TensorBoard event files: one directory each for training, validation and metrics sets."""

import os
import time

from ...compat import tf

KINDS = ('train', 'dev', 'metrics')
PACE_EVERY_S = 5.
TAGS = {'audio': 'audio_seconds_per_second', 'gflops': 'gflop_per_second', 'wait_share': 'input_wait_share',
        'step_s': 'step_seconds'}


class Summaries:
    """Writes scalars below `directory`; use as a context manager so that the last ones reach the disk."""

    def __init__(self, directory):
        self._writers = {kind: tf.summary.FileWriter(os.path.join(directory, kind)) for kind in KINDS}
        self._due_s = 0.

    def scalar(self, kind, name, value, step):
        """Adds one value of the curve `name` of `train`, `dev` or `metrics` at an update's number."""
        self._add(kind, {name: value}, step)

    def pace(self, kind, pace, step):
        """Adds the recent rates of a Throughput as `pace/...`, if the last ones are some seconds old."""
        if time.monotonic() >= self._due_s and pace.recent:
            self._due_s = time.monotonic() + PACE_EVERY_S
            self._rates(kind, 'pace', pace.recent, step)

    def epoch_pace(self, kind, pace, step):
        """Adds the rates of a whole pass as `epoch_pace/...`."""
        if pace.whole:
            self._rates(kind, 'epoch_pace', pace.whole, step)

    def _rates(self, kind, group, rates, step):
        self._add(kind, {f'{group}/{TAGS[name]}': value for name, value in rates._asdict().items()}, step)

    def _add(self, kind, values, step):
        values = [tf.Summary.Value(tag=tag, simple_value=float(value)) for tag, value in values.items()]
        self._writers[kind].add_summary(tf.Summary(value=values), step)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for writer in self._writers.values():
            writer.close()
