"""Which samples a set consists of, and in which order they are visited."""

import os

from ..errors import DataError
from .audio import probe_all
from .csv_source import read_csv


def read_set(config):
    """Returns the samples of all files of a set as one list.

    One file keeps its own order (see `read_csv`). Several files are merged by audio duration, ascending or, with
    `config.reverse`, descending; ties stay in the order of the files. The limit is applied last.

    Args:
      config: SetConfig with at least one file.
    Raises:
      DataError: no file, a file that is no CSV, or one that cannot be used.
    """
    if not config.files:
        raise DataError('a data set needs at least one CSV file.')
    samples = [sample for path in config.files for sample in _read_file(path, config.reverse)]
    if len(config.files) > 1:
        samples = _sorted_by_duration(samples, config.reverse)
    return _limited(samples, config.limit)


def read_each(config):
    """Returns [(path, samples)] with the files of a set kept apart; the limit holds for each of them."""
    return [(path, _limited(_read_file(path, config.reverse), config.limit)) for path in config.files]


def _read_file(path, reverse):
    extension = os.path.splitext(path)[1].lower()
    if extension == '.csv':
        return read_csv(path, reverse=reverse)
    if extension == '.sdb':
        raise DataError(f'{path}: sample databases cannot be read yet (a later version brings it); convert it to CSV.')
    raise DataError(f'{path}: unknown type of data set {extension!r}; pass a .csv file.')


def _sorted_by_duration(samples, reverse):
    # A file that cannot be probed counts as 0 s here: the check before training says what is wrong with it.
    infos = probe_all([sample.audio_path for sample in samples])
    durations_s = [0.0 if isinstance(info, DataError) else info.duration_s for info in infos]
    order = sorted(range(len(samples)), key=durations_s.__getitem__, reverse=reverse)
    return [samples[index] for index in order]


def _limited(samples, limit):
    return samples[:limit] if limit else samples
