"""The command line: booleans in two words, refusals, what TensorFlow learns of it.

What each flag does is in `test_flag_table.py`.
"""

import json
import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def answered(expression, arguments):
    """Parses in a process of its own, as absl's flags are global; returns the value of an expression, or the error."""
    code = ('import sys, json\n'
            'from absl.flags import FLAGS\n'
            'from deepspeech_training.settings import command_line, from_flags\n'
            'from deepspeech_training.errors import ConfigError\n'
            'command_line.define()\n'
            'try:\n'
            '    values = command_line.parse(sys.argv)\n'
            f'    print(json.dumps({expression}, default=str))\n'
            'except ConfigError as error:\n'
            '    print(json.dumps(str(error)))\n')
    output = subprocess.run([sys.executable, '-c', code] + list(arguments), stdout=subprocess.PIPE, check=True,
                            universal_newlines=True, cwd=ROOT).stdout
    return json.loads(output)


def parsed(*arguments):
    """Returns {name: value} of all flags."""
    return answered('{name: getattr(values, name) for name in FLAGS}', arguments)


def configured(*arguments):
    """Returns [lstm, precision] of the model."""
    return answered('[(run.lstm, run.precision) for run in [from_flags.asked_for(values).model]][0]', arguments)


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


def test_the_full_help_lists_all_flags(deepspeech):
    run = deepspeech('--helpfull')
    assert run.returncode == 0 and '--train_files' in run.stdout and '--[no]early_stop' in run.stdout
    assert '\nflags of releases 0.1 to 0.8 and of the Russian fork:\n  ' in run.stdout
    assert '\n  --b1_stddev: no effect any more' in run.stdout


@pytest.mark.parametrize('words', [
    ['--epochs', '-3'], ['--learning_rate', '-1'], ['--relu_clip', '0'], ['--cutoff_prob', '7'],
    ['--dropout_rate3', '1.5'], ['--intra_op_parallelism_threads', '-5'], ['--random_seed', '99999999999'],
    ['--train_batch_size', '0'], ['--batch_seconds', '-1'], ['--export_file_name', ''], ['--n_steps', '0'],
    ['--n_steps', '-1'], ['--export_batch_size', '-1'], ['--n_steps', '-2', '--export_onnx'],
    ['--audio_sample_rate', '999'], ['--audio_sample_rate', '1000000000000'], ['--feature_win_len', '0'],
    ['--feature_win_len', '1001'], ['--feature_win_step', '1000000000']])
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


def test_a_batch_size_may_be_left_open():
    assert parsed('--train_batch_size', 'auto')['train_batch_size'] == -1 and parsed()['train_batch_size'] == 1
    shown = '[(each.batch_size, each.fits_memory) for run in [from_flags.asked_for(values)] for each in (run.train, run.dev)]'
    assert answered(shown, ['--train_batch_size', 'auto']) == [[0, True], [0, True]]
    assert answered(shown, ['--train_batch_size=auto', '--dev_batch_size', '8']) == [[0, True], [8, False]]
    assert 'not a number that it takes, nor auto' in parsed('--train_batch_size', '-1')
    assert 'contradict each other' in configured('--train_batch_size', 'auto', '--batch_seconds', '30')


@pytest.mark.parametrize('words', [['--train_cudnn', '--lstm_impl', 'loop'], ['--train_cudnn', '--load_cudnn'],
                                   ['--automatic_mixed_precision', '--precision', 'float32']])
def test_contradictions_are_refused(words):
    assert 'contradict each other' in configured(*words)


def test_error_rates_decide_only_with_a_validation_set():
    words = '--train_files', 'a.csv', '--best_by', 'wer'
    assert '--best_by wer compares models on a validation set; pass --dev_files' in configured(*words)
    assert 'validation' not in configured(*words, '--dev_files', 'b.csv') + configured(*words[2:])


@pytest.mark.parametrize('words', [['--scorer', 'x'], ['--train_batch_size', 'auto'],
                                   ['--epoch', '10', '--log_telegram=1', '--lm_weight', '2'],
                                   ['--export_description', 'two words', '--early_stop', 'false', '--notest']])
def test_the_listing_of_all_flags_is_a_flagfile(tmp_path, words):
    path = tmp_path / 'flags.txt'
    listing = 'values.text'
    path.write_text(answered(listing, words), encoding='utf-8')
    again = answered(listing, ['--flagfile', str(path)])
    assert again.replace(f'--flagfile={path}', '# --flagfile=') == path.read_text(encoding='utf-8')
    assert parsed('--flagfile', str(path), '--flagfile=') == parsed(*words)


@pytest.mark.parametrize('words, level, verbosity', [
    ([], '3', 'ERROR'), (['--log_level=0'], '0', 'DEBUG'), (['--log_level', '2'], '2', 'WARN')])
def test_the_log_level_reaches_tensorflow_in_both_forms(words, level, verbosity):
    code = ('import os, sys\n'
            'from deepspeech_training.main import run_program\n'
            'def work(run, log):\n'
            '    from deepspeech_training.compat import tf\n'
            '    names = {getattr(tf.logging, name): name for name in ("DEBUG", "INFO", "WARN", "ERROR")}\n'
            '    print(os.environ["TF_CPP_MIN_LOG_LEVEL"], names[tf.logging.get_verbosity()])\n'
            'run_program(work)\n')
    environment = {name: value for name, value in os.environ.items() if name != 'TF_CPP_MIN_LOG_LEVEL'}
    run = subprocess.run([sys.executable, '-c', code] + words, env=environment, stdout=subprocess.PIPE, cwd=ROOT,
                         stderr=subprocess.PIPE, universal_newlines=True)
    assert run.stdout == f'{level} {verbosity}\n'
    assert level == '0' or not run.stderr, run.stderr


@pytest.mark.parametrize('words', [['--log_level', '4'], ['--log_level=-1']])
def test_there_are_four_log_levels(words):
    assert 'log_level' in parsed(*words)


def test_session_options_reach_tensorflow():
    from deepspeech_training.compat import session_config
    from deepspeech_training.settings.config import DeviceConfig
    config = session_config(DeviceConfig(3, 2, log_placement=True, gpu_parts_mib=(512, 256)))
    assert (config.inter_op_parallelism_threads, config.intra_op_parallelism_threads) == (3, 2)
    assert config.log_device_placement and config.gpu_options.allow_growth and config.allow_soft_placement
    assert list(config.gpu_options.experimental.virtual_devices[0].memory_limit_mb) == [512, 256]
    plain = session_config(DeviceConfig(allow_growth=False))
    assert not plain.log_device_placement and not plain.gpu_options.allow_growth
    assert not plain.gpu_options.experimental.virtual_devices


def test_open_axes_are_those_of_onnx_models():
    words = ['--n_steps', '-1', '--export_batch_size', '-1']
    sizes = '[(export.n_steps, export.batch_size) for export in [from_flags.asked_for(values).export]][0]'
    assert 'pass --export_onnx' in answered(sizes, words)
    assert answered(sizes, words + ['--export_onnx']) == [0, 1]
