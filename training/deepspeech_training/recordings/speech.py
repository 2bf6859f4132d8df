"""Where somebody speaks in a recording: it is cut where nobody does.

    for segment in speech(decisions(read_frames(path, 16000), 16000, config)): ...

Sound is looked at in frames of 30 ms. A detector says of each whether it is speech; a segment begins when most of the last ten
are, and ends when most of them are not. Memory does not grow with the recording, nor a segment beyond a limit: speech without
a pause is cut where it is quietest.
"""

import importlib
from collections import deque
from typing import Any, Deque, Iterable, Iterator, List, NamedTuple, Tuple

import numpy as np
from deepspeech.audio import audio_blocks

from ..errors import ConfigError
from ..settings.recordings import DetectionConfig

FRAME_MS = 30
RING_FRAMES = 10  # of which most have to be speech, or not
LONGEST_S = 60  # of a segment
WEBRTC_RATES_HZ = (8000, 16000, 32000, 48000)
# How levels are compared: in dB, against those of the seconds before and after.
CONTEXT_FRAMES = 150  # on each side
MARGINS_DB = (4., 6., 8., 10.)  # above the background, by aggressiveness
BELOW_LOUD_DB = 45.  # what is so far below the loudest parts is no speech
SILENCE_DB = -60.  # of full scale
RENEWED_EVERY = 10  # frames for which a background is good

Decided = Tuple[np.ndarray, bool]  # a frame, int16 [n_samples], and whether it is speech


class Segment(NamedTuple):
    """A piece of a recording in which somebody speaks.

    `start_ms` and `end_ms` are those that the published program states, up to a frame before the true ones.
    """

    start_ms: int
    end_ms: int
    first_s: float  # where the samples begin
    samples: np.ndarray  # int16


def read_frames(path: str, rate_hz: int) -> Iterator[np.ndarray]:
    """Yields a recording in frames of 30 ms, int16; zeros fill the last one up. Raises AudioError: see `read_audio`."""
    n_samples = rate_hz * FRAME_MS // 1000
    for frame in audio_blocks(path, rate_hz, n_samples):
        yield np.pad(frame, (0, n_samples - len(frame)), 'constant') if len(frame) < n_samples else frame


def chosen_detector(config: DetectionConfig, rate_hz: int) -> str:
    """Returns `webrtc` or `energy`. Raises ConfigError: the former was asked for and cannot be had."""
    if config.detector == 'energy':
        return 'energy'
    try:
        importlib.import_module('webrtcvad')
    except ImportError as error:
        if config.detector == 'auto':
            return 'energy'
        raise ConfigError('--vad webrtc needs the package webrtcvad; install it with "pip install webrtcvad-wheels", or leave '
                          'the flag out.') from error
    if rate_hz in WEBRTC_RATES_HZ:
        return 'webrtc'
    if config.detector == 'auto':
        return 'energy'
    raise ConfigError(f'--vad webrtc knows sample rates of {", ".join(map(str, WEBRTC_RATES_HZ))} Hz, the model has {rate_hz}; '
                      f'leave the flag out.')


def decisions(frames: Iterable[np.ndarray], rate_hz: int, config: DetectionConfig) -> Iterator[Decided]:
    """Yields each frame with whether it is speech."""
    if chosen_detector(config, rate_hz) == 'energy':
        return by_level(frames, MARGINS_DB[config.aggressiveness])
    return _by_webrtc(frames, rate_hz, importlib.import_module('webrtcvad').Vad(config.aggressiveness))


def _by_webrtc(frames: Iterable[np.ndarray], rate_hz: int, detector: Any) -> Iterator[Decided]:
    for frame in frames:
        yield frame, detector.is_speech(frame.tobytes(), rate_hz)


def level_db(frame: np.ndarray) -> float:
    """Returns the level of int16 samples in dB of full scale, without what is constant in them."""
    sound = frame.astype(np.float64) / 32768
    return 10 * float(np.log10(np.mean(np.square(sound - sound.mean())) + 1e-10))


def by_level(frames: Iterable[np.ndarray], margin_db: float) -> Iterator[Decided]:
    """Yields each frame with whether it stands out from what is around it."""
    waiting: Deque[np.ndarray] = deque()  # not decided yet
    levels: List[float] = []  # of the frames around the first of them, and of all of them
    n_before = n_decided = 0
    limit = 0.

    def decided() -> Decided:
        nonlocal n_before, n_decided, limit
        if n_decided % RENEWED_EVERY == 0:
            limit = _limit_db(levels[:n_before + CONTEXT_FRAMES + 1], margin_db)
        found = waiting.popleft(), levels[n_before] > limit
        n_decided += 1
        if n_before == CONTEXT_FRAMES:
            del levels[0]
        else:
            n_before += 1
        return found

    for frame in frames:
        waiting.append(frame)
        levels.append(level_db(frame))
        if len(waiting) > CONTEXT_FRAMES:
            yield decided()
    while waiting:
        yield decided()


def _limit_db(levels: List[float], margin_db: float) -> float:
    """Returns the level above which a frame among such ones is speech."""
    background, loud = np.percentile(levels, (10, 95))
    # Where all is equally loud there is no background to see: a word that fills a clip, or a hum.
    margin_db = margin_db if loud - background >= margin_db else -margin_db
    return max(SILENCE_DB, loud - BELOW_LOUD_DB, background + margin_db)


def speech(decided: Iterable[Decided], longest_s: float = LONGEST_S) -> Iterator[Segment]:
    """Yields the Segments of a recording, none of which is longer than `longest_s`."""
    ring: Deque[Decided] = deque(maxlen=RING_FRAMES)
    held: List[np.ndarray] = []
    index, longest = 0, int(longest_s * 1000 / FRAME_MS)
    for index, (frame, is_speech) in enumerate(decided):
        ring.append((frame, is_speech))
        n_speech = sum(each for _, each in ring)
        if not held:
            if n_speech > RING_FRAMES / 2:
                held = [each for each, _ in ring]
                ring.clear()
            continue
        held.append(frame)
        if len(ring) - n_speech > RING_FRAMES / 2:
            yield _segment(held, index)
            held = []
            ring.clear()
        elif len(held) >= longest:
            n_cut = _quietest(held)
            yield _segment(held[:n_cut], index - len(held) + n_cut)
            held = held[n_cut:]
    if held:
        yield _segment(held, index)


def _quietest(frames: List[np.ndarray]) -> int:
    """Returns how many of the frames to take so that the cut is at the quietest place of their last third."""
    first = 2 * len(frames) // 3
    return first + int(np.argmin([level_db(frame) for frame in frames[first:]])) + 1


def _segment(frames: List[np.ndarray], last: int) -> Segment:
    return Segment(FRAME_MS * max(0, last - len(frames)), FRAME_MS * last, max(0, last + 1 - len(frames)) * FRAME_MS / 1000,
                   np.concatenate(frames))
