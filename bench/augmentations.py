"""What augmentations of one utterance cost, beside its features.

    bench/augmentations.py                 CPU milliseconds per utterance of 10 s, each by itself on one thread

Sound is recordings of tests/clips one behind the other; values are picked as by default, where there is a default.
"""

import argparse
import time
from pathlib import Path
from typing import Callable, Dict

import numpy as np

from deepspeech_training.compat import VERSION
from deepspeech_training.data.audio import read_wav
from deepspeech_training.features.augment import audio, elements, spectrogram
from deepspeech_training.features.mfcc import FeatureComputer
from deepspeech_training.settings.config import DeviceConfig
from deepspeech_training.settings.features import FeatureConfig

CLIPS = Path(__file__).resolve().parent.parent / 'tests' / 'clips'
CONFIG = FeatureConfig()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seconds', type=float, default=10, help='length of the utterance (10)')
    parser.add_argument('--each', type=float, default=1, help='CPU seconds to measure each for (1)')
    args = parser.parse_args()
    sound = np.concatenate([read_wav(str(path))[0] for path in sorted(CLIPS.glob('*.wav'))])
    samples = np.resize(sound, int(args.seconds * CONFIG.rate_hz))
    print(f'TensorFlow {VERSION}, NumPy {np.__version__}, {args.seconds:g} s:')
    for name, function in functions(samples).items():
        print(f'{name:24} {milliseconds(function, args.each):8.2f} ms')
    compute = FeatureComputer(CONFIG, DeviceConfig(intra_op_threads=1, inter_op_threads=1))
    print(f'{"features":24} {milliseconds(lambda: compute(samples), args.each):8.2f} ms')
    compute.close()


def functions(samples: np.ndarray) -> Dict[str, Callable[[], np.ndarray]]:
    """Returns what is measured, by name."""
    random, rate_hz = np.random.RandomState(1), CONFIG.rate_hz
    noise = np.roll(samples, len(samples) // 2)
    impulse = (random.normal(size=rate_hz // 2) * np.exp(-np.arange(rate_hz // 2) / 1000)).astype(np.float32)
    n_frames, n_bins = CONFIG.frames(len(samples)), 257
    power = np.square(random.normal(size=(n_frames, n_bins))).astype(np.float32)
    uniform, normal = random.uniform(size=power.shape), random.normal(size=power.shape)
    knots, none = np.array([[0.05 * n_frames]]), np.zeros((1, 1))
    return {
        'volume': lambda: audio.volume(samples, 3.0103),
        'overlay': lambda: audio.overlay(samples, noise, 3),
        'reverb': lambda: audio.reverb(samples, rate_hz, delay_ms=20, decay_db=10),
        'room of 0.5 s': lambda: audio.convolve_reverb(samples, impulse),
        'resample': lambda: audio.resample(samples, rate_hz, 8000),
        'speed': lambda: audio.speed(samples, 1.0832),
        'codec, 3200 bit/s': lambda: audio.codec(samples, rate_hz, 3200),
        'codec, 32000 bit/s': lambda: audio.codec(samples, rate_hz, 32000),
        'pitch': lambda: spectrogram.pitch(power, 1.075),
        'tempo': lambda: spectrogram.tempo(power, int(n_frames / 1.1)),
        'warp in time': lambda: spectrogram.warp(power, knots, none),
        'warp': lambda: spectrogram.warp(power, knots, knots),
        'frequency_mask': lambda: spectrogram.frequency_mask(power, 9, 2),
        'time_mask': lambda: spectrogram.time_mask(power, 9, 5),
        'dropout': lambda: elements.dropout(power, uniform, 0.05),
        'add': lambda: elements.add(power, normal, 0.1),
        'multiply': lambda: elements.multiply(power, normal, 0.1)}


def milliseconds(function: Callable[[], np.ndarray], least_s: float) -> float:
    """Returns the CPU time of a call, of all threads."""
    function()
    begin_s, n_calls = time.process_time(), 0
    while time.process_time() - begin_s < least_s:
        function()
        n_calls += 1
    return 1000 * (time.process_time() - begin_s) / n_calls


if __name__ == '__main__':
    main()
