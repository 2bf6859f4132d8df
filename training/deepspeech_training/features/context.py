"""Frames with what is around them: the network sees every frame in a window of 19."""

import numpy as np
from deepspeech.features.legacy import whitened

from ..settings.config import N_CONTEXT


def in_context(frames, whiten):
    """Returns the frames of an utterance between the context of its first and of its last one.

    That context is zeros. Where features are whitened, so is it: v0.1 took mean and deviation over all windows written out,
    zeros included, and subtracted the mean from these as well.

    Args:
      frames: float32 [n_frames, 26].
      whiten: whether to make the mean of all windows 0 and their deviation 1.
    Returns:
      float32 [n_frames + 18, 26].
    """
    padded = np.zeros((len(frames) + 2 * N_CONTEXT, frames.shape[1]), np.float32)
    padded[N_CONTEXT:-N_CONTEXT] = frames
    return whitened(padded) if whiten else padded
