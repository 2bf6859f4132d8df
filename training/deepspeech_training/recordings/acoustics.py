"""The network of an exported model or of a checkpoint, by what recordings need of it: sound in, probabilities of labels out."""

import abc
from typing import List, Optional, Sequence

import numpy as np
from deepspeech.errors import DeepSpeechError as ClientError
from deepspeech.errors import ModelError
from deepspeech.formats.frozen_graph import map_file, read_graph
from deepspeech.formats.tflite import is_tflite, read_tflite
from deepspeech.network import Network

from ..errors import ExportError
from ..text.alphabet import Alphabet


class Acoustics(abc.ABC):
    """An acoustic model.

    Attributes:
      alphabet: of its labels; the blank comes after them.
      rate_hz: of the sound.
      step_samples: from frame to frame.
      in_threads: whether several threads are to use it at once, a recording each; if not, it takes all processor cores itself.
    """

    alphabet: Alphabet
    rate_hz: int
    step_samples: int
    in_threads = False

    @property
    def step_s(self) -> float:
        """Seconds from frame to frame."""
        return self.step_samples / self.rate_hz

    @abc.abstractmethod
    def probabilities(self, sounds: Sequence[np.ndarray]) -> List[np.ndarray]:
        """Returns float32 [n_frames, n_labels + 1] of each sound, int16 [n_samples] at `rate_hz`."""


class ExportedModel(Acoustics):
    """An exported model, run by the client's library; it needs no TensorFlow.

    Args:
      path: `.pb`, `.pbmm` or `.tflite`.
      alphabet: that of the model.
    Raises:
      ExportError: it cannot be used, or has another number of labels.
    """

    in_threads = True

    def __init__(self, path: str, alphabet: Alphabet) -> None:
        try:
            self._network = Network(path, n_threads=1)
        except ClientError as error:
            raise ExportError(f'{path}: {error}') from error
        self.alphabet, self.rate_hz, self.step_samples = alphabet, self._network.rate_hz, self._network.step_samples
        if self._network.n_classes != alphabet.size + 1:
            raise ExportError(f'{path}: the model has {self._network.n_classes} outputs, the alphabet {alphabet.source} needs '
                              f'{alphabet.size + 1}; pass the one it was trained with by --alphabet_config_path.')

    def probabilities(self, sounds: Sequence[np.ndarray]) -> List[np.ndarray]:
        return [self._network.probabilities(np.ascontiguousarray(sound)) for sound in sounds]


def alphabet_in(path: str) -> Optional[Alphabet]:
    """Returns the alphabet stored in an exported model; None: there is none, as in models before 0.6.

    Raises:
      ExportError: it is no model.
    """
    try:
        data = map_file(path)
        nodes = read_tflite(data) if is_tflite(data) else read_graph(data)
    except (OSError, ValueError) as error:
        raise ExportError(f'{path}: cannot be read ({getattr(error, "strerror", None) or "it is empty"}); pass an exported '
                          f'model (.pb, .pbmm, .tflite).') from error
    except ModelError as error:
        raise ExportError(f'{path}: {error.detail}') from error
    for node in nodes:
        if node.name == 'metadata_alphabet' and 'value' in node.attributes:
            return Alphabet.from_serialized(bytes(np.ravel(node.attributes['value'])[0]), path)
    return None
