"""What the flags of schedule, updates and averages refuse, in one sentence each; what a recipe is made of."""

import pytest

from deepspeech_training.settings.flags import TABLE
from deepspeech_training.settings.recipes import RECIPES, in_words, settings_of


@pytest.mark.parametrize('words, said', [
    (('--average_checkpoints', '-1'), 'it must not be negative'),
    (('--average_checkpoints', '3', '--load_evaluate', 'x/train-1'), 'names a single checkpoint'),
    (('--average_checkpoints', '6', '--train_files', 'x.csv'), 'only --max_to_keep 5 of the last checkpoints are kept'),
    (('--ema_decay', '1'), 'a decay rate lies from 0 to below 1'), (('--ema_decay', '-0.1'), 'from 0 to below 1'),
    (('--accumulate_steps', '0'), 'an update needs at least one step'),
    (('--weight_decay', '1000'), 'would leave nothing of the weights'), (('--clip_gradient_norm', '-1'), 'not be negative'),
    (('--lr_schedule', 'noam'), 'pass --warmup_epochs'), (('--warmup_epochs', '75'), 'is not below --epochs 75')])
def test_contradictions_are_refused(words, said, deepspeech):
    refused = deepspeech(*words)
    assert refused.returncode == 1 and said in refused.stdout and refused.stdout.count('\n') == 1


def test_recipes_are_made_of_flags_that_no_checkpoint_decides():
    for settings in RECIPES.values():
        for name, value in settings.items():
            flag = TABLE[name]
            assert not flag.is_optional and type(value) is type(flag.default)
            assert all(limit.accepts(value) for limit in flag.limits) and (not flag.choices or value in flag.choices)
    assert RECIPES['none'] == {}
    with pytest.raises(TypeError):
        RECIPES['small']['ema_decay'] = 0.5


def test_a_flag_that_is_given_overrides_its_part():
    values = settings_of('small', ['ema_decay', 'dropout_rate', 'epochs'])
    assert set(RECIPES['small']) - set(values) == {'ema_decay', 'dropout_rate'}
    assert in_words('small', values).endswith('; given: --dropout_rate, --ema_decay.')
    assert all(RECIPES['small'][name] == value for name, value in values.items())


@pytest.mark.parametrize('given, left_out', [
    ('batch_seconds', {'train_batch_size'}), ('learning_rate', {'learning_rate'}),
    ('lr_schedule', {'lr_schedule', 'learning_rate'}), ('reduce_lr_on_plateau', {'lr_schedule', 'learning_rate'})])
def test_a_flag_that_does_the_same_in_another_way_overrides_a_part(given, left_out):
    assert set(RECIPES['small']) - set(settings_of('small', [given])) == left_out


def test_a_recipe_trains(deepspeech, clips, tmp_path):
    command = ('--train_files', clips, '--train_batch_size', 9, '--n_hidden', 8, '--noshow_progressbar', '--recipe', 'small',
               '--checkpoint_dir', tmp_path)
    run = deepspeech(*command, '--epochs', 1)
    assert run.returncode == 0, run.stdout + run.stderr
    sentence = ('--recipe small means --augment preset=small --dropout_rate 0.1 --ema_decay 0.99 '
                '--lr_schedule one_cycle --learning_rate 0.002; given: --train_batch_size.')
    assert 'I Augmenting the training set: pitch[p=0.5,pitch=1~0.1] tempo[p=0.5,factor=1~0.2].' in run.stdout
    assert run.stdout.startswith(f'I {sentence}\n')
    flags = (tmp_path / 'flags.txt').read_text(encoding='utf-8').splitlines()
    assert '--recipe=small' in flags and f'# {sentence}' in flags
    again = deepspeech('--flagfile', tmp_path / 'flags.txt')
    assert again.returncode == 0 and again.stdout.startswith(f'I {sentence}\n'), again.stdout
