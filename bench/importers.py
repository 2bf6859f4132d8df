"""Compares how many clips a second importers convert: ours in worker processes, DeepSpeech's by a process of SoX for each.

    bench/importers.py --clips 1000 --rounds 5

Clips are real speech from data/tiny-dataset, put together to 5 or 6 s each and made into MP3 of 48 kHz by ffmpeg, as Common
Voice has them. Both convert all to WAV of 16 kHz, mono, 16 bit, on all processors, in turns; the best round of each counts, as
whatever else the machine does only adds to its time.

Then results are compared sample by sample. SoX leaves the silence in that MP3 encoders put in front, a third of a sample more
than a whole number of them at 16 kHz, so for that it gets what ffmpeg decodes without, and no dither.
"""

import argparse
import glob
import os
import shutil
import subprocess
import tempfile
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from typing import Dict, List, Sequence

import numpy as np

from deepspeech_training.corpora.convert import Cut, Job, make_wavs
from deepspeech_training.corpora.workers import Workers

HERE = os.path.dirname(os.path.abspath(__file__))
SPEECH = os.path.join(os.path.dirname(HERE), 'data', 'tiny-dataset', 'wav', '*.wav')
SECONDS = 5.


def make_clips(directory: str, n_clips: int) -> List[str]:
    """Returns the paths of MP3 files of real speech, each of a length of its own."""
    sources = sorted(glob.glob(SPEECH))
    paths = [os.path.join(directory, f'clip{index:05}.mp3') for index in range(n_clips)]

    def encode(index: int) -> None:
        text = '\n'.join(f"file '{sources[(index + further) % len(sources)]}'" for further in range(4))
        subprocess.run(['ffmpeg', '-nostdin', '-v', 'error', '-f', 'concat', '-safe', '0',
                        '-i', _list_file(directory, index, text), '-t', str(SECONDS + index % 5 / 4),
                        '-ar', '48000', '-ac', '1', '-b:a', '64k', paths[index]], check=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(encode, range(n_clips)))
    return paths


def _list_file(directory: str, index: int, text: str) -> str:
    path = os.path.join(directory, f'clip{index:05}.list')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return path


def convert_with_sox(paths: Sequence[str], directory: str, n_workers: int, further: Sequence[str] = ()) -> None:
    """Converts by a process of SoX for each clip, as many at once as there are workers."""
    def convert(path: str) -> None:
        subprocess.run(['sox', *further, path, '-r', '16000', '-c', '1', '-b', '16', _target(directory, path)], check=True)

    with ThreadPoolExecutor(n_workers) as pool:
        list(pool.map(convert, paths))


def decode(paths: Sequence[str], directory: str) -> List[str]:
    """Returns the paths of WAV files, float32, with what ffmpeg decodes."""
    targets = [_target(directory, path) for path in paths]
    for path, target in zip(paths, targets):
        subprocess.run(['ffmpeg', '-nostdin', '-v', 'error', '-i', path, '-c:a', 'pcm_f32le', target], check=True)
    return targets


def convert_with_ours(paths: Sequence[str], directory: str, n_workers: int) -> None:
    """Converts in worker processes, whose start counts."""
    jobs = [Job(path, (Cut(_target(directory, path)),)) for path in paths]
    with Workers(n_workers, 600) as workers:
        for _, made in workers.map(make_wavs, jobs):
            assert not isinstance(made[0], str), made


def _target(directory: str, path: str) -> str:
    return os.path.join(directory, os.path.splitext(os.path.basename(path))[0] + '.wav')


def read(path: str) -> np.ndarray:
    with wave.open(path) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.int32)


def largest_difference(directory: str, other: str) -> str:
    """Returns in words how far apart the WAV files of two directories are."""
    worst, n_shorter = 0, 0
    for path in sorted(glob.glob(os.path.join(directory, '*.wav'))):
        ours, theirs = read(path), read(os.path.join(other, os.path.basename(path)))
        n = min(len(ours), len(theirs))
        n_shorter = max(n_shorter, abs(len(ours) - len(theirs)))
        worst = max(worst, int(np.abs(ours[:n] - theirs[:n]).max()))
    return f'{worst} of 32768, lengths by {n_shorter} samples'


def product_gflops() -> float:
    """Returns the speed of a large matrix product, which says what the machine gives at this hour."""
    a = np.ones((1500, 1500), np.float32)
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - begin)
    return 2 * 1500 ** 3 / min(times) / 1e9


def processor() -> str:
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        return next((line.partition(':')[2].strip() for line in file if line.startswith('model name')), 'unknown')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--clips', type=int, default=400)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--workers', type=int, default=os.cpu_count())
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        paths = make_clips(scratch, args.clips)
        seconds: Dict[str, List[float]] = {'ours': [], 'sox': []}
        for _ in range(args.rounds):
            for name, convert in (('sox', convert_with_sox), ('ours', convert_with_ours)):
                directory = os.path.join(scratch, name)
                shutil.rmtree(directory, ignore_errors=True)
                os.mkdir(directory)
                begin = time.perf_counter()
                convert(paths, directory, args.workers)
                seconds[name].append(time.perf_counter() - begin)
        print(f'{processor()}, {args.workers} workers, large product {product_gflops():.0f} GFLOP/s')
        for name, times in seconds.items():
            rounds = ', '.join(f'{args.clips / each:.0f}' for each in times)
            print(f'{name:5} {args.clips / min(times):7.0f} clips/s (rounds: {rounds})')
        print(f'ratio of the best rounds {min(seconds["sox"]) / min(seconds["ours"]):.2f}, of the medians '
              f'{sorted(seconds["sox"])[args.rounds // 2] / sorted(seconds["ours"])[args.rounds // 2]:.2f}')
        for name in ('decoded', 'plain'):
            os.mkdir(os.path.join(scratch, name))
        decoded = decode(paths, os.path.join(scratch, 'decoded'))
        convert_with_sox(decoded, os.path.join(scratch, 'plain'), args.workers, ['-D', '-V1'])
        print('largest difference from SoX:', largest_difference(os.path.join(scratch, 'ours'), os.path.join(scratch, 'plain')))


if __name__ == '__main__':
    main()
