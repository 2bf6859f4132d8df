"""The sets of a training and the steps that they are taken in."""

import os
from dataclasses import replace
from typing import List, NamedTuple, Sequence

import numpy as np

from ..console.log import Log
from ..data.batching import BatchPlan
from ..data.datasets import TrainingSets
from ..data.identity import order_digest, set_digest
from ..data.utterance import Utterance
from ..features.augment.chain import Chain
from ..settings.config import RunConfig, SetConfig
from .engine import Engine
from .state import Contents


class PlannedSet(NamedTuple):
    """A set with the steps that it is taken in."""

    split: str  # train, dev or metrics
    path: str  # as the command line names it; several are separated by commas
    pass_index: int  # which of the passes of an epoch is over this set
    utterances: Sequence[Utterance]
    audio_s: np.ndarray  # duration of each utterance, float64 [n_utterances]
    plan: BatchPlan

    @property
    def name(self) -> str:
        """What messages call it, and what versions remembered of it that did not look at what is in it."""
        return f'{os.path.basename(self.path)}, {len(self.utterances)} utterances'


class PlannedSets(NamedTuple):
    """All sets of a training, in the order in which an epoch passes over them."""

    train: PlannedSet
    dev: List[PlannedSet]
    metrics: List[PlannedSet]

    @property
    def contents(self) -> Contents:
        """What is in them."""
        train, dev = self.train, [utterance for planned in self.dev for utterance in planned.utterances]
        return Contents(set_digest(train.utterances), order_digest(train.utterances, train.plan.in_order), set_digest(dev))


def plan_sets(run: RunConfig, sets: TrainingSets, engine: Engine) -> PlannedSets:
    """Cuts all sets into steps; by length, unless what was published is asked for."""
    def planned(split: str, path: str, index: int, utterances: Sequence[Utterance], limits: SetConfig) -> PlannedSet:
        plan = BatchPlan(utterances, limits, run.features.step_ms, n_devices=engine.n_devices,
                         by_length=run.shuffle_batches or limits.batch_seconds > 0)
        return PlannedSet(split=split, path=path, pass_index=index, utterances=utterances,
                          audio_s=seconds_of_audio(utterances, run.features.rate_hz), plan=plan)

    # Seconds as they are after augmentation, at most.
    of_train = replace(run.train, batch_seconds=run.train.batch_seconds / Chain(run.augmentations).longest)
    train = planned('train', ','.join(run.train.files), 0, sets.train, limits=of_train)
    dev = [planned('dev', path, index, utterances, limits=run.dev) for index, (path, utterances) in enumerate(sets.dev, 1)]
    metrics = [planned('metrics', path, index, utterances, limits=run.dev)
               for index, (path, utterances) in enumerate(sets.metrics, 1 + len(dev))]
    return PlannedSets(train, dev, metrics)


def say_how_it_is_cut(planned: PlannedSet, limits: SetConfig, n_devices: int, log: Log) -> None:
    """Says how many utterances a step takes, where it is not plain from the flags: on each of several devices."""
    log.debug(f'{len(planned.utterances)} utterances in {len(planned.plan.in_order)} steps, '
              f'{100 * planned.plan.padding_share:.1f} % of the frames are padding.')
    if n_devices > 1:
        size = f'{limits.batch_size} utterances' if limits.batch_size else f'{limits.batch_seconds:g} s of audio with padding'
        log.info(f'A step takes up to {size} on each of {n_devices} devices, in all {n_devices} times as much.')


def seconds_of_audio(utterances: Sequence[Utterance], rate_hz: int) -> np.ndarray:
    """Returns the duration of each utterance, float64 [n_utterances]."""
    return np.array([utterance.n_samples for utterance in utterances], np.float64) / rate_hz
