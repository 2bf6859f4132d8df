"""A full or broken disk ends a training with a sentence and leaves the checkpoints that were there."""

import errno
import shutil
import subprocess
from pathlib import Path

import pytest
from fork_server import ForkServer

from deepspeech_training.checkpoints import files
from deepspeech_training.checkpoints.directory import KINDS, CheckpointDirectory

SHORT_STRIDE = 9  # every how manieth write fails in the short form
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
    only_history = code == 0 and f'W {directory}/history.jsonl: cannot be written' in text  # no reason to end a training
    if not only_history and (code != 1 or not last.startswith('E ')):
        return f'exit code {code}: {last}', newer
    output.truncate(0)
    for kind in KINDS:
        source = CheckpointDirectory(str(directory)).find(kind, log)
        weights = {suffix: Path(source.path + suffix).read_bytes() for suffix in files.WEIGHT_SUFFIXES}
        if weights != saved[kind]:
            newer += 1
            if source.progress['epoch'] == 1 and source.progress['position'] != 3:
                return f'{source.path} is neither the one before nor a complete one', newer
    if only_history and newer < len(KINDS):
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
    for number in range(1, n_writes + 1, 1 if is_long else SHORT_STRIDE):
        for reason, forever in ((errno.ENOSPC, {'FAIL_FOREVER': '1'}), (errno.EIO, {})):
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
