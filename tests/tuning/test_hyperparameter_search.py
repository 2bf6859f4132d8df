"""`bin/search_hyperparameters.py`: real trainings, the better settings win, and an interrupted search goes on where it was."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture
def begin(clips, tmp_path):
    """Function that begins a search in a directory below `tmp_path`; returns the process."""
    def start(name, n_trials, *options, flags=()):
        command = [sys.executable, str(TOP / 'bin' / 'search_hyperparameters.py'), '--out', str(tmp_path / name), '--trials',
                   str(n_trials), '--epochs', '3', *options, '--', '--train_files', str(clips), '--dev_files', str(clips),
                   '--train_batch_size', '3', '--dev_batch_size', '9', '--n_hidden', '8', *flags]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, cwd=TOP,
                                env=dict(os.environ, XDG_CACHE_HOME=str(tmp_path / 'home')))
    return start


def rows_of(directory):
    with open(directory / 'trials.csv', encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def output_of(process):
    output = process.communicate(timeout=300)[0]
    return process.returncode, output


def test_it_finds_the_better_rate_and_goes_on_after_being_killed(begin, tmp_path):
    options = ('--tune', 'learning_rate=1e-7,1e-2')
    code, output = output_of(begin('whole', 3, *options, '--plot', str(tmp_path / 'trials.png')))
    assert code == 0, output
    rows = rows_of(tmp_path / 'whole')
    assert rows[0]['flags'] == '--learning_rate=1e-2' and len(rows) == 3
    assert {row['learning_rate'] for row in rows} == {'1e-7', '1e-2'}, 'the draws of this seed try both'
    losses = [float(row['dev_loss']) for row in rows]
    assert losses == sorted(losses) and losses[0] < losses[-1] - 1
    assert (tmp_path / 'trials.png').read_bytes().startswith(b'\x89PNG')

    searching = begin('killed', 3, *options)
    checkpoints, end = tmp_path / 'killed', time.monotonic() + 200
    while not list(checkpoints.glob('*-1/train-*.index')):  # within the second trial
        assert searching.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    searching.send_signal(signal.SIGKILL)
    searching.communicate()
    code, output = output_of(begin('killed', 3, *options))
    assert code == 0 and 'Taking up 1 trials' in output and 'Trial 2 of 3 goes on' in output, output
    again = rows_of(tmp_path / 'killed')
    assert [(row['trial'], row['learning_rate'], row['epochs']) for row in again] == [
        (row['trial'], row['learning_rate'], row['epochs']) for row in rows]
    assert [float(row['dev_loss']) for row in again] == pytest.approx(losses, rel=1e-3)


def test_a_hopeless_trial_is_stopped(begin, tmp_path, monkeypatch):
    from deepspeech_training.console.log import Log
    from deepspeech_training.tuning import study
    from deepspeech_training.tuning.space import Choice
    from deepspeech_training.tuning.trial import Outcome
    monkeypatch.setattr(study, 'run_trial', lambda flags, directory, n_epochs, *, is_hopeless: scripted(is_hopeless, n_epochs))
    losses = iter([1., 2., 3., 4., 9., .5])

    def scripted(is_hopeless, n_epochs):
        level, given = next(losses), []
        for epoch in range(n_epochs):
            given.append(level + 1 / (1 + epoch))
            if is_hopeless(epoch, given[-1]) and epoch + 1 < n_epochs:
                return Outcome(given, '', was_stopped=True)
        return Outcome(given, '', was_stopped=False)

    search = study.Search(study.Task([], [Choice('beta2', ('0.9', '0.99'))], 5, 1), str(tmp_path / 'medians'), Log(3))
    search.run(6)
    found = [(trial.state.name, len(trial.intermediate_values)) for trial in search.trials]
    assert found == [('COMPLETE', 5)] * 4 + [('PRUNED', 3), ('COMPLETE', 5)]
    assert search.trials[-1].value == pytest.approx(.7)
    assert optuna.trial.TrialState.PRUNED in {trial.state for trial in search.trials}


def test_trainings_that_cannot_begin_end_the_search_with_their_sentence(begin, tmp_path):
    code, output = output_of(begin('bad', 3, '--tune', 'beta2=0.9,7'))
    assert code == 0 and 'W It failed: --beta2 7.0: a decay rate lies from 0 to below 1.' in output, output
    assert {row['state'] for row in rows_of(tmp_path / 'bad')} == {'complete', 'failed'}
    code, output = output_of(begin('worse', 5, '--tune', 'beta2=7,8'))
    assert code == 1, output
    assert 'E the first 3 trainings failed before they were validated, the last one because of: --beta2 ' in output
    code, output = output_of(begin('none', 0))
    assert code == 1 and '--trials 0' in output
