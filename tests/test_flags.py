"""The command line: published names and defaults, booleans in two words, refusals."""

import json
import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# name -> default, as published; what is not listed here is our own.
PUBLISHED = dict(
    train_files='', dev_files='', test_files='', metrics_files='', read_buffer='1MB', feature_cache='',
    cache_for_epochs=0, feature_win_len=32, feature_win_step=20, audio_sample_rate=16000, augment=None, epochs=75,
    dropout_rate=0.05, dropout_rate2=-1.0, dropout_rate3=-1.0, dropout_rate4=0.0, dropout_rate5=0.0, dropout_rate6=-1.0,
    relu_clip=20.0, beta1=0.9, beta2=0.999, epsilon=1e-8, learning_rate=0.001, train_batch_size=1, dev_batch_size=1,
    test_batch_size=1, export_batch_size=1, inter_op_parallelism_threads=0, intra_op_parallelism_threads=0,
    use_allow_growth=False, load_cudnn=False, train_cudnn=False, automatic_mixed_precision=False, limit_train=0,
    limit_dev=0, limit_test=0, reverse_train=False, reverse_dev=False, reverse_test=False, checkpoint_dir='',
    load_checkpoint_dir='', save_checkpoint_dir='', checkpoint_secs=600, max_to_keep=5, load_train='auto',
    load_evaluate='auto', drop_source_layers=0, export_dir='', remove_export=False, export_tflite=False, n_steps=16,
    export_zip=False, export_file_name='output_graph', export_beam_width=500, export_author_id='author',
    export_model_name='model', export_model_version='0.0.1', log_level=1, show_progressbar=True, log_placement=False,
    report_count=5, summary_dir='', test_output_file='', n_hidden=2048, layer_norm=False, random_seed=4568,
    early_stop=False, es_epochs=25, es_min_delta=0.05, reduce_lr_on_plateau=False, plateau_epochs=10,
    plateau_reduction=0.1, force_initialize_learning_rate=False, bytes_output_mode=False,
    alphabet_config_path='data/alphabet.txt', scorer_path='', scorer='', beam_width=1024, lm_alpha=0.931289039105002,
    lm_beta=1.1834137581510284, cutoff_prob=1.0, cutoff_top_n=300, one_shot_infer='', lm_alpha_max=5.0, lm_beta_max=5.0,
    n_trials=2400)
PLACEHOLDERS = ('contact_info', 'license', 'language', 'min_ds_version', 'max_ds_version', 'description')


def answered(expression, arguments):
    """Parses in a process of its own, as absl's flags are global; returns the value of an expression, or the error."""
    code = ('import sys, json\n'
            'from deepspeech_training import flags, from_flags\n'
            'from deepspeech_training.errors import ConfigError\n'
            'flags.define()\n'
            'try:\n'
            '    values = flags.parse(sys.argv)\n'
            f'    print(json.dumps({expression}, default=str))\n'
            'except ConfigError as error:\n'
            '    print(json.dumps(str(error)))\n')
    output = subprocess.run([sys.executable, '-c', code] + list(arguments), stdout=subprocess.PIPE, check=True,
                            universal_newlines=True, cwd=ROOT).stdout
    return json.loads(output)


def parsed(*arguments):
    """Returns {name: value} of all flags."""
    return answered('{name: values[name].value for name in values}', arguments)


def configured(*arguments):
    """Returns [lstm, precision] of the model."""
    return answered('[(run.lstm, run.precision) for run in [from_flags.run_config(values).model]][0]', arguments)


def test_every_published_flag_is_there_with_its_default():
    values = parsed()
    for name, default in PUBLISHED.items():
        assert values[name] == default or (default is None and not values[name]), name
    for name in PLACEHOLDERS:
        assert values[f'export_{name}'].startswith('<') and values[f'export_{name}'].endswith('>'), name


@pytest.mark.parametrize('words, expected', [
    (['--early_stop', 'true'], True), (['--early_stop', 'False'], False), (['--early_stop', 'FALSE'], False),
    (['--early_stop=false'], False), (['--noearly_stop'], False), (['--early_stop'], True), (['-early_stop', 't'], True),
    (['--early_stop', '0'], False), (['--early_stop', '--epochs', '1'], True)])
def test_booleans_mean_what_they_say(words, expected):
    assert parsed(*words)['early_stop'] is expected


def test_a_value_that_looks_like_a_boolean_stays_a_value():
    values = parsed('--export_model_name', 'true', '--epochs', '1')
    assert values['export_model_name'] == 'true' and values['epochs'] == 1


@pytest.mark.parametrize('words, part', [
    (['stray'], "'stray' belongs to no flag"), (['--early_stop', 'maybe'], "'maybe' belongs to no flag"),
    (['--epoch_s', '3'], 'epoch_s'), (['--epochs', 'three'], 'epochs'), (['--load_train', 'lats'], 'load_train')])
def test_what_makes_no_sense_is_refused(words, part):
    assert part in parsed(*words)


@pytest.mark.parametrize('words', [
    ['--augment', 'pitch'], ['--load_cudnn', 'true'], ['--drop_source_layers', '1'], ['--export_tflite'], ['--export_zip'],
    ['--dropout_rate4', '0.1']])
def test_missing_features_are_refused_by_name(words):
    message = parsed(*words)
    assert words[0] in message and 'still missing' in message


@pytest.mark.parametrize('flag', ['--help', '--helpfull'])
def test_help_lists_the_flags(deepspeech, flag):
    run = deepspeech(flag)
    assert run.returncode == 1 and '--train_files' in run.stdout and '--[no]early_stop' in run.stdout


@pytest.mark.parametrize('words', [
    ['--epochs', '-3'], ['--learning_rate', '-1'], ['--relu_clip', '0'], ['--cutoff_prob', '7'],
    ['--dropout_rate3', '1.5'], ['--intra_op_parallelism_threads', '-5'], ['--random_seed', '99999999999'],
    ['--train_batch_size', '0'], ['--batch_seconds', '-1'], ['--export_file_name', ''], ['--n_steps', '0']])
def test_numbers_out_of_range_are_refused(deepspeech, words):
    run = deepspeech('--train_files', 'x.csv', *words)
    assert run.returncode == 1 and run.stdout.startswith(f'E {words[0]} {words[1]}'), run.stdout + run.stderr


def test_missing_features_that_ask_for_nothing_are_accepted():
    assert parsed('--augment=', '--noexport_tflite', '--drop_source_layers', '0')['epochs'] == 75


@pytest.mark.parametrize('words, lstm, precision', [
    ([], 'auto', 'auto'), (['--train_cudnn'], 'cudnn', 'auto'), (['--automatic_mixed_precision'], 'auto', 'mixed'),
    (['--automatic_mixed_precision', '--precision', 'bfloat16'], 'auto', 'bfloat16'),
    (['--lstm_impl', 'block', '--precision', 'float32'], 'block', 'float32')])
def test_published_names_of_implementation_and_precision_mean_ours(words, lstm, precision):
    assert configured(*words) == [lstm, precision]


@pytest.mark.parametrize('words', [['--train_cudnn', '--lstm_impl', 'loop'],
                                   ['--automatic_mixed_precision', '--precision', 'float32']])
def test_contradictions_are_refused(words):
    assert 'contradict each other' in configured(*words)
