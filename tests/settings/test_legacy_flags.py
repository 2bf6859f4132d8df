"""What flags of releases 0.1 to 0.8 mean together with each other and with those of today."""

import math
from types import SimpleNamespace

import pytest

from deepspeech_training.errors import ConfigError
from deepspeech_training.settings.legacy_flags import TABLE, translate

TODAY = dict(epochs=75, lm_alpha=0.9, lm_beta=1.2, train_files='', test_files='', one_shot_infer='', scorer_path='',
             lm_binary_path='', lm_trie_path='', early_stop=False, load_train='auto', load_evaluate='auto',
             load_checkpoint_dir='', train_cudnn=False, augment=[], feature_win_step=20)
DEFAULTS = dict({name: default for name, (_, default, _) in TABLE.items()}, **TODAY)


def translated(**given):
    return translate(SimpleNamespace(**dict(DEFAULTS, **given)), list(given))


def test_nothing_given_means_nothing():
    assert translated() == ({}, [], [])


@pytest.mark.parametrize('epoch, epochs', [(10, 10), (-3, 3)])
def test_epoch_is_epochs_and_says_that_early_stopping_is_off(epoch, epochs):
    values, (sentence,), _ = translated(epoch=epoch)
    assert values == {'epochs': epochs}
    assert sentence == (f'--epoch {epoch} means --epochs {epochs} today: epochs of this run; early stopping, which used '
                        f'to be on, now needs --early_stop.')
    assert 'early stopping' not in translated(epoch=epoch, early_stop=True).meanings[0]


@pytest.mark.parametrize('old, today', [
    (dict(epoch=10), {'epochs': 10}), (dict(lm_weight=math.log(10)), {'lm_alpha': 1.}),
    (dict(valid_word_count_weight=2.), {'lm_beta': 3.5}), (dict(load='best'), {'load_train': 'best', 'load_evaluate': 'best'}),
    (dict(batch_size=8), {'train_batch_size': 8, 'dev_batch_size': 8, 'test_batch_size': 8})])
def test_of_an_old_name_and_that_of_today_the_later_one_decides(old, today):
    now = {name: 'today' for name in today}
    values, (sentence,), _ = translated(**now, **old)
    assert values == pytest.approx(today) if 'load' not in old else values == today
    assert sentence.startswith(f'--{next(iter(old))} ')
    assert translated(**old, **now) == ({}, [], [])


def test_an_old_name_still_decides_where_the_later_one_says_nothing():
    assert translated(batch_size=8, train_batch_size=1) == (
        {'dev_batch_size': 8, 'test_batch_size': 8}, ['--batch_size 8 means --dev_batch_size 8 --test_batch_size 8.'], [])
    assert translated(load='best', load_train='last').values == {'load_evaluate': 'best'}


@pytest.mark.parametrize('given, message', [
    (dict(test_files='a.csv', one_shot_infer='a.wav', scorer_path='s', test_use_lm=False),
     '--test_use_lm False and --infer_use_lm True: one run'),
    (dict(load='newest'), '--load newest: it was one of auto, last, best, init, transfer'),
    (dict(source_model_checkpoint_dir='a', load_checkpoint_dir='b'), 'means --load_checkpoint_dir a today, but b is to be'),
    (dict(source_model_checkpoint_dir='a', cudnn_checkpoint='c/x'), 'but c is to be loaded from, too')])
def test_contradictions_name_both(given, message):
    with pytest.raises(ConfigError, match=message):
        translated(**given)


def test_weights_are_converted_to_natural_logarithms():
    """Then a word added lm_weight * (log10 P + word_count_weight + valid_word_count_weight), today alpha * ln P + beta."""
    values, meanings, _ = translated(lm_weight=1.75, word_count_weight=1., valid_word_count_weight=1.)
    probability = 0.003
    assert values['lm_alpha'] * math.log(probability) + values['lm_beta'] == pytest.approx(
        1.75 * (math.log10(probability) + 1. + 1.))
    assert meanings == ['--lm_weight 1.75 means --lm_alpha 0.76 today.',
                        '--word_count_weight 1 and --valid_word_count_weight 1 with --lm_weight 1.75: --lm_beta 3.5 '
                        'today.']
    # As for release 0.2, which had one count only.
    assert translated(lm_weight=1.5, valid_word_count_weight=2.25).values['lm_beta'] == pytest.approx(3.375)


def test_the_gradients_of_an_update_come_from_the_steps_that_workers_accumulate():
    of_two = dict(worker_hosts='localhost:1,localhost:2')
    assert translated(replicas_to_agg=4, **of_two) == (
        {'accumulate_steps': 2}, ['--replicas_to_agg 4 means --accumulate_steps 2 today.'], [])
    assert translated(replicas_to_agg=-3, **of_two).values == {'accumulate_steps': 3}
    assert translated(replicas_to_agg=2, **of_two) == ({}, [], [])
    assert translated(replicas_to_agg=3, **of_two) == (
        {}, [], ['--replicas_to_agg has no effect any more: every process of --worker_hosts takes part in every update.'])


