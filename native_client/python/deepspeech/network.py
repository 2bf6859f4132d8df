"""The network of a model by itself, without decoding: audio in, frames and probabilities or logits of labels out.

    network = Network('output_graph.pbmm')
    probabilities = network.probabilities(samples)         # float32 [n_frames, n_classes] of int16 [n_samples]

Public: for whoever verifies a model, or searches its probabilities with a decoder of his own.
"""

import ctypes
from typing import Any

import numpy as np

from .library import ModelInfo, check, load_library
from .model import AlphabetPath, open_model
from .samples import MOST_AT_ONCE, AudioBuffer, samples_in


class Network:
    """An acoustic model.

    Args:
      path, alphabet_path, n_threads, weights: as those of a Model, except that weights stay as they are in the file ('stored').
    Attributes:
      rate_hz: of the samples.
      window_samples, step_samples: of one frame.
      n_features: values in a frame.
      n_context: frames on each side of the current one in a window.
      n_steps: frames that are computed at once; 0: whole utterances.
      n_classes: labels and the blank.
      n_threads: of a call.
      weights: the number format in use: 'float32', 'bf16' or 'int8'.
      kernels: the processor's instructions in use.
    Raises:
      DeepSpeechError: see Model.
    """

    def __init__(self, path: str, alphabet_path: AlphabetPath = None, n_threads: int = 0, weights: str = 'stored') -> None:
        self._library = load_library()
        self._handle = open_model(path, alphabet_path, n_threads, weights)
        info = ModelInfo(ctypes.sizeof(ModelInfo))
        check('GetModelInfo', self._library.DSX_GetModelInfo(self._handle.address, ctypes.byref(info)))
        self.rate_hz: int = info.rate_hz
        self.window_samples, self.step_samples = info.window_samples, info.step_samples
        self.n_features, self.n_context = info.n_features, info.n_context
        self.n_steps, self.n_classes, self.n_threads = info.n_steps, info.n_classes, info.n_threads
        self.weights, self.kernels = info.weights.decode(), info.kernels.decode()

    def probabilities(self, samples: AudioBuffer) -> np.ndarray:
        """Returns float32 [n_frames, n_classes] of an utterance, int16 [n_samples] at `rate_hz`."""
        return self._numbers('Probabilities', samples, self.n_classes)

    def logits(self, samples: AudioBuffer) -> np.ndarray:
        """Returns what softmax makes the probabilities of, float32 [n_frames, n_classes]; likewise."""
        return self._numbers('Logits', samples, self.n_classes)

    def features(self, samples: AudioBuffer) -> np.ndarray:
        """Returns the frames of an utterance, float32 [n_frames, n_features], of int16 [n_samples] at `rate_hz`."""
        return self._numbers('Features', samples, self.n_features)

    def _numbers(self, what: str, audio: AudioBuffer, width: int) -> np.ndarray:
        samples = samples_in(audio)
        if samples.n_samples > MOST_AT_ONCE:
            raise ValueError(f'{samples.n_samples} samples at once; there may be {MOST_AT_ONCE}, part them')
        numbers: Any = ctypes.POINTER(ctypes.c_float)()
        n_frames = ctypes.c_uint()
        function = getattr(self._library, f'DSX_{what}')
        check(what, function(self._handle.address, samples.address, samples.n_samples, ctypes.byref(numbers),
                             ctypes.byref(n_frames)))
        try:
            if not n_frames.value:
                return np.zeros((0, width), np.float32)
            return np.ctypeslib.as_array(numbers, (n_frames.value, width)).copy()
        finally:
            self._library.DSX_FreeNumbers(numbers)
