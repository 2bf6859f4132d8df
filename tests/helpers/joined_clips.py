"""Recordings made of real clips with silence between them, so that it is known where speech is."""

import csv
import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np
from deepspeech.audio import read_audio

CLIPS = Path(__file__).resolve().parents[1] / 'clips'
RATE_HZ = 16000


class Joined(NamedTuple):
    """A recording of clips."""

    samples: np.ndarray  # int16
    spans_s: list  # (from, to) of each clip


def clips_by_name():
    return {path.stem: read_audio(str(path), RATE_HZ) for path in sorted(CLIPS.glob('*.wav'))}


def texts_by_name():
    with open(str(CLIPS / 'clips.csv'), encoding='utf-8', newline='') as file:
        return {row['wav_filename'][:-4]: row['transcript'] for row in csv.DictReader(file)}


def join(clips, gap_s=1.0, noise=8, seed=1):
    """Returns clips with as much of quiet noise before each and behind the last one."""
    random = np.random.RandomState(seed)
    parts, spans_s, n_samples = [], [], 0
    for clip in clips:
        parts += [np.rint(random.randn(int(gap_s * RATE_HZ)) * noise).astype(np.int16), clip]
        begin = n_samples + len(parts[-2])
        n_samples = begin + len(clip)
        spans_s.append((begin / RATE_HZ, n_samples / RATE_HZ))
    return Joined(np.concatenate([*parts, parts[0]]), spans_s)


def write_wav(path, samples, rate_hz=RATE_HZ):
    with wave.open(str(path), 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.asarray(samples, '<i2').tobytes())
    return path
