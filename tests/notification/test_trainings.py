"""Real trainings, and what somebody is told of them who does not look."""

import itertools
import json
import os
import signal
import socket
import time

import pytest
from http_endpoint import wait_for

TOKEN, PASSWORD = '123456:AAtoken-Of-a-b0t', 'pa55word'
SMALL = ('--n_hidden', '16', '--train_batch_size', '3', '--dev_batch_size', '3', '--noshow_progressbar')


@pytest.fixture
def told(endpoint):
    """The flag that has the endpoint told."""
    return ('--notify', f'http://me:{PASSWORD}@{endpoint.address}/hook?key=0123456789abcdef')


@pytest.fixture
def telegram(endpoint, tmp_path):
    """The flags that have Telegram told, as the endpoint plays it."""
    path = tmp_path / 'credentials.json'
    path.write_text(json.dumps({'accessToken': TOKEN, 'chatId': -100123, 'api': f'http://{endpoint.address}'}))
    return ('--log_telegram', '--telegram_cred_path', path)


@pytest.fixture
def command(clips, tmp_path):
    return SMALL + ('--train_files', clips, '--dev_files', clips, '--checkpoint_dir', tmp_path / 'ckpt')


@pytest.fixture
def start(fork_server, home, tmp_path):
    """Function that starts a training of very many steps and returns it once a checkpoint of it is there."""
    numbers = itertools.count()
    runs = []

    def start_run(*arguments):
        directory = tmp_path / 'ckpt'
        run = fork_server.start(arguments, home, tmp_path / f'output-{next(numbers)}')
        runs.append(run)
        wait_for(lambda: (directory / 'checkpoint').exists() or run.poll() is not None)
        assert run.poll() is None
        return run
    yield start_run
    for run in runs:
        run.send_signal(signal.SIGKILL)


def test_the_end_is_told_with_what_was_reached(endpoint, told, deepspeech, command, tmp_path):
    run = deepspeech(*command, *told, '--epochs', 2)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not warnings_of(run)
    (value,) = wait_for(endpoint.posted)
    passes = [json.loads(line) for line in (tmp_path / 'ckpt' / 'history.jsonl').read_text().splitlines()]
    assert value['event'] == 'end' and value['epoch'] == 1 and value['seconds'] > 0
    assert value['losses'] == pytest.approx({line['set']: line['loss'] for line in passes[-2:]}, rel=1e-6)
    assert value['host'] == socket.gethostname() and value['directory'] == str(tmp_path / 'ckpt')
    for part in (value['host'], value['directory'], 'Epoch 1, train loss ', ', dev loss '):
        assert part in value['text']
    _, headers, _ = endpoint.requests[0]
    assert headers['Authorization'].startswith('Basic ')


def test_services_that_apprise_knows_are_told(endpoint, deepspeech, command):
    pytest.importorskip('apprise')
    run = deepspeech(*command, '--notify', f'json://me:{PASSWORD}@{endpoint.address}/hook', 'nonsense://a-token', '--epochs', 1)
    assert run.returncode == 0
    assert warnings_of(run) == ['W nonsense://: cannot be told of this run (apprise knows no such address). The run goes on.']
    path, _, body = wait_for(lambda: endpoint.requests and endpoint.requests[0])
    assert path.startswith('/hook') and json.loads(body)['title'] == f'Finished: training on {socket.gethostname()}'


def test_early_stop_and_plateau_are_told(endpoint, told, deepspeech, command):
    stale = ('--early_stop', '--es_epochs', 3, '--es_min_delta', 1000, '--reduce_lr_on_plateau', '--plateau_epochs', 2)
    assert deepspeech(*command, *told, '--epochs', 9, *stale).returncode == 0
    events = wait_for(lambda: endpoint.posted('end') and endpoint.posted())
    assert [value['event'] for value in events] == ['plateau', 'early_stop', 'end']
    plateau, stop, _ = events
    assert 'the learning rate falls to 0.0001' in plateau['text'] and plateau['epoch'] < stop['epoch']
    assert f'stops early after epoch {stop["epoch"]}' in stop['text']


def test_a_failure_is_told_in_the_words_of_the_log(endpoint, told, deepspeech, command):
    run = deepspeech(*command, *told, '--train_files', 'gone.csv')
    (value,) = wait_for(endpoint.posted)
    assert run.returncode == 1 and value['event'] == 'crash'
    assert run.stdout.strip().split('\n')[-1] == f'E {value["text"].splitlines()[0]}' and 'gone.csv' in value['text']


def test_divergence_is_told(endpoint, told, deepspeech, command):
    run = deepspeech(*command, *told, '--epochs', 1, '--learning_rate', '1e30')
    (value,) = wait_for(endpoint.posted)
    assert run.returncode == 1 and value['event'] == 'diverged' and 'training diverged in epoch 0' in value['text']


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_is_told(endpoint, told, start, command, number):
    run = start(*command, *told, '--epochs', 100000)
    run.send_signal(number)
    assert run.wait() == 128 + number
    (value,) = wait_for(endpoint.posted)
    assert value['event'] == 'interrupted' and f'Ended by signal {int(number)}' in value['text']


