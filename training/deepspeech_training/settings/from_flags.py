"""From a parsed command line to what it asks for, with all checks that need more than one flag."""

import os
from typing import Any, Callable, Dict, Iterable, List, Optional, TypeVar, Union

from ..errors import ConfigError, DeepSpeechError
from ..paths import user_data_dir
from ..text.alphabet import Alphabet, ByteAlphabet, Label
from .cluster import check_cluster
from .command_line import Values
from .config import (
    Asked,
    AskedFeatures,
    AskedModel,
    CheckpointConfig,
    ClusterConfig,
    DecoderConfig,
    DeviceConfig,
    ExportConfig,
    ModelCard,
    NotifyConfig,
    OptimizerConfig,
    ReportConfig,
    ScheduleConfig,
    SearchConfig,
    SetConfig,
)
from .flags import BY_MEMORY, MAX_FRAMES_OF_CALL, OPEN, TABLE, Flag, Limit

# The types of the parts of Asked, by their names; '' is Asked itself. A part that holds another one comes after it.
PARTS = {'model': AskedModel, 'features': AskedFeatures, 'train': SetConfig, 'dev': SetConfig, 'test': SetConfig,
         'metrics': SetConfig, 'optimizer': OptimizerConfig, 'schedule': ScheduleConfig, 'checkpoints': CheckpointConfig,
         'decoder': DecoderConfig, 'search': SearchConfig, 'devices': DeviceConfig,
         'cluster': ClusterConfig, 'report': ReportConfig, 'export.card': ModelCard, 'export': ExportConfig,
         'notify': NotifyConfig, '': Asked}
MAX_LITE_FRAMES = 2500  # of more, the file has more parts than clients take
LEAST_FALL_OF_RATES = 0.001  # of a word or character error rate
LOAD_FLAGS = {'checkpoint_dir', 'load_checkpoint_dir'}


Config = TypeVar('Config')


def asked_for(values: Values, alphabet: Optional[Alphabet] = None) -> Asked:
    """Returns what a command line asks for.

    Args:
      values: the parsed command line.
      alphabet: that of a model that is known already; None: the flags say which.
    Raises:
      DeepSpeechError: values are not accepted or contradict each other, or a named file is not usable.
    """
    _check_limits(values, TABLE.values())
    filled: Dict[str, Dict[str, Any]] = {part: {} for part in PARTS}
    fields = [*_of_single_flags(values), *_of_combined_flags(values, alphabet)]
    for path, value in fields:
        part, _, name = path.rpartition('.')
        filled[part][name] = value
    for path, make in PARTS.items():
        part, _, name = path.rpartition('.')
        built = make(**filled[path])
        if path:
            filled[part][name] = built
    return built


def config_of(values: Values, flags: Iterable[Flag], make: Callable[..., Config]) -> Config:
    """Returns what flags that a program has for itself ask for; their fields are those of `make`. Raises ConfigError."""
    flags = list(flags)
    _check_limits(values, flags)
    return make(**{flag.fields: flag.convert(getattr(values, flag.name)) for flag in flags})


def _check_limits(values, flags):
    for flag in flags:
        for limit in flag.limits:
            _check(flag, limit, getattr(values, flag.name))


def _check(flag: Flag, limit: Limit, value: Any) -> None:
    if not limit.accepts(value):
        wanted = limit.wanted if isinstance(limit.wanted, str) else limit.wanted(value)
        raise ConfigError(f'--{flag.name} {value}: {wanted}.')


def _of_single_flags(values):
    """Yields (path in Asked, value) of the flags that decide alone."""
    for flag in TABLE.values():
        is_left_open = flag.is_optional and flag.name not in values.explicit
        if not flag.is_combined and not is_left_open:
            for path in flag.fields.split():
                yield path, flag.convert(getattr(values, flag.name))


