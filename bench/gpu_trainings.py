"""Small trainings in the process that calls, for gpu_worker.py: several devices, too little memory, equal checkpoints."""

import os
import tempfile
from typing import Any, Dict

import numpy as np

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import prepare_sets
from deepspeech_training.errors import TrainingError
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
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.train.engine import LocalEngine
from deepspeech_training.train.loop import train

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data', 'tiny-dataset')
PARTS_MIB = 1024  # of each logical device that a GPU is divided into

Answer = Dict[str, Any]


def train_some(job: Answer) -> Answer:
    """Trains without dropout on some logical devices, on each with batches of its own."""
    n_devices = job['n_devices']
    if 'GPU' in job['device']:
        devices = DeviceConfig(gpu_parts_mib=(PARTS_MIB,) * n_devices if n_devices > 1 else ())
    else:
        devices = DeviceConfig(n_cpu_devices=n_devices)
    run = run_of(job, devices, job['directory'])
    trained(run)
    last = CheckpointDirectory(job['directory']).last(Log(3))
    return {'devices': LocalEngine(devices).devices, 'best_loss': last.progress['best']}


def train_too_much(job: Answer) -> Answer:
    """Trains with too large a batch for a part of a GPU; returns what is said."""
    with tempfile.TemporaryDirectory() as directory:
        try:
            trained(run_of(job, DeviceConfig(gpu_parts_mib=(job['memory_mib'],)), directory))
        except TrainingError as error:
            return {'said': str(error)}
    return {'said': ''}


def compare(job: Answer) -> Answer:
    """Returns whether the last checkpoints of two directories have equal bits, and how far they are apart."""
    left, right = [CheckpointDirectory(job[side]).last(Log(3)) for side in ('left', 'right')]
    distances = {name: float(np.abs(left.value(name).astype(float) - right.value(name).astype(float)).max())
                 for name in left.shapes}
    return {'variables': len(distances), 'different': sorted(name for name, distance in distances.items() if distance),
            'largest': max(distances.values()), 'same_names': left.shapes == right.shapes}


def run_of(job: Answer, devices: DeviceConfig, directory: str) -> RunConfig:
    """Returns the RunConfig of a training on the tiny data set."""
    sets = [SetConfig((os.path.join(DATA, f'{kind}.csv'),), job['batch'], job['limit']) for kind in ('train', 'dev')]
    alphabet = Alphabet.from_file(os.path.join(DATA, 'alphabet.txt'))
    return RunConfig(alphabet, ModelConfig(alphabet.size, job['n_hidden'], precision='float32'), dropout=(0., 0., 0., 0.),
                     train=sets[0], dev=sets[1], optimizer=OptimizerConfig(learning_rate=0.001),
                     schedule=ScheduleConfig(epochs=job['epochs']), checkpoints=CheckpointConfig(directory, directory),
                     devices=devices, report=ReportConfig(show_progressbar=False, summary_dir=directory))


def trained(run: RunConfig) -> None:
    directory, log = run.checkpoints.save_dir, Log(3)
    os.makedirs(directory, exist_ok=True)
    train(run, prepare_sets(run, directory, log).training, None, CheckpointDirectory(directory), log)