def test_a_killed_training_is_told(endpoint, told, telegram, start, command):
    run = start(*command, *told, *telegram, '--epochs', 100000)
    time.sleep(1)
    run.send_signal(signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    killed_s = time.monotonic()
    (value,) = wait_for(endpoint.posted)
    assert time.monotonic() - killed_s < 30  # what was promised; it takes a second
    assert value['event'] == 'died' and 'killed (kill -9)' in value['text']
    assert value['epoch'] >= 0 and value['losses']['train'] > 0 and value['losses']['dev'] > 0
    wait_for(lambda: endpoint.texts()[-1].startswith('Died: training on '))


def test_telegram_gets_all_that_the_log_says_whatever_its_level(endpoint, telegram, deepspeech, command, clips):
    run = deepspeech(*command, *telegram, '--epochs', 1, '--log_level', 3, '--test_files', clips)
    assert run.returncode == 0, run.stdout + run.stderr
    texts = wait_for(lambda: endpoint.texts()[-1].startswith('Finished: ') and endpoint.texts())
    assert 'filename="tf_params.txt"' in texts[0] and '\n--n_hidden=16\n' in texts[0]
    assert {'STARTING Optimization', 'Training epoch 0...'} <= set(texts)
    assert any(text.startswith('Finished training epoch 0 - loss: ') for text in texts)
    assert any(text.startswith('FINISHED optimization in ') for text in texts)
    (report,) = [text for text in texts if '\nTest on ' in text]  # a long one, as a file
    assert 'filename="message.txt"' in report and 'Worst WER' in report
    assert 'I STARTING' not in run.stdout and not [text for text in texts if 'GFLOP/s' in text]
    assert all(path.startswith(f'/bot{TOKEN}/send') for path, _, _ in endpoint.requests)
    assert all(json.loads(body)['chat_id'] == '-100123' for path, _, body in endpoint.requests if path.endswith('Message'))


def test_a_script_of_the_fork_without_credentials_runs(deepspeech, command):
    run = deepspeech(*command, '--log_telegram', 'true', '--epochs', 1)
    assert run.returncode == 0 and 'W telegram_credentials.json: no such file, so nothing is sent to Telegram' in run.stdout


def warnings_of(run):
    return [line for line in run.stdout.splitlines() if line.startswith('W ')]


def test_an_endpoint_that_is_not_there_costs_one_warning(deepspeech, command):
    with socket.socket() as unused:  # bound, and nobody listens
        unused.bind(('127.0.0.1', 0))
        address = f'127.0.0.1:{unused.getsockname()[1]}'
        run = deepspeech(*command, '--notify', f'http://me:{PASSWORD}@{address}/hook', '--epochs', 3)
    assert run.returncode == 0 and 'FINISHED' in run.stdout
    assert warnings_of(run) == [f'W http://{address}: cannot be told of this run (Connection refused). The run goes on.']


def test_an_endpoint_that_never_answers_costs_one_warning(endpoint, told, telegram, deepspeech, command):
    endpoint.released.clear()
    run = deepspeech(*command, *told, *telegram, '--epochs', 3)
    assert run.returncode == 0 and 'FINISHED' in run.stdout
    assert warnings_of(run) == [f'W http://{endpoint.address}, Telegram: not everything is taken yet; the rest is sent in the '
                                f'background, for a minute at most.']
    assert not endpoint.released.is_set()  # nobody has got an answer to this moment


def test_no_secret_is_written_anywhere(endpoint, told, telegram, deepspeech, start, command, tmp_path):
    """Neither by a run that ends well, nor by one that fails, nor by one that is killed, nor into what others see of it."""
    run = start(*command, *told, *telegram, '--epochs', 100000)
    children = wait_for(lambda: children_of(run.pid))
    arguments = [open(f'/proc/{child}/cmdline', 'rb').read() for child in children]
    environments = [open(f'/proc/{child}/environ', 'rb').read() for child in children]
    run.send_signal(signal.SIGKILL)
    run.wait()
    command += (*told, *telegram)
    ended = deepspeech(*command, '--epochs', 1, '--log_level', 0)
    failed = deepspeech(*command, '--learning_rate', '1e30', '--force_initialize_learning_rate', '--log_level', 0)
    assert (ended.returncode, failed.returncode) == (0, 1)
    sent = b''.join(body for _, _, body in wait_for(lambda: endpoint.posted('diverged') and endpoint.requests))
    assert len(arguments) == 1 and b'watchdog' in arguments[0]
    written = {path: path.read_bytes() for path in tmp_path.rglob('*') if path.is_file() and path.name != 'credentials.json'}
    assert {'flags.txt', 'history.jsonl', 'checkpoint', 'output-0'} <= {path.name for path in written}
    for name, content in [*written.items(), *zip(itertools.count(), arguments + environments), ('sent', sent)]:
        for secret in (TOKEN, PASSWORD, '0123456789abcdef'):
            assert secret.encode('ascii') not in content, name
    flags = (tmp_path / 'ckpt' / 'flags.txt').read_text()
    assert '# --notify was given; what may hold passwords is not written down\n' in flags


def children_of(parent):
    """Returns the processes that a process has started."""
    found = []
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/stat', 'rb') as file:
                if int(file.read().rpartition(b')')[2].split()[1]) == parent:
                    found.append(int(name))
        except OSError:
            continue  # it has ended
    return found
