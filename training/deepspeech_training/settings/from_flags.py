"""From parsed flags to the RunConfig, with all checks that need more than one flag."""

import os

from xdg import BaseDirectory

from . import flags
from .config import (CheckpointConfig, DecoderConfig, DeviceConfig, ExportConfig, FeatureConfig, ModelCard, ModelConfig,
                     OptimizerConfig, ReportConfig, RunConfig, ScheduleConfig, SearchConfig, SetConfig)
from ..errors import ConfigError
from ..text.alphabet import Alphabet, ByteAlphabet

# Names of flags, what is accepted, and how to say it.
LIMITS = (
    ('epochs es_epochs plateau_epochs', lambda value: value >= 1, 'at least one epoch is needed'),
    ('train_batch_size dev_batch_size test_batch_size export_batch_size', lambda value: value >= 1,
     'a batch needs at least one utterance'),
    ('n_steps', lambda value: value >= 1, 'clients need a fixed number of frames per call, at least 1'),
    ('dropout_rate dropout_rate2 dropout_rate3 dropout_rate6', lambda value: value < 1,
     'a drop probability is below 1'),
    ('dropout_rate', lambda value: value >= 0, 'a drop probability is not negative'),
    ('learning_rate epsilon plateau_reduction relu_clip', lambda value: value > 0, 'it must be above 0'),
    ('beta1 beta2', lambda value: 0 <= value < 1, 'a decay rate lies from 0 to below 1'),
    ('cutoff_prob', lambda value: 0 < value <= 1, 'a probability above 0, at most 1'),
    ('cutoff_top_n', lambda value: value >= 1, 'at least 1'),
    ('export_beam_width', lambda value: 1 <= value <= 16384, 'clients follow from 1 to 16384 readings'),
    ('inter_op_parallelism_threads intra_op_parallelism_threads loader_threads max_to_keep', lambda value: value >= 0,
     'it must not be negative'),
    ('batch_seconds', lambda value: 0 <= value < float('inf'), 'a number of seconds, or 0 for batches of fixed size'),
    ('random_seed', lambda value: 0 <= value < 2 ** 31, 'a seed lies from 0 to 2147483647'),
    ('lm_alpha_max lm_beta_max', lambda value: 0 <= value < float('inf'), 'a number, at least 0'),
    ('n_trials', lambda value: value >= 1, 'at least one pair of alpha and beta is tried'),
    ('export_file_name', bool, 'an exported model needs a name'),
)


def run_config(values):
    """Returns the RunConfig for `flags.Values`.

    Raises:
      DeepSpeechError: values contradict each other or a named file is not usable.
    """
    _check_numbers(values)
    for name in ('one_shot_infer', 'initialize_from_frozen_model'):
        if getattr(values, name):
            flags.check_file(name, getattr(values, name))
    alphabet = _alphabet(values)
    explicit = values.explicit - {name for name in ('rnn_direction', 'feature_set') if getattr(values, name) == 'auto'}
    # Scripts that export TensorFlow Lite models were written for the direction that those can have.
    default = 'unidirectional' if values.export_tflite or values.export_zip else 'bidirectional'
    direction = default if values.rnn_direction == 'auto' else values.rnn_direction
    features = FeatureConfig(values.audio_sample_rate, values.feature_win_len, values.feature_win_step)
    if 'feature_set' in explicit:
        features = features.of_set(values.feature_set, explicit)
    return RunConfig(
        alphabet=alphabet,
        model=ModelConfig(alphabet.size, values.n_hidden, direction, values.relu_clip, values.layer_norm,
                          _lstm(values), _precision(values)),
        explicit=explicit,
        features=features,
        train=_set(values, 'train', values.batch_seconds), dev=_set(values, 'dev', values.batch_seconds),
        test=_set(values, 'test'), metrics=_set(values, 'metrics', values.batch_seconds, like='dev'),
        dropout=_dropout(values),
        optimizer=OptimizerConfig(values.learning_rate, values.beta1, values.beta2, values.epsilon,
                                  values.force_initialize_learning_rate),
        schedule=_schedule(values),
        checkpoints=_checkpoints(values),
        decoder=_decoder(values, explicit),
        search=SearchConfig(values.lm_alpha_max, values.lm_beta_max, values.n_trials),
        devices=DeviceConfig(values.inter_op_parallelism_threads, values.intra_op_parallelism_threads,
                             values.use_allow_growth, values.log_placement, values.loader_threads, values.deterministic),
        report=ReportConfig(values.log_level, values.show_progressbar, max(values.report_count, 0),
                            values.test_output_file, values.summary_dir or _data_dir('summaries')),
        export=_export(values, explicit),
        one_shot_file=values.one_shot_infer,
        seed=values.random_seed,
        shuffle_batches=values.shuffle_batches,
        feature_cache=values.feature_cache,
        cache_for_epochs=max(values.cache_for_epochs, 0),
        flags_text=values.text)


