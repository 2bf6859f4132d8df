"""Windows of logits at the frame rate of a video: what research on talking heads feeds its networks with.

The recipe of that research, which took the graph of release 0.1.0:
1. Logits of the whole recording, what the last layer gives before softmax: a row every 20 ms.
2. Their rows are resampled to twice the rate of the video by linear interpolation, each class by itself. Row i belongs to the
   time i / rate in both; there are round(seconds * 2 * fps) rows; those behind the last one repeat it.
3. Eight rows of zeros are put before and after them.
4. Windows of 16 rows are cut out of that, each two rows after the one before it: one for each frame of the video.
So window k has the rows 2 k - 8 to 2 k + 7, and at 25 frames a second no row of the network is lost.

Short because the network is the client's.
"""

import numpy as np
from deepspeech.network import Network

WINDOW_ROWS, HOP_ROWS = 16, 2


def logit_windows(network: Network, samples: np.ndarray, fps: float) -> np.ndarray:
    """Returns the windows of a recording, float32 [n, 16, n_classes] with n = fps * seconds, rounded up at half frames.

    Args:
      samples: int16 [n_samples] at `network.rate_hz`.
      fps: frames of the video in a second.
    """
    n_rows = int(round(len(samples) / network.rate_hz * HOP_ROWS * fps))
    rows = resampled(network.logits(samples), network.rate_hz / network.step_samples, HOP_ROWS * fps, n_rows)
    zeros = np.zeros((WINDOW_ROWS // 2, network.n_classes), np.float32)
    padded = np.concatenate([zeros, rows, zeros])
    places = np.arange(0, n_rows, HOP_ROWS)[:, np.newaxis] + np.arange(WINDOW_ROWS)
    return padded[places]


def resampled(rows: np.ndarray, rate_hz: float, new_rate_hz: float, n_rows: int) -> np.ndarray:
    """Returns `n_rows` rows at `new_rate_hz` of those at `rate_hz`, float32; between two of them by linear interpolation."""
    times_s, new_times_s = np.arange(len(rows)) / rate_hz, np.arange(n_rows) / new_rate_hz
    columns = [np.interp(new_times_s, times_s, column) for column in rows.T]
    return np.stack(columns, axis=1).astype(np.float32)
