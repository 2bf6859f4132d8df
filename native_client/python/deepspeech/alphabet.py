"""The alphabet of a model: inside it since release 0.5, in a file beside it before."""

import os
from typing import Union

from ds_ctcdecoder import ctcdecode

from .errors import INVALID_ALPHABET, DeepSpeechError, ModelError
from .inference.legacy_network import LegacyNetwork
from .inference.network import Network

AnyNetwork = Union[Network, LegacyNetwork]
AlphabetPath = Union[None, str, 'os.PathLike[str]']


def labels_of(network: AnyNetwork, path: AlphabetPath) -> ctcdecode.Alphabet:
    """Returns the native alphabet of a model.

    Args:
      network: of these, a LegacyNetwork has no alphabet.
      path: of the alphabet file, or None.
    Raises:
      ModelError: the alphabet is missing or damaged, has not one label per output, or is not that of the file.
      DeepSpeechError: the file is no alphabet.
    """
    given = None if path is None else _read(path)
    if network.alphabet is None and given is None:
        raise ModelError(INVALID_ALPHABET, 'models of releases before 0.5 have no alphabet in them; pass the '
                                           'alphabet.txt it was trained with as alphabet_path (on the command line: '
                                           '--alphabet).')
    if network.alphabet is None:
        _check_size(given, network, f'the alphabet {path}', 'pass')
        return given
    labels = _deserialized(network.alphabet)
    _check_size(labels, network, 'its alphabet', 'export the model anew with')
    if given is not None:
        _compare(labels, given, path)
    return labels


def _read(path: Union[str, 'os.PathLike[str]']) -> ctcdecode.Alphabet:
    try:
        return ctcdecode.Alphabet.from_file(os.fsencode(path))
    except ValueError as error:
        raise DeepSpeechError('CreateModel', INVALID_ALPHABET, str(error)) from error


def _deserialized(data: bytes) -> ctcdecode.Alphabet:
    try:
        return ctcdecode.Alphabet.from_serialized(data)
    except (TypeError, ValueError) as error:
        raise ModelError(INVALID_ALPHABET, f'the alphabet in it cannot be read ({error}); get the file again or export '
                                           f'the model anew.') from error


def _check_size(labels: ctcdecode.Alphabet, network: AnyNetwork, name: str, advice: str) -> None:
    if labels.size + 1 != network.n_classes:
        raise ModelError(INVALID_ALPHABET, f'{name} has {labels.size} labels, but its network tells '
                                           f'{network.n_classes - 1} apart; {advice} the alphabet it was trained with.')


def _compare(labels: ctcdecode.Alphabet, given: ctcdecode.Alphabet, path: AlphabetPath) -> None:
    """Raises ModelError unless the alphabet of a file is that of the model."""
    advice = 'leave the file out, this model does not need it.'
    if given.size != labels.size:
        raise ModelError(INVALID_ALPHABET, f'the alphabet in it has {labels.size} labels, {path} has {given.size}; '
                                           f'{advice}')
    for number in range(labels.size):
        if given.label(number) != labels.label(number):
            raise ModelError(INVALID_ALPHABET, f'label {number} is {_shown(labels, number)} in it and '
                                               f'{_shown(given, number)} in {path}; {advice}')


def _shown(labels: ctcdecode.Alphabet, number: int) -> str:
    return repr(labels.label(number).decode('utf-8', 'backslashreplace'))
