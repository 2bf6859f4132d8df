"""Sound that a page plays: WAV within the page, of limited size.

    players = Players()
    cell = players.player(samples, rate_hz)   # an Element, for a cell of a table; says so when the page has enough of them
"""

import base64
import io
import wave

import numpy as np

from .elements import Element, escaped, plain, shown

MAX_CLIP_S = 20.  # of one clip: more is cut off
MAX_PAGE_BYTES = 12 << 20  # of all sound in a page, as WAV


class Players:
    """Makes players until the page holds enough sound.

    Args:
      max_page_bytes: of all sound together.
      max_clip_s: of one clip.
    """

    def __init__(self, max_page_bytes: int = MAX_PAGE_BYTES, max_clip_s: float = MAX_CLIP_S) -> None:
        self._left_bytes, self._max_clip_s = max_page_bytes, max_clip_s

    def player(self, samples: np.ndarray, rate_hz: int, whole_s: float = 0.) -> Element:
        """Returns a player of sound.

        Args:
          samples: float [n_samples] in [-1, 1].
          rate_hz: of them.
          whole_s: how long the clip is of which `samples` are the beginning; 0: they are all of it.
        Returns:
          data: {seconds, played_seconds}.
        """
        seconds = max(whole_s, len(samples) / rate_hz)
        wav = wav_of(samples[:int(self._max_clip_s * rate_hz)], rate_hz)
        if len(wav) > self._left_bytes:
            return Element(f'<span class="note">no room for more sound ({shown(seconds, "seconds")})</span>',
                           {'seconds': seconds, 'played_seconds': 0.})
        self._left_bytes -= len(wav)
        played = min(len(samples) / rate_hz, self._max_clip_s)
        note = f'<span class="note">the first {shown(played, "seconds")} of {shown(seconds, "seconds")}</span>'
        address = base64.b64encode(wav).decode('ascii')
        return Element(f'<audio controls preload="none" src="data:audio/wav;base64,{address}"></audio>'
                       + note * (played < seconds), {'seconds': plain(seconds), 'played_seconds': plain(played)})


def no_player(reason: str) -> Element:
    """Returns what stands where a player would, if the sound cannot be read. Data: the reason."""
    return Element(f'<span class="note">{escaped(reason)}</span>', reason)


def wav_of(samples: np.ndarray, rate_hz: int) -> bytes:
    """Returns a WAV file, mono, 16 bits, of float [n_samples] in [-1, 1]."""
    content = np.clip(np.round(np.asarray(samples, np.float64) * 32768), -32768, 32767).astype('<i2')
    made = io.BytesIO()
    with wave.open(made, 'wb') as file:
        file.setparams((1, 2, rate_hz, len(content), 'NONE', ''))
        file.writeframes(content.tobytes())
    return made.getvalue()
