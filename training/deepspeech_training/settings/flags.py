"""Every command line flag: its name, default and help, in groups. Only entry points use this module.

A flag of a feature that is still missing is declared in `MISSING` and refused when it asks for something. Those of
earlier releases are in `legacy_flags.py`.
"""

import os

from absl import app, flags

from . import legacy_flags
from .config import (CheckpointConfig, DecoderConfig, DeviceConfig, DIRECTIONS, ExportConfig, FEATURE_SETS, FeatureConfig,
                     LSTMS, ModelConfig, OptimizerConfig, PRECISIONS, ReportConfig, ScheduleConfig, SearchConfig, SetConfig)
from ..errors import ConfigError

KINDS = {'string': flags.DEFINE_string, 'integer': flags.DEFINE_integer, 'float': flags.DEFINE_float,
         'bool': flags.DEFINE_bool, 'multi_string': flags.DEFINE_multi_string}
TRUE_WORDS, FALSE_WORDS = ('true', 't', '1'), ('false', 'f', '0')

# Flags whose features later versions bring: name -> (default, kind, what is missing, what to do instead).
MISSING = {
    'read_buffer': ('1MB', 'string', 'SDB input', 'convert the SDB to CSV and WAV files'),
    'augment': ([], 'multi_string', 'augmentation', 'leave the flag out'),
}
PLACEHOLDER = '<{}>'
DEFAULT_ALPHA, DEFAULT_BETA = 0.931289039105002, 1.1834137581510284  # of the published English scorer


def define():
    """Declares all flags on absl's `FLAGS`."""
    app.define_help_flags()
    _define_data()
    _define_training()
    _define_checkpoints()
    _define_devices()
    _define_decoder()
    _define_export()
    _define_reports()
    for name, (default, kind, feature, _) in MISSING.items():
        KINDS[kind](name, default, f'Refused for now: {feature} is still missing.')
    for name, (kind, default, meaning) in legacy_flags.TABLE.items():
        KINDS[kind](name, default, meaning, module_name=legacy_flags.GROUP)


def _define_data():
    features, default = FeatureConfig(), SetConfig()
    for name, use in (('train', 'to train on; all files are merged into one set'),
                      ('dev', 'to validate on after each epoch; decides which model is the best'),
                      ('test', 'to test on after training; each file is reported'),
                      ('metrics', 'whose loss is shown after each epoch without any effect')):
        flags.DEFINE_string(f'{name}_files', '', f'comma-separated CSV files {use}')
    for name in ('train', 'dev', 'test'):
        flags.DEFINE_integer(f'{name}_batch_size', default.batch_size, f'utterances per device in a {name} step')
        flags.DEFINE_integer(f'limit_{name}', default.limit, f'use only the first N {name} samples; 0 for all')
        flags.DEFINE_bool(f'reverse_{name}', default.reverse, f'take the longest {name} samples first')
    flags.DEFINE_float('batch_seconds', default.batch_seconds,
                       'seconds of audio, padding included, in a batch of training and validation; there are then as many '
                       'utterances as fit, but no more than a batch size that is given too; 0: batches of fixed size')
    flags.DEFINE_string('feature_cache', '', 'where features of training and validation are kept: memory, off, or the path '
                                             'prefix of files that several runs may share; empty: in memory if they take '
                                             'less than a tenth of what is available')
    flags.DEFINE_integer('cache_for_epochs', 0, 'empty the feature cache before every epoch whose number is a multiple of '
                                                'this; 0: never')
    flags.DEFINE_integer('feature_win_len', features.window_ms, 'analysis window in milliseconds')
    flags.DEFINE_integer('feature_win_step', features.step_ms, 'step from window to window in milliseconds')
    flags.DEFINE_enum('feature_set', 'auto', ('auto',) + FEATURE_SETS,
                      'the release whose features the model works on; v0.3 has those of v0.2; auto: as the checkpoint, '
                      'else current')
    flags.DEFINE_integer('audio_sample_rate', features.rate_hz, 'sample rate the model is built for, in Hz')
    flags.DEFINE_string('alphabet_config_path', 'data/alphabet.txt', 'file with one label per line')
    flags.DEFINE_bool('bytes_output_mode', False, 'write bytes of UTF-8 instead of the characters of an alphabet file')


