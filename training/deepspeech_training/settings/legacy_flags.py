"""Flags of DeepSpeech 0.1 to 0.8 and of its Russian fork, so that scripts of that time run.

Some mean what a flag of today means, see `translate`. The others are accepted; a sentence says what does their work
now, unless they have the value in the table, which asks for nothing. Where an old name and that of today are both given, the
later one decides, as with a flag that is given twice: so what is added to the command of a recipe always counts.
"""

import math
import os
from typing import Any, Dict, List, NamedTuple, Sequence

from ..errors import ConfigError
from . import legacy_augmentation

GROUP = 'flags of releases 0.1 to 0.8 and of the Russian fork'

_RATES = ('since release 0.2 nothing is dropped around the recurrent layer; --dropout_rate, --dropout_rate2, '
          '--dropout_rate3 and --dropout_rate6 are the rates after layers 1, 2, 3 and 5')
_WEIGHTS = "weights start from Glorot's distribution, whose width follows from the size of the layer"
_STOPPING = 'with --early_stop, which is off unless it is given, --es_epochs and --es_min_delta decide'
_ALL_WORKERS = 'every process of --worker_hosts takes part in every update'
_NO_COORDINATOR = 'the processes of --worker_hosts share the batches by their numbers, without coordinator and jobs'

# name: (kind, default, what it means today)
TRANSLATED = {
    'replicas_to_agg': ('integer', -1, 'gradients of an update, of each worker its share: as --accumulate_steps; a negative '
                                       'number counts those of one worker'),
    'epoch': ('integer', 75, 'as --epochs, hence epochs of this run; of a negative number, its size'),
    'batch_size': ('integer', None, 'as --train_batch_size, --dev_batch_size and --test_batch_size'),
    'lm_weight': ('float', 1.75, 'divided by ln 10: --lm_alpha; logarithms were to base 10 then'),
    'word_count_weight': ('float', 1.0, 'times --lm_weight: a part of --lm_beta'),
    'valid_word_count_weight': ('float', 1.0, 'times --lm_weight: a part of --lm_beta'),
    'train': ('bool', True, 'off: as without --train_files'),
    'test': ('bool', True, 'off: as without --test_files'),
    'test_use_lm': ('bool', True, 'off: --test_files are recognised without language model'),
    'infer_use_lm': ('bool', True, 'off: --one_shot_infer goes without language model'),
    'load': ('string', 'auto', 'last, best: --load_train and --load_evaluate; init, auto: --load_train'),
    'utf8': ('bool', False, 'the same as --bytes_output_mode'),
    'use_cudnn_rnn': ('bool', False, 'the same as --train_cudnn'),
    'cudnn_checkpoint': ('string', '', 'as --load_checkpoint_dir with --load_cudnn; that of a checkpoint is its directory'),
    'source_model_checkpoint_dir': ('string', '', 'as --load_checkpoint_dir'),
}
# name: (kind, value that asks for nothing, what to know instead)
WITHOUT_EFFECT = {
    'dropout_rate4': ('float', 0.0, _RATES),
    'dropout_rate5': ('float', 0.0, _RATES),
    'default_stddev': ('float', None, _WEIGHTS),
    **{f'{kind}{layer}_stddev': ('float', None, _WEIGHTS) for layer in (1, 2, 3, 5, 6) for kind in 'bh'},
    'use_warpctc': ('bool', False, "the loss is TensorFlow's CTC, which has the same value"),
    'use_seq_length': ('bool', True, 'exported models always take the length of their input'),
    'xla': ('bool', False, '--lstm_impl and --precision choose what computes the network'),
    'validation_step': ('integer', 1, 'every epoch is validated; leave out --dev_files for none'),
    'display_step': ('integer', 0, 'word error rates come from --test_files after training; every epoch shows the '
                                   'loss of --dev_files and --metrics_files'),
    'checkpoint_step': ('integer', None, 'every epoch is saved, and --checkpoint_secs says how often within one'),
    'earlystop_nsteps': ('integer', None, _STOPPING),
    'estop_mean_thresh': ('float', None, _STOPPING),
    'estop_std_thresh': ('float', None, _STOPPING),
    'es_steps': ('integer', None, _STOPPING),
    'es_mean_th': ('float', None, _STOPPING),
    'es_std_th': ('float', None, _STOPPING),
    'summary_secs': ('integer', 0, 'curves in --summary_dir get a point for each step and epoch'),
    'fulltrace': ('bool', False, 'no trace of the operations is written'),
    **{f'{name}_cached_features_path': ('string', '', '--feature_cache says where features are kept')
       for name in ('train', 'dev', 'test')},
    'fine_tune': ('bool', True, 'layers that were taken over are always trained on'),
    'wer_log_pattern': ('string', '', 'the results of a test are in the JSON file of --test_output_file'),
    'decoder_library_path': ('string', None, 'the decoder is the Python package ds_ctcdecoder'),
    'export_version': ('integer', 1, 'models are not exported into numbered directories; --export_model_version is '
                                     'written on the card'),
    'cut_clean_output': ('string', '', 'in the trainer it never had one'),
    'replicas': ('integer', -1, _ALL_WORKERS),
    'iters_per_worker': ('integer', 1, _NO_COORDINATOR),
    'coord_host': ('string', 'localhost', _NO_COORDINATOR),
    'coord_port': ('integer', 2500, _NO_COORDINATOR),
    'coord_retries': ('integer', 100, _NO_COORDINATOR),
    'log_traffic': ('bool', False, _NO_COORDINATOR),
}
# Of the tests of a library that DeepSpeech loaded: published flags.txt list them.
OF_LIBRARIES = ('test_random_seed', 'test_randomize_ordering_seed', 'test_srcdir', 'test_tmpdir', 'xml_output_file')
# name: (kind, default, help)
TABLE = dict(TRANSLATED,
             **{name: (kind, default, f'no effect any more: {instead}')
                for name, (kind, default, instead) in WITHOUT_EFFECT.items()},
             **legacy_augmentation.TABLE)


