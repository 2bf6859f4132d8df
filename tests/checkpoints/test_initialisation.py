"""What a training starts from: the newest checkpoint of a run, layers of another model, cuDNN checkpoints."""

import json
from dataclasses import replace

import numpy as np
import pytest
from stored_models import CELL, RATE, save, stored_model

from deepspeech_training.checkpoints import metadata
from deepspeech_training.checkpoints.directory import CheckpointDirectories
from deepspeech_training.checkpoints.initialisation import initial_model
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.errors import CheckpointError
from deepspeech_training.settings.config import CheckpointConfig, SetConfig
from deepspeech_training.settings.features import AskedFeatures
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.train.state import TrainingState

# What a fresh optimizer begins with.
SCALARS = {'learning_rate': RATE, 'beta1_power': 0.9, 'beta2_power': 0.999}
RUSSIAN = 'абвгдежзиклм'
# Which parts of the network stay with --drop_source_layers 1 to 5.
KEPT = {1: ['layer_1', 'layer_2', 'layer_3', 'lstm', 'layer_5'], 2: ['layer_1', 'layer_2', 'layer_3', 'lstm'],
        3: ['layer_1', 'layer_2', 'layer_3'], 4: ['layer_1', 'layer_2'], 5: ['layer_1']}


@pytest.fixture
def started(make_run, log):
    """Function that gives (RunConfig, StoredModel) as a training begins with them."""
    def start(**changes):
        asked = make_run(**changes)
        source = initial_model(asked.checkpoints, CheckpointDirectories.of(asked.checkpoints), log)
        return resolve(asked, source, log), source
    return start


@pytest.mark.parametrize('release, n_layers', [
    ('layer norm', 1), ('layer norm', 2), ('layer norm', 3), ('layer norm', 4), ('layer norm', 5), ('0.2-0.4', 3),
    ('mixed precision', 1)])
def test_exactly_the_last_layers_and_the_optimizer_start_afresh(release, n_layers, stored, started,
                                                                loaded_for_training):
    expected = stored(release).expected
    values, fresh = loaded_for_training(*started(drop_source_layers=n_layers))
    for name, value in values.items():
        if name == 'global_step':
            assert value == 7
        elif name in SCALARS:
            assert value == np.float32(SCALARS[name])
        elif '/Adam' in name:
            assert not value.any(), name
        else:
            is_kept = any(part in name for part in KEPT[n_layers])
            assert (name in fresh) != is_kept
            assert np.allclose(value, expected[name]) == is_kept, name


def test_a_new_alphabet_gets_new_outputs(stored, started, loaded_for_training, output):
    expected = stored('0.6-0.9.3').expected
    run, source = started(alphabet=Alphabet(RUSSIAN, source='russian.txt'), drop_source_layers=1)
    values, _ = loaded_for_training(run, source)
    assert values['layer_6/weights'].shape == (8, 13) and values['layer_6/bias'].shape == (13,)
    np.testing.assert_array_equal(values['layer_5/weights'], expected['layer_5/weights'])
    assert 'Transfer: layers 1, 2, 3, recurrent, 5 come from' in output.getvalue()
    assert '; 6 and the optimizer start afresh.' in output.getvalue()


def test_another_alphabet_without_transfer_is_explained(stored, make_run, log):
    stored('0.6-0.9.3')
    asked = replace(make_run(alphabet=Alphabet(RUSSIAN, source='russian.txt')), train=SetConfig(('a.csv',)))
    with pytest.raises(CheckpointError) as error:
        resolve(asked, initial_model(asked.checkpoints, CheckpointDirectories.of(asked.checkpoints), log), log)
    message = str(error.value)
    assert 'the checkpoint has 6 outputs, the alphabet russian.txt needs 13: use --drop_source_layers 1' in message
    assert '--alphabet_config_path' in message


def test_more_layers_than_there_are_mean_all_but_the_first(stored, started, loaded_for_training, output):
    stored('0.6-0.9.3')
    _, fresh = loaded_for_training(*started(drop_source_layers=6))
    assert {'layer_1/weights', 'layer_1/bias'}.isdisjoint(fresh) and 'layer_2/weights' in fresh
    assert 'W --drop_source_layers 6: layer 1 is always kept, so it means 5.' in output.getvalue()


def test_a_transfer_that_was_interrupted_goes_on_with_all_layers(stored, started, loaded_for_training, tmp_path,
                                                                 output):
    stored('0.6-0.9.3')
    ours = stored_model('0.6-0.9.3', seed=8)
    save(ours.variables, tmp_path / 'target')
    metadata.write(str(tmp_path / 'target' / 'train-7'), {'progress': {'epoch': 1, 'last_epoch': 3}})
    values, fresh = loaded_for_training(*started(drop_source_layers=3))
    assert not fresh
    np.testing.assert_array_equal(values['layer_6/weights'], ours.expected['layer_6/weights'])
    assert 'I --drop_source_layers 3 is not carried out: a run of' in output.getvalue()


@pytest.mark.parametrize('features, feature_set', [
    ({'rate_hz': 16000, 'feature_set': 'v0.2'}, 'v0.2'), ({'rate_hz': 16000}, 'current')])