def test_the_language_model_is_left_out_where_nobody_wants_it():
    without = dict(scorer_path='', lm_binary_path='', lm_trie_path='')
    assert translated(test_files='a.csv', scorer_path='s', test_use_lm=False).values == without
    assert translated(test_files='a.csv', one_shot_infer='a.wav', scorer_path='s', test_use_lm=False,
                      infer_use_lm=False).values == without
    assert translated(test_files='a.csv', one_shot_infer='a.wav', scorer_path='s', test_use_lm=False,
                      test=False).values == {'test_files': ''}
    assert translated(test_files='a.csv', scorer_path='s', infer_use_lm=False).values == {}


def test_flags_that_share_a_sentence_get_one_line():
    warnings = translated(h1_stddev=0.1, default_stddev=0.046875, xla=False, log_traffic=True, coord_port=1).warnings
    assert len(warnings) == 2
    assert warnings[0].startswith('--default_stddev, --h1_stddev have no effect any more: weights start from')
    assert warnings[1].startswith('--coord_port, --log_traffic have no effect any more: the processes of')


def test_values_that_ask_for_nothing_are_not_worth_a_line():
    assert translated(use_warpctc=False, xla=False, display_step=0, validation_step=1, ps_hosts='',
                      worker_hosts='', job_name='localhost', task_index=0, dropout_rate4=0., train=True) == ({}, [], [])


@pytest.mark.parametrize('load, values', [
    ('auto', {'load_train': 'auto'}), ('last', {'load_train': 'last', 'load_evaluate': 'last'}),
    ('init', {'load_train': 'init'})])
def test_load_says_what_training_starts_from(load, values):
    found, (sentence,), _ = translated(load=load)
    assert found == values
    assert sentence == f'--load {load} means {" ".join(f"--{name} {value}" for name, value in values.items())} today.'


def test_a_cudnn_checkpoint_is_a_directory_or_a_file_in_one(tmp_path):
    for path in (tmp_path, tmp_path / 'best_dev-1'):
        assert translated(cudnn_checkpoint=str(path)).values == {'load_checkpoint_dir': str(tmp_path), 'load_cudnn': True}
    assert translated(cudnn_checkpoint='best_dev-1').values['load_checkpoint_dir'] == '.'
    # Training with cuDNN needs no replacement of what a CPU lacks.
    assert translated(cudnn_checkpoint='c/x', use_cudnn_rnn=True).values == {'load_checkpoint_dir': 'c', 'train_cudnn': True}
    assert translated(cudnn_checkpoint='') == ({}, [], [])


def test_numbers_of_augmentation_that_is_off_are_not_worth_a_line():
    off = dict(augmentation_freq_and_time_masking=False, augmentation_freq_and_time_masking_freq_mask_range='5',
               augmentation_spec_dropout_keeprate=1., data_aug_features_additive=0., fine_tune=True,
               augmentation_sparse_warp=False, augmentation_sparse_warp_num_control_points='3')
    assert translated(**off) == ({}, [], [])
    (sentence,) = translated(**dict(off, augmentation_sparse_warp=True)).warnings
    assert sentence == ('--augmentation_sparse_warp has no effect: --augment has nothing that is the same; the nearest to '
                        'it is --augment warp.')


@pytest.mark.parametrize('given, specifications', [
    (dict(data_aug_features_additive=0.2), ['add[domain=features,stddev=0.2]']),
    (dict(data_aug_features_multiplicative=0.3), ['multiply[domain=features,stddev=0.3]']),
    (dict(augmentation_spec_dropout_keeprate=0.9), ['dropout[rate=0.1]']),
    (dict(augmentation_pitch_and_tempo_scaling=True), ['pitch[pitch=1.075~0.125]', 'tempo[factor=1.1~0.1]']),
    (dict(augmentation_pitch_and_tempo_scaling=True, augmentation_pitch_and_tempo_scaling_max_tempo='1.4'),
     ['pitch[pitch=1.075~0.125]', 'tempo[factor=1.2~0.2]']),
    (dict(augmentation_freq_and_time_masking=True), ['frequency_mask[n=3,size=2~2]', 'time_mask[n=3,size=20~20]']),
    (dict(augmentation_freq_and_time_masking=True, augmentation_freq_and_time_masking_number_time_masks='1',
          feature_win_step=10), ['frequency_mask[n=3,size=2~2]', 'time_mask[n=1,size=10~10]'])])
def test_augmentation_of_that_time_is_asked_for_as_today(given, specifications):
    values, (sentence,), warnings = translated(augment=['volume'], **given)
    assert values == {'augment': ['volume', *specifications]} and not warnings
    assert all(f'--augment {each}' in sentence for each in specifications)


@pytest.mark.parametrize('given, message', [
    (dict(augmentation_spec_dropout_keeprate=2.), r'--augmentation_spec_dropout_keeprate 2.0: --augment dropout\[rate=-1\]'),
    (dict(augmentation_pitch_and_tempo_scaling=True, augmentation_pitch_and_tempo_scaling_min_pitch='low'),
     '--augmentation_pitch_and_tempo_scaling_min_pitch low: a number is needed')])
def test_augmentation_of_that_time_that_makes_no_sense_is_refused_by_its_name(given, message):
    with pytest.raises(ConfigError, match=message):
        translated(**given)
