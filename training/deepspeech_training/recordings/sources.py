"""Which recordings to transcribe, and where the results go."""

import json
import os
from typing import Dict, List, NamedTuple, Sequence, Set

from ..errors import ConfigError, DataError
from ..settings.recordings import ENDINGS, TranscriptionConfig
from ..text.files import read_text

CATALOG, MOST_CATALOG_BYTES = '.catalog', 1 << 30
AUDIO_ENDINGS = ('.wav', '.wave', '.flac', '.ogg', '.oga', '.opus', '.mp3', '.aif', '.aiff', '.au', '.caf', '.w64')


class Task(NamedTuple):
    """A recording, and the path of its result in each format."""

    source: str
    targets: Dict[str, str]

    @property
    def is_done(self) -> bool:
        """Whether all results are there; a result appears whole or not at all."""
        return all(os.path.exists(path) for path in self.targets.values())


def find_tasks(config: TranscriptionConfig) -> List[Task]:
    """Returns what there is to transcribe, in the order of the paths or of the catalog.

    Raises:
      ConfigError: something was asked for that does not go together.
      DataError: there is nothing to transcribe, or a catalog is damaged.
    """
    if not config.source:
        raise ConfigError('there is nothing to transcribe; pass an audio file, a .catalog file or a directory with --src.')
    if not config.formats:
        raise ConfigError(f'--output_format is empty; name some of {", ".join(ENDINGS)}.')
    is_catalog, is_directory = config.source.endswith(CATALOG), os.path.isdir(config.source)
    if config.target and (is_catalog or is_directory):
        raise ConfigError(f'--dst {config.target}: it is for a single audio file; the results of {config.source} go '
                          f'{"where the catalog says" if is_catalog else "beside the audio files"}, leave the flag out.')
    tasks = _of_catalog(config) if is_catalog else _of_directory(config) if is_directory else [_of_file(config)]
    check_apart(tasks)
    return tasks


def _of_file(config: TranscriptionConfig) -> Task:
    if not config.target:
        return Task(config.source, _beside(config.source, config.formats))
    if len(config.formats) > 1:
        raise ConfigError(f'--dst {config.target}: that is one file for {len(config.formats)} formats; name one, or leave '
                          f'--dst out.')
    (kind,) = config.formats
    if kind == 'tlog':  # unless the ending says otherwise; .json does not, because a .tlog is JSON, too
        endings = {ending.lower(): name for name, ending in ENDINGS.items() if name != 'json'}
        kind = endings.get(os.path.splitext(config.target)[1].lower(), kind)
    if not os.path.isdir(os.path.dirname(os.path.abspath(config.target))):
        raise ConfigError(f'--dst {config.target}: its directory does not exist; make it first.')
    return Task(config.source, {kind: config.target})


def _of_directory(config: TranscriptionConfig) -> List[Task]:
    found: List[str] = []
    seen: Set[str] = set()
    for directory, inside, names in os.walk(config.source, followlinks=True):
        if os.path.realpath(directory) in seen:  # by a link, which may lead around for ever
            inside.clear()
            continue
        seen.add(os.path.realpath(directory))
        found += [os.path.join(directory, name) for name in names if name.lower().endswith(AUDIO_ENDINGS)]
        if not config.recursive:
            inside.clear()
    if not found:
        advice = '' if config.recursive else ', or take the directories in it with --recursive'
        raise DataError(f'{config.source}: there is no audio file in it ({", ".join(AUDIO_ENDINGS)}); name another '
                        f'directory{advice}.')
    return [Task(path, _beside(path, config.formats)) for path in sorted(found)]


def _of_catalog(config: TranscriptionConfig) -> List[Task]:
    path = config.source
    try:
        entries = json.loads(read_text(path, 'a catalog', MOST_CATALOG_BYTES, '--src').text)
        folder = os.path.dirname(os.path.abspath(path))
        pairs = [(os.path.join(folder, each['audio']), os.path.join(folder, each['tlog'])) for each in entries]
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f'{path}: it is no catalog, a JSON list of objects with "audio" and "tlog" ({error!r}).') from error
    missing = [source for source, _ in pairs if not os.path.exists(source)]
    if missing:
        raise DataError(f'{path}: {len(missing)} of its {len(pairs)} audio files do not exist, for example {missing[0]}.')
    for _, target in pairs:
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        except OSError as error:
            raise DataError(f'{path}: the directory of {target} cannot be made ({error.strerror}).') from error
    return [Task(source, dict(_beside(target, config.formats), **({'tlog': target} if 'tlog' in config.formats else {})))
            for source, target in pairs]


def _beside(path: str, formats: Sequence[str]) -> Dict[str, str]:
    return {name: os.path.splitext(path)[0] + ENDINGS[name] for name in formats}


def check_apart(tasks: Sequence[Task]) -> None:
    """Raises ConfigError where two recordings have one result, or a recording would be written over."""
    sources: Dict[str, str] = {}
    recordings = {os.path.realpath(task.source) for task in tasks}
    for task in tasks:
        for target in task.targets.values():
            other = sources.setdefault(os.path.realpath(target), task.source)
            if other != task.source:
                raise ConfigError(f'{other} and {task.source} would both be written to {target}; rename one, or transcribe '
                                  f'them one after the other with --dst.')
            if os.path.realpath(target) in recordings:
                raise ConfigError(f'{target}: the result would take the place of a recording; choose another --dst.')
