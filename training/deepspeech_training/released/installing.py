"""Brings a released file to where it can be used: whole and verified, an archive unpacked once, its paths those of here."""

import os
from typing import List

from deepspeech.errors import ModelError
from deepspeech.formats.content import HEAD_BYTES, explain, open_regular, recognise
from deepspeech.formats.frozen_graph import map_file, read_graph

from ..checkpoints.state_file import KINDS, content_of_state_file, read_state_file
from ..console.log import Log
from ..corpora.fetching.archives import is_unpacked, unpack, without_suffix
from ..corpora.fetching.sources import ARCHIVES, fetch, is_there
from ..errors import CheckpointError, DataError
from ..paths import write_atomically
from .naming import Wanted

GRAPHS = ('.pb', '.pbmm')
_LANGUAGE_MODELS = ('.scorer', '.binary')


def install(wanted: Wanted, directory: str, offline: bool, log: Log) -> List[str]:
    """Returns the paths of what a file has become: itself, or the directory that an archive was unpacked to; [] if it is
    one of a release that nobody has put there.

    What is done is not done again, and needs the archive no more. Killed at any moment, the next call goes on.

    Args:
      directory: archives are unpacked into a new directory in it.
    Raises:
      DataError, CheckpointError: it cannot be had, or is damaged, or no model.
    """
    name = wanted.source.name
    is_archive = name.lower().endswith(ARCHIVES)
    target = os.path.join(directory, without_suffix(name))
    if is_archive and is_unpacked(target) and not is_there(wanted.source, wanted.directory):
        relocate(target, log)
        return [target]
    if not wanted.is_named and not is_there(wanted.source, wanted.directory):
        log.info(f'{os.path.join(wanted.directory, name)} is not there, and left out.')
        return []
    path = fetch(wanted.source, wanted.directory, offline, log)
    if is_archive:
        relocate(unpack(path, target, log), log)
        return [target]
    check_model(path)
    return [path]


def check_model(path: str) -> None:
    """Makes sure that a file is the model that its name says, and graphs whole.

    Raises:
      DataError: it is not.
    """
    name = path.lower()
    try:
        if name.endswith(GRAPHS):
            read_graph(map_file(path))
            return
        with open_regular(path) as file:
            head = file.read(HEAD_BYTES)
    except (ModelError, ValueError, OSError) as error:
        reason = getattr(error, 'strerror', None) or str(error).rstrip('.')
        raise DataError(f'{path}: {reason}; get it again.') from error
    content = recognise(head)
    expected = 'a binary language model of KenLM' if name.endswith(_LANGUAGE_MODELS) else 'a TensorFlow Lite model'
    if content is None or content.name != expected:
        raise DataError(f'{path}: {explain(head, expected) or f"this is not {expected}"}; get it again.')


def relocate(directory: str, log: Log) -> None:
    """Makes names in this directory of the paths in state files, which are those of the machine that they were made on.

    State files without such paths stay as they are: a training has gone on from them, perhaps.

    Raises:
      CheckpointError: a state file cannot be read or written.
    """
    for place, _, names in sorted(os.walk(directory)):
        for kind in KINDS.values():
            if kind.state_file in names:
                _relocate(place, kind.state_file, log)


def _relocate(directory: str, state_file: str, log: Log) -> None:
    path = os.path.join(directory, state_file)
    try:
        with open_regular(path) as file:
            content = file.read()
    except OSError as error:
        raise CheckpointError(f'{path}: cannot be read ({error.strerror}).') from error
    if b'/' not in content and b'\\' not in content:
        return
    said = read_state_file(directory, state_file)
    if not said.is_by_hand:
        log.warn(f'{path} is damaged, and stays as it is; the trainer looks for whole checkpoints itself.')
        return
    text = content_of_state_file(said.names)
    write_atomically(path, text.encode('utf-8', 'surrogateescape'), CheckpointError)
    missing = [name for name in said.names if not os.path.exists(os.path.join(directory, f'{name}.index'))]
    log.info(f'{path} names {", ".join(said.names)} in this directory now.'
             + (f' Not released with it: {", ".join(missing)}.' if missing else ''))
