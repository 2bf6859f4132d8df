"""`--best_by`: which measure says which model is the best, and what becomes of the comparison when another one does."""

import json
import math
import os

import pytest
from small_training import SmallTraining, assert_same_bits

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.console.log import Log
from deepspeech_training.settings.config import ScheduleConfig
from deepspeech_training.train.state import TrainingState
from deepspeech_training.train.transcripts import Validation


@pytest.fixture
def learned(clips, alphabet, tmp_path, log):
    return SmallTraining(clips, alphabet, tmp_path, log)


def dev_lines(learned, name):
    with open(os.path.join(learned.path(name), 'history.jsonl'), encoding='utf-8') as file:
        return [line for line in map(json.loads, file) if line['set'] == 'dev']


def best_of(learned, name):
    return CheckpointDirectory(learned.path(name)).find('best', Log(3))


@pytest.mark.parametrize('best_by', ['loss', 'wer', 'cer'])
def test_the_measure_chooses_the_model(best_by, learned, output):
    learned('run', schedule=dict(best_by=best_by, es_min_delta=0.), optimizer=dict(learning_rate=0.02))
    values = [line[best_by] for line in dev_lines(learned, 'run')]
    best, name = best_of(learned, 'run'), 'loss' if best_by == 'loss' else best_by.upper()
    assert best.value('global_step') == 5 * (1 + values.index(min(values)))
    assert best.progress['best'] == pytest.approx(min(values), rel=1e-6) and best.progress['best_by'] == best_by
    said = [line for line in output.getvalue().splitlines() if line.startswith('I Saved new best validating model')]
    words = f'I Saved new best validating model with {name} '
    assert said[0].startswith(words) and float(said[0][len(words):].split()[0]) == pytest.approx(values[0], rel=1e-5)


def test_the_measures_do_not_choose_the_same(learned):
    """Else the test above would show nothing: the word error rate stays at 1 while the loss falls."""
    for best_by in ('loss', 'wer'):
        learned(best_by, schedule=dict(best_by=best_by))
    assert [best_of(learned, best_by).value('global_step') for best_by in ('loss', 'wer')] == [15, 5]


def test_early_stop_and_plateau_follow_it(learned, output):
    stale = dict(early_stop=True, es_epochs=3, es_min_delta=0.001, reduce_lr_on_plateau=True, plateau_epochs=2, epochs=9)
    learned('run', schedule=dict(stale, best_by='wer'))
    lines = dev_lines(learned, 'run')
    assert [line['wer'] for line in lines] == [1.] * 4  # the first one is an improvement, three more are none
    assert lines[-1]['loss'] < lines[0]['loss'] - 1
    assert 'I Early stop triggered as the WER did not improve the last 3 epochs' in output.getvalue()
    assert output.getvalue().count('Encountered a plateau') == 1


def test_a_stopped_run_ends_with_the_same_bits(learned):
    common = dict(schedule=dict(best_by='cer'))
    assert_same_bits(learned('whole', **common), learned('stopped', stops=(3, 4, 2), **common))


def test_another_measure_begins_anew_with_the_best_model_so_far(learned, output):
    learned('run', schedule=dict(epochs=2))
    by_loss = best_of(learned, 'run')
    learned('run', schedule=dict(epochs=1, best_by='cer'))
    (sentence,) = [line for line in output.getvalue().splitlines() if '--best_by' in line]
    assert sentence == (f'W The lowest loss decided before which model is the best ({by_loss.progress["best"]:f}); from now on '
                        f'the lowest CER does (--best_by cer), and the comparison begins anew.')
    last = CheckpointDirectory(learned.path('run')).find('last', Log(3))
    lines = dev_lines(learned, 'run')
    assert len(lines) == 3  # that of the best model, measured by its CER, is none of the run
    assert output.getvalue().count('I Finished validating') == 4
    of_best = lines[[line['step'] for line in lines].index(by_loss.value('global_step'))]['cer']
    assert last.progress['best_by'] == 'cer'
    assert last.progress['best'] == pytest.approx(min(of_best, lines[-1]['cer']), rel=1e-6)


def test_the_same_measure_again_says_nothing(learned, output):
    for _ in range(2):
        learned('run', schedule=dict(epochs=1, best_by='wer'))
    assert '--best_by' not in output.getvalue() and 'comparison' not in output.getvalue()


def test_a_run_of_a_version_that_knew_losses_only_is_one_by_loss():
    state = TrainingState.from_dict({'epoch': 3, 'best': 12.5, 'stale': 2})
    assert state.compare_by('loss') == [] and (state.best, state.stale) == (12.5, 2)
    assert len(state.compare_by('wer')) == 1 and (state.best, state.stale) == (math.inf, 0)
    assert state.compare_by('cer') == []  # nothing was known yet


@pytest.mark.parametrize('loss', [math.nan, math.inf])
def test_rates_of_a_lost_model_decide_nothing(loss):
    validation = Validation(loss, wer=0.1, cer=0.05, blank_share=0., only_label=None, samples=())
    state = TrainingState(best_by='wer', best=0.5)
    assert not state.validated(validation.measure('wer'), ScheduleConfig(best_by='wer')).best and state.best == 0.5
