"""A network that writes nothing, or one letter, for too long is told of once, with what to try."""

import json
import os
from types import SimpleNamespace

import numpy as np
import pytest
from small_training import SmallTraining

from deepspeech_training.train.observers.diagnosis import Diagnosis
from deepspeech_training.train.state import N_SAME, Decision, TrainingState
from deepspeech_training.train.transcripts import Validation


@pytest.fixture
def learned(clips, alphabet, tmp_path, log):
    return SmallTraining(clips, alphabet, tmp_path, log)


def warnings_in(output):
    return [line for line in output.getvalue().splitlines() if line.startswith('W The network has written')]


def test_a_real_run_of_blanks_is_told_once_however_often_it_is_stopped(learned, output):
    learned('run', stops=(9, 30), schedule=dict(epochs=9))
    with open(os.path.join(learned.path('run'), 'history.jsonl'), encoding='utf-8') as file:
        shares = [line['blank_share'] for line in map(json.loads, file) if line['set'] == 'dev']
    first = next(epoch for epoch in range(len(shares)) if all(share == 1 for share in shares[epoch:]))
    assert first <= 9 - N_SAME
    (said,) = warnings_in(output)
    n_same = int(said.split(' validations ')[0].split()[-1])
    assert 'nothing at all, only blanks, in ' in said and n_same >= N_SAME
    n_updates = int(said.split(' updates ')[0].split()[-1])
    assert n_updates == 45  # at the end, as it is too short for more
    assert 'W  - Patience' in output.getvalue() and '0.0 hours' in output.getvalue()


def diagnosed(log, labels, n_hidden=2048, hours=1., rate=0.001, first_step=5000, is_end=False):
    """Tells a Diagnosis of epochs in which the network wrote only these labels; returns the TrainingState."""
    state = TrainingState(epoch=1, last_epoch=99)
    run, train = SimpleNamespace(model=SimpleNamespace(n_hidden=n_hidden)), SimpleNamespace(audio_s=np.array([3600 * hours]))
    diagnosis = Diagnosis(log, run, state, train)
    for index, label in enumerate(labels):
        validation = Validation(9., wer=1., cer=1., blank_share=0.5, only_label=label, samples=())
        state.wrote(label)
        diagnosis.validation_ended(validation, first_step + 15 * index)
        stop = is_end and index == len(labels) - 1
        diagnosis.decided(Decision(best=False, stop=stop, plateau=False), rate)
    return state


def test_one_letter_is_told_too_with_advice_that_fits(log, output):
    diagnosed(log, [''] + ['e'] * N_SAME)
    assert len(warnings_in(output)) == 1 and 'nothing but the letter "e" in 5' in output.getvalue()
    for part in ('--n_hidden 512', '--learning_rate 0.0001', '--load_checkpoint_dir', '--limit_train 10'):
        assert part in output.getvalue()
    assert 'Patience' not in output.getvalue()


def test_advice_that_does_not_fit_is_left_out(log, output):
    diagnosed(log, [''] * N_SAME, n_hidden=64, hours=500., rate=0.0001, first_step=100, is_end=True)
    assert 'Patience' in output.getvalue()
    for part in ('--n_hidden', 'A lower learning rate', 'More speech'):
        assert part not in output.getvalue()


@pytest.mark.parametrize('labels', [[''] * (N_SAME - 1), ([''] * (N_SAME - 1) + [None]) * 3])
def test_shorter_spells_are_usual(labels, log, output):
    diagnosed(log, labels)
    assert output.getvalue() == ''


def test_the_first_thousand_updates_are_waited_for(log, output):
    """As in the first run of the front page, of 15 updates an epoch."""
    diagnosed(log, [''] * 66, first_step=15)
    assert output.getvalue() == ''
    diagnosed(log, [''] * 80, first_step=15)
    (said,) = warnings_in(output)
    assert 'in 67 validations in a row, 1005 updates after its beginning' in said