def _of_combined_flags(values, alphabet):
    """Yields (path in Asked, value) of what several flags decide together."""
    yield 'alphabet', alphabet or _alphabet(values)
    yield 'dropout', _dropout(values)
    yield from _batches(values)
    yield 'model.lstm', _lstm(values)
    yield 'model.precision', _precision(values)
    yield 'optimizer.learning_rate_is_given', 'learning_rate' in values.explicit
    _check_optimizer(values)
    _check_schedule(values)
    check_cluster(values)
    yield 'cluster.is_server', values.job_name == 'ps'
    is_of_rates = values.best_by != 'loss' and 'es_min_delta' not in values.explicit
    yield 'schedule.es_min_delta', LEAST_FALL_OF_RATES if is_of_rates else values.es_min_delta
    yield from _checkpoint_directories(values)
    for name in ('lm_alpha', 'lm_beta'):  # the defaults are those of scorer packages, not of the files before them
        is_of_model = values.lm_binary_path and name not in values.explicit
        yield f'decoder.{name}', None if is_of_model else getattr(values, name)
    yield from _export(values)
    yield 'notify.credentials_are_given', 'telegram_cred_path' in values.explicit
    yield 'report.summary_dir', values.summary_dir or user_data_dir('summaries')
    yield 'flags_text', values.text
    yield 'command', values.command


def _batches(values):
    fits_memory = values.train_batch_size == BY_MEMORY
    if fits_memory and values.batch_seconds:
        raise ConfigError(f'--train_batch_size auto and --batch_seconds {values.batch_seconds:g} contradict each other: either '
                          f'says how many seconds a batch has.')
    for path, flag in (('train', 'train_batch_size'), ('dev', 'dev_batch_size'), ('metrics', 'dev_batch_size')):
        is_to_find = fits_memory and (path == 'train' or flag not in values.explicit)
        is_by_seconds = values.batch_seconds and flag not in values.explicit
        yield f'{path}.batch_size', 0 if is_to_find or is_by_seconds else getattr(values, flag)
        yield f'{path}.fits_memory', is_to_find


def _alphabet(values):
    if values.bytes_output_mode:
        return ByteAlphabet()
    is_assumed = 'alphabet_config_path' not in values.explicit
    return Alphabet.from_file(os.path.abspath(values.alphabet_config_path), is_assumed=is_assumed)


def default_labels(values: Values) -> Optional[Union[str, List[Label]]]:
    """Returns the labels of the alphabet that is taken where neither flags nor a model say which; None: it cannot be read."""
    try:
        return _alphabet(values).for_json()
    except DeepSpeechError:
        return None


def _dropout(values):
    """Returns the drop probabilities after layers 1, 2, 3 and 5."""
    others = values.dropout_rate2, values.dropout_rate3, values.dropout_rate6
    return (values.dropout_rate, *[values.dropout_rate if each < 0 else each for each in others])


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


def _check_optimizer(values):
    if values.learning_rate * values.weight_decay >= 1:
        raise ConfigError(f'--weight_decay {values.weight_decay:g} times --learning_rate {values.learning_rate:g} is not below '
                          f'1: an update would leave nothing of the weights; lower it, 0.01 is a usual value.')


def _check_schedule(values):
    if values.total_epochs and 'epochs' in values.explicit:
        raise ConfigError(f'--epochs {values.epochs} counts the epochs of this call, --total_epochs {values.total_epochs} '
                          f'those of all calls; leave one of them out.')
    if values.total_epochs and values.load_train not in ('auto', 'last'):
        raise ConfigError(f'--total_epochs {values.total_epochs} counts the epochs of a run that goes on, --load_train '
                          f'{values.load_train} begins a new one with every call; leave one of them out.')
    if values.early_stop and values.reduce_lr_on_plateau and values.plateau_epochs >= values.es_epochs:
        raise ConfigError(f'--plateau_epochs {values.plateau_epochs} is not below --es_epochs {values.es_epochs}: '
                          f'training would stop before the learning rate falls.')
    if values.best_by != 'loss' and values.train_files and not values.dev_files:
        raise ConfigError(f'--best_by {values.best_by} compares models on a validation set; pass --dev_files.')
    if (values.early_stop or values.reduce_lr_on_plateau) and values.train_files and not values.dev_files:
        raise ConfigError('--early_stop and --reduce_lr_on_plateau watch the validation loss; pass --dev_files.')
    _check_warmup(values)