def _define_training():
    schedule, optimizer, model = ScheduleConfig(), OptimizerConfig(), ModelConfig(n_labels=1)
    flags.DEFINE_integer('epochs', schedule.epochs, 'epochs of this run')
    flags.DEFINE_float('dropout_rate', 0.05, 'drop probability after layer 1')
    for suffix, layer in ((2, 2), (3, 3), (6, 5)):
        flags.DEFINE_float(f'dropout_rate{suffix}', -1.0,
                           f'drop probability after layer {layer}; negative: as --dropout_rate')
    flags.DEFINE_float('relu_clip', model.relu_clip, 'upper limit of the activations of layers 1, 2, 3 and 5')
    flags.DEFINE_float('beta1', optimizer.beta1, 'decay of the first moment in Adam')
    flags.DEFINE_float('beta2', optimizer.beta2, 'decay of the second moment in Adam')
    flags.DEFINE_float('epsilon', optimizer.epsilon, 'epsilon of Adam')
    flags.DEFINE_float('learning_rate', optimizer.learning_rate,
                       'learning rate to begin with; a checkpoint goes on with its own')
    flags.DEFINE_bool('force_initialize_learning_rate', optimizer.force_initial_rate,
                      'begin with --learning_rate even when a checkpoint holds another one; once in a run, however '
                      'often it is interrupted')
    flags.DEFINE_bool('early_stop', schedule.early_stop, 'stop when the validation loss does not fall any more')
    flags.DEFINE_integer('es_epochs', schedule.es_epochs, 'epochs without improvement before training stops')
    flags.DEFINE_float('es_min_delta', schedule.es_min_delta, 'a smaller fall of the validation loss is no improvement')
    flags.DEFINE_bool('reduce_lr_on_plateau', schedule.reduce_lr_on_plateau,
                      'lower the learning rate when the validation loss does not fall any more')
    flags.DEFINE_integer('plateau_epochs', schedule.plateau_epochs, 'epochs without improvement per reduction')
    flags.DEFINE_float('plateau_reduction', schedule.plateau_reduction, 'factor of a reduction')
    flags.DEFINE_integer('n_hidden', model.n_hidden, 'width of the layers; a checkpoint brings its own')
    flags.DEFINE_bool('layer_norm', model.layer_norm, 'normalise the output of layers 1, 2, 3 and 5')
    flags.DEFINE_enum('rnn_direction', 'auto', ('auto',) + DIRECTIONS,
                      'directions of the recurrent layer; auto: as the checkpoint, else bidirectional')
    flags.DEFINE_enum('lstm_impl', model.lstm, LSTMS, 'what computes the recurrent layer; auto: cudnn on GPUs, else loop')
    flags.DEFINE_bool('train_cudnn', False, 'the same as --lstm_impl cudnn; without a GPU: auto')
    flags.DEFINE_enum('precision', model.precision, PRECISIONS,
                      'numbers that matrix products are made of in training; weights, sums and loss are float32; auto: '
                      'bfloat16 where the processor has units for it, else float32; mixed: float16 on GPUs, else auto')
    flags.DEFINE_bool('automatic_mixed_precision', False, 'the same as --precision mixed')
    flags.DEFINE_bool('shuffle_batches', True, 'take the training batches in random order after the first epoch; '
                      'off: keep the order of the files throughout, as published')
    flags.DEFINE_integer('random_seed', 4568, 'seed of everything random')


def _define_checkpoints():
    default = CheckpointConfig()
    flags.DEFINE_string('checkpoint_dir', '', 'directory of checkpoints; empty: deepspeech/checkpoints in the user\'s '
                                              'data directory')
    flags.DEFINE_string('load_checkpoint_dir', '', 'directory to load from; empty: --checkpoint_dir')
    flags.DEFINE_string('save_checkpoint_dir', '', 'directory to save to; empty: --checkpoint_dir')
    flags.DEFINE_integer('checkpoint_secs', default.every_s, 'seconds between checkpoints within an epoch; 0: none')
    flags.DEFINE_integer('max_to_keep', default.max_to_keep, 'how many train-* checkpoints are kept; 0: all')
    flags.DEFINE_enum('load_train', default.load_train, ('auto', 'last', 'best', 'init'),
                      'what training starts from; auto: the run in --save_checkpoint_dir goes on, else best, last, init')
    flags.DEFINE_enum('load_evaluate', default.load_evaluate, ('auto', 'last', 'best'),
                      'what test and export use; auto: best, else last; last after training without --dev_files')
    flags.DEFINE_bool('load_cudnn', default.load_cudnn,
                      'train on from a checkpoint that lacks the optimizer state of the recurrent layer, as some of cuDNN '
                      'training do; it starts at zero')
    flags.DEFINE_integer('drop_source_layers', default.drop_source_layers,
                         'transfer learning: start this many layers, counted from the output, and the optimizer afresh; '
                         'a new alphabet needs at least 1; 0: none')
    flags.DEFINE_string('initialize_from_frozen_model', default.frozen_model,
                        'exported graph (.pb or .pbmm) of any release whose weights a new training starts from; without '
                        '--train_files the model to test and to export')


