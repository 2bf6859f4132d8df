"""A trial: a training in a process of its own, of which only the validation losses are wanted."""

import os
import re
import sys
from typing import Callable, List, NamedTuple, Sequence

from ..errors import ConfigError
from ..programs import DAYS_S, ProgramError, run

_COMMAND = (sys.executable, '-c', 'import sys; from deepspeech_training.main import main; sys.exit(main())')
_VALIDATED = re.compile(r'I Finished validating epoch (\d+) on .* - loss: (\S+)')
_EPOCH_ENDED = re.compile(r'-{40,}|I FINISHED optimization')
# What the search says itself; such flags of the trainings would make trials that cannot be compared or go on.
RESERVED = ('epochs', 'epoch', 'total_epochs', 'checkpoint_dir', 'save_checkpoint_dir', 'load_checkpoint_dir', 'load_train',
            'test_files', 'export_dir', 'one_shot_infer', 'show_progressbar', 'log_level',
           'notify', 'log_telegram')  # a trial that is stopped would be told of as a death


class Outcome(NamedTuple):
    """What has come of a trial."""

    losses: List[float]  # mean validation loss of each epoch that this process has trained
    failure: str  # empty: it came to its end, or was stopped on purpose
    was_stopped: bool


class _Stopped(Exception):
    """The training is not worth going on with."""


def check_flags(flags: Sequence[str]) -> None:
    """Raises ConfigError for flags of the trainings that only the search can give, or without validation sets."""
    names = [word.lstrip('-').partition('=')[0] for word in flags if word.startswith('-')]
    for name in names:
        if name in RESERVED or name.startswith('no') and name[2:] in RESERVED:
            raise ConfigError(f'--{name}: the search decides that for each trial; leave it out behind the --.')
    for name in ('train_files', 'dev_files'):
        if name not in names:
            raise ConfigError(f'--{name} is missing behind the --: trials are trained, and compared by their validation loss.')


def run_trial(flags: Sequence[str], directory: str, n_epochs: int, *, is_hopeless: Callable[[int, float], bool]) -> Outcome:
    """Trains, or goes on with a training, until it has had so many epochs.

    Args:
      flags: of the training; not those in `RESERVED`.
      directory: of its checkpoints.
      n_epochs: in all.
      is_hopeless: told the number of an epoch, from 0, and its validation loss, says whether to stop there.
    """
    losses: List[float] = []
    of_epoch: List[float] = []  # one for each validation set
    epoch = 0

    def read(line: str) -> None:
        nonlocal epoch
        found = _VALIDATED.search(line)
        if found:
            epoch = int(found.group(1))
            of_epoch.append(float(found.group(2)))
        elif of_epoch and _EPOCH_ENDED.match(line):
            losses.append(sum(of_epoch) / len(of_epoch))
            of_epoch.clear()
            if is_hopeless(epoch, losses[-1]) and epoch + 1 < n_epochs:
                raise _Stopped

    os.makedirs(directory, exist_ok=True)
    command = [*_COMMAND, *flags, f'--total_epochs={n_epochs}', f'--checkpoint_dir={directory}',
               '--noshow_progressbar', '--log_level=1', '--max_to_keep=1']
    try:
        run(command, DAYS_S, on_line=read)
    except _Stopped:
        return Outcome(losses, '', was_stopped=True)
    except ProgramError as error:
        said = [line for line in error.lines if line.startswith('E ')]
        return Outcome(losses, said[-1][2:] if said else error.reason + '.', was_stopped=False)
    return Outcome(losses, '', was_stopped=False)
