"""All sets of a run, read and checked before the first step."""

import os
from collections import namedtuple

from .collection import read_each, read_set
from .preflight import check_samples, write_rejected
from .sample import Sample

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
    one_shot = None
    if run.one_shot_file:
        (one_shot,) = check_samples([_unlabelled(run)], run.alphabet, run.features, converted_dir).samples
    path = os.path.join(run.checkpoints.save_dir, 'rejected.csv')
    if any(rejections.values()):
        os.makedirs(run.checkpoints.save_dir, exist_ok=True)
        log.warn(f'All utterances left out are listed in {path}.')
    write_rejected(path, rejections)
    return RunSets(training, test, one_shot)


def _unlabelled(run):
    """A sample to transcribe; its transcript only has to pass the checks."""
    any_letter = next(label for label in run.alphabet.labels if len(label) == 1 and label.strip())
    return Sample(run.one_shot_file, any_letter, 0, run.one_shot_file, '--one_shot_infer', 1)
