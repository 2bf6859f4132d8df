"""A training that was stopped again and again ends with the very bits of one that was left alone."""

import json
import random
import re
import signal
import time

import numpy as np
import pytest
from long_form import long

from deepspeech_training.checkpoints.directory import CheckpointDirectory

SHORT, LONG = (3, 6), (20, 60)  # stops, epochs
COMMAND = ('--n_hidden', 48, '--train_batch_size', 2, '--dev_batch_size', 4, '--noshow_progressbar', '--deterministic',
           '--dropout_rate', 0.2, '--learning_rate', 0.003, '--layer_norm', '--reduce_lr_on_plateau', '--plateau_epochs', 1,
           '--es_min_delta', 3., '--plateau_reduction', 0.9)
EVERYTHING = ('--accumulate_steps', 3, '--clip_gradient_norm', 20, '--weight_decay', 0.1, '--ema_decay', 0.9, '--lr_schedule',
              'one_cycle', '--warmup_epochs', 0.5, '--average_checkpoints', 2)


@pytest.fixture
def long_set(repeated_clips, is_long):
    return repeated_clips(10 if is_long else 6)


def history_of(directory):
    """Returns the lines of the history without what another computer or a stop changes."""
    lines = [json.loads(line) for line in (directory / 'history.jsonl').read_text().splitlines()]
    return [{name: line[name] for name in ('epoch', 'step', 'set', 'dataset', 'loss', 'rate')} for line in lines]


@pytest.mark.parametrize('settings', [long((), id='published'),
                                      pytest.param(EVERYTHING, id='everything')])
def test_stops_change_no_bit(settings, start, committed, long_set, clips, tmp_path, log, is_long, capsys):
    n_stops, n_epochs = LONG if is_long else SHORT
    n_epochs *= (3 if is_long else 2) if settings else 1  # an update takes three steps then
    command = COMMAND + settings + ('--train_files', long_set, '--dev_files', clips, '--epochs', n_epochs)
    undisturbed, stopped = tmp_path / 'undisturbed', tmp_path / 'stopped'
    training = start(command + ('--checkpoint_dir', undisturbed))
    assert training.wait() == 0
    assert 'plateau' in training.output and 'Saved new best' in training.output
    hours, minutes, seconds = re.search(r'FINISHED optimization in (\d+):(\d+):([\d.]+)', training.output).groups()
    leg_s = (3600 * int(hours) + 60 * int(minutes) + float(seconds)) / n_stops

    dice, stops = random.Random(5), []
    stopped.mkdir()
    while len(stops) < n_stops:
        training = start(command + ('--checkpoint_dir', stopped, '--loader_threads', dice.choice((1, 2, 4)),
                                    '--checkpoint_secs', 1))
        while 'STARTING' not in training.output and training.is_alive():
            time.sleep(0.01)
        time.sleep(dice.random() * leg_s)
        number = dice.choice((signal.SIGKILL, signal.SIGTERM))
        training.kill(number)
        code = training.wait()
        assert code == (-number if number == signal.SIGKILL else 128 + number), training.output
        stops.append(committed(stopped)[1])
    assert start(command + ('--checkpoint_dir', stopped, '--loader_threads', 4)).wait() == 0
    with capsys.disabled():
        print(f'\nstopped {len(stops)} times, after updates {stops}')
    for method in ('last', 'best'):
        expected, found = [CheckpointDirectory(str(directory)).find(method, log) for directory in (undisturbed, stopped)]
        assert found.shapes == expected.shapes
        for name in expected.shapes:
            assert np.array_equal(found.value(name), expected.value(name)), (method, name)
        assert dict(found.progress, run='') == dict(expected.progress, run='')
    assert len(history_of(undisturbed)) == 2 * n_epochs
    assert history_of(stopped) == history_of(undisturbed)