def test_our_own_checkpoint_says_on_what_features_it_works(features, feature_set, stored, started, tmp_path):
    stored('v0.1')  # whose names our own new models have, too
    (tmp_path / 'source' / 'train-7.json').write_text(json.dumps({'format': 1, 'features': features}))
    assert started()[0].features.feature_set == feature_set
    if feature_set != 'current':
        with pytest.raises(CheckpointError, match='--feature_set current contradicts .*trained with v0.2; leave'):
            started(features=AskedFeatures(feature_set='current'))


def test_a_transfer_needs_a_source(make_run, log, tmp_path):
    config = make_run(drop_source_layers=2).checkpoints
    with pytest.raises(CheckpointError, match='--drop_source_layers 2: there is no model in .*source to take'):
        initial_model(config, CheckpointDirectories.of(config), log)


@pytest.mark.parametrize('changes', [{}, {'cudnn_lstm/opaque_kernel': np.zeros(8 * 64 + 8 * 8 + 4, np.float32)}])
def test_the_optimizer_state_of_a_cudnn_cell_may_be_missing_if_one_says_so(changes, stored, started, output,
                                                                         loaded_for_training):
    slots = [f'{CELL}/{name}/{slot}' for name in ('bias', 'kernel') for slot in ('Adam', 'Adam_1')]
    expected = stored('cuDNN', ['opaque_kernel'] if not changes else ['opaque_kernel/Adam'], **changes).expected
    with pytest.raises(CheckpointError, match='and 3 more are not in it, as in .* cuDNN .*; pass --load_cudnn'):
        loaded_for_training(*started())
    values, fresh = loaded_for_training(*started(load_cudnn=True))
    assert fresh == set(slots)
    for name, value in values.items():
        assert np.allclose(value, 0 if name in slots else expected[name]), name
    for slot in slots:
        assert output.getvalue().count(f'W CUDNN variable not found: {slot}\n') == 1


def test_whatever_else_is_missing_is_an_error_also_for_cudnn(stored, started, loaded_for_training):
    stored('cuDNN', ['opaque_kernel', 'layer_2/bias/Adam'])
    with pytest.raises(CheckpointError, match='and 5 more are not in it. For training, all optimizer variables'):
        loaded_for_training(*started())
    with pytest.raises(CheckpointError, match='variable layer_2/bias/Adam and 1 more are not in it. For training'):
        loaded_for_training(*started(load_cudnn=True))


def test_a_transfer_needs_no_optimizer_state(stored, started, loaded_for_training, output):
    stored('cuDNN', ['opaque_kernel'])
    _, fresh = loaded_for_training(*started(load_cudnn=True, drop_source_layers=1))
    assert 'layer_6/bias' in fresh and f'{CELL}/kernel' not in fresh and 'CUDNN' not in output.getvalue()


def test_a_whole_checkpoint_needs_no_leniency(stored, started, loaded_for_training, output):
    stored('cuDNN')
    _, fresh = loaded_for_training(*started(load_cudnn=True))
    assert not fresh and 'CUDNN' not in output.getvalue()


def chosen(directory, log, load_train='auto'):
    config = CheckpointConfig(str(directory), str(directory), load_train)
    return initial_model(config, CheckpointDirectories.of(config), log).path


def test_a_run_goes_on_from_its_last_checkpoint(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        writer.save_best(session, 3, TrainingState('run', epoch=1).as_dict())
        writer.save_last(session, 5, TrainingState('run', epoch=1, position=2).as_dict())
    for method in ('auto', 'last'):
        assert chosen(tmp_path, log, method) == str(tmp_path / 'train-5')
    assert chosen(tmp_path, log, 'best') == str(tmp_path / 'best_dev-3')


def test_killed_between_a_new_best_model_and_the_next_checkpoint_it_goes_on_from_the_best(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        writer.save_last(session, 5, TrainingState('run', epoch=1, position=2).as_dict())
        writer.save_best(session, 5, TrainingState('run', epoch=2).as_dict())
    for method in ('auto', 'last'):
        assert chosen(tmp_path, log, method) == str(tmp_path / 'best_dev-5')


def test_who_went_back_to_an_older_checkpoint_by_hand_gets_it(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        writer.save_last(session, 5, TrainingState('run', epoch=1).as_dict())
        writer.save_last(session, 9, TrainingState('run', epoch=3).as_dict())
        writer.save_best(session, 9, TrainingState('run', epoch=3).as_dict())
        path = tmp_path / 'checkpoint'
        path.write_text('model_checkpoint_path: "train-5"\n')
        for method in ('auto', 'last'):
            assert chosen(tmp_path, log, method) == str(tmp_path / 'train-5')
        # The run goes on from there; the best one is still further.
        writer.save_last(session, 7, TrainingState('run', epoch=2).as_dict())
        assert chosen(tmp_path, log) == str(tmp_path / 'train-7')


def test_the_best_model_of_an_earlier_run_does_not_come_back(open_writer, tmp_path, log):
    with open_writer() as (writer, session):
        writer.save_best(session, 90, TrainingState('old', epoch=30).as_dict())
        writer.save_last(session, 5, TrainingState('new', epoch=1, position=2).as_dict())
    assert chosen(tmp_path, log) == str(tmp_path / 'train-5')
