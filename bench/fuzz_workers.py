"""What the fuzzers of this folder have in common: their flags, a process for each job, a file and a time limit for each case.

What is damaged, and how it is judged, differs.
"""

import argparse
import resource
import signal
import subprocess
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Sequence


def fuzz_parser(description: str) -> argparse.ArgumentParser:
    """Returns a parser of the common flags."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--cases', type=int, default=2000)
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--only', type=int, help='run this case alone')
    parser.add_argument('--worker', type=int, help=argparse.SUPPRESS)
    return parser


def cases_of(arguments: argparse.Namespace) -> Sequence[int]:
    """Returns the numbers of the cases of one worker."""
    return range(arguments.worker, arguments.cases, arguments.jobs) if arguments.only is None else [arguments.only]


def bound(memory_bytes: int) -> None:
    """Makes more memory than that, and warnings, of NumPy on values that make no sense, failures of a worker."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    warnings.simplefilter('error')


@contextmanager
def case_file(path: Path, content: bytes, seconds: int) -> Iterator[str]:
    """Gives the path of a file that goes with the block; a case that fails, crashes or takes too long leaves it.

    A crash leaves no other trace.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    signal.alarm(seconds)  # it ends the program, also in the middle of native code
    yield str(path)
    signal.alarm(0)
    path.unlink()


def run_workers(program: str, arguments: argparse.Namespace, words: Sequence[str] = (), what: str = 'cases') -> None:
    """Runs a program once for each job and ends with an exit code that tells whether all were fine.

    Args:
      program: its path.
      arguments: of `fuzz_parser`.
      words: further ones of the command line.
      what: a case is called in the last line.
    """
    command = [sys.executable, program, '--cases', str(arguments.cases), '--jobs', str(arguments.jobs), '--seed',
               str(arguments.seed), *(['--only', str(arguments.only)] if arguments.only is not None else [])]
    n_jobs, n_cases = (arguments.jobs, arguments.cases) if arguments.only is None else (1, 1)
    workers = [subprocess.Popen([*command, '--worker', str(number), *words]) for number in range(n_jobs)]
    codes = [worker.wait() for worker in workers]
    print(f'{n_cases} {what}, {"all fine" if not any(codes) else "FAILED: exit codes " + str(codes)}')
    sys.exit(any(codes))
