"""What is in a directory of checkpoints: the last and the best one, whether they are sound, how far their run has come."""

import math
import os
import time
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence

from ..checkpoints import metadata
from ..checkpoints.places import nothing_to_load, orphans, parts_alone
from ..checkpoints.state_file import KINDS, read_state_file
from ..digests import FileDigests
from ..errors import CheckpointError
from ..text.alphabet import Alphabet
from .asking import NoAnswerError, ask
from .findings import Section


class Run(NamedTuple):
    """What other examinations need of the model in a directory."""

    alphabet: Optional[Alphabet]


def examine_checkpoints(section: Section, directory: str) -> Run:
    """Adds what is in a directory of checkpoints, and returns what it says of the model. Writes nothing there."""
    described: Dict[str, Mapping[str, Any]] = {}
    try:
        n_named = sum([_kind(section, directory, kind, described) for kind in KINDS])
        if not n_named:
            section.fail('checkpoints', 'none', nothing_to_load(directory, 'load_evaluate'))
            return Run(None)
        alone = orphans(directory)
        if alone:
            section.warn('not listed', ', '.join(alone[:5]), 'no state file leads there, so they are not found by themselves: '
                         'name one with --load_train or --load_evaluate, or remove them')
        parts = parts_alone(directory)
        if parts:
            section.warn('parts', ', '.join(parts[:5]),
                         'of these some files are missing: copy them there too, or remove the rest')
    except CheckpointError as error:
        section.fail('checkpoints', error, 'restore the directory from a copy')
        return Run(None)
    foreign = [kind for kind, values in described.items() if not values]
    if foreign:
        _of_other_trainers(section, directory, foreign)
    return Run(_model(section, described))


def _kind(section: Section, directory: str, kind: str, described: Dict[str, Mapping[str, Any]]) -> int:
    """Adds the checkpoints of a kind, the newest first; returns how many the state file names."""
    state_file = KINDS[kind].state_file
    state = read_state_file(directory, state_file)
    if not state.as_written:
        section.fail(state_file, 'is damaged or was changed', 'the newest sound checkpoint is taken instead; if the change is '
                     'yours, remove the first line of the file')
    names = list(reversed(state.names))
    for place, name in enumerate(names):
        label = kind if not place else f'{kind}, {place} before'
        try:
            values = metadata.read_verified(os.path.join(directory, name), digests=FileDigests())
        except CheckpointError as error:
            if name not in read_state_file(directory, state_file).names:
                continue  # a training that runs has replaced it
            remedy = 'the one before is taken: restore it from a copy, or remove it'
            section.fail(label, f'damaged: {error}', remedy if names[place + 1:] else 'restore it from a copy')
            continue
        described[kind] = values
        step = _step(name)
        section.ok(label, f'{name}, update {step}, {_progress(values) if values else "of another trainer, without checksums"}')
        if names[place + 1:]:
            section.ok(f'{kind}, older', f'{len(names) - place - 1}, not looked at')
        break
    return len(names)


def _progress(values: Mapping[str, Any]) -> str:
    """Returns how far the run of a checkpoint has come."""
    progress = values.get('progress', {})
    parts = [f'sound, epoch {progress.get("epoch", 0)}, step {progress.get("position", 0)} of it']
    if progress.get('last_epoch'):
        parts.append(f'ends before epoch {progress["last_epoch"]}')
    best = progress.get('best')
    if isinstance(best, (int, float)) and math.isfinite(best):
        parts.append(f'best validation {progress.get("best_by", "loss")} {best:.4f}')
    if progress.get('loss_count'):
        parts.append(f'loss of the epoch so far {progress["loss_sum"] / progress["loss_count"]:.4f}')
    if values.get('saved_s'):
        parts.append(time.strftime('saved %Y-%m-%d %H:%M', time.localtime(values['saved_s'])))
    return ', '.join(parts)


def _model(section: Section, described: Mapping[str, Mapping[str, Any]]) -> Optional[Alphabet]:
    """Adds what the model is; returns its alphabet, if that is stored and is one of characters."""
    values: Mapping[str, Any] = next(filter(None, described.values()), {})
    if not values:
        return None
    shapes, versions = values.get('geometry', {}), values.get('versions', {})
    section.ok('model', ', '.join(f'{name} {value}' for name, value in shapes.items() if value is not None))
    section.ok('features', ', '.join(f'{name} {value}' for name, value in values.get('features', {}).items()))
    section.ok('written by', ', '.join(f'{name} {value}' for name, value in versions.items()))
    labels = values.get('alphabet')
    if isinstance(labels, str):
        section.ok('alphabet', 'bytes of UTF-8')
        return None
    if not labels:
        return None
    alphabet = Alphabet(labels, 'of the checkpoint')
    section.ok('alphabet', f'{alphabet.size} labels: {"".join(map(str, labels))!r}')
    n_outputs = shapes.get('n_outputs')
    if n_outputs not in (None, alphabet.size + 1):
        section.fail('alphabet', f'{alphabet.size} labels need {alphabet.size + 1} outputs, the model has {n_outputs}',
                     'the metadata are of another model: restore the checkpoint from a copy')
    return alphabet


def _of_other_trainers(section: Section, directory: str, kinds: Sequence[str]) -> None:
    """Adds what TensorFlow finds in checkpoints that nothing describes; it has checksums of all variables."""
    try:
        found = ask('checkpoints', [directory]).values
    except NoAnswerError as error:
        section.warn('other trainer', f'its checkpoints cannot be looked into without TensorFlow ({error.reason})',
                     error.remedy or 'install TensorFlow: bash bin/setup.sh')
        return
    for kind in kinds:
        values = found[kind]
        if values and 'error' in values:
            section.fail(kind, f'damaged: {values["error"]}', 'restore it from a copy, or choose another one')
        elif values:
            section.ok(kind, f'{os.path.basename(values["path"])}, sound, features as in '
                             f'{" or ".join(values["feature_sets"])}: '
                             + ', '.join(f'{name} {value}' for name, value in values['geometry'].items()))


def _step(path: str) -> str:
    return path.rsplit('-', 1)[-1]
