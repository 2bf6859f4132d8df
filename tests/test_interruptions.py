"""Runs that are cut off, and runs that go wrong: what is left behind, and how the next one goes on.

Long because these runs share a trainer that is started, watched and signalled.
"""

import itertools
import json
import os
import pty
import re
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from long_form import long

from deepspeech_training.checkpoints import metadata
from deepspeech_training.checkpoints.lock import locked

ROOT = Path(__file__).resolve().parent.parent
SMALL = ('--n_hidden', '16', '--train_batch_size', '3', '--dev_batch_size', '3', '--test_batch_size', '4',
         '--beam_width', '16', '--noshow_progressbar')


@pytest.fixture
def long_set(repeated_clips):
    return repeated_clips(40)


def last_name(directory):
    """Returns the name of the last checkpoint."""
    return (directory / 'checkpoint').read_text().split('"')[1]


def progress_of(directory):
    """Returns (number of updates, progress) of the last checkpoint."""
    name = last_name(directory)
    return int(name.split('-')[1]), json.loads((directory / f'{name}.json').read_text(encoding='utf-8'))['progress']


@pytest.fixture
def start(fork_server, home, tmp_path):
    """Function (arguments) that starts the trainer with its output in a pipe: the run, and the end of the pipe to read from."""
    numbers = itertools.count()
    pipes = []

    def start_run(arguments):
        pipe = tmp_path / f'pipe-{next(numbers)}'
        os.mkfifo(str(pipe))
        run = fork_server.start(arguments, dict(home, PYTHONUNBUFFERED='1'), pipe)
        pipes.append(open(str(pipe), encoding='utf-8'))
        return run, pipes[-1]

    yield start_run
    for pipe in pipes:
        pipe.close()


@pytest.fixture
def run_and_signal(start):
    """Function that starts the trainer and signals it; returns (exit code, output).

    The signal comes half a second after a line with `when`, or as soon as the function `when` returns true.
    """
    def run_to_the_end(signal_number, when, arguments):
        run, pipe = start(arguments)
        lines = []
        if callable(when):
            while run.poll() is None and not when():
                time.sleep(0.02)
        else:
            for line in pipe:
                lines.append(line)
                if when in line:
                    time.sleep(0.5)
                    break
        run.send_signal(signal_number)
        lines += pipe.readlines()
        return run.wait(timeout=120), ''.join(lines)
    return run_to_the_end


def test_ctrl_c_saves_and_the_same_command_takes_exactly_the_missing_steps(run_and_signal, deepspeech, long_set, tmp_path):
    directory = tmp_path / 'ckpt'
    command = SMALL + ('--train_files', long_set, '--epochs', 1, '--checkpoint_dir', directory)
    code, output = run_and_signal(signal.SIGINT, 'Training epoch 0', command)
    assert code == 130 and 'I Interrupted in epoch 0; the same command goes on from' in output, output
    updates, progress = progress_of(directory)
    assert 0 < updates < 120 and progress['position'] == updates and progress['epoch'] == 0
    assert deepspeech(*command).returncode == 0
    updates, progress = progress_of(directory)
    assert updates == 120 and (progress['epoch'], progress['position']) == (1, 0)


def test_a_killed_run_goes_on_from_its_last_checkpoint(run_and_signal, deepspeech, long_set, tmp_path):
    directory = tmp_path / 'ckpt'
    command = SMALL + ('--train_files', long_set, '--epochs', 2, '--checkpoint_dir', directory)
    code, _ = run_and_signal(signal.SIGKILL, 'Training epoch 1', command)
    assert code == -signal.SIGKILL and progress_of(directory)[0] == 120
    (directory / '.tmp-train-99.data-00000-of-00001').write_bytes(b'half a checkpoint')
    resumed = deepspeech(*command)
    assert 'I Going on with epoch 1 of 2.' in resumed.stdout and 'Training epoch 0' not in resumed.stdout
    assert progress_of(directory)[0] == 240
    assert not list(directory.glob('.tmp-*'))