class Translation(NamedTuple):
    """What flags of earlier releases mean today."""

    values: Dict[str, Any]  # {flag of today: value} that takes the place of what is there
    meanings: List[str]  # sentences to print
    warnings: List[str]


def translate(values: Any, given: Sequence[str]) -> Translation:
    """Returns the Translation of a command line.

    Args:
      values: object with an attribute for each flag.
      given: names of the flags that were given, each once, in the order in which they were given last.
    Raises:
      ConfigError: flags contradict each other.
    """
    today: Dict[str, Any] = {}
    meanings: List[str] = []
    for replaced, sentences in (_epochs(values, given), _batch_sizes(values, given), _weights(values, given),
                                (_phases(values), []), (_language_model(values), []), (_renamed(values, given), []),
                                _load(values, given), _directories(values, given), _gradients(values, given)):
        today.update(replaced)
        meanings += sentences
    augmentation = legacy_augmentation.translate(values, given)
    if augmentation.specifications:
        today['augment'] = [*values.augment, *augmentation.specifications]
    return Translation(today, meanings + augmentation.meanings, _without_effect(values, given) + augmentation.warnings)


def _decides(old, new, given):
    """Returns whether the old name of a flag was given, and that of today was not given after it."""
    return old in given and new not in given[given.index(old):]


def _epochs(values, given):
    if not _decides('epoch', 'epochs', given):
        return {}, []
    epochs = abs(values.epoch)
    stopping = '' if 'early_stop' in given else '; early stopping, which used to be on, now needs --early_stop'
    return {'epochs': epochs}, [f'--epoch {values.epoch} means --epochs {epochs} today: epochs of this run{stopping}.']


def _batch_sizes(values, given):
    names = [name for name in ('train_batch_size', 'dev_batch_size', 'test_batch_size') if _decides('batch_size', name, given)]
    if not names:
        return {}, []
    listed = ' '.join(f'--{name} {values.batch_size}' for name in names)
    return dict.fromkeys(names, values.batch_size), [f'--batch_size {values.batch_size} means {listed}.']


def _weights(values, given):
    """Weights of 0.1 to 0.3: a word earned lm_weight * (log10 of its probability + word counts), today natural log."""
    today, meanings = {}, []
    if _decides('lm_weight', 'lm_alpha', given):
        today['lm_alpha'] = values.lm_weight / math.log(10)
        meanings.append(f'--lm_weight {values.lm_weight:g} means --lm_alpha {today["lm_alpha"]:.4g} today.')
    # The one that is not given may not have existed yet: release 0.2 had one of the two only.
    counts = [name for name in ('word_count_weight', 'valid_word_count_weight') if _decides(name, 'lm_beta', given)]
    if counts:
        today['lm_beta'] = values.lm_weight * sum(getattr(values, name) for name in counts)
        listed = ' and '.join(f'--{name} {getattr(values, name):g}' for name in counts)
        meanings.append(f'{listed} with --lm_weight {values.lm_weight:g}: --lm_beta {today["lm_beta"]:.4g} today.')
    return today, meanings


