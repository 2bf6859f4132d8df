"""Aligns recordings with their texts: which ones, and what is written for each."""

import os
from typing import Iterator, List, NamedTuple, Optional, Sequence

from deepspeech.audio import read_audio
from deepspeech.errors import AudioError

from ..console.log import Log
from ..data.csv_source import read_csv
from ..data.utterance import RecordedFile
from ..errors import ConfigError, DataError
from ..paths import write_atomically
from ..settings.recordings import ENDINGS, AlignmentConfig
from ..text.files import read_text
from .acoustics import Acoustics
from .aligned import align
from .clips import ClipFolder, runs_of, spoken_in
from .results import WRITERS, Heard
from .sources import AUDIO_ENDINGS, Task, check_apart

MOST_TEXT_BYTES = 1 << 28
FAILED, N_EXAMPLES = 1, 20
N_WORDS_SHOWN = 5


class TextTask(NamedTuple):
    """A recording with its text, and the results."""

    task: Task
    text: Optional[str]  # None: it is in the file `text_path`
    text_path: str

    def read_text(self) -> str:
        """Returns the text. Raises DataError: it cannot be read."""
        if self.text is not None:
            return self.text
        return read_text(self.text_path, 'a text', MOST_TEXT_BYTES, '--transcript').text


def find_alignments(config: AlignmentConfig, log: Log) -> List[TextTask]:
    """Returns what there is to align.

    Raises:
      ConfigError: something was asked for that does not go together.
      DataError: there is nothing to align.
    """
    if not config.source:
        raise ConfigError('there is nothing to align; pass an audio file, a directory or a CSV file with --src.')
    if not (config.formats or config.clips_dir):
        raise ConfigError('nothing would be written; pass --output_format or --clips_dir.')
    found = list(_found(config, log))
    check_apart([each.task for each in found])
    _check_clips_dir(found, config)
    return found


def _check_clips_dir(found: Sequence[TextTask], config: AlignmentConfig) -> None:
    """Raises ConfigError where clips would lie among recordings: a clip may have the name of one."""
    directory = os.path.realpath(config.clips_dir) if config.clips_dir else ''
    among = [each.task.source for each in found if os.path.dirname(os.path.realpath(each.task.source)) == directory]
    if among:
        raise ConfigError(f'--clips_dir {config.clips_dir}: {among[0]} is in it, and a clip might take the place of a '
                          f'recording; name another directory.')


def _found(config: AlignmentConfig, log: Log) -> Iterator[TextTask]:
    is_many = os.path.isdir(config.source) or config.source.lower().endswith('.csv')
    if is_many and config.transcript:
        raise ConfigError(f'--transcript {config.transcript}: it is for a single recording; those of {config.source} have '
                          f'their own.')
    if is_many and config.target and not os.path.isdir(config.target):
        raise ConfigError(f'--dst {config.target}: results of several recordings need a directory that is there.')
    if os.path.isdir(config.source):
        paths = sorted(os.path.join(config.source, name) for name in os.listdir(config.source)
                       if name.lower().endswith(AUDIO_ENDINGS) and os.path.exists(_beside(os.path.join(config.source, name))))
        if not paths:
            raise DataError(f'{config.source}: no audio file in it has a text beside it; x.wav goes with x.txt.')
        for path in paths:
            yield TextTask(_task(path, config, in_directory=True), None, _beside(path))
    elif is_many:
        for row in read_csv(config.source, notice=log.warn):
            assert isinstance(row.recording, RecordedFile)
            yield TextTask(_task(row.recording.path, config, in_directory=True), row.transcript or '', '')
    else:
        yield TextTask(_task(config.source, config, in_directory=os.path.isdir(config.target)), None,
                       config.transcript or _beside(config.source))


def _beside(path: str) -> str:
    return os.path.splitext(path)[0] + '.txt'


def _task(path: str, config: AlignmentConfig, in_directory: bool) -> Task:
    """Returns the Task of a recording; texts end in .aligned.txt, because .txt is what was aligned."""
    if config.target and not in_directory:
        if len(config.formats) != 1:
            raise ConfigError(f'--dst {config.target}: that is one file for {len(config.formats)} formats; name one, or a '
                              f'directory.')
        return Task(path, {config.formats[0]: config.target})
    stem = os.path.splitext(os.path.join(config.target, os.path.basename(path)) if config.target else path)[0]
    return Task(path, {name: stem + ('.aligned.txt' if name == 'text' else ENDINGS[name]) for name in config.formats})


class Aligner:
    """Aligns one recording after the other.

    Args:
      acoustics: what hears them.
      config: what to write.
      log: for what happens.
    """

    def __init__(self, acoustics: Acoustics, config: AlignmentConfig, log: Log) -> None:
        self._acoustics, self._config, self._log = acoustics, config, log
        self._folder = ClipFolder(config.clips_dir) if config.clips_dir else None

    def over(self, tasks: Sequence[TextTask]) -> int:
        """Aligns all that is not done yet; returns the exit code, 1 where one failed."""
        left = [each for each in tasks if self._config.force or not self._is_done(each)]
        if not left and len(tasks) == 1:
            raise DataError(f'{tasks[0].task.source}: its results are there already, nothing was done; make them anew with '
                            f'--force.')
        if len(left) < len(tasks):
            self._log.info(f'{len(tasks) - len(left)} of {len(tasks)} recordings have their results already; --force makes '
                           f'them anew.')
        failed = []
        for each in left:
            try:
                self._align(each)
            except (AudioError, DataError) as error:
                sentence = str(error)
                named = sentence if each.task.source in sentence else f'{each.task.source}: {sentence}'
                self._log.error(named)
                failed.append(named)
        if not failed:
            return 0
        self._log.error(f'{len(failed)} of {len(left)} recordings were not aligned:')
        for sentence in failed[:N_EXAMPLES]:
            self._log.plain(f'  {sentence}')
        return FAILED

    def _is_done(self, each: TextTask) -> bool:
        return each.task.is_done and (self._folder is None or self._folder.has(each.task.source))

    def _align(self, each: TextTask) -> None:
        source, rate_hz = each.task.source, self._acoustics.rate_hz
        samples = read_audio(source, rate_hz)
        aligned = align(samples, each.read_text(), self._acoustics)
        runs = runs_of(aligned, self._config.clips, self._acoustics.step_s)
        unwritten = [word.text for word in aligned.words if not word.spelling]
        if unwritten:
            self._log.warn(f'{source}: {len(unwritten)} of its {len(aligned.words)} words cannot be written with the alphabet '
                           f'and get no time: {", ".join(dict.fromkeys(unwritten[:N_WORDS_SHOWN]))}.')
        heard = Heard(source, aligned.duration_s, spoken_in(aligned, runs))
        score = float(aligned.losses.sum()) / sum(len(word.spelling) for word in aligned.words)
        said = f'{source}: {len(aligned.timed)} words in {aligned.duration_s:.1f} s, score {score:.2f}'
        if self._folder is not None:
            n_clips, total_s = self._folder.add(source, samples, rate_hz, aligned, runs)
            said += f'; {n_clips} clips of {total_s:.1f} s in all, {len([run for run in runs if run.reason])} runs left out'
        for kind, path in each.task.targets.items():
            write_atomically(path, WRITERS[kind](heard), DataError)
        self._log.info(said)