def test_a_test_that_was_cut_off_twice_gives_what_an_undisturbed_one_gives(run_and_signal, deepspeech, long_set, tmp_path):
    golden = ROOT / 'tests' / 'golden'
    header, *rows = long_set.read_text(encoding='utf-8').splitlines()
    long_set.write_text('\n'.join([header] + rows * 3) + '\n', encoding='utf-8')  # or it is over before the signal comes
    n_clips = 3 * len(rows)
    shutil.copytree(str(golden / 'ds093-plain' / 'checkpoint'), str(tmp_path / 'ckpt'))
    command = ('--test_files', long_set, '--checkpoint_dir', tmp_path / 'ckpt', '--test_batch_size', 1,
               '--beam_width', 16, '--scorer_path', golden / 'train.scorer', '--noshow_progressbar', '--test_output_file')
    output, partial = tmp_path / 'out.json', tmp_path / 'out.json.partial'

    def n_kept():
        return len(partial.read_bytes().splitlines()) - 1 if partial.exists() else 0

    code, _ = run_and_signal(signal.SIGKILL, lambda: n_kept() >= 40, command + (output,))
    first = n_kept()
    assert code == -signal.SIGKILL and 40 <= first < n_clips and not output.exists()
    code, said = run_and_signal(signal.SIGINT, lambda: n_kept() >= first + 20, command + (output,))
    second = n_kept()
    assert code == 130 and first + 20 <= second < n_clips and not output.exists()
    assert f'I Taking up the results of {first} utterances from {partial}.' in said
    assert f'I The results of {second} utterances are kept in {partial}' in said
    last = deepspeech(*command, output)
    assert last.returncode == 0, last.stdout + last.stderr
    assert f'I Taking up the results of {second} utterances from {partial}.' in last.stdout and not partial.exists()
    assert deepspeech(*command, tmp_path / 'whole.json').returncode == 0
    assert output.read_bytes() == (tmp_path / 'whole.json').read_bytes()


def test_another_batch_size_begins_the_interrupted_epoch_again(deepspeech, clips, tmp_path):
    directory = tmp_path / 'ckpt'
    command = SMALL + ('--train_files', clips, '--epochs', 1, '--checkpoint_dir', directory)
    assert deepspeech(*command).returncode == 0
    prefix = str(directory / 'train-3')
    values = metadata.read(prefix)
    values['progress'].update(epoch=0, position=2)
    metadata.write(prefix, values)
    again = deepspeech(*command, '--train_batch_size', 9)
    assert 'W Epoch 0 begins again' in again.stdout
    assert progress_of(directory)[0] == 4


def test_a_model_that_diverged_is_never_saved(deepspeech, clips, tmp_path):
    directory = tmp_path / 'ckpt'
    command = SMALL + ('--train_files', clips, '--dev_files', clips, '--checkpoint_dir', directory)
    assert deepspeech(*command, '--epochs', 1).returncode == 0
    run = deepspeech(*command, '--epochs', 1, '--learning_rate', '1e30', '--force_initialize_learning_rate')
    last = run.stdout.strip().split('\n')[-1]
    assert run.returncode == 1 and last.startswith('E training diverged in epoch 1'), run.stdout
    assert progress_of(directory)[0] == 3
    assert deepspeech(*command, '--epochs', 1).returncode == 0


def test_other_validation_sets_make_the_best_loss_so_far_void(deepspeech, clips, one_clip, tmp_path):
    command = SMALL + ('--train_files', clips, '--epochs', 1, '--checkpoint_dir', tmp_path / 'ckpt')
    assert deepspeech(*command, '--dev_files', one_clip).returncode == 0
    again = deepspeech(*command, '--dev_files', clips)
    assert 'W The validation sets are others than before' in again.stdout
    measured, trained = re.findall(rf'Finished validating epoch 1 on {clips} - loss: ([\d.]+)', again.stdout)
    assert ('I Saved new best validating model' in again.stdout) == (float(trained) < float(measured))


