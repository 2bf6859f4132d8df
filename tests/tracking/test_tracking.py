"""Trackers of experiments are told what `history.jsonl` says; what they fail at never stops a training."""

import glob
import importlib
import json
import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from http_endpoint import wait_for

from deepspeech_training.tracking import tracking as module
from deepspeech_training.tracking.libraries import RunFacts, is_installed
from deepspeech_training.tracking.tracking import Tracking

ROOT = Path(__file__).resolve().parents[2]
FACTS = RunFacts('0123456789ab', 'name', '', {'optimizer.learning_rate': 0.1})
SMALL = ('--n_hidden', 8, '--train_batch_size', 9, '--dev_batch_size', 9, '--noshow_progressbar')

# Plays a library: writes down what it is told, or does as `WANDB_PLAYS` says.
PLAYED = '''
import json, os, time

def write(**values):
    with open(os.environ['WANDB_WRITES'], 'a') as file:
        file.write(json.dumps(values) + '\\n')

def init(**values):
    print('what a library prints')
    if os.environ.get('WANDB_PLAYS') == 'hang':
        time.sleep(3600)
    if os.environ.get('WANDB_PLAYS') == 'fail':
        raise RuntimeError('no key, no entry')
    if os.environ.get('WANDB_PLAYS') == 'die':
        os._exit(3)
    write(begin={name: values[name] for name in ('project', 'id', 'name', 'resume', 'dir')}, n=len(values['config']))
    return Run()

class Run:
    def define_metric(self, *_, **__): pass
    def log(self, values):
        write(log={name: value for name, value in values.items() if name != 'transcripts'})
    def finish(self, exit_code):
        write(end=exit_code)

def Settings(**values): return values
def Table(columns, data): write(table=[columns, data])
'''


