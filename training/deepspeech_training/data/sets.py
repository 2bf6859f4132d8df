"""All sets of a run, read and checked before the first step."""

import os
from collections import namedtuple

from ..errors import DataError
from .datasets import read_each, read_set
from .preflight import check_samples, prepare_recording, write_rejected

# train: list of PreparedSample. dev, metrics: list of (file as given, list of PreparedSample).
TrainingSets = namedtuple('TrainingSets', 'train dev metrics')
# training: TrainingSets or None. test: as dev. one_shot: PreparedSample or None.
RunSets = namedtuple('RunSets', 'training test one_shot')


def prepare_sets(run, converted_dir, log):
    """Returns the RunSets of a RunConfig; logs what was converted or left out and lists the latter in `rejected.csv`.

    Raises:
      DataError: a set cannot be used.
    """
    rejections = {}

    def check(name, samples):
        result = check_samples(samples, run.alphabet, run.features, converted_dir)
        for message in result.messages:
            log.warn(message)
        rejections.setdefault(name, []).extend(result.rejected)
        return result.samples

    def check_each(name, config):
        return [(path, check(name, samples)) for path, samples in read_each(config)]

    training = None
    if run.train.files:
        training = TrainingSets(check('train', read_set(run.train)), check_each('dev', run.dev),
                                check_each('metrics', run.metrics))
    test = check_each('test', run.test)
    one_shot = prepare_recording(run.one_shot_file, run.features, converted_dir) if run.one_shot_file else None
    _list_rejected(run, rejections, log)
    return RunSets(training, test, one_shot)


def _list_rejected(run, rejections, log):
    """Writes `rejected.csv` beside the checkpoints; a run without training goes on where that cannot be written."""
    directory = run.checkpoints.save_dir if run.train.files else run.checkpoints.load_dir
    path = os.path.join(directory, 'rejected.csv')
    if not any(rejections.values()) and not os.path.exists(path):
        return
    try:
        os.makedirs(directory, exist_ok=True)
        write_rejected(path, rejections)
    except (OSError, DataError) as error:
        if run.train.files:
            raise
        log.warn(f'{path}: the utterances left out cannot be listed ({error}).')
        return
    if any(rejections.values()):
        log.warn(f'All utterances left out are listed in {path}.')
