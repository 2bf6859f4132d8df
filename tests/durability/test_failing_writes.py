"""A full or broken disk ends a training with a sentence and leaves the checkpoints that were there."""

import errno
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from fork_server import ForkServer
from long_form import long

from deepspeech_training.checkpoints import files
from deepspeech_training.checkpoints.directory import KINDS, CheckpointDirectory

SHORT_STRIDE = 13  # every how manieth write fails in the short form
COMMAND = ('--n_hidden', 4, '--train_batch_size', 3, '--dev_batch_size', 9, '--noshow_progressbar')


@pytest.fixture(scope='module')
def failing_writes(tmp_path_factory):
    """A ForkServer with a library that lets writes fail."""
    library = tmp_path_factory.mktemp('failing') / 'failing_writes.so'
    source = Path(__file__).with_name('failing_writes.c')
    subprocess.run(['cc', '-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', str(library), str(source), '-ldl'], check=True)
    server = ForkServer({'LD_PRELOAD': str(library)})
    yield server
    server.close()


def weights_in(directory):
    """Returns {kind: {suffix: content}} of the checkpoints that the state files lead to."""
    prefixes = {kind: directory / CheckpointDirectory(str(directory)).names(kind)[-1] for kind in KINDS}
    return {kind: {suffix: Path(f'{prefix}{suffix}').read_bytes() for suffix in files.WEIGHT_SUFFIXES}
            for kind, prefix in prefixes.items()}


def problem_of(code, text, directory, saved, log, output):
    """Returns what is wrong with a run that could not write, or None, and whether it completed a newer checkpoint."""
    last, newer = text.strip().split('\n')[-1], 0
    # No reason to end a training.
    only_records = code == 0 and re.search(rf'W {directory}/(history\.jsonl|run\.json): cannot be written', text) is not None
    if not only_records and (code != 1 or not last.startswith('E ')):
        return f'exit code {code}: {last}', newer
    if not only_records and not re.match(rf'E {directory}\S*: .*\((No space left on device|Input/output error)\)', last):
        return f'neither the file nor the reason is named: {last}', newer
    if 'Graph execution error' in text or 'Traceback' in text:
        return text, newer
    output.truncate(0)
    for kind in KINDS:
        source = CheckpointDirectory(str(directory)).find(kind, log)
        weights = {suffix: Path(source.path + suffix).read_bytes() for suffix in files.WEIGHT_SUFFIXES}
        if weights != saved[kind]:
            newer += 1
            if source.progress['epoch'] == 1 and source.progress['position'] != 3:
                return f'{source.path} is neither the one before nor a complete one', newer
    if only_records and newer < len(KINDS):
        return 'the training ended without its checkpoints', newer
    return output.getvalue() or None, newer


def test_no_failing_write_costs_a_checkpoint(start, failing_writes, clips, tmp_path, log, output, is_long, capsys):
    command = COMMAND + ('--train_files', clips, '--dev_files', clips, '--summary_dir', tmp_path / 'summaries')
    before, after, count = tmp_path / 'before', tmp_path / 'after', tmp_path / 'count'

    def run(directory, **environment):
        training = start(command + ('--epochs', 1, '--checkpoint_dir', directory), environment, failing_writes)
        return training.wait(), training.output

    assert run(before)[0] == 0
    shutil.copytree(str(before), str(after))
    code, _ = run(after, FAIL_DIRECTORY=str(after), FAIL_AT='0', FAIL_COUNT=str(count))
    n_writes, saved, problems, n_newer, n_tried = int(count.read_text()), weights_in(before), [], 0, 0
    assert code == 0 and n_writes > 30
    reasons = ((errno.ENOSPC, {'FAIL_FOREVER': '1'}), (errno.EIO, {}))
    for number in range(1, n_writes + 1, 1 if is_long else SHORT_STRIDE):
        for reason, forever in reasons if is_long else [reasons[number % 2]]:
            shutil.rmtree(str(after))
            shutil.copytree(str(before), str(after))
            code, text = run(after, FAIL_DIRECTORY=str(after), FAIL_AT=str(number), FAIL_ERRNO=str(reason), **forever)
            problem, newer = problem_of(code, text, after, saved, log, output=output)
            n_tried, n_newer = n_tried + 1, n_newer + newer
            if problem:
                problems.append(f'write {number} of {n_writes}, {errno.errorcode[reason]}: {problem}')
    with capsys.disabled():
        print(f'\n{n_tried} runs with one of {n_writes} writes failing; {n_newer} newer checkpoints were complete before; '
              f'{len(problems)} problems')
    assert not problems, '\n'.join(problems)
    assert run(after)[0] == 0  # there is room again: the same command goes on


@pytest.mark.parametrize('reason', [
    errno.ENOSPC, *map(long, (errno.EIO, errno.EROFS, errno.EDQUOT))])
def test_curves_that_cannot_be_written_cost_no_training(reason, start, failing_writes, clips, tmp_path):
    summaries, count = tmp_path / 'summaries', tmp_path / 'count'
    command = COMMAND + ('--train_files', clips, '--dev_files', clips, '--summary_dir', summaries, '--epochs', 1)
    environment = {'FAIL_DIRECTORY': str(summaries), 'FAIL_ERRNO': str(reason), 'FAIL_FOREVER': '1', 'FAIL_COUNT': str(count)}
    assert start(command + ('--checkpoint_dir', tmp_path / 'all'), dict(environment, FAIL_AT='0'), failing_writes).wait() == 0
    n_writes = int(count.read_text())
    assert n_writes > 3
    for number in {1, 2, n_writes // 2, n_writes}:
        shutil.rmtree(str(summaries))
        training = start(command + ('--checkpoint_dir', tmp_path / str(number)), dict(environment, FAIL_AT=str(number)),
                         failing_writes)
        assert training.wait() == 0 and (tmp_path / str(number) / 'train-3.index').exists(), training.output
        if f'({os.strerror(reason)})' not in training.output:
            raise AssertionError(training.output)
        assert training.output.count(f'W {summaries}: curves cannot be written any more') == 1
        assert 'Traceback' not in training.output and 'ERROR' not in training.output


@pytest.mark.parametrize('is_removed', [True, False])
def test_a_directory_that_goes_away_in_the_midst_of_a_run_ends_it_with_a_sentence(is_removed, start, clips, tmp_path):
    directory = tmp_path / 'ckpt'
    training = start(COMMAND + ('--train_files', clips, '--epochs', 100000, '--checkpoint_dir', directory))
    while 'Training epoch 2' not in training.output:
        assert training.is_alive(), training.output
        time.sleep(0.01)
    if is_removed:
        shutil.rmtree(str(directory))
    else:
        directory.rename(tmp_path / 'elsewhere')
        directory.write_text('something else')
    assert training.wait() == 1
    last = training.output.strip().split('\n')[-1]
    assert re.match(rf'E {directory}/\S+: .*\(?({os.strerror(errno.ENOENT)}|{os.strerror(errno.ENOTDIR)}|has gone)', last), last
    assert 'Traceback' not in training.output and 'Graph execution' not in training.output
