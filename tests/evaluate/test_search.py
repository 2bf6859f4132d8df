"""The search for alpha and beta on real outputs with a real scorer."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from deepspeech_training.decode.interface import BeamSearchDecoder
from deepspeech_training.errors import ConfigError
from deepspeech_training.evaluate import search
from deepspeech_training.evaluate.run import test as run_test
from deepspeech_training.settings.config import SearchConfig
from deepspeech_training.text.metrics import error_rates

ROOT = Path(__file__).resolve().parent.parent.parent


def trials_in(directory):
    storage = f'sqlite:///{directory}/lm_optimizer.sqlite'
    (summary,) = optuna.get_all_study_summaries(storage)
    trials = optuna.load_study(study_name=summary.study_name, storage=storage).trials
    return [(trial.params['lm_alpha'], trial.params['lm_beta'], trial.value) for trial in trials
            if trial.state.is_finished()]


def searched(trained, log, n_trials, directory=None):
    run = replace(trained.run, search=SearchConfig(2.0, 3.0, n_trials))
    if directory:
        directory.mkdir()
        run = replace(run, checkpoints=replace(run.checkpoints, save_dir=str(directory)))
    return search.search_weights(run, trained.sets, trained.source, log), trials_in(run.checkpoints.save_dir)


def test_its_rate_is_that_of_a_test_with_these_weights(trained, log, output):
    (alpha, beta, rate), trials = searched(trained, log, 3)
    last = output.getvalue().strip().split('\n')[-1]
    assert last == f'Best params: lm_alpha={alpha} and lm_beta={beta} with WER={rate}'
    assert 0 <= alpha <= 2 and 0 <= beta <= 3 and rate == min(value for _, _, value in trials)
    run = replace(trained.run, decoder=replace(trained.run.decoder, lm_alpha=alpha, lm_beta=beta))
    results = run_test(run, trained.sets, trained.source, log)
    assert error_rates(result.edits for result in results)[0] == rate


def test_an_interrupted_search_tries_what_an_uninterrupted_one_tries(trained, log, output, tmp_path, monkeypatch):
    best, whole = searched(trained, log, 13, tmp_path / 'whole')
    searched(trained, log, 4, tmp_path / 'parts')
    n_runs = []
    real = search.forward_pass
    monkeypatch.setattr(search, 'forward_pass', lambda *arguments, **named: n_runs.append(1) or real(*arguments, **named))
    run = replace(trained.run, search=SearchConfig(2.0, 3.0, 13),
                  checkpoints=replace(trained.run.checkpoints, save_dir=str(tmp_path / 'parts')))
    assert search.search_weights(run, trained.sets, trained.source, log) == best
    assert trials_in(tmp_path / 'parts') == whole and len(n_runs) == 1
    assert 'I Taking up 4 trials of an earlier run.' in output.getvalue()
    # Another seed is another search, in the same file.
    run = replace(run, seed=1, search=SearchConfig(2.0, 3.0, 1))
    other = search.search_weights(run, trained.sets, trained.source, log)
    assert other[:2] not in [trial[:2] for trial in whole]


def test_a_scorer_in_bytes_mode_is_judged_by_characters(trained, log, output, monkeypatch):
    monkeypatch.setattr(BeamSearchDecoder, 'bytes_mode', True)
    (alpha, beta, rate), _ = searched(trained, log, 1)
    assert output.getvalue().strip().endswith(f' with CER={rate}')


@pytest.mark.parametrize('name', ['what?', 'a%20b', 'a%3Fb', 'a#b', '{set}', 'plus+ blank \u00e4'])
def test_the_file_is_where_it_is_said_to_be(tmp_path, log, output, name):
    path = tmp_path / name / 'lm_optimizer.sqlite'
    path.parent.mkdir()
    first = search._study(str(path), 'task', log)
    first.tell(first.ask(), 0.5)
    assert len(search._study(str(path), 'task', log).trials) == 1
    assert [file.name for file in tmp_path.iterdir()] == [name] and path.exists()


def test_a_damaged_file_is_named_with_the_next_step(tmp_path, log):
    path = tmp_path / 'lm_optimizer.sqlite'
    path.write_text('no database, but a text')
    with pytest.raises(ConfigError, match=f'^{path}: .* \\(file is not a database\\); .* remove it to start over.$'):
        search._study(str(path), 'task', log)


def test_a_file_that_becomes_locked_is_named(trained, log, monkeypatch):
    monkeypatch.setattr(search, 'LOCKED_S', 0.1)
    path = Path(trained.run.checkpoints.save_dir, 'lm_optimizer.sqlite')
    others = []

    def lock(*arguments):
        others.append(sqlite3.connect(str(path), isolation_level=None))
        others[0].execute('BEGIN EXCLUSIVE')
        return real(*arguments)

    real = search._run_network
    monkeypatch.setattr(search, '_run_network', lock)
    run = replace(trained.run, search=SearchConfig(2.0, 3.0, 1))
    with pytest.raises(ConfigError, match=f'^{path}: .* \\(database is locked\\)'):
        search.search_weights(run, trained.sets, trained.source, log)
    with pytest.raises(ConfigError, match=f'^{path}: .* \\(database is locked\\)'):
        search._study(str(path), 'task', log)
    others[0].close()


@pytest.fixture
def lm_optimizer(tmp_path):
    """Function that runs the program; returns (exit code, lines of output)."""
    def run(*arguments, kill_after=None):
        environment = dict(os.environ, XDG_CACHE_HOME=str(tmp_path / 'cache'), XDG_DATA_HOME=str(tmp_path / 'data'))
        process = subprocess.Popen([sys.executable, 'bin/lm_optimizer.py', *map(str, arguments)], cwd=str(ROOT),
                                   env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   universal_newlines=True)
        if kill_after:
            while kill_after not in process.stdout.readline():
                assert process.poll() is None
            time.sleep(0.5)
            process.kill()
        output, errors = process.communicate(timeout=300)
        assert kill_after or errors == ''
        return process.returncode, output.strip().split('\n')
    return run


@pytest.fixture
def command(trained, clips):
    """Arguments for a quick search."""
    return ('--test_files', clips, '--checkpoint_dir', trained.run.checkpoints.load_dir, '--scorer',
            trained.run.decoder.scorer_path, '--test_batch_size', 4, '--beam_width', 8, '--lm_alpha_max', 1.5,
            '--random_seed', 7, '--noshow_progressbar', '--train_files', 'x')


def test_a_killed_search_goes_on(lm_optimizer, command, trained):
    directory = trained.run.checkpoints.save_dir
    code, _ = lm_optimizer(*command, '--n_trials', 100000, kill_after='Trial 1:')
    before = trials_in(directory)
    assert code == -9 and before
    code, lines = lm_optimizer(*command, '--n_trials', len(before) + 2)
    assert code == 0 and f'I Taking up {len(before)} trials of an earlier run.' in lines
    after = trials_in(directory)
    assert len(after) == len(before) + 2 and after[:len(before)] == before


def test_program_takes_the_flags_of_the_trainer(lm_optimizer, command, trained):
    checkpoints = trained.run.checkpoints.load_dir
    code, lines = lm_optimizer(*command, '--n_trials', 2)
    assert code == 0 and lines[-1].startswith('Best params: lm_alpha='), lines
    assert f'I The search is kept in {checkpoints}/lm_optimizer.sqlite' in '\n'.join(lines)
    assert len(trials_in(checkpoints)) == 2
    # Enough was tried already.
    assert lm_optimizer(*command, '--n_trials', 2)[1][-1] == lines[-1]
    assert len(trials_in(checkpoints)) == 2


@pytest.mark.parametrize('arguments, part', [
    ((), '--test_files'), (('--test_files', 'x.csv'), '--scorer_path'),
    (('--n_trials', 0), '--n_trials 0'), (('--lm_alpha_max', -1), '--lm_alpha_max -1'),
    (('--lm_beta_max', 'nan'), '--lm_beta_max nan'),
    (('--test_files', 'x.csv', '--scorer_path', 'gone.scorer'), 'gone.scorer')])
def test_program_says_what_is_missing(lm_optimizer, arguments, part):
    code, lines = lm_optimizer(*arguments)
    assert code == 1 and lines[-1].startswith('E ') and part in lines[-1]


def test_a_damaged_trial_is_not_trusted(trained, log):
    best, _ = searched(trained, log, 3)
    path = Path(trained.run.checkpoints.save_dir) / search.NAME
    changes = ('update trial_values set value = value / 2 where trial_id = 2',
               'update trial_intermediate_values set intermediate_value = 0 where trial_id = 2',
               'update trial_params set param_value = param_value + 0.125 where trial_id = 2')
    for change in changes:
        sound = path.read_bytes()
        with closing(sqlite3.connect(str(path))) as connection, connection:
            connection.execute(change)
        with pytest.raises(ConfigError, match='trial 2 of the search is damaged, .* remove it to start over'):
            searched(trained, log, 3)
        path.write_bytes(sound)
    assert searched(trained, log, 3)[0] == best


def test_no_flipped_bit_changes_what_a_search_finds(trained, log, is_long):
    best, _ = searched(trained, log, 3)
    path = Path(trained.run.checkpoints.save_dir) / search.NAME
    sound, dice, n_refused = path.read_bytes(), random.Random(7), 0
    task = search._task(trained.run, trained.sets, trained.source)
    for _ in range(400 if is_long else 60):
        damaged = bytearray(sound)
        damaged[dice.randrange(len(sound))] ^= 1 << dice.randrange(8)
        path.write_bytes(bytes(damaged))
        try:
            study = search._study(str(path), task, log)
        except ConfigError:
            n_refused += 1
            continue
        if search._finished(study):  # else another study, and a search that starts over
            assert len(search._finished(study)) < 3 or study.best_value == best[2]
