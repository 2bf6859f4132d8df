"""`--train_batch_size auto`: the largest batch that fits is found, said, used and kept by the run."""

import io
import os
import re

import numpy as np
import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import prepare_sets
from deepspeech_training.settings.config import (
    CheckpointConfig,
    DeviceConfig,
    ReportConfig,
    RunConfig,
    ScheduleConfig,
    SetConfig,
)
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train import batch_choice, loop
from deepspeech_training.train.engine import LocalEngine
from deepspeech_training.train.loop import train


@pytest.fixture
def trained(clips, alphabet, tmp_path, monkeypatch):
    """Function that trains until an epoch with so much free memory; returns the last checkpoint and what was said."""
    monkeypatch.setattr(batch_choice, 'FEWEST_STEPS', 2)
    directory = str(tmp_path / 'ckpt')
    os.makedirs(directory)

    def run_training(n_epochs, available_bytes, n_devices=1):
        monkeypatch.setattr(batch_choice, 'available_bytes', lambda: available_bytes)
        found = SetConfig((str(clips),), 0, fits_memory=True)
        run = RunConfig(
            alphabet, ModelConfig(alphabet.size, 16), train=found, dev=found, schedule=ScheduleConfig(total_epochs=n_epochs),
            checkpoints=CheckpointConfig(directory, directory), devices=DeviceConfig(1, 1, n_cpu_devices=n_devices),
            report=ReportConfig(show_progressbar=False, summary_dir=directory))
        said = io.StringIO()
        before = CheckpointDirectory(directory).last(Log(level=3))
        train(run, prepare_sets(run, str(tmp_path), Log(3)).training, before, CheckpointDirectory(directory), Log(0, said))
        return CheckpointDirectory(directory).last(Log(level=3)), said.getvalue()
    return run_training


def seconds_said(said):
    return float(re.search(r'--train_batch_size auto: batches of up to (\S+) s', said).group(1))


@pytest.mark.parametrize('n_devices', [1, 2])
def test_where_memory_is_ample_the_set_has_some_steps_at_least(trained, n_devices):
    last, said = trained(1, 64 << 30, n_devices)
    assert 's with padding (so that an epoch has at least 2 steps)' in said
    n_steps = int(re.search(r'9 utterances in (\d+) steps', said).group(1))
    assert 2 <= n_steps <= 4 and last.progress['batch_seconds'] == seconds_said(said)


def test_where_memory_is_short_it_decides_and_the_run_keeps_to_it(trained):
    last, said = trained(1, 1)
    assert '(half of the free memory holds no more)' in said and seconds_said(said) < 1.7  # the longest utterance
    n_steps = re.search(r'9 utterances in \d+ steps', said).group()
    again, said_again = trained(2, 64 << 30)
    assert seconds_said(said_again) == seconds_said(said) and '(as this run began)' in said_again
    assert n_steps in said_again and again.progress['epoch'] == 2
    assert again.progress['batch_seconds'] == last.progress['batch_seconds']


class OfThree(LocalEngine):
    """The first of three processes; the others have found what is given. The last of them is on another machine."""

    n_replicas = 3

    def __init__(self, config, found):
        super().__init__(config)
        self._found = found

    def gather(self, value):
        if isinstance(value, str):
            return [value, value, 'another']
        return [value, *self._found] if isinstance(value, batch_choice.Found) else [value] * 3


@pytest.mark.parametrize('found, expected', [([1.2, 1.4], '1.2 s with padding (worker 1: '),
                                             ([9e9, 1.4], '1.4 s with padding (worker 2: ')])
def test_of_several_processes_the_one_with_the_least_memory_decides(trained, monkeypatch, found, expected):
    shared = []
    monkeypatch.setattr(batch_choice, 'n_that_fit_memory', lambda try_out, n_sharing: shared.append(n_sharing) or 100)
    monkeypatch.setattr(loop, 'engine_for', lambda run, log: OfThree(run.devices, [(each, 'no more') for each in found]))
    last, said = trained(1, 64 << 30)
    assert f'--train_batch_size auto: batches of up to {expected}' in said and shared == [2]


@pytest.mark.skipif(not os.path.exists('/proc/self/clear_refs'), reason='this system does not tell peaks of memory')
@pytest.mark.parametrize('share', [4.5, 10.5, 50.5])
def test_what_a_step_takes_is_found_by_two_small_ones(monkeypatch, share):
    def try_out(n):
        kept.append(np.ones(once + n * each, np.uint8))
        del kept[:]

    once, each, kept = 12 << 20, 40 << 20, []
    monkeypatch.setattr(batch_choice, 'available_bytes', lambda: int(2 * (once + share * each)))
    assert 0.85 * share <= batch_choice.n_that_fit_memory(try_out) <= 1.15 * share


@pytest.mark.parametrize('n_fit', [1, 2, 3, 5, 8, 11, 16, 100, 999])
@pytest.mark.parametrize('most', [1, 2, 7, 64, 100])
def test_on_gpus_batches_grow_until_memory_gives_out(n_fit, most):
    tried = []

    def try_out(n):
        tried.append(n)
        if n > n_fit:
            raise tf.errors.ResourceExhaustedError(None, None, 'out of memory')

    found, possible = batch_choice.n_that_fit_gpu(try_out, most), min(n_fit, most)
    assert found in tried and found <= possible and found >= 2 * possible / 3 and max(tried) <= most


def test_not_even_one_utterance_that_fits_is_an_error():
    def try_out(n):
        raise tf.errors.ResourceExhaustedError(None, None, 'out of memory')

    with pytest.raises(tf.errors.ResourceExhaustedError):
        batch_choice.n_that_fit_gpu(try_out, 8)


@pytest.mark.parametrize('seconds, rounded', [(39.947, 39.9), (600., 600.), (1234.5, 1230.), (7., 7.), (0.98765, 0.987)])
def test_limits_are_said_in_three_digits(seconds, rounded):
    assert batch_choice.rounded_down(seconds) == rounded
