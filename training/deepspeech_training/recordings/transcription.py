"""Transcribes recordings of any length: cuts them at pauses, recognises the segments, writes a result for each recording.

Segments of many recordings share batches, and while some are decoded the network hears the next ones. A result appears whole or
not at all, so that the same command goes on where it stopped. A recording that cannot be read costs itself.
"""

from contextlib import closing
from typing import Dict, Generator, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
from deepspeech.errors import AudioError

from ..background import in_background
from ..console.log import Log
from ..decode.interface import BeamSearchDecoder, NativeHypothesis
from ..errors import DataError
from ..paths import write_atomically
from ..processors import n_processors
from ..settings.recordings import TranscriptionConfig
from .acoustics import Acoustics
from .results import WRITERS, Heard, Spoken, TimedWord
from .sources import Task
from .speech import FRAME_MS, Segment, chosen_detector, decisions, read_frames, speech

FAILED = 1  # exit code
N_EXAMPLES = 20  # of recordings that failed

Batch = List[Tuple[int, Segment]]  # (number of the recording, a segment of it)


class Recognised(NamedTuple):
    """A segment of a recording and what is said in it."""

    number: int
    segment: Segment
    hypothesis: NativeHypothesis


class _Recording:
    """A recording that is being transcribed."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.n_frames = self.n_segments = 0
        self.is_read = False  # to its end
        self.spoken: List[Tuple[float, Spoken]] = []  # with where the segment begins

    @property
    def is_complete(self) -> bool:
        return self.is_read and len(self.spoken) == self.n_segments


def transcribe(tasks: Sequence[Task], acoustics: Acoustics, decoder: BeamSearchDecoder, config: TranscriptionConfig,
               log: Log) -> int:
    """Transcribes recordings and writes their results; returns the exit code, 1 where one of them failed."""
    return _Run(acoustics, decoder, config, log).over(tasks)


def still_to_do(tasks: Sequence[Task], config: TranscriptionConfig, log: Log) -> List[Task]:
    """Returns the recordings without results; all of them with --force.

    Raises:
      DataError: the only one has a result.
    """
    if config.force:
        return list(tasks)
    left = [task for task in tasks if not task.is_done]
    if not left and len(tasks) == 1:
        raise DataError(f'{next(iter(tasks[0].targets.values()))}: the result is there already, nothing was done; make it anew '
                        f'with --force.')
    if len(left) < len(tasks):
        log.info(f'{len(tasks) - len(left)} of {len(tasks)} recordings have their results already; --force makes them anew.')
    return left


class _Run:
    """Transcribes; what is known of the recordings at work is here, for one thread."""

    def __init__(self, acoustics: Acoustics, decoder: BeamSearchDecoder, config: TranscriptionConfig, log: Log) -> None:
        self._acoustics, self._decoder, self._config, self._log = acoustics, decoder, config, log
        self._at_work: Dict[int, _Recording] = {}
        self._failed: List[str] = []
        self._n_written = 0

    def over(self, tasks: Sequence[Task]) -> int:
        """Transcribes `tasks`; returns the exit code."""
        name = chosen_detector(self._config.detection, self._acoustics.rate_hz)
        self._log.info(f'Speech is told from other sound by {"webrtcvad" if name == "webrtc" else "comparing levels"}.')
        with closing(self._results(self._batches(tasks))) as results:
            for recognised in results:
                for each in recognised:
                    self._add(each)
                self._write_complete(tasks)
        self._write_complete(tasks)
        return self._report(tasks)

    def _results(self, batches: Iterator[Batch]) -> Generator[List[Recognised], None, None]:
        if self._acoustics.in_threads:
            return in_background(lambda batch: self._decoded((batch, self._hear(batch))), batches, n_processors())
        return in_background(self._decoded, ((batch, self._hear(batch)) for batch in batches))

    def _batches(self, tasks: Sequence[Task]) -> Iterator[Batch]:
        """Yields segments that the network hears at once; long ones, which pad the others, by themselves."""
        waiting: Dict[bool, Batch] = {False: [], True: []}  # by whether they are outliers
        sizes = {False: self._config.batch_size, True: self._config.outlier_batch_size}
        if self._acoustics.in_threads:
            sizes = {False: 1, True: 1}
        for number, segment in self._segments(tasks):
            is_outlier = len(segment.samples) * 1000 > self._config.outlier_ms * self._acoustics.rate_hz
            waiting[is_outlier].append((number, segment))
            if len(waiting[is_outlier]) >= sizes[is_outlier]:
                yield waiting[is_outlier]
                waiting[is_outlier] = []
        yield from (batch for batch in waiting.values() if batch)

    def _segments(self, tasks: Sequence[Task]) -> Iterator[Tuple[int, Segment]]:
        for number, task in enumerate(tasks):
            recording = self._at_work[number] = _Recording(task)
            try:
                frames = self._counted(recording)
                for segment in speech(decisions(frames, self._acoustics.rate_hz, self._config.detection)):
                    recording.n_segments += 1
                    yield number, segment
            except AudioError as error:
                self._fail(number, str(error))
            recording.is_read = True

    def _counted(self, recording: _Recording) -> Iterator[np.ndarray]:
        for frame in read_frames(recording.task.source, self._acoustics.rate_hz):
            recording.n_frames += 1
            yield frame

    def _hear(self, batch: Batch) -> List[np.ndarray]:
        return self._acoustics.probabilities([segment.samples for _, segment in batch])

    def _decoded(self, heard: Tuple[Batch, List[np.ndarray]]) -> List[Recognised]:
        batch, outputs = heard
        lengths = [len(each) for each in outputs]
        padded = np.zeros((len(outputs), max(lengths), outputs[0].shape[1]), np.float32)
        for row, output in zip(padded, outputs):
            row[:len(output)] = output
        found = self._decoder.decode_batch(padded, lengths)
        return [Recognised(number, segment, best[0]) for (number, segment), best in zip(batch, found)]

    def _add(self, recognised: Recognised) -> None:
        recording = self._at_work.get(recognised.number)
        if recording is None:  # it failed in the meantime
            return
        segment, step_s = recognised.segment, self._acoustics.step_s
        words = tuple(TimedWord(word.text, segment.first_s + word.first_frame * step_s,
                                segment.first_s + (word.last_frame + 1) * step_s) for word in recognised.hypothesis.words)
        recording.spoken.append((segment.first_s, Spoken(segment.start_ms, segment.end_ms, recognised.hypothesis.text, words)))

    def _write_complete(self, tasks: Sequence[Task]) -> None:
        for number in [number for number, recording in self._at_work.items() if recording.is_complete]:
            recording = self._at_work[number]
            heard = Heard(recording.task.source, recording.n_frames * FRAME_MS / 1000,
                          [spoken for _, spoken in sorted(recording.spoken, key=lambda each: each[0])])
            try:
                for kind, path in recording.task.targets.items():
                    write_atomically(path, WRITERS[kind](heard), DataError)
            except DataError as error:
                self._fail(number, str(error))
                continue
            del self._at_work[number]
            self._n_written += 1
            self._log.info(f'{recording.task.source} -> {", ".join(recording.task.targets.values())} ({len(heard.segments)} '
                           f'segments, {heard.duration_s:.1f} s; {self._n_written + len(self._failed)} of {len(tasks)})')

    def _fail(self, number: int, reason: str) -> None:
        """Gives a recording up; there is no result of it, so that the next run tries again."""
        del self._at_work[number]
        self._failed.append(reason)
        self._log.error(reason)

    def _report(self, tasks: Sequence[Task]) -> int:
        if not self._failed:
            return 0
        self._log.error(f'{len(self._failed)} of {len(tasks)} recordings were not transcribed:')
        for reason in self._failed[:N_EXAMPLES]:
            self._log.plain(f'  {reason}')
        if len(self._failed) > N_EXAMPLES:
            self._log.plain(f'  and {len(self._failed) - N_EXAMPLES} more')
        return FAILED
