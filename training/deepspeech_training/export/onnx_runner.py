"""Runs exported ONNX files with onnxruntime, as `deepspeech.network.Network` runs the others: whole utterances."""

import numpy as np
from deepspeech.errors import FAIL_CREATE_SESS, DeepSpeechError

from ..settings.features import N_CONTEXT, N_INPUT, WINDOW_FRAMES
from .feature_matrices import CLIENT_SCALE

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
    """An ONNX file of ours, opened. Raises DeepSpeechError if onnxruntime does not take it."""

    def __init__(self, path: str) -> None:
        import onnxruntime

        try:
            self._session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
        except Exception as error:  # the runtime's own classes, of its own module, have no other base
            raise DeepSpeechError('CreateModel', FAIL_CREATE_SESS, f'{path}: {error}') from error
        properties = self._session.get_modelmeta().custom_metadata_map
        self._n_steps = int(properties['n_steps'])
        rate_hz, window_ms, step_ms = (int(properties[f'metadata_{name}'])
                                       for name in ('sample_rate', 'feature_win_len', 'feature_win_step'))
        self._window_samples, self._step_samples = rate_hz * window_ms // 1000, rate_hz * step_ms // 1000
        state = next(given for given in self._session.get_inputs() if given.name == 'previous_state_c')
        self._zero_state = [np.zeros((1, state.shape[1]), np.float32)] * 2

    def features(self, samples: np.ndarray) -> np.ndarray:
        """Returns the frames of an utterance, int16 [n_samples], float32 [n_frames, 26]."""
        sound = with_end(samples, self._window_samples, self._step_samples)
        return self._run(['mfccs'], sound, NO_WINDOWS, self._zero_state)[0]

    def probabilities(self, samples: np.ndarray) -> np.ndarray:
        """Returns float32 [n_frames, labels + 1] of an utterance, int16 [n_samples]: `n_steps` frames a call."""
        frames = np.pad(self.features(samples), [(N_CONTEXT, N_CONTEXT), (0, 0)], 'constant')
        windows = np.stack([frames[at:at + WINDOW_FRAMES] for at in range(len(frames) - 2 * N_CONTEXT)])
        parts, state = [], self._zero_state
        for start in range(0, len(windows), self._n_steps):
            part, *state = self._run(['logits', 'new_state_c', 'new_state_h'], NO_SAMPLES,
                                     windows[np.newaxis, start:start + self._n_steps], state)
            parts.append(part[:, 0])
        return np.concatenate(parts)

    def _run(self, outputs, samples, windows, state):
        return self._session.run(outputs, {
            'input_samples': samples, 'input_node': windows, 'input_lengths': np.array([windows.shape[1]], np.int32),
            'previous_state_c': state[0], 'previous_state_h': state[1]})


def with_end(samples: np.ndarray, window: int, step: int) -> np.ndarray:
    """Returns int16 samples as clients scale them, float32, with zeros for the frame that they add at an utterance's end.

    Args:
      samples: int16 [n_samples].
      window, step: samples of one frame, and from one frame to the next.
    """
    n_frames = (len(samples) - window) // step + 2 if len(samples) >= window else 1
    padded = np.zeros(window + (n_frames - 1) * step, np.float32)
    padded[:len(samples)] = samples[:len(padded)]
    return padded / np.float32(CLIENT_SCALE)
