"""What lies in the directories of released models, and the commands that go on from there."""

import os
import shlex
from typing import Iterable, Iterator, List, NamedTuple

from ..errors import DataError

_LANGUAGE_MODEL, _TRIE, _ALPHABET = 'lm.binary', 'trie', 'alphabet.txt'


class Models(NamedTuple):
    """Paths of what was found."""

    checkpoint_dirs: List[str]
    exported: List[str]  # .pbmm before .pb before .tflite
    scorers: List[str]
    language_models: List[str]
    tries: List[str]
    alphabets: List[str]


def find_models(paths: Iterable[str]) -> Models:
    """Returns what lies at `paths`, which are files and directories.

    Raises:
      DataError: there is nothing that anything could be done with.
    """
    files = [file for path in paths for file in _files_at(path)]
    names = [(os.path.basename(file), file) for file in files]
    models = Models(
        checkpoint_dirs=sorted({os.path.dirname(file) for file in files if file.endswith('.index')}),
        exported=[file for ending in ('.pbmm', '.pb', '.tflite') for file in files if file.endswith(ending)],
        scorers=[file for file in files if file.endswith('.scorer')],
        language_models=[file for name, file in names if name == _LANGUAGE_MODEL],
        tries=[file for name, file in names if name == _TRIE],
        alphabets=[file for name, file in names if name == _ALPHABET])
    if not any(models):
        raise DataError(f'{", ".join(paths) or "this"}: there is no checkpoint, no exported model and no language model in it.')
    return models


def next_steps(models: Models) -> List[str]:
    """Returns what to do with them, a line each."""
    audio, data = 'recording.wav', '--train_files train.csv --dev_files dev.csv'
    alphabet = _flag('--alphabet_config_path', models.alphabets)
    language = _flag('--scorer_path', models.scorers) or (
        _flag('--lm_binary_path', models.language_models) + _flag('--lm_trie_path', models.tries))
    lines = []
    for directory in map(shlex.quote, models.checkpoint_dirs):
        lines += [f'Continue training:  python DeepSpeech.py --load_checkpoint_dir {directory} '
                  f'--save_checkpoint_dir checkpoints{alphabet}{language} {data}',
                  f'Transcribe with it: python transcribe.py --src {audio} --checkpoint_dir {directory}{alphabet}{language}']
    if models.exported and not models.checkpoint_dirs and not models.exported[0].endswith('.tflite'):
        lines.append(f'Begin training:     python DeepSpeech.py{_flag("--initialize_from_frozen_model", models.exported)} '
                     f'--checkpoint_dir checkpoints{alphabet}{language} {data}')
    if models.exported:
        scorer = _flag('--scorer', models.scorers) or (
            _flag('--lm', models.language_models) + _flag('--trie', models.tries) + _flag('--alphabet', models.alphabets))
        lines.append(f'Transcribe:         deepspeech{_flag("--model", models.exported)}{scorer} --audio {audio}')
    if not lines:
        lines.append(f'Use it in training and test:{language or alphabet}')
    return lines


def _flag(flag: str, paths: List[str]) -> str:
    """Returns the flag with the first path and a blank before it; '' if there is none."""
    return f' {flag} {shlex.quote(paths[0])}' if paths else ''


def _files_at(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        yield path
    for place, _, names in sorted(os.walk(path)):
        yield from (os.path.join(place, name) for name in sorted(names))
