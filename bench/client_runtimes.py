"""Compares what can run an exported model in a client: size of an installation, load time, speed and memory.

    bench/random_model.py --n_hidden 2048 --output models/2048
    bench/client_runtimes.py --published PYTHON --ours PYTHON --models models/256 models/2048

A model is a directory with `output_graph.pbmm`, `.onnx`, `.tflite` and `_int8.tflite`; runtimes whose format is missing are
left out. PYTHON is an interpreter that has the published deepspeech 0.9.3, --published_tflite names one with deepspeech-tflite.
--ours names one with our package, installed by pip like theirs; without, it is that of the checkout, whose modules may have to
be compiled at every start. The interpreter that runs this has onnxruntime and ai-edge-litert for the others (--others), whose
probabilities our decoder reads.

Threads are fixed, but for the published clients, which choose; with --one_core all run on one core. Before the first round and
after the last one, a product of matrices shows what the processor was worth. In each round every runtime in turn
transcribes the clips, in a process of its own, begun anew. Load time is from the start of the process until the model is ready.
Speeds are seconds per second of audio, of wall clock and of processor time. All times are those of the best round: whatever
else the machine does only adds to them. Memory is the most that a process ever held, size the files of the packages and of all
they require. Models are read from the disk before the first round, as after a start of the machine: pages of files that have
just been written are smaller, and take longer to map.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from typing import Any, List, Mapping, Sequence, Set, Tuple

import numpy as np

from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.datasets import read_set
from deepspeech_training.settings.config import SetConfig

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENT = os.path.join(os.path.dirname(HERE), 'native_client', 'python')
JUDGES = os.path.join(os.path.dirname(HERE), 'tests', 'helpers')  # compute features for runtimes that have none
RATE_HZ = 16000


class Contestant:
    """A runtime: its interpreter, threads, kind of model file and packages, and what was measured of it."""

    def __init__(self, name: str, runtime: str, n_threads: int, extension: str, packages: Sequence[str], *,
                 python: str = sys.executable, weights: str = 'auto') -> None:
        self.name, self.n_threads, self.extension = name, n_threads, extension
        self._runtime, self._packages, self._python = runtime, packages, python
        self._environment = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
        self._environment['DS_WEIGHTS'] = weights
        if python == sys.executable:
            self._environment['PYTHONPATH'] = os.pathsep.join([CLIENT, JUDGES])
        self.forget()

    def forget(self) -> None:
        """Begins anew, for another model."""
        self.load_s: List[float] = []
        self.wall_s: List[float] = []
        self.processor_s: List[float] = []
        self.texts: Sequence[str] = []
        self.peak_kib = 0

    def transcribe(self, directory: str, scorer: str, paths: Sequence[str], prefix: Sequence[str]) -> None:
        """Runs one round; `prefix` is a command that runs commands."""
        model = os.path.join(directory, f'output_graph{self.extension}')
        worker = os.path.join(HERE, 'client_worker.py')
        command = [*prefix, self._python, worker, self._runtime, str(self.n_threads), model, scorer]
        started = time.perf_counter()
        process: Any
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env=self._environment, universal_newlines=True) as process:
            if process.stdout.readline() != 'ready\n':
                raise RuntimeError(f'{" ".join(command)}: does not come up; run it by hand to see why')
            self.load_s.append(time.perf_counter() - started)
            answers = []
            for path in paths:
                print(path, file=process.stdin, flush=True)
                answers.append(json.loads(process.stdout.readline()))
        wall_s, processor_s, self.texts, peaks_kib = zip(*answers)
        self.wall_s.append(sum(wall_s))
        self.processor_s.append(sum(processor_s))
        self.peak_kib = max(self.peak_kib, *peaks_kib)

    def size_bytes(self) -> int:
        """Returns what the installation takes, without compiled Python files: those appear as they are used."""
        files: Set[str] = set()
        waiting, seen = list(self._packages), set()
        while waiting:
            package = waiting.pop()
            seen.add(package)
            shown = subprocess.run([self._python, '-m', 'pip', 'show', '-f', package], stdout=subprocess.PIPE, check=True,
                                   stderr=subprocess.DEVNULL, env=self._environment, universal_newlines=True).stdout
            head, listed = shown.split('\nFiles:\n')
            location = re.findall('^Location: (.*)$', head, re.MULTILINE)[0]
            files.update(os.path.normpath(os.path.join(location, name.strip())) for name in listed.split('\n') if name)
            required = re.findall('^Requires: *(.*)$', head, re.MULTILINE)[0]
            waiting += [name for name in required.split(', ') if name and name not in seen]
        if self._runtime.startswith('ours') and 'deepspeech' not in self._packages:
            files.update(os.path.join(folder, name) for folder, _, names in os.walk(CLIENT) for name in names)
        return sum(os.path.getsize(path) for path in files if not path.endswith('.pyc'))


def main() -> None:
    args = parse_arguments()
    contestants = published(args) + ours(args) + (others() if args.others else [])
    sizes = {contestant.name: contestant.size_bytes() for contestant in contestants}
    with tempfile.TemporaryDirectory() as directory:
        paths, duration_s = stored_clips(args.csv, args.seconds, directory)
        print(f'{len(paths)} clips, {duration_s:.1f} s of audio; {os.cpu_count()} processors; {args.rounds} rounds')
        print(f'{processor()}; product before: {product_gflops():.0f} GFLOP/s')
        for model in args.models:
            present = [contestant for contestant in contestants
                       if os.path.exists(os.path.join(model, f'output_graph{contestant.extension}'))]
            absent = sorted({contestant.name for contestant in contestants if contestant not in present})
            print(f'\n{model}' + (f'; left out for want of a file: {", ".join(absent)}' if absent else ''))
            race(present, model, args, paths)
            print_table(present, sizes, duration_s)
    print(f'\nproduct after: {product_gflops():.0f} GFLOP/s')


def published(args: argparse.Namespace) -> List[Contestant]:
    """Returns the published clients."""
    found = [Contestant('deepspeech 0.9.3', 'deepspeech', 0, '.pbmm', ['deepspeech'], python=args.published)]
    if args.published_tflite:
        found.append(Contestant('-tflite 0.9.3', 'deepspeech', 0, '_int8.tflite', ['deepspeech-tflite'],
                                python=args.published_tflite))
    return found


def ours(args: argparse.Namespace) -> List[Contestant]:
    """Returns our client with weights in each format, and with audio in pieces."""
    packages = ['deepspeech'] if args.ours else ['numpy', 'soundfile', 'soxr']
    found = []

    def add(name: str, runtime: str, n_threads: int, extension: str = '.pbmm', weights: str = 'auto') -> None:
        found.append(Contestant(name, runtime, n_threads, extension, packages, python=args.ours or sys.executable,
                                weights=weights))

    for n_threads in [1] if args.one_core else threads():
        for weights in ('float32', 'bf16', 'int8'):
            add(f'ours, {weights}', 'ours', n_threads, weights=weights)
            if n_threads == 1:
                add('  in 20 ms pieces', 'ours-streamed', 1, weights=weights)
        add('ours, 8-bit file', 'ours', n_threads, '_int8.tflite')
    return found


def others() -> List[Contestant]:
    """Returns other runtimes."""
    found = []
    for name, runtime, extension, package in [('onnxruntime', 'onnxruntime', '.onnx', 'onnxruntime'),
                                              ('onnxruntime, whole', 'onnxruntime-whole', '.onnx', 'onnxruntime'),
                                              ('litert', 'litert', '.tflite', 'ai-edge-litert'),
                                              ('litert, 8 bits', 'litert', '_int8.tflite', 'ai-edge-litert')]:
        found += [Contestant(name, runtime, n_threads, extension, ['ds_ctcdecoder', package]) for n_threads in threads()]
    return found


def threads() -> List[int]:
    """Returns the numbers of threads to try."""
    return sorted({1, os.cpu_count() or 1})


def processor() -> str:
    """Returns the name of the processor, and those of its instructions that kernels are there for."""
    with open('/proc/cpuinfo') as file:
        lines = dict(line.split(':', 1) for line in file.read().split('\n\n')[0].splitlines())
    fields = {name.strip(): value.strip() for name, value in lines.items()}
    flags = set(fields.get('flags', '').split()) & {'avx2', 'avx_vnni', 'avx512f', 'avx512_vnni', 'amx_int8', 'amx_bf16'}
    return f'{fields.get("model name", "unknown processor")} ({", ".join(sorted(flags))})'


def product_gflops() -> float:
    """Returns how fast NumPy multiplies large matrices of float32 now, the best of five times."""
    x = np.ones((2048, 2048), np.float32)
    best_s = float('inf')
    for _ in range(5):
        begun_s = time.perf_counter()
        x @ x
        best_s = min(best_s, time.perf_counter() - begun_s)
    return 2 * 2048 ** 3 / best_s / 1e9


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--published', required=True)
    parser.add_argument('--published_tflite')
    parser.add_argument('--ours', help='an interpreter that has our package installed')
    parser.add_argument('--others', action='store_true', help='onnxruntime and ai-edge-litert, too')
    parser.add_argument('--one_core', action='store_true')
    parser.add_argument('--models', required=True, nargs='+')
    parser.add_argument('--csv', default=os.path.join(os.path.dirname(HERE), 'tests', 'clips', 'clips.csv'))
    parser.add_argument('--seconds', type=float, default=20., help='how much audio to take')
    parser.add_argument('--scorer', default='')
    parser.add_argument('--rounds', type=int, default=5)
    return parser.parse_args()


def stored_clips(csv: str, limit_s: float, directory: str) -> Tuple[List[str], float]:
    """Stores clips of a CSV for the workers, until there are `limit_s` seconds; returns their paths and seconds."""
    paths: List[str] = []
    duration_s = 0.
    for utterance in read_set(SetConfig((csv,))):
        if duration_s >= limit_s:
            break
        samples, _ = read_wav(utterance.id)
        paths.append(os.path.join(directory, f'{len(paths)}.npy'))
        np.save(paths[-1], np.rint(samples * 32767).astype(np.int16))
        duration_s += len(samples) / RATE_HZ
    return paths, duration_s


def race(contestants: Sequence[Contestant], model: str, args: argparse.Namespace, paths: Sequence[str]) -> None:
    """Lets all take turns."""
    for contestant in contestants:
        contestant.forget()
    for extension in {contestant.extension for contestant in contestants}:
        read_anew(os.path.join(model, f'output_graph{extension}'))
    for _ in range(args.rounds):
        for contestant in contestants:
            contestant.transcribe(model, os.path.abspath(args.scorer) if args.scorer else '', paths,
                                  ['taskset', '-c', '0'] if args.one_core else [])


def read_anew(path: str) -> None:
    """Reads a file from the disk, not from the memory that was left of it when it was written."""
    with open(path, 'rb') as file:
        os.fsync(file.fileno())  # memory that is not written yet would be kept
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while file.read(1 << 20):
            pass


def print_table(contestants: Sequence[Contestant], sizes: Mapping[str, int], duration_s: float) -> None:
    print(f'  {"":18} {"threads":>7} {"install MB":>10} {"load s":>7} {"wall s/s":>9} {"cpu s/s":>8} {"peak MiB":>9} '
          f'{"same texts":>11}')
    for contestant in contestants:
        n_same = sum(a == b for a, b in zip(contestant.texts, contestants[0].texts))
        print(f'  {contestant.name:18} {contestant.n_threads or "own":>7} {sizes[contestant.name] / 1e6:10.1f} '
              f'{min(contestant.load_s):7.3f} {min(contestant.wall_s) / duration_s:9.4f} '
              f'{min(contestant.processor_s) / duration_s:8.4f} {contestant.peak_kib / 1024:9.0f} '
              f'{n_same:5} of {len(contestant.texts)}')


if __name__ == '__main__':
    main()