def test_validation_may_be_left_out_for_a_while(deepspeech, clips, tmp_path):
    command = SMALL + ('--train_files', clips, '--epochs', 1, '--checkpoint_dir', tmp_path / 'ckpt')
    assert deepspeech(*command, '--dev_files', clips).returncode == 0
    best = progress_of(tmp_path / 'ckpt')[1]['best']
    assert deepspeech(*command).returncode == 0
    assert progress_of(tmp_path / 'ckpt')[1]['best'] == best
    again = deepspeech(*command, '--dev_files', clips)
    assert 'validation sets are others' not in again.stdout and progress_of(tmp_path / 'ckpt')[1]['best'] <= best


def test_a_forced_learning_rate_is_forced_once_in_a_run(deepspeech, clips, tmp_path):
    directory = tmp_path / 'ckpt'
    command = SMALL + ('--train_files', clips, '--epochs', 2, '--checkpoint_dir', directory, '--learning_rate', 0.01,
                       '--force_initialize_learning_rate', '--dev_files', clips, '--reduce_lr_on_plateau', '--plateau_epochs',
                       1, '--es_min_delta', 1000)
    assert deepspeech(*SMALL, '--train_files', clips, '--epochs', 1, '--checkpoint_dir', directory).returncode == 0
    undisturbed = deepspeech(*command)
    assert undisturbed.stdout.count('Encountered a plateau, reducing learning rate to 0.001') == 1, undisturbed.stdout
    values = metadata.read(str(directory / last_name(directory)))
    values['progress'].update(last_epoch=4, epochs=2)  # as if one epoch of the run were still to come
    metadata.write(str(directory / last_name(directory)), values)
    resumed = deepspeech(*command)
    assert 'I Going on with epoch 3 of 4.' in resumed.stdout
    assert 'reducing learning rate to 0.0001' in resumed.stdout, resumed.stdout


def test_without_validation_the_model_just_trained_is_tested(deepspeech, clips, tmp_path):
    command = SMALL + ('--train_files', clips, '--epochs', 1, '--checkpoint_dir', tmp_path / 'ckpt')
    assert deepspeech(*command, '--dev_files', clips).returncode == 0
    run = deepspeech(*command, '--test_files', clips)
    assert f'I Loading most recent checkpoint from {tmp_path}/ckpt/train-6' in run.stdout


def test_a_damaged_checkpoint_is_named(deepspeech, clips, tmp_path):
    command = SMALL + ('--train_files', clips, '--epochs', 1, '--checkpoint_dir', tmp_path / 'ckpt')
    assert deepspeech(*command).returncode == 0
    (tmp_path / 'ckpt' / 'train-3.data-00000-of-00001').write_bytes(b'')
    run = deepspeech(*command)
    last = run.stdout.strip().split('\n')[-1]
    assert run.returncode == 1 and 'train-3' in last and 'damaged' in last, run.stdout + run.stderr


def test_flags_written_beside_the_checkpoint_run_it_again(deepspeech, clips, tmp_path):
    directory = tmp_path / 'ckpt'
    assert deepspeech(*SMALL, '--train_files', clips, '--epochs', 1, '--checkpoint_dir', directory).returncode == 0
    text = (directory / 'flags.txt').read_text(encoding='utf-8')
    assert '\n--n_hidden=16\n' in text and '\n# --learning_rate=0.001\n' in text
    again = deepspeech(f'--flagfile={directory}/flags.txt')
    assert again.returncode == 0 and progress_of(directory)[0] == 6


@pytest.mark.parametrize('number', [signal.SIGTERM, long(signal.SIGHUP)])
def test_a_run_told_to_end_saves_and_leaves_the_other_phases_alone(run_and_signal, deepspeech, long_set, clips, tmp_path,
                                                                   number):
    directory = tmp_path / 'ckpt'
    command = SMALL + ('--train_files', long_set, '--epochs', 1, '--checkpoint_dir', directory, '--test_files', clips)
    code, output = run_and_signal(number, 'Training epoch 0', command)
    assert code == 128 + number and f'{number.name}: saving after this step' in output, output
    assert 'I Interrupted in epoch 0; the same command goes on from' in output and 'Testing model' not in output
    updates, progress = progress_of(directory)
    assert 0 < updates < 120 and progress['position'] == updates
    assert deepspeech(*command).returncode == 0
    assert progress_of(directory)[0] == 120


