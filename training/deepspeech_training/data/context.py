"""Frames with what is around them: the network sees every frame in a window of 19."""

import numpy as np

from ..config import N_CONTEXT


def in_context(frames):
    """Returns the frames of an utterance between the context of its first and of its last one, which is zeros.

    Args:
      frames: float32 [n_frames, 26].
    Returns:
      float32 [n_frames + 18, 26].
    """
    padded = np.zeros((len(frames) + 2 * N_CONTEXT, frames.shape[1]), np.float32)
    padded[N_CONTEXT:-N_CONTEXT] = frames
    return padded
