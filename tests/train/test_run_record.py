"""`run.json`: with what a training was made, for each of its starts, without secrets."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from small_training import SmallTraining

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.compat import VERSION
from deepspeech_training.console.log import Log
from deepspeech_training.errors import DivergenceError
from deepspeech_training.train.run_record import git_revision

ROOT = Path(__file__).resolve().parents[2]
PASSWORD, TOKEN = 'pa55word', '0123456789abcdef'


@pytest.fixture
def learned(clips, alphabet, tmp_path, log):
    return SmallTraining(clips, alphabet, tmp_path, log)


def starts_in(directory):
    values = json.loads((Path(directory) / 'run.json').read_text(encoding='utf-8'))
    assert values['format'] == 1
    return values['starts']


def test_each_start_is_in_it_with_its_end(learned, clips):
    learned('run', stops=(3, 2))
    stopped, again, last = starts_in(learned.path('run'))
    assert [start['outcome'] for start in (stopped, again, last)] == ['interrupted', 'interrupted', 'complete']
    assert [(start['first_epoch'], start['first_position'], start['next_epoch']) for start in (stopped, again, last)] == [
        (0, 0, 0), (0, 3, 0), (0, 5, 3)]
    assert len({start['run'] for start in (stopped, again, last)}) == 1 and last['seconds'] > 0
    model = CheckpointDirectory(learned.path('run')).find('last', Log(3))
    assert last['run'] == model.progress['run'] and last['best'] == {'by': 'loss', 'value': model.progress['best']}
    assert last['data'] == [{'set': split, 'dataset': str(clips), 'utterances': 9, 'hours': round(8.6375 / 3600, 4)}
                            for split in ('train', 'dev')]
    assert last['content']['train'] == model.progress['train_content'] == last['content']['dev']
    assert last['versions']['tensorflow'] == VERSION and last['versions']['python'] == platform.python_version()
    assert last['hardware']['n_processors'] >= 1 and last['hardware']['processor'] and last['hardware']['memory_gb'] > 0
    assert last['configuration']['optimizer']['learning_rate'] == 0.01 and 'notify' not in last['configuration']


def test_other_data_have_other_digests(learned, one_clip):
    learned('run', schedule=dict(epochs=1))
    learned('run', schedule=dict(epochs=1), dev=dict(files=(str(one_clip),)))
    before, after = [start['content'] for start in starts_in(learned.path('run'))]
    assert before['dev'] != after['dev'] and before['train'] == after['train'] and before['alphabet'] == after['alphabet']


def test_a_diverged_run_is_one(learned):
    with pytest.raises(DivergenceError):
        learned('run', optimizer=dict(learning_rate=1e30))
    (start,) = starts_in(learned.path('run'))
    assert start['outcome'] == 'diverged' and start['ended'] >= start['began']


def test_early_stop_is_told(learned):
    learned('run', schedule=dict(early_stop=True, es_epochs=1, es_min_delta=1e6, epochs=9))
    assert starts_in(learned.path('run'))[0]['outcome'] == 'early_stop'


@pytest.mark.parametrize('content', ['{"starts": [', '[' * 100000])
def test_a_damaged_one_begins_anew_with_a_warning(content, learned, output):
    directory = learned.path('run')
    os.makedirs(directory)
    (Path(directory) / 'run.json').write_text(content)
    learned('run', schedule=dict(epochs=1))
    assert len(starts_in(directory)) == 1
    assert output.getvalue().count(f'W {directory}/run.json: is damaged; ') == 1


def test_one_that_cannot_be_written_costs_a_warning(learned, output):
    directory = learned.path('run')
    os.makedirs(os.path.join(directory, 'run.json'))
    assert learned('run', schedule=dict(epochs=1)).value('global_step') == 5
    assert 'Training goes on without it.' in output.getvalue()


def test_a_program_leaves_its_command_without_secrets(deepspeech, clips, tmp_path):
    words = ['--train_files', clips, '--checkpoint_dir', tmp_path / 'ckpt', '--n_hidden', 8, '--epochs', 1,
             '--train_batch_size', 9, '--export_contact_info', f'ftp://me:{PASSWORD}@host/x',
             f'--notify=http://me:{PASSWORD}@127.0.0.1:9/a?{TOKEN}', '--notify', f'http://127.0.0.1:9/b?{TOKEN}',
             f'http://127.0.0.1:9/c?{TOKEN}', '--noshow_progressbar']
    run = deepspeech(*words)
    assert run.returncode == 0, run.stdout + run.stderr
    text = (tmp_path / 'ckpt' / 'run.json').read_text(encoding='utf-8')
    (start,) = json.loads(text)['starts']
    assert start['command'][1:] == [str(word) for word in words[:11]] + [
        'ftp://***@host/x', '--notify=***', '--notify', '***', '***', '--noshow_progressbar']
    assert TOKEN not in text and PASSWORD not in text
    assert start['directory'] == str(ROOT) and start['configuration']['model']['n_hidden'] == 8


def test_the_revision_is_that_of_the_checkout_which_holds_the_program(tmp_path):
    def git(*words):
        return subprocess.run(['git', '-c', 'user.name=a', '-c', 'user.email=b', *words], cwd=str(tmp_path), check=True,
                              stdout=subprocess.PIPE, universal_newlines=True).stdout.strip()

    source = tmp_path / 'run_record.py'
    source.write_text('1\n')
    assert git_revision(str(tmp_path)) is None
    git('init', '-q')
    assert git_revision(str(tmp_path)) is None  # installed somewhere below somebody's checkout
    git('add', '.')
    git('commit', '-q', '-m', 'a')
    assert git_revision(str(tmp_path)) == git('rev-parse', 'HEAD')
    source.write_text('2\n')
    assert git_revision(str(tmp_path)) == git('rev-parse', 'HEAD') + '-dirty'


def test_a_killed_run_has_no_end(clips, tmp_path, home):
    directory = tmp_path / 'ckpt'
    code = ('import os, signal, sys; from deepspeech_training.train import passes; '
            'passes.PassRunner.train = lambda *_: os.kill(os.getpid(), signal.SIGKILL); '
            'from deepspeech_training.main import main; main(sys.argv)')
    words = ['--train_files', clips, '--checkpoint_dir', directory, '--n_hidden', 8, '--epochs', 1]
    run = subprocess.run([sys.executable, '-c', code, *map(str, words)], env=home, cwd=str(ROOT), stdout=subprocess.DEVNULL)
    assert run.returncode == -9
    (start,) = starts_in(directory)
    assert start['ended'] is None and start['outcome'] is None and start['began']