def _alphabet(values):
    if values.bytes_output_mode:
        return ByteAlphabet()
    flags.check_file('alphabet_config_path', values.alphabet_config_path)
    return Alphabet.from_file(os.path.abspath(values.alphabet_config_path))


def _set(values, name, batch_seconds=0., like=None):
    like = like or name
    files = tuple(path.strip() for path in getattr(values, f'{name}_files').split(',') if path.strip())
    limited_by_size = not batch_seconds or f'{like}_batch_size' in values.explicit
    return SetConfig(files, getattr(values, f'{like}_batch_size') if limited_by_size else 0,
                     max(getattr(values, f'limit_{like}'), 0), getattr(values, f'reverse_{like}'), batch_seconds)


def _dropout(values):
    rates = [values.dropout_rate]
    for name in ('dropout_rate2', 'dropout_rate3', 'dropout_rate6'):
        rates.append(getattr(values, name) if getattr(values, name) >= 0 else values.dropout_rate)
    return tuple(rates)


def _lstm(values):
    if values.train_cudnn and values.lstm_impl not in ('auto', 'cudnn'):
        raise ConfigError(f'--train_cudnn and --lstm_impl {values.lstm_impl} contradict each other; leave one out.')
    return 'cudnn' if values.train_cudnn else values.lstm_impl


def _precision(values):
    if not values.automatic_mixed_precision:
        return values.precision
    if values.precision == 'float32':
        raise ConfigError('--automatic_mixed_precision and --precision float32 contradict each other; leave one out.')
    return 'mixed' if values.precision == 'auto' else values.precision


def _check_numbers(values):
    for names, is_fine, wanted in LIMITS:
        for name in names.split():
            if not is_fine(getattr(values, name)):
                raise ConfigError(f'--{name} {getattr(values, name)}: {wanted}.')


def _schedule(values):
    if values.early_stop and values.reduce_lr_on_plateau and values.plateau_epochs >= values.es_epochs:
        raise ConfigError(f'--plateau_epochs {values.plateau_epochs} is not below --es_epochs {values.es_epochs}: '
                          f'training would stop before the learning rate falls.')
    if (values.early_stop or values.reduce_lr_on_plateau) and values.train_files and not values.dev_files:
        raise ConfigError('--early_stop and --reduce_lr_on_plateau watch the validation loss; pass --dev_files.')
    return ScheduleConfig(values.epochs, values.early_stop, values.es_epochs, values.es_min_delta,
                          values.reduce_lr_on_plateau, values.plateau_epochs, values.plateau_reduction)


def _checkpoints(values):
    if values.load_cudnn and values.train_cudnn:
        raise ConfigError('--load_cudnn and --train_cudnn contradict each other: the former is for training without '
                          'cuDNN. Leave it out; checkpoints of both kinds load.')
    directory = values.checkpoint_dir
    if not directory and not (values.load_checkpoint_dir and values.save_checkpoint_dir):
        directory = _data_dir('checkpoints')
    return CheckpointConfig(values.load_checkpoint_dir or directory, values.save_checkpoint_dir or directory,
                            values.load_train, values.load_evaluate, values.checkpoint_secs, values.max_to_keep,
                            values.load_cudnn, max(values.drop_source_layers, 0), values.initialize_from_frozen_model)


def _decoder(values, explicit):
    """Returns the DecoderConfig; the default weights are those of scorer packages, not of the files before them."""
    def weight(name):
        return None if values.lm_binary_path and name not in explicit else getattr(values, name)
    return DecoderConfig(values.beam_width, values.cutoff_prob, values.cutoff_top_n, values.scorer_path,
                         values.lm_binary_path, values.lm_trie_path, weight('lm_alpha'), weight('lm_beta'),
                         values.fast_decoding)


def _export(values, explicit):
    for name in ('export_author_id', 'export_model_name', 'export_model_version', 'export_file_name'):
        if '/' in getattr(values, name):
            raise ConfigError(f'--{name} {getattr(values, name)}: it becomes part of a file name and must not hold a "/".')
    card = ModelCard(values.export_author_id, values.export_model_name, values.export_model_version,
                     values.export_contact_info, values.export_license, values.export_language,
                     values.export_min_ds_version, values.export_max_ds_version, values.export_description)
    if values.export_zip:
        for name, what in (('export_dir', 'where the model goes'), ('scorer_path', 'the scorer to pack')):
            if not getattr(values, name):
                raise ConfigError(f'--export_zip needs --{name}, {what}.')
    return ExportConfig(values.export_dir, values.export_file_name, values.export_batch_size,
                        values.n_steps if 'n_steps' in explicit else 0, values.export_beam_width,
                        values.remove_export, values.export_tflite or values.export_zip, values.export_quantize,
                        values.export_onnx, values.export_zip, card)


def _data_dir(name):
    return os.path.join(BaseDirectory.xdg_data_home, 'deepspeech', name)