def _define_devices():
    default = DeviceConfig()
    flags.DEFINE_integer('inter_op_parallelism_threads', 0, 'operations at once; 0: TensorFlow chooses')
    flags.DEFINE_integer('intra_op_parallelism_threads', 0, 'threads of one operation; 0: TensorFlow chooses')
    flags.DEFINE_integer('loader_threads', default.n_loader_threads, 'threads that read audio and make batches; 0: one per '
                                                                     'processor core')
    flags.DEFINE_bool('deterministic', default.deterministic, 'let operations give the same bits in every run, also where '
                                                              'that is slower (GPUs)')
    flags.DEFINE_bool('use_allow_growth', False, 'take GPU memory as it is needed')
    flags.DEFINE_bool('log_placement', False, 'print on which device each operation runs')


def _define_decoder():
    default = DecoderConfig()
    flags.DEFINE_string('scorer_path', default.scorer_path, 'scorer package; empty: decode without language model')
    flags.DEFINE_alias('scorer', 'scorer_path')
    flags.DEFINE_string('lm_binary_path', default.lm_binary_path, 'language model (KenLM binary or ARPA) of the releases '
                                                                  'before scorer packages')
    flags.DEFINE_string('lm_trie_path', default.lm_trie_path, 'its trie file; empty: the words of the language model')
    flags.DEFINE_bool('fast_decoding', default.fast, 'leave out what hardly ever changes the transcript')
    flags.DEFINE_integer('beam_width', default.beam_width, 'beams kept while decoding')
    flags.DEFINE_float('lm_alpha', DEFAULT_ALPHA, 'weight of the language model')
    flags.DEFINE_float('lm_beta', DEFAULT_BETA, 'bonus per word')
    flags.DEFINE_float('cutoff_prob', default.cutoff_prob, 'labels beyond this cumulative probability are left out')
    flags.DEFINE_integer('cutoff_top_n', default.cutoff_top_n, 'labels per step at most, when --cutoff_prob is below 1')
    search = SearchConfig()
    flags.DEFINE_float('lm_alpha_max', search.alpha_max, 'bin/lm_optimizer.py: largest alpha to try')
    flags.DEFINE_float('lm_beta_max', search.beta_max, 'bin/lm_optimizer.py: largest beta to try')
    flags.DEFINE_integer('n_trials', search.n_trials, 'bin/lm_optimizer.py: pairs of alpha and beta to try')
    flags.DEFINE_string('one_shot_infer', '', 'WAV file to transcribe with the checkpoint')


def _define_export():
    default = ExportConfig()
    flags.DEFINE_string('export_dir', '', 'directory for the exported model; empty: no export')
    flags.DEFINE_bool('remove_export', default.remove_existing, 'remove an earlier export from --export_dir first')
    flags.DEFINE_bool('export_tflite', default.tflite, 'export a TensorFlow Lite model (.tflite) instead of a frozen graph '
                                                       '(.pb and, memory-mapped, .pbmm)')
    flags.DEFINE_bool('export_quantize', default.quantized, '--export_tflite: store large weights in 8 bits, a quarter of '
                                                            'the size; false: as they are')
    flags.DEFINE_bool('export_onnx', default.onnx, 'export an ONNX model (.onnx), too')
    flags.DEFINE_bool('export_zip', default.zipped, 'put a TensorFlow Lite model, its card and the scorer into a zip file '
                                                    'beside --export_dir')
    flags.DEFINE_integer('export_batch_size', default.batch_size, 'utterances per call of the exported model')
    flags.DEFINE_integer('n_steps', 16, 'frames per call of the exported model; bidirectional models: 500 unless given')
    flags.DEFINE_string('export_file_name', default.file_name, 'name of the exported model without its extension')
    flags.DEFINE_integer('export_beam_width', default.beam_width, 'beam width stored in the exported model')
    flags.DEFINE_string('export_author_id', default.card.author_id, 'author on the model card')
    flags.DEFINE_string('export_model_name', default.card.model_name, 'name on the model card')
    flags.DEFINE_string('export_model_version', default.card.model_version, 'version on the model card')
    for name, text in (('contact_info', 'how to reach the author'), ('license', 'licence of the model'),
                       ('language', 'language of the model, e.g. en-GB'),
                       ('min_ds_version', 'oldest client version that runs the model'),
                       ('max_ds_version', 'newest client version that runs the model'),
                       ('description', 'what the model is for')):
        flags.DEFINE_string(f'export_{name}', PLACEHOLDER.format(text), text)


