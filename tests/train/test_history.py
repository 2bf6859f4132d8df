"""`history.jsonl`: one line for every pass of a run, whatever happened to the run or to the disk."""

import json
import math
import resource
from types import SimpleNamespace

import pytest

from deepspeech_training.console.throughput import Throughput
from deepspeech_training.train.observers.history import History
from deepspeech_training.train.passes import LossMeter, Pass
from deepspeech_training.train.state import TrainingState


def a_pass(epoch, step, split='train', loss=1., of_best=False):
    planned = SimpleNamespace(split=split, path=f'{split}.csv')
    return Pass(planned, epoch, step, of_best, meter=LossMeter(2 * loss, 2), throughput=Throughput(1, 3.))


@pytest.fixture
def begin(tmp_path, log):
    """Function that opens the history of run `r` as it stands in an epoch after some steps of it, and some updates."""
    def open_history(epoch=0, position=0, step=0, run='r'):
        return History(str(tmp_path), TrainingState(run=run, epoch=epoch, position=position), step, log)
    return open_history


@pytest.fixture
def passes(tmp_path):
    """Function that returns (epoch, set, loss) of each line."""
    def read():
        lines = [json.loads(line) for line in (tmp_path / 'history.jsonl').read_text().split('\n')[:-1]]
        return [(line['epoch'], line['set'], line['loss']) for line in lines]
    return read


def test_a_loss_that_is_not_finite_is_null(begin, passes):
    history = begin()
    history.pass_ended(a_pass(0, 9, loss=math.nan), 0.1)
    history.pass_ended(a_pass(0, 9, 'dev', loss=math.inf), 0.1)
    assert passes() == [(0, 'train', None), (0, 'dev', None)]


def test_measuring_the_best_model_is_no_part_of_it(begin, passes):
    history = begin()
    history.pass_ended(a_pass(0, 9, 'dev', of_best=True), 0.1)
    history.pass_ended(a_pass(0, 9), 0.1)
    assert passes() == [(0, 'train', 1.)]


@pytest.fixture
def two_epochs(begin):
    """The history of a run that was cut off somewhere after the validation of its second epoch."""
    history = begin()
    for epoch, step in ((0, 10), (1, 20)):
        for split in ('train', 'dev'):
            history.pass_ended(a_pass(epoch, step, split), 0.1)


@pytest.mark.usefixtures('two_epochs')
@pytest.mark.parametrize('stands, n_kept', [
    (dict(epoch=2, step=20), 4),  # all was saved
    (dict(epoch=1, position=10, step=20), 3),  # saved at the end of the training pass: validation comes again
    (dict(epoch=1, position=7, step=17), 2),  # saved within the epoch
    (dict(epoch=1, step=10), 2),  # saved at the end of the first epoch
    (dict(epoch=1, step=20), 2),  # the second epoch begins again, with other batches
    (dict(epoch=0, position=3, step=3), 0)])
def test_a_pass_that_is_run_again_is_in_it_once(begin, passes, stands, n_kept):
    history = begin(**stands)
    assert len(passes()) == n_kept
    history.pass_ended(a_pass(1, 20, 'dev', loss=3.), 0.1)
    assert len(passes()) == n_kept + 1 and passes()[-1] == (1, 'dev', 3.)


@pytest.mark.usefixtures('two_epochs')
def test_lines_of_other_runs_stay(begin, passes):
    begin(run='other')
    assert len(passes()) == 4


@pytest.mark.usefixtures('two_epochs')
@pytest.mark.parametrize('torn', ['{"run": "r", "epoch": 1, "st', '{', '\0\0\0', '\xff', '[' * 100000])
def test_what_a_crash_left_of_a_line_is_removed(begin, passes, tmp_path, torn, output):
    path = tmp_path / 'history.jsonl'
    path.write_bytes(path.read_bytes() + torn.encode('latin-1'))
    begin(epoch=2, step=20).pass_ended(a_pass(2, 30), 0.1)
    assert [epoch for epoch, _, _ in passes()] == [0, 0, 1, 1, 2] and output.getvalue() == ''


def test_a_whole_line_without_its_end_is_kept(begin, passes, tmp_path):
    begin().pass_ended(a_pass(0, 10), 0.1)
    path = tmp_path / 'history.jsonl'
    path.write_bytes(path.read_bytes()[:-1])
    begin(epoch=1, step=10).pass_ended(a_pass(1, 20), 0.1)
    assert [epoch for epoch, _, _ in passes()] == [0, 1]


@pytest.fixture
def full_disk():
    """Function that lets files of this process grow to some bytes at most, or as they like again."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size_bytes=before[0]: resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures('two_epochs')
def test_a_full_disk_costs_lines_but_no_half_ones_and_one_warning(begin, passes, tmp_path, full_disk, output):
    history = begin(epoch=2, step=20)
    full_disk((tmp_path / 'history.jsonl').stat().st_size + 20)
    for epoch in (2, 3):
        history.pass_ended(a_pass(epoch, 10 * epoch + 10), 0.1)
    assert [epoch for epoch, _, _ in passes()] == [0, 0, 1, 1]
    full_disk()
    history.pass_ended(a_pass(4, 50), 0.1)
    assert [epoch for epoch, _, _ in passes()] == [0, 0, 1, 1, 4]
    assert output.getvalue().count('\n') == 1
    assert output.getvalue().startswith(f'W {tmp_path}/history.jsonl: cannot be written (')


def test_a_history_that_cannot_be_read_is_no_reason_to_give_up(begin, tmp_path, output):
    (tmp_path / 'history.jsonl').mkdir()
    begin().pass_ended(a_pass(0, 10), 0.1)
    assert output.getvalue().count('\n') == 1 and output.getvalue().startswith(f'W {tmp_path}/history.jsonl: cannot be read (')