def test_after_ctrl_c_what_was_reached_is_tested(run_and_signal, long_set, clips, tmp_path):
    command = SMALL + ('--train_files', long_set, '--epochs', 1, '--checkpoint_dir', tmp_path / 'ckpt', '--test_files', clips)
    code, output = run_and_signal(signal.SIGINT, 'Training epoch 0', command)
    assert code == 130 and output.index('Interrupted in epoch 0') < output.index('Testing model on'), output


def test_a_second_training_cannot_share_a_directory(deepspeech, clips, log, tmp_path):
    directory = tmp_path / 'ckpt'
    directory.mkdir()
    command = SMALL + ('--epochs', 1, '--checkpoint_dir', directory, '--train_files', clips)
    with locked(str(directory), log):
        refused = deepspeech(*command)
    last = refused.stdout.strip().split('\n')[-1]
    assert refused.returncode == 1 and not (directory / 'checkpoint').exists()
    holder = rf'process {os.getpid()} on .+'
    assert re.fullmatch(rf'E {directory}: another training or search \({holder}\) saves to this directory; .*', last)
    assert deepspeech(*command).returncode == 0


def test_a_resumed_run_does_not_replace_a_better_model(deepspeech, clips, tmp_path):
    directory = tmp_path / 'ckpt'
    command = SMALL + ('--train_files', clips, '--dev_files', clips, '--epochs', 1, '--checkpoint_dir', directory)
    assert deepspeech(*command).returncode == 0
    prefix = str(directory / 'best_dev-3')
    values = metadata.read(prefix)
    values['progress']['best'] = 0.001  # better than anything to come; the last checkpoint knows of a worse one only
    metadata.write(prefix, values)
    again = deepspeech(*command)
    assert again.returncode == 0 and 'Saved new best' not in again.stdout, again.stdout
    for path in directory.glob('best_dev-3*'):
        path.unlink()
    last = deepspeech(*command)
    assert 'W The best model so far' in last.stdout and 'Saved new best' in last.stdout, last.stdout


@pytest.mark.parametrize('number, expected', [(signal.SIGINT, 130), (None, 1)])
def test_a_run_whose_reader_has_gone_goes_on(start, long_set, tmp_path, number, expected):
    """As in `DeepSpeech.py ... | tee log`, where Ctrl-C reaches both, and in `... | head`, whose end costs no step."""
    directory = tmp_path / 'ckpt'
    run, pipe = start(SMALL + ('--train_files', long_set, '--epochs', 3, '--checkpoint_dir', directory))
    for line in pipe:
        if 'Training epoch 0' in line:
            break
    time.sleep(0.5)
    pipe.close()
    if number:
        run.send_signal(number)
    assert run.wait(timeout=120) == expected
    updates, progress = progress_of(directory)
    assert updates > 0 and progress['position'] == updates - 120 * progress['epoch']
    assert number or updates == 360


# A program in the background of a shell may be told to ignore SIGHUP, as by nohup.
WITH_USUAL_SIGNALS = ('import signal, sys, runpy; signal.signal(signal.SIGHUP, signal.SIG_DFL); '
                      'sys.argv = sys.argv[1:]; runpy.run_path("DeepSpeech.py", run_name="__main__")')


def test_a_run_whose_terminal_is_closed_saves(long_set, tmp_path):
    directory = tmp_path / 'ckpt'
    number, terminal = pty.fork()
    if not number:
        os.chdir(str(ROOT))
        command = SMALL[:-1] + ('--train_files', long_set, '--epochs', 30, '--checkpoint_dir', directory)
        os.execve(sys.executable, [sys.executable, '-c', WITH_USUAL_SIGNALS, 'DeepSpeech.py', *map(str, command)],
                  dict(os.environ, XDG_DATA_HOME=str(tmp_path / 'data')))
    seen = b''
    while b'Epoch 1' not in seen:
        seen += os.read(terminal, 4096)
    os.close(terminal)
    _, status = os.waitpid(number, 0)
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 128 + signal.SIGHUP
    updates, progress = progress_of(directory)
    assert progress['epoch'] >= 1 and updates == 120 * progress['epoch'] + progress['position']
