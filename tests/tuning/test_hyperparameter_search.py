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

from deepspeech_training.checkpoints.lock import locked
from deepspeech_training.console.log import Log
from deepspeech_training.tuning import study
from deepspeech_training.tuning.results import write_table
from deepspeech_training.tuning.space import Choice
from deepspeech_training.tuning.trial import Outcome

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


@pytest.fixture
def searched(tmp_path, monkeypatch):
    """Function that searches with trainings that only say losses, given by trial and epoch; returns the Search."""
    def search_in(losses):
        trials, n_epochs = iter(losses), max(map(len, losses))

        def scripted(flags, directory, n_epochs, *, is_hopeless):
            given = next(trials)
            for epoch, loss in enumerate(given):
                if is_hopeless(epoch, loss) and epoch + 1 < n_epochs:
                    return Outcome(given[:epoch + 1], '', was_stopped=True)
            return Outcome(given, '', was_stopped=False)

        monkeypatch.setattr(study, 'run_trial', scripted)
        task = study.Task([], [Choice('beta2', ('0.9', '0.99'))], n_epochs, 1)
        search = study.Search(task, str(tmp_path / 'scripted'), Log(3))
        search.run(len(losses))
        return search
    return search_in


def test_a_hopeless_trial_is_stopped(searched):
    search = searched([[level + 1 / (1 + epoch) for epoch in range(5)] for level in (1., 2., 3., 4., 9., .5)])
    found = [(trial.state.name, len(trial.intermediate_values)) for trial in search.trials]
    assert found == [('COMPLETE', 5)] * 4 + [('PRUNED', 3), ('COMPLETE', 5)]
    assert search.trials[-1].value == pytest.approx(.7)
    assert optuna.trial.TrialState.PRUNED in {trial.state for trial in search.trials}


@pytest.mark.filterwarnings('error')
def test_losses_that_are_no_numbers_do_not_count(searched, tmp_path):
    nan = float('nan')
    search = searched([[nan, nan], [], [nan, 2.], [3., nan]])
    assert [(trial.state.name, trial.value) for trial in search.trials] == [
        ('FAIL', None), ('FAIL', None), ('COMPLETE', 2.), ('COMPLETE', 3.)]
    write_table(search.trials, str(tmp_path))
    assert [row['dev_loss'] for row in rows_of(tmp_path)] == ['2.0', '3.0', '', '']


def test_trainings_that_cannot_begin_end_the_search_with_their_sentence(begin, tmp_path):
    code, output = output_of(begin('bad', 3, '--tune', 'beta2=0.9,7'))
    assert code == 0 and 'W It failed: --beta2 7.0: a decay rate lies from 0 to below 1.' in output, output
    assert {row['state'] for row in rows_of(tmp_path / 'bad')} == {'complete', 'failed'}
    code, output = output_of(begin('worse', 5, '--tune', 'beta2=7,8'))
    assert code == 1, output
    assert 'E the first 3 trainings failed before they were validated, the last one because of: --beta2 ' in output
    code, output = output_of(begin('none', 0))
    assert code == 1 and '--trials 0' in output


def test_one_search_at_a_time_in_a_directory_of_its_own(begin, tmp_path):
    mine = tmp_path / 'mine'
    mine.mkdir()
    with locked(str(mine), Log(3), 'out'):
        code, output = output_of(begin('mine', 1))
    assert code == 1 and 'another --out' in output and 'Traceback' not in output, output
    (mine / 'trials.csv').write_text('of something else')
    code, output = output_of(begin('mine', 1))
    assert code == 1 and (mine / 'trials.csv').read_text() == 'of something else', output


@pytest.mark.parametrize('name', ['picture.doc', 'missing/picture.png'])
def test_a_picture_that_cannot_be_drawn_is_refused_at_once(begin, tmp_path, name):
    code, output = output_of(begin('search', 1, '--plot', str(tmp_path / name)))
    assert code == 1 and name in output and 'Traceback' not in output and 'Trial 1' not in output, output
