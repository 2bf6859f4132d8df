"""The whole examination, part by part.

Parts are imported one by one, when their turn has come: what one of them lacks is a finding, and the others are still heard.
"""

import importlib
import os
import sys
from contextlib import contextmanager
from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .findings import FAIL, Finding, Section, examined

# Heading, module and function of what is always examined.
PARTS = (('Native parts', 'native_parts', 'examine_native_parts'), ('Machine', 'devices', 'examine_machine'),
         ('TensorFlow', 'devices', 'examine_tensorflow'), ('Environment', 'environment', 'examine_environment'),
         ('Sound', 'sound', 'examine_sound'), ('Places and limits', 'places', 'examine_places'))


class Asked(NamedTuple):
    """What to examine beside machine and installation."""

    data_sets: Sequence[str] = ()  # CSV or SDB files
    checkpoint_dir: str = ''
    alphabet: str = ''  # path; empty: that of the checkpoint, else the characters of each set


def examine(asked: Asked, checkout: str) -> List[Finding]:
    """Returns all findings.

    Args:
      asked: what else to examine.
      checkout: the directory with requirements.txt.
    """
    findings = examined('Software', lambda section: _function('software', 'examine_software')(section, checkout))
    lacks_client = any(finding.name == 'deepspeech' and finding.status == FAIL for finding in findings)
    with _in_front(os.path.join(checkout, 'native_client', 'python'), lacks_client):
        return findings + _others(asked, checkout)


@contextmanager
def _in_front(directory: str, is_needed: bool) -> Iterator[None]:
    """Lets the client of the checkout stand in for one that is missing or not ours, so that the rest can be examined."""
    before = list(sys.path)
    sys.path[:0] = [directory] if is_needed else []
    try:
        yield
    finally:
        sys.path[:] = before


def _others(asked: Asked, checkout: str) -> List[Finding]:
    """Returns what is found beside the packages."""
    findings: List[Finding] = []
    for heading, module, function in PARTS:
        findings += examined(heading, lambda section, module=module, function=function: _function(  # type: ignore[misc]
            module, function)(section))
    of_checkpoint: List[Any] = []  # the alphabet
    if asked.checkpoint_dir:
        findings += examined(f'Checkpoints in {asked.checkpoint_dir}', lambda section: of_checkpoint.append(
            _function('stored_runs', 'examine_checkpoints')(section, asked.checkpoint_dir).alphabet))
    return findings + _data_sets(asked, of_checkpoint[0] if of_checkpoint else None, checkout)


def _data_sets(asked: Asked, of_checkpoint: Optional[Any], checkout: str) -> List[Finding]:
    """Returns what is found in data sets, and between them."""
    findings: List[Finding] = []
    sets: List[Any] = []
    alphabets: List[Any] = [of_checkpoint]
    default = os.path.join(checkout, 'data', 'alphabet.txt')

    def read_alphabet(section: Section) -> None:
        alphabets[0] = _function('..text.alphabet', 'Alphabet').from_file(asked.alphabet, '--alphabet')
        section.ok('labels', alphabets[0].size)
        for sentence in alphabets[0].warnings():
            section.warn('labels', sentence, 'change the file before the first training: models keep their alphabet')
        if of_checkpoint is not None and of_checkpoint != alphabets[0]:
            section.fail('checkpoint', f'has another alphabet, of {of_checkpoint.size} labels', 'pass that one, or take the '
                         'model over into another alphabet with --drop_source_layers 1')

    if asked.alphabet:
        findings += examined(f'Alphabet {asked.alphabet}', read_alphabet)
    for path in asked.data_sets:
        findings += examined(f'Data set {os.path.relpath(path)}', lambda section, path=path: sets.append(  # type: ignore[misc]
            _function('data_sets', 'examine_data_set')(section, path, alphabets[0], default)))
    found = [each for each in sets if each is not None]
    if len(found) > 1:
        findings += examined('Between data sets', lambda section: _function('data_sets', 'examine_overlaps')(section, found))
    return findings


def _function(module: str, name: str) -> Any:
    """Returns something of a module beside this one, or of another part of the package."""
    return getattr(importlib.import_module(module if module[0] == '.' else f'.{module}', __package__), name)


def split_list(texts: Sequence[str]) -> Tuple[str, ...]:
    """Returns paths that stand in several arguments, or in one with commas between them, as flags of the trainer have them."""
    return tuple(path for text in texts for path in text.split(',') if path)