@pytest.fixture
def played(tmp_path, home):
    """Function that runs the trainer where a package `wandb` plays a part; returns (process, what it was told)."""
    (tmp_path / 'wandb.py').write_text(PLAYED)
    told = tmp_path / 'told'

    def run(*words, plays='', n_epochs=1):
        path = os.pathsep.join([str(tmp_path), *[each for each in sys.path if each]])
        environment = dict(home, PYTHONPATH=path, WANDB_WRITES=str(told), WANDB_PLAYS=plays)
        words = [*SMALL, '--checkpoint_dir', tmp_path / 'ckpt', '--epochs', n_epochs, '--track', 'wandb', *words]
        ended = subprocess.run([sys.executable, 'DeepSpeech.py', *map(str, words)], cwd=str(ROOT), env=environment, timeout=300,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        return ended, [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []
    return run


def history(tmp_path, split):
    lines = (tmp_path / 'ckpt' / 'history.jsonl').read_text().splitlines()
    return [line for line in map(json.loads, lines) if line['set'] == split]


def test_a_tracker_is_told_what_the_history_says(played, clips, tmp_path):
    ended, told = played('--train_files', clips, '--dev_files', clips, n_epochs=2)
    assert ended.returncode == 0 and 'W ' not in ended.stdout and 'prints' not in ended.stdout, ended.stdout
    run = json.loads((tmp_path / 'ckpt' / 'run.json').read_text())['starts'][0]
    begin, end = told[0], told[-1]
    assert begin['begin'] == {'project': 'deepspeech', 'id': run['run'], 'name': f'ckpt-{run["run"]}', 'resume': 'allow',
                              'dir': str(tmp_path / 'ckpt')} and begin['n'] > 80 and end == {'end': 0}
    logged = [line['log'] for line in told if 'log' in line]
    for name in ('loss', 'wer', 'cer', 'blank_share'):
        assert [values[f'dev/{name}'] for values in logged if f'dev/{name}' in values] == pytest.approx(
            [line[name] for line in history(tmp_path, 'dev')], rel=1e-6)
    of_train = [values for values in logged if 'train/loss' in values]
    assert [values['train/loss'] for values in of_train] == pytest.approx(
        [line['loss'] for line in history(tmp_path, 'train')], rel=1e-6)
    assert [(values['step'], values['epoch']) for values in of_train] == [(1, 0), (2, 1)]
    assert all(values['train/weight_norm'] > 0 for values in of_train)
    assert [values for values in logged if values.get('train/gradient_norm', 0) > 0]
    samples = [[sample[name] for name in ('wav_filename', 'src', 'res')] for sample in history(tmp_path, 'dev')[0]['samples']]
    assert [line['table'] for line in told if 'table' in line][0] == [['wav_filename', 'src', 'res'], samples]


@pytest.mark.parametrize('plays, said', [
    ('fail', 'W wandb: cannot be told of this run (no key, no entry). The run goes on.'),
    ('die', 'W Trackers: cannot be told of this run (their process has ended). The run goes on.'),
    ('hang', 'I wandb: not all is taken yet; the rest is passed on in the background, for a minute at most.')])
def test_what_a_tracker_fails_at_is_said_once_and_training_goes_on(plays, said, played, clips, tmp_path):
    ended, told = played('--train_files', clips, '--dev_files', clips, plays=plays, n_epochs=3)
    assert ended.returncode == 0 and not told and len(history(tmp_path, 'train')) == 3
    assert ended.stdout.count(said) == 1 and ended.stdout.count('cannot be told') <= 1, ended.stdout


def test_a_training_that_fails_is_a_failed_run_there(played, clips):
    ended, told = played('--train_files', clips, '--learning_rate', '1e30')
    assert ended.returncode == 1 and told[-1] == {'end': 1}


def test_a_tracker_that_takes_nothing_costs_values_not_time(tmp_path, monkeypatch, log, output):
    (tmp_path / 'wandb.py').write_text(PLAYED)
    monkeypatch.setenv('WANDB_PLAYS', 'hang')
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(module, 'PARTING_S', 0.1)
    tracking = Tracking(['wandb'], log)
    tracking.begin(FACTS)
    process = tracking._process
    for step in range(20000):  # more than queues and pipes hold
        tracking.tell(metrics={'dev/wer': 0.5}, step=step)
    tracking.end(True)
    assert 'values are left out' in wait_for(output.getvalue) and output.getvalue().count('cannot be told') <= 2
    process.kill()


def test_a_killed_trainer_is_a_failed_run(tmp_path, home):
    (tmp_path / 'wandb.py').write_text(PLAYED)
    code = textwrap.dedent('''
        import os, signal, time
        from deepspeech_training.console.log import Log
        from deepspeech_training.tracking.tracking import RunFacts, Tracking
        tracking = Tracking(['wandb'], Log())
        tracking.begin(RunFacts('a', 'b', 'c', {}))
        while not os.path.exists(os.environ['WANDB_WRITES']):
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)
    ''')
    told = tmp_path / 'told'
    environment = dict(home, PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]), WANDB_WRITES=str(told))
    assert subprocess.run([sys.executable, '-c', code], env=environment, timeout=100).returncode == -9
    wait_for(lambda: told.read_text().endswith('{"end": 1}\n'))


def test_a_missing_library_is_said_before_training(deepspeech, clips, tmp_path):
    missing = [name for name in ('wandb', 'mlflow', 'trackio') if not is_installed(name)]
    if not missing:
        pytest.skip('all of them are installed')
    run = deepspeech('--train_files', clips, '--checkpoint_dir', tmp_path / 'ckpt', '--track', f'tensorboard,{missing[0]}')
    assert run.returncode == 1 and not (tmp_path / 'ckpt' / 'checkpoint').exists()
    assert run.stdout.splitlines()[-1] == (
        f'E --track {missing[0]}: the package {missing[0]} is not installed; install it with "pip install {missing[0]}", or '
        f'leave {missing[0]} out.')


