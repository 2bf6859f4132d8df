"""Measures how long a large data set takes from the command to checked utterances, and how much memory they take.

    bench/big_sets.py --rows 100000 1000000
    bench/big_sets.py --rows 100000 --train        # DeepSpeech.py, until it has trained for half a minute
    bench/big_sets.py --rows 100000 --report       # bin/check_dataset.py, which listens to every recording

Makes a CSV of so many rows below `--dir`, once; its clips of 1 to 3 s are hard links to a few files, under as many names. Then
reads and checks it twice, each time in a process of its own: the first start knows nothing of the clips, the second what the
first has left in the cache directory. Memory is what a start adds to a process that has loaded everything.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import wave
from typing import Any, Dict, List

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SPEECH = os.path.join(ROOT, 'tests', 'clips', 'digits_yesterday.wav')
N_SOURCES = 100  # files that the names lead to; a file system allows some 65,000 names for each
WORDS = 'turn on the light in kitchen and play some music please stop now what time is it'.split()
BEGUN, STEPS = 'STARTING Optimization', 'Steps: '  # what DeepSpeech.py says before the first step, and half a minute later


def main() -> None:
    args = parse_arguments()
    if args.measure:
        print(json.dumps(measured(args.measure, args.cache)))
        return
    for n_rows in args.rows:
        csv_path = make_set(os.path.join(args.dir, str(n_rows)), n_rows)
        cache = os.path.join(args.dir, f'cache-{n_rows}')
        shutil.rmtree(cache, ignore_errors=True)
        for start in ('first', 'second'):
            measure = whole_run if args.train else whole_report if args.report else in_own_process
            result = measure(csv_path, cache)
            show(n_rows, start, result)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rows', type=int, nargs='+', default=[100000])
    parser.add_argument('--dir', default=os.path.join('build', 'big_sets'), help='where sets are made and kept')
    parser.add_argument('--train', action='store_true', help='run DeepSpeech.py until it trains')
    parser.add_argument('--report', action='store_true', help='run bin/check_dataset.py')
    parser.add_argument('--measure', metavar='CSV', help='only check this set, and print what that took')
    parser.add_argument('--cache', help='cache directory for --measure')
    return parser.parse_args()


def make_set(directory: str, n_rows: int) -> str:
    """Returns the path of a CSV of so many rows, which an earlier run may have made."""
    path = os.path.join(directory, 'set.csv')
    if os.path.exists(path):
        return path
    sources = make_sources(os.path.join(directory, 'sources'))
    sizes = [os.path.getsize(source) for source in sources]
    with open(path + '.part', 'w', encoding='utf-8') as file:
        file.write('wav_filename,wav_filesize,transcript\n')
        for row in range(n_rows):
            folder = f'clips/{row // 1000:04d}'
            if row % 1000 == 0:
                os.makedirs(os.path.join(directory, folder), exist_ok=True)
            name, source = f'{folder}/common_voice_en_{row:08d}.wav', row * 7919 % N_SOURCES
            link(sources[source], os.path.join(directory, name))
            words = ' '.join(WORDS[(row * step) % len(WORDS)] for step in range(1, 2 + sizes[source] // 40000))
            file.write(f'{name},{sizes[source]},{words}\n')
    os.replace(path + '.part', path)
    return path


def make_sources(directory: str) -> List[str]:
    """Returns the paths of the files that all names lead to: the beginning of a recording, again and again, 1 to 3 s."""
    os.makedirs(directory, exist_ok=True)
    with wave.open(SPEECH) as file:
        sound = file.readframes(file.getnframes())
    paths = []
    for number in range(N_SOURCES):
        paths.append(os.path.join(directory, f'{number}.wav'))
        n_bytes = 2 * (16000 + 320 * number)
        with wave.open(paths[-1], 'wb') as target:
            target.setparams((1, 2, 16000, 0, 'NONE', 'not compressed'))
            target.writeframes((sound * (1 + n_bytes // len(sound)))[:n_bytes])
    return paths


def link(source: str, target: str) -> None:
    if not os.path.exists(target):
        os.link(source, target)


def in_own_process(csv_path: str, cache: str) -> Dict[str, Any]:
    """Returns what `measured` gives in a process that has done nothing else."""
    command = [sys.executable, os.path.abspath(__file__), '--measure', csv_path, '--cache', cache]
    result = subprocess.run(command, stdout=subprocess.PIPE, universal_newlines=True)
    if result.returncode:
        sys.exit(f'E {csv_path}: the check failed, see above.')
    return json.loads(result.stdout.splitlines()[-1])


def measured(csv_path: str, cache: str) -> Dict[str, Any]:
    """Prepares the set as a run does; returns seconds, MB and how many clips were opened."""
    from deepspeech_training.console.log import Log
    from deepspeech_training.data.batching import BatchPlan
    from deepspeech_training.data.datasets import prepare_sets
    from deepspeech_training.data.identity import set_digest
    from deepspeech_training.data.known_audio import KnownAudio
    from deepspeech_training.settings.config import CheckpointConfig, RunConfig, SetConfig
    from deepspeech_training.settings.model import ModelConfig
    from deepspeech_training.text.alphabet import Alphabet
    alphabet = Alphabet.from_file(os.path.join(ROOT, 'data', 'alphabet.txt'))
    os.makedirs(cache, exist_ok=True)
    opened = count_opened()
    before, started, cpu_started = resident_mb(), time.perf_counter(), time.process_time()
    run = RunConfig(alphabet, ModelConfig(alphabet.size), train=SetConfig((csv_path,)),
                    checkpoints=CheckpointConfig(cache, cache))
    log = Log(1)
    sets = prepare_sets(run, os.path.join(cache, 'converted'), log, KnownAudio(os.path.join(cache, 'known-audio'), log))
    assert sets.training
    checked_s, cpu_s, after = time.perf_counter() - started, time.process_time() - cpu_started, resident_mb()
    plan = BatchPlan(sets.training.train, run.train, step_ms=20)
    digest = set_digest(sets.training.train)
    return dict(checked_s=checked_s, of_processor_s=cpu_s, planned_s=time.perf_counter() - started - checked_s,
                held_mb=after - before, peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before,
                n_opened=len(opened), n_utterances=len(sets.training.train), n_steps=len(plan.in_order), digest=digest)


def whole_run(csv_path: str, cache: str) -> Dict[str, Any]:
    """Trains a tiny model; returns seconds from the command to the first step, and the peak memory of the process in MB."""
    directory = os.path.join(cache, 'checkpoints')
    shutil.rmtree(directory, ignore_errors=True)
    command = [sys.executable, os.path.join(ROOT, 'DeepSpeech.py'), '--train_files', csv_path, '--train_batch_size', '16',
               '--n_hidden', '16', '--epochs', '1', '--checkpoint_dir', directory, '--summary_dir', directory]
    started, begun_s = time.perf_counter(), 0.
    process: Any = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True,
                                    cwd=ROOT, env=dict(os.environ, XDG_CACHE_HOME=os.path.abspath(cache)))
    lines = []
    for line in process.stdout:
        lines.append(line)
        if BEGUN in line:
            begun_s = time.perf_counter() - started
        if STEPS in line:
            with open(f'/proc/{process.pid}/status') as file:
                peak_mb = next(int(each.split()[1]) / 1024 for each in file if each.startswith('VmHWM:'))
            process.terminate()
            process.communicate()
            return dict(begun_s=begun_s, peak_mb=peak_mb)
    sys.exit(''.join(lines[-20:]) + f'E {csv_path}: the training failed, see above.')


def whole_report(csv_path: str, cache: str) -> Dict[str, Any]:
    """Runs `bin/check_dataset.py`; returns seconds, seconds of processors, rows per second of each, and peak memory in MB."""
    command = [sys.executable, os.path.join(ROOT, 'bin', 'check_dataset.py'), csv_path, '--output', cache,
               '--alphabet', os.path.join(ROOT, 'data', 'alphabet.txt')]
    os.makedirs(cache, exist_ok=True)
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(command, stderr=subprocess.PIPE, env=dict(os.environ, XDG_CACHE_HOME=os.path.abspath(cache)))
    if result.returncode:
        sys.exit(result.stderr.decode('utf-8', 'replace') + f'E {csv_path}: the report failed, see above.')
    checked_s, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    of_processor_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with open(os.path.join(cache, 'data_report.json'), encoding='utf-8') as file:
        n_rows = json.load(file)['total']['rows']
    return dict(checked_s=checked_s, of_processor_s=of_processor_s, rows_per_s=n_rows / checked_s,
                rows_per_processor_s=n_rows / of_processor_s, peak_mb=after.ru_maxrss / 1024)


def count_opened() -> List[str]:
    """Returns a list that grows with each clip that is opened; stays empty before Python 3.8."""
    opened: List[str] = []

    def note(event: str, arguments: Any) -> None:
        if event == 'open' and str(arguments[0]).endswith('.wav'):
            opened.append(event)

    if hasattr(sys, 'addaudithook'):
        sys.addaudithook(note)
    return opened


def resident_mb() -> float:
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2 ** 20


def show(n_rows: int, start: str, result: Dict[str, Any]) -> None:
    print(f'{n_rows} rows, {start} start: ' + ', '.join(
        f'{name} {value:.1f}' if isinstance(value, float) else f'{name} {value}' for name, value in result.items()), flush=True)


if __name__ == '__main__':
    main()