def _phases(values):
    return {f'{phase}_files': '' for phase in ('train', 'test') if not getattr(values, phase)}


def _renamed(values, given):
    pairs = (('utf8', 'bytes_output_mode'), ('use_cudnn_rnn', 'train_cudnn'))
    return {new: True for old, new in pairs if old in given and getattr(values, old)}


def _load(values, given):
    """What training started from. `auto` was the last, then the best checkpoint, as today for a run that goes on."""
    if 'load' not in given:
        return {}, []
    choices = {'auto': ('auto', None), 'last': ('last', 'last'), 'best': ('best', 'best'), 'init': ('init', None),
               'transfer': ('auto', None)}
    if values.load not in choices:
        raise ConfigError(f'--load {values.load}: it was one of {", ".join(choices)}; today --load_train and --load_evaluate '
                          f'say what is loaded.')
    today = {name: value for name, value in zip(('load_train', 'load_evaluate'), choices[values.load])
             if value and _decides('load', name, given)}
    if not today:
        return {}, []
    listed = ' '.join(f'--{name} {value}' for name, value in today.items())
    return today, [f'--load {values.load} means {listed} today.']


def _gradients(values, given):
    """How many gradients an update takes: of each worker one for each step that is accumulated."""
    n_steps = _n_accumulated(values) if _decides('replicas_to_agg', 'accumulate_steps', given) else 1
    if n_steps in (None, 1):
        return {}, []
    meaning = f'--replicas_to_agg {values.replicas_to_agg} means --accumulate_steps {n_steps} today.'
    return dict(accumulate_steps=n_steps), [meaning]


def _n_accumulated(values):
    """Returns what --replicas_to_agg makes of --accumulate_steps; None: workers cannot share so many gradients evenly."""
    n = values.replicas_to_agg
    n_workers = max(1, len([host for host in values.worker_hosts.split(',') if host.strip()]))
    n_gradients = n if n > 0 else -n * n_workers
    return n_gradients // n_workers if n_gradients and n_gradients % n_workers == 0 else None


def _directories(values, given):
    """Checkpoints to start from that were in a directory of their own."""
    today, meanings = {}, []
    for name in ('cudnn_checkpoint', 'source_model_checkpoint_dir'):
        path = getattr(values, name) if name in given else ''
        if not path:
            continue
        directory = path if name != 'cudnn_checkpoint' or os.path.isdir(path) else os.path.dirname(path) or '.'
        other = today.get('load_checkpoint_dir', values.load_checkpoint_dir)
        if other and other != directory:
            raise ConfigError(f'--{name} {path} means --load_checkpoint_dir {directory} today, but {other} is to be loaded '
                              f'from, too; leave one of them out.')
        today['load_checkpoint_dir'] = directory
        is_without_state = name == 'cudnn_checkpoint' and not (values.train_cudnn or values.use_cudnn_rnn)
        if is_without_state:
            today['load_cudnn'] = True
        meanings.append(f'--{name} {path} means --load_checkpoint_dir {directory}'
                        f'{" --load_cudnn" if is_without_state else ""} today.')
    return today, meanings


def _language_model(values):
    wishes = set()
    if values.test_files and values.test:
        wishes.add(values.test_use_lm)
    if values.one_shot_infer:
        wishes.add(values.infer_use_lm)
    if len(wishes) > 1 and (values.scorer_path or values.lm_binary_path):
        raise ConfigError(f'--test_use_lm {values.test_use_lm} and --infer_use_lm {values.infer_use_lm}: one run '
                          f'decodes either with a language model or without; run test and --one_shot_infer one after the '
                          f'other.')
    return dict(scorer_path='', lm_binary_path='', lm_trie_path='') if wishes == {False} else {}


def _without_effect(values, given):
    """Returns a sentence for all flags that share one."""
    names = {}
    for name, (_, default, instead) in WITHOUT_EFFECT.items():
        if name in given and getattr(values, name) != default:
            names.setdefault(instead, []).append(f'--{name}')
    if 'replicas_to_agg' in given and _n_accumulated(values) is None:
        names.setdefault(_ALL_WORKERS, []).append('--replicas_to_agg')
    return [f'{", ".join(of_one)} {"has" if len(of_one) == 1 else "have"} no effect any more: {instead}.'
            for instead, of_one in names.items()]
