"""Settings of a training change what it learns, each of them; the same settings learn the same."""

import os
from dataclasses import replace

import numpy as np
import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import prepare_sets
from deepspeech_training.settings.config import (
    CheckpointConfig,
    DeviceConfig,
    OptimizerConfig,
    ReportConfig,
    RunConfig,
    ScheduleConfig,
    SetConfig,
)
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train.loop import train


@pytest.fixture
def learned(clips, alphabet, tmp_path):
    """Function: the weights of the last layer after two epochs with some settings of the RunConfig changed."""
    def weights(name, **changes):
        directory = str(tmp_path / name)
        os.makedirs(directory)
        run = RunConfig(
            alphabet, ModelConfig(alphabet.size, 8, 'unidirectional', precision='float32', lstm='block'),
            train=SetConfig((str(clips),), 4), schedule=ScheduleConfig(epochs=2), devices=DeviceConfig(1, 1),
            checkpoints=CheckpointConfig(directory, directory), optimizer=OptimizerConfig(0.01),
            report=ReportConfig(show_progressbar=False, summary_dir=directory))
        for field, change in changes.items():
            value = replace(getattr(run, field), **change) if isinstance(change, dict) else change
            run = replace(run, **{field: value})
        train(run, prepare_sets(run, str(tmp_path), Log(3)).training, None, CheckpointDirectory(directory), Log(3))
        return CheckpointDirectory(directory).last(Log(3)).value('layer_6/weights')
    return weights


CHANGES = {
    'dropout_rate': dict(dropout=(0.5, 0.05, 0.05, 0.05)), 'dropout_rate2': dict(dropout=(0.05, 0.5, 0.05, 0.05)),
    'dropout_rate3': dict(dropout=(0.05, 0.05, 0.5, 0.05)), 'dropout_rate6': dict(dropout=(0.05, 0.05, 0.05, 0.5)),
    'relu_clip': dict(model=dict(relu_clip=0.1)), 'layer_norm': dict(model=dict(layer_norm=True)),
    'beta1': dict(optimizer=dict(beta1=0.5)), 'beta2': dict(optimizer=dict(beta2=0.5)),
    'epsilon': dict(optimizer=dict(epsilon=0.1)), 'learning_rate': dict(optimizer=dict(learning_rate=0.02)),
    'lr_schedule': dict(schedule=dict(rate_schedule='warmup_linear')), 'warmup_epochs': dict(schedule=dict(warmup_epochs=1.)),
    'clip_gradient_norm': dict(optimizer=dict(max_norm=1.)), 'weight_decay': dict(optimizer=dict(weight_decay=0.1)),
    'accumulate_steps': dict(optimizer=dict(n_steps=2)),
    'random_seed': dict(seed=1), 'noshuffle_batches': dict(shuffle_batches=False),
    'epochs': dict(schedule=dict(epochs=1)),
    'train_batch_size': dict(train=dict(batch_size=5)), 'limit_train': dict(train=dict(limit=8)),
    'reverse_train': dict(train=dict(reverse=True)), 'batch_seconds': dict(train=dict(batch_seconds=2.5)),
}


@pytest.mark.slow
def test_each_setting_changes_what_is_learned(learned):
    base = learned('base')
    np.testing.assert_array_equal(learned('again'), base)
    same = [name for name, changes in CHANGES.items() if np.array_equal(learned(name, **changes), base)]
    assert not same