def _define_reports():
    default = ReportConfig()
    flags.DEFINE_integer('log_level', default.log_level, 'what is printed: 0 debug, 1 information, 2 warnings, 3 '
                                                         'errors; when given, TensorFlow prints as much, too', 0, 3)
    flags.DEFINE_bool('show_progressbar', default.show_progressbar, 'draw progress bars')
    flags.DEFINE_integer('report_count', default.report_count, 'samples in each part of a test report')
    flags.DEFINE_string('summary_dir', '', 'TensorBoard directory; empty: deepspeech/summaries in the user\'s data '
                                           'directory')
    flags.DEFINE_string('test_output_file', '', 'JSON file for all test results')


class Values:
    """What a command line asks for: an attribute for each flag; those of earlier releases have taken effect.

    Attributes:
      explicit: frozenset, names of the flags that were given, or stand for one of an earlier release that was.
      text: all flags, one per line, for `--flagfile`; those that were not given are comments.
      meanings, warnings: sentences on flags of earlier releases.
    """

    def __init__(self, given):
        names = frozenset(name for name in given if given[name].present)
        self._given = given
        self._today, self.meanings, self.warnings = legacy_flags.translate(given, names)
        self.explicit = names | set(self._today)
        self.text = _as_text(given)

    def __getattr__(self, name):
        return self._today[name] if name in self._today else getattr(self._given, name)


def parse(argv):
    """Parses `argv` (program name first) and returns the Values.

    `--early_stop false` means what it says, unlike in absl. Other words without a flag are refused.

    Raises:
      ConfigError: a flag is unknown, has a bad value, contradicts another one or asks for a missing feature.
    """
    given = flags.FLAGS
    try:
        # Plain --help would list only what the program's own file declares, which is nothing.
        words = ['--helpfull' if word in ('--help', '-help') else word for word in argv]
        rest = given(_join_booleans(words, given))[1:]
    except flags.Error as error:
        raise ConfigError(f'{error} (--helpfull lists all flags)') from error
    if rest:
        raise ConfigError(f'{rest[0]!r} belongs to no flag; write values as --flag=value or --flag value.')
    for name, (default, _, feature, advice) in MISSING.items():
        value = getattr(given, name)
        asks = any(value) if isinstance(value, list) else value != default
        if given[name].present and asks:
            raise ConfigError(f'--{name}: {feature} is still missing in this version: {advice}.')
    return Values(given)


def _join_booleans(argv, values):
    """Returns `argv` with `--flag false` written as `--flag=false` for boolean flags."""
    joined = []
    for word in argv:
        previous = joined[-1] if joined else ''
        name = previous.lstrip('-')
        is_switch = previous.startswith('-') and name in values and values[name].flag_type() == 'bool'
        if is_switch and len(joined) > 1 and word.lower() in TRUE_WORDS + FALSE_WORDS:
            joined[-1] = f'{previous}={word.lower()}'
        else:
            joined.append(word)
    return joined


def _as_text(values):
    lines = []
    for name in sorted(name for name in values if values[name].name == name):
        if name in legacy_flags.TABLE and not values[name].present:
            continue
        for line in values[name].serialize().splitlines():
            lines.append(line if values[name].present else f'# {line}')
    return '\n'.join(lines) + '\n'


def check_file(name, path):
    """Raises ConfigError when the file of flag `name` is not there."""
    if not os.path.isfile(path):
        raise ConfigError(f'--{name} {path}: no such file; pass the path of an existing one.')
