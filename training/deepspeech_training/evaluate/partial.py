"""Results on disk while a test runs, so that an interrupted one need not begin again.

The file has the fingerprint of the test on its first line and then one line per utterance: a checksum and JSON each. Utterances
of a set are in order, so their number tells where to go on. A line that is not as it was written ends what is taken up.
"""

import fcntl
import json
import os
import zlib
from contextlib import suppress
from types import TracebackType
from typing import IO, Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Type

from deepspeech.result_files import takes_bytes

from ..console.log import Log
from ..paths import open_kept, write_whole

_LINE_END = b'\n'
_TYPES = {'set': int, 'res': str, 'greedy': str, 'loss': float, 'confidence': float}  # of the fields of a line
SUFFIX = '.partial'
NAME = 'test-results' + SUFFIX  # in a directory of checkpoints
ADVICE = 'a test of the same checkpoint with the same settings goes on from there'


class UtteranceHypothesis(NamedTuple):
    """What was recognised in an utterance."""

    res: str  # by beam search
    greedy: str  # by the best path alone
    loss: float
    confidence: float  # mean probability of a label of `res`


def partial_path(test_output_file: str, checkpoint_dir: str) -> str:
    """Returns where the results of a test go meanwhile: beside the results file, without one beside the checkpoints."""
    if not test_output_file or takes_bytes(test_output_file):
        return os.path.join(checkpoint_dir, NAME)
    return os.path.realpath(test_output_file) + SUFFIX


class PartialResults:
    """The hypotheses of an interrupted test, and those of this one as they come; use in a `with` statement.

    Where the file cannot be written, or another running test has it, nothing is kept.

    Args:
      path: where.
      identity: what `fingerprint` gives; results of another test are dropped.
      sizes: number of utterances of each set.
      log: where to say what was found.
      advice: how to go on from what is kept.
    """

    def __init__(self, path: str, identity: Dict[str, Any], sizes: Sequence[int], log: Log, advice: str = ADVICE) -> None:
        self._path, self._sizes, self._log, self._advice = path, sizes, log, advice
        self._hypotheses: List[List[UtteranceHypothesis]] = [[] for _ in sizes]
        self._file = _open_alone(path, log)
        if self._file:
            self._take_up(self._file, identity)

    def __enter__(self) -> 'PartialResults':
        return self

    def __exit__(self, exception_type: Optional[Type[BaseException]], exception: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        n_done = sum(map(len, self._hypotheses))
        if self._file and exception_type and n_done:
            self._log.info(f'The results of {n_done} utterances are kept in {self._path}; {self._advice}.')
        self._close()

    def of_set(self, number: int) -> List[UtteranceHypothesis]:
        """Returns the hypotheses so far of a set."""
        return list(self._hypotheses[number])

    def add(self, number: int, hypotheses: Sequence[UtteranceHypothesis]) -> None:
        """Keeps further hypotheses of a set."""
        self._hypotheses[number] += hypotheses
        self._write([dict(hypothesis._asdict(), set=number) for hypothesis in hypotheses])

    def remove(self) -> None:
        """Removes the file: the results are complete and somewhere else."""
        if self._file:
            with suppress(FileNotFoundError):  # somebody tidied up meanwhile
                os.unlink(self._path)

    def _take_up(self, file, identity):
        data = file.read()
        records = list(_whole_lines(data))
        if not records:
            if data:
                self._log.info(f'{self._path} is damaged or of another version; starting over.')
            self._start_over(file, identity)
        elif records[0][0] != identity:
            others = _differences(records[0][0], identity)
            self._log.info(f'{self._path} is of another test ({others}: not the same); starting over.')
            self._start_over(file, identity)
        else:
            end = self._take_up_hypotheses(records)
            file.truncate(end)
            if _LINE_END in data[end:]:  # else the last line was being written
                number = data.count(_LINE_END, 0, end) + 1
                self._log.warn(f'{self._path} is damaged in line {number}; the results from there on are found anew.')
            self._log.info(f'Taking up the results of {sum(map(len, self._hypotheses))} utterances from {self._path}.')

    def _take_up_hypotheses(self, records):
        """Takes the hypotheses of sound lines; returns where the first other one begins."""
        end = records[0][1]
        for record, line_end in records[1:]:
            if not self._is_sound(record):
                break
            self._hypotheses[record['set']].append(
                UtteranceHypothesis(record['res'], record['greedy'], record['loss'], record['confidence']))
            end = line_end
        return end

    def _is_sound(self, record):
        """Tells whether a line is a hypothesis of an utterance that exists."""
        # Types are compared because True is an int, too.
        if not isinstance(record, dict) or any(type(record.get(name)) is not wanted for name, wanted in _TYPES.items()):
            return False
        number = record['set']
        return 0 <= number < len(self._sizes) and len(self._hypotheses[number]) < self._sizes[number]

    def _start_over(self, file, identity):
        file.truncate(0)
        self._write([identity])

    def _write(self, records):
        if not self._file:
            return
        lines = b''.join(map(_as_line, records))
        try:
            # The file has no buffer: one call writes it all, and a killed process leaves whole lines.
            write_whole(self._file, lines)
        except OSError as error:
            self._log.warn(f'{self._path}: cannot be written any more ({error.strerror}); an interrupted test will '
                           f'not go on from here.')
            self._close()

    def _close(self):
        if self._file:
            self._file.close()
            self._file = None


def _open_alone(path: str, log: Log) -> Optional[IO[bytes]]:
    """Returns the unbuffered file for reading and appending, or None where it cannot be had."""
    try:
        file = open_kept(path)
    except OSError as error:
        log.debug(f'{path}: cannot be written ({error.strerror}); an interrupted test will begin again.')
        return None
    if not _is_ours(file, path, log):
        log.info(f'{path} is in use by another test; when this one is interrupted, it will begin again.')
        file.close()
        return None
    file.seek(0)
    return file


def _is_ours(file, path, log):
    """Locks the file, if that is possible; tells whether nobody else has it and it still has its name."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        log.debug(f'{path}: cannot be locked ({error.strerror}); two tests at a time would mix up their results.')
    try:
        # A test that finished between opening and locking has removed it, and the next one may have made another.
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def _as_line(value: Any) -> bytes:
    # Of names that are not UTF-8 the odd bytes become \udcXX, which JSON reads as what they were.
    text = json.dumps(value, ensure_ascii=False).encode('utf-8', 'backslashreplace')
    return _checksum(text) + b' ' + text + _LINE_END


def _checksum(text: bytes) -> bytes:
    return b'%08x' % zlib.crc32(text)


def _whole_lines(data: bytes) -> Iterator[Tuple[Any, int]]:
    """Yields (value, end offset) of each line up to the first that is torn or not as it was written."""
    end = 0
    for line in data.splitlines(keepends=True):
        checksum, _, text = line.rstrip(_LINE_END).partition(b' ')
        if not line.endswith(_LINE_END) or checksum != _checksum(text):
            return
        try:
            value = json.loads(text.decode('utf-8'))
        except ValueError:
            return
        end += len(line)
        yield value, end


def _differences(old, new):
    if not isinstance(old, dict):
        return 'everything'
    return ', '.join(sorted(name for name in set(old) | set(new) if old.get(name) != new.get(name)))
