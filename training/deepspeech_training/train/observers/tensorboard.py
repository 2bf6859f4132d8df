"""TensorBoard event files: one directory each for training, validation and metrics sets."""

from __future__ import annotations

import os
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Dict, Iterator, List, Optional, Sequence

from ...compat import reason_of, tf
from ...console.log import Log
from ...console.throughput import Rates
from ...plain_paths import PlainPath
from .events import Observer

if TYPE_CHECKING:
    from ..passes import Pass
    from ..transcripts import Sample, Validation

SPLITS = ('train', 'dev', 'metrics')
THROUGHPUT_EVERY_S = 5.
FLUSH_EVERY_S = 30.  # after which points have reached the disk
# By the fields of Rates. Groups are called `pace` and `epoch_pace`, so that curves of earlier runs go on.
TAGS = {'audio': 'audio_seconds_per_second', 'gflops': 'gflop_per_second', 'wait_share': 'input_wait_share',
        'step_s': 'step_seconds'}


class TensorBoard(Observer):
    """Writes curves below `directory`; use as a context manager so that the last points reach the disk.

    Training does not depend on them. When they cannot be written, a warning says so, and no more are tried.

    Args:
      directory: must exist.
      log: where to warn; None: nowhere.
    """

    def __init__(self, directory: str, log: Optional[Log] = None):
        self._directory, self._log = directory, log
        self._plain, self._writers = PlainPath(os.path.join(directory, '')), {}
        self._due_s, self._flush_s = 0., time.monotonic() + FLUSH_EVERY_S
        self._losses: List[float] = []  # of the steps of an update so far
        with self._warning():
            self._writers = {split: _open_events(os.path.join(self._plain.path, split)) for split in SPLITS}

    def pass_began(self, item: Pass) -> None:
        self._losses = []

    def step_done(self, item: Pass, loss: float) -> None:
        self._losses.append(loss)
        if item.is_within_update:
            return
        split, recent = item.planned.split, item.throughput.recent
        norm = {'gradient_norm': item.gradient_norm} if split == 'train' else {}
        self._add(split, dict(norm, step_loss=sum(self._losses) / len(self._losses)), item.step)
        self._losses = []
        if split == 'train' and recent and time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + THROUGHPUT_EVERY_S
            self._add(split, _tagged('pace', recent), item.step)

    def pass_ended(self, item: Pass, learning_rate: float) -> None:
        split, whole = item.planned.split, item.throughput.whole
        if split == 'train':
            self._add(split, {'epoch_loss': item.meter.mean}, item.step)
        if whole:
            self._add(split, _tagged('epoch_pace', whole), item.step)
        if split == 'train':
            self._add(split, {'learning_rate': learning_rate, 'weight_norm': item.weight_norm}, item.step)

    def validation_ended(self, validation: Validation, step: int) -> None:
        self._add('dev', {'epoch_loss': validation.loss}, step)
        if not validation.of_best:
            self._add('dev', {'epoch_wer': validation.wer, 'epoch_cer': validation.cer,
                              'epoch_blank_share': validation.blank_share}, step)
            self._add_values('dev', [_as_text('transcripts', validation.samples)] if validation.samples else [], step)

    def _add(self, split: str, values: Dict[str, float], step: int) -> None:
        self._add_values(split, [tf.Summary.Value(tag=tag, simple_value=float(value)) for tag, value in values.items()], step)

    def _add_values(self, split: str, summaries: 'Sequence[tf.Summary.Value]', step: int) -> None:
        if not self._writers or not summaries:
            return
        event = tf.Event(wall_time=time.time(), step=int(step), summary=tf.Summary(value=summaries))
        with self._warning():
            self._writers[split].write(event.SerializeToString())
            if time.monotonic() >= self._flush_s:
                self._flush_s = time.monotonic() + FLUSH_EVERY_S
                for writer in self._writers.values():
                    writer.flush()

    @contextmanager
    def _warning(self) -> Iterator[None]:
        """Lets what cannot be written be said; nothing is written from then on."""
        try:
            yield
        except (OSError, tf.errors.OpError) as error:
            self._writers = {}
            if self._log:
                self._log.warn(f'{self._directory}: curves cannot be written any more ({reason_of(error)}). Training goes on '
                               f'without them.')

    def __enter__(self) -> TensorBoard:
        return self

    def __exit__(self, *_: object) -> None:
        with self._warning():
            for writer in self._writers.values():
                writer.close()
        self._plain.close()


def _open_events(directory: str) -> 'tf.io.TFRecordWriter':
    """Returns a writer of TensorBoard's events to a new file, each a record of TensorFlow's.

    TensorFlow's own `FileWriter` writes in a thread that a full disk ends with a traceback.
    """
    os.makedirs(directory, exist_ok=True)
    name = f'events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}'
    writer = tf.io.TFRecordWriter(os.path.join(directory, name))
    writer.write(tf.Event(wall_time=time.time(), file_version='brain.Event:2').SerializeToString())
    writer.flush()
    return writer


def _as_text(tag: str, samples: Sequence[Sample]) -> 'tf.Summary.Value':
    """Returns transcripts as a table of the kind that TensorBoard shows among texts."""
    cells = [[_cell(text) for text in sample] for sample in samples]
    table = '\n'.join(f'| {" | ".join(row)} |' for row in [['file', 'src', 'res'], ['---'] * 3, *cells])
    plugin = tf.SummaryMetadata.PluginData(plugin_name='text')
    return tf.Summary.Value(tag=tag, metadata=tf.SummaryMetadata(plugin_data=plugin),
                            tensor=tf.make_tensor_proto(table.encode('utf-8', 'backslashreplace'), tf.string))


def _cell(text: str) -> str:
    return text.replace('|', '\\|').replace('\n', ' ')


def _tagged(group: str, rates: Rates) -> Dict[str, float]:
    return {f'{group}/{TAGS[name]}': value for name, value in rates._asdict().items()}