def test_unknown_trackers_are_refused(deepspeech, clips):
    run = deepspeech('--train_files', clips, '--track', 'wandb,aim')
    assert run.returncode == 1
    assert run.stdout.startswith('E --track wandb,aim: choose among tensorboard, wandb, mlflow, trackio')


def test_a_directory_that_a_tracker_has_left_is_no_library(tmp_path, monkeypatch):
    (tmp_path / 'wandb_left_behind').mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not is_installed('wandb_left_behind')


@pytest.fixture
def trained(deepspeech, clips, home, tmp_path):
    """Function that trains two epochs in two calls with a tracker, if that is installed; returns the lines of validation."""
    def run(name, **environment):
        pytest.importorskip(name)
        home.update(environment)
        for _ in range(2):
            ended = deepspeech(*SMALL, '--train_files', clips, '--dev_files', clips, '--checkpoint_dir', tmp_path / 'ckpt',
                               '--epochs', 1, '--track', name)
            assert ended.returncode == 0 and 'cannot be told' not in ended.stdout, ended.stdout
        return history(tmp_path, 'dev')
    return run


def test_mlflow_shows_one_run_for_two_calls(trained, tmp_path, monkeypatch):
    monkeypatch.setenv('MLFLOW_ALLOW_FILE_STORE', 'true')
    lines = trained('mlflow', MLFLOW_TRACKING_URI=f'file://{tmp_path}/mlruns', MLFLOW_ALLOW_FILE_STORE='true')
    client = importlib.import_module('mlflow').MlflowClient(f'file://{tmp_path}/mlruns')
    experiment = client.get_experiment_by_name('deepspeech').experiment_id

    def finished():
        runs = client.search_runs([experiment], "attributes.status = 'FINISHED'")
        return len(runs) == 1 and len(client.get_metric_history(runs[0].info.run_id, 'dev/loss')) == 2 and runs[0]
    run = wait_for(finished)
    for name in ('loss', 'wer', 'cer', 'blank_share'):
        points = client.get_metric_history(run.info.run_id, f'dev/{name}')
        expected = {line['step']: line[name] for line in lines}
        assert {point.step: point.value for point in points} == pytest.approx(expected, rel=1e-6)
    assert run.data.params['model.n_hidden'] == '8' and run.data.tags['deepspeech_run'] == lines[0]['run']
    (path,) = glob.glob(f'{tmp_path}/mlruns/*/{run.info.run_id}/artifacts/transcripts/000000002.txt')
    assert f'src: {lines[1]["samples"][0]["src"]}' in Path(path).read_text()


def test_trackio_shows_one_run_for_two_calls(trained, tmp_path):
    lines = trained('trackio', TRACKIO_DIR=str(tmp_path / 'trackio'))

    def logged():
        with sqlite3.connect(str(tmp_path / 'trackio' / 'deepspeech.db')) as connection:
            rows = [(step, json.loads(metrics), run) for step, metrics, run in
                    connection.execute('SELECT step, metrics, run_name FROM metrics')]
        found = {step: metrics for step, metrics, _ in rows if 'dev/loss' in metrics}
        return len(found) == 2 and (found, {run for _, _, run in rows})
    found, runs = wait_for(logged)
    assert runs == {f'ckpt-{lines[0]["run"]}'}
    assert {step: values['dev/loss'] for step, values in found.items()} == pytest.approx(
        {line['step']: line['loss'] for line in lines}, rel=1e-6)


def test_wandb_writes_runs_that_can_be_synchronised_later(trained, tmp_path):
    lines = trained('wandb', WANDB_MODE='offline')

    def written():
        files = sorted(glob.glob(f'{tmp_path}/ckpt/wandb/offline-run-*/run-{lines[0]["run"]}.wandb'))
        contents = [Path(path).read_bytes() for path in files]
        return len(contents) == 2 and all(b'dev/wer' in content and b'train/loss' in content for content in contents)
    wait_for(written)
