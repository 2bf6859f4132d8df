"""Runs exported ONNX files with onnxruntime, as a `deepspeech.inference.Network` runs the others."""

from typing import List, Sequence, Tuple

import numpy as np
from deepspeech.errors import FAIL_CREATE_SESS, ModelError
from deepspeech.inference import Listener

from ..settings.features import N_CONTEXT, N_INPUT, WINDOW_FRAMES

NO_WINDOWS = np.zeros((1, 0, WINDOW_FRAMES, N_INPUT), np.float32)
NO_SAMPLES = np.zeros(0, np.float32)


def has_runtime() -> bool:
    """Returns whether onnxruntime is installed."""
    try:
        import onnxruntime  # noqa: F401 - an optional package
    except ImportError:
        return False
    return True


class OnnxNetwork:
    """An ONNX file of ours, opened. Raises ModelError if onnxruntime does not take it."""

    n_context, n_features = N_CONTEXT, N_INPUT

    def __init__(self, path: str) -> None:
        import onnxruntime

        try:
            self._session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
        except Exception as error:  # the runtime's own classes, of its own module, have no other base
            raise ModelError(FAIL_CREATE_SESS, f'{path}: {error}') from error
        properties = self._session.get_modelmeta().custom_metadata_map
        self.n_steps = int(properties['n_steps'])
        rate_hz, window_ms, step_ms = (int(properties[f'metadata_{name}'])
                                       for name in ('sample_rate', 'feature_win_len', 'feature_win_step'))
        self.window_samples, self.step_samples = rate_hz * window_ms // 1000, rate_hz * step_ms // 1000
        state = next(given for given in self._session.get_inputs() if given.name == 'previous_state_c')
        self.zero_state = (np.zeros((1, state.shape[1]), np.float32),) * 2

    def listener(self) -> Listener:
        """Returns what takes an utterance in pieces and gives its probabilities as they come."""
        return Listener(self)  # type: ignore[arg-type]  # all of a Network that it asks for is here

    def features(self, samples: np.ndarray) -> np.ndarray:
        """Returns the frames of all whole windows in samples, float32 [n_samples]: float32 [n_frames, 26]."""
        return self._run(['mfccs'], samples, NO_WINDOWS, self.zero_state)[0]

    def probabilities(self, windows: np.ndarray, state: Sequence[np.ndarray]) -> Tuple[np.ndarray, Sequence[np.ndarray]]:
        """Runs consecutive windows, `n_steps` of them a call.

        Args:
          windows: float32 [n, 19, 26].
          state: c and h, both float32 [1, n_hidden].
        Returns:
          (probabilities float32 [n, labels + 1], new state).
        """
        parts = []
        for start in range(0, len(windows), self.n_steps):
            part, *state = self._run(['logits', 'new_state_c', 'new_state_h'], NO_SAMPLES,
                                     windows[np.newaxis, start:start + self.n_steps], state)
            parts.append(part[:, 0])
        return np.concatenate(parts), state

    def _run(self, outputs: List[str], samples: np.ndarray, windows: np.ndarray,
             state: Sequence[np.ndarray]) -> List[np.ndarray]:
        return self._session.run(outputs, {
            'input_samples': samples, 'input_node': windows, 'input_lengths': np.array([windows.shape[1]], np.int32),
            'previous_state_c': state[0], 'previous_state_h': state[1]})