def _check_warmup(values):
    name, n_epochs = ('total_epochs', values.total_epochs) if values.total_epochs else ('epochs', values.epochs)
    if values.warmup_epochs >= n_epochs:
        advice = '' if values.total_epochs else ', or pass --total_epochs, which counts those of the whole run'
        raise ConfigError(f'--warmup_epochs {values.warmup_epochs:g} is not below --{name} {n_epochs}: the run would end '
                          f'before the learning rate is reached; choose fewer{advice}.')
    if values.lr_schedule == 'noam' and not values.warmup_epochs:
        raise ConfigError('--lr_schedule noam falls from the end of a warm-up on; pass --warmup_epochs, too.')


def load_directory(values: Values) -> str:
    """Returns the directory of the checkpoints to start from."""
    return values.load_checkpoint_dir or values.checkpoint_dir or user_data_dir('checkpoints')


def _checkpoint_directories(values):
    if values.load_cudnn and values.train_cudnn:
        raise ConfigError('--load_cudnn and --train_cudnn contradict each other: the former is for training without '
                          'cuDNN. Leave it out; checkpoints of both kinds load.')
    _check_average(values)
    directory = values.checkpoint_dir
    if not directory and not (values.load_checkpoint_dir and values.save_checkpoint_dir):
        directory = user_data_dir('checkpoints')
    yield 'checkpoints.load_dir', load_directory(values)
    yield 'checkpoints.save_dir', values.save_checkpoint_dir or directory
    yield 'checkpoints.load_dir_is_given', bool(values.explicit & LOAD_FLAGS)
    yield 'checkpoints.load_dir_is_source', bool(values.load_checkpoint_dir)
    yield 'checkpoints.save_dir_is_shared', not (values.checkpoint_dir or values.save_checkpoint_dir)


def _check_average(values):
    n = values.average_checkpoints
    if n < 2:
        return
    if values.load_evaluate not in ('auto', 'best', 'last'):
        raise ConfigError(f'--average_checkpoints {n} and --load_evaluate {values.load_evaluate} contradict each other: the '
                          f'latter names a single checkpoint; leave one out, or say best or last.')
    is_of_last = values.load_evaluate == 'last' or values.load_evaluate == 'auto' and not values.dev_files
    if values.train_files and is_of_last and 0 < values.max_to_keep < n:
        raise ConfigError(f'--average_checkpoints {n}: only --max_to_keep {values.max_to_keep} of the last checkpoints are '
                          f'kept; raise that.')


def _export(values):
    if values.export_zip:
        for name, what in (('export_dir', 'where the model goes'), ('scorer_path', 'the scorer to pack')):
            if not getattr(values, name):
                raise ConfigError(f'--export_zip needs --{name}, {what}.')
    is_lite = values.export_tflite or values.export_zip
    _check_call_size(values, is_lite)
    yield 'export.zipped', values.export_zip
    yield 'export.tflite', is_lite
    for name in ('n_steps', 'export_batch_size'):
        if getattr(values, name) == OPEN and not values.export_onnx:
            raise ConfigError(f'--{name} {OPEN}: clients want to know how much a call takes, so only ONNX models have open '
                              f'axes; pass --export_onnx, too, or a number.')
    # ONNX models have open axes in any case; what is asked of the others then is nothing in particular.
    yield 'export.n_steps', values.n_steps if 'n_steps' in values.explicit and values.n_steps != OPEN else 0
    yield 'export.batch_size', ExportConfig.batch_size if values.export_batch_size == OPEN else values.export_batch_size


def _check_call_size(values, is_lite):
    """Refuses calls of exported models that clients do not take."""
    n_frames = values.n_steps * max(1, values.export_batch_size)
    if n_frames > MAX_FRAMES_OF_CALL:
        raise ConfigError(f'--n_steps {values.n_steps} and --export_batch_size {values.export_batch_size}: at most '
                          f'{MAX_FRAMES_OF_CALL} frames in a call, all utterances together.')
    if is_lite and values.n_steps > MAX_LITE_FRAMES:
        raise ConfigError(f'--n_steps {values.n_steps}: at most {MAX_LITE_FRAMES} frames in a call of a TensorFlow Lite model, '
                          f'which holds the network once for each.')
