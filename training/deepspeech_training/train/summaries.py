"""TensorBoard event files: one directory each for training, validation and metrics sets."""

import os

from ..compat import tf

KINDS = ('train', 'dev', 'metrics')


class Summaries:
    """Writes scalars below `directory`; use as a context manager so that the last ones reach the disk."""

    def __init__(self, directory):
        self._writers = {kind: tf.summary.FileWriter(os.path.join(directory, kind)) for kind in KINDS}

    def scalar(self, kind, name, value, step):
        """Adds one value of the curve `name` of `train`, `dev` or `metrics` at an update's number."""
        summary = tf.Summary(value=[tf.Summary.Value(tag=name, simple_value=float(value))])
        self._writers[kind].add_summary(summary, step)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for writer in self._writers.values():
            writer.close()
