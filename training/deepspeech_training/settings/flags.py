"""Every command line flag: a line for each, in the groups that `--helpfull` shows. A new flag is a new line here.

`command_line.py` declares and parses them, `from_flags.py` fills the fields of `config.Asked`. Flags of earlier releases
are in `legacy_flags.py`.

Long because the table stays in one piece.
"""

import errno
import os
import re
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple, Union

from deepspeech.formats.content import NotAFileError, open_regular

from .augmentation import augmentations
from .config import (
    DATA_REPORTS,
    DEFAULT_ALPHA,
    DEFAULT_BETA,
    MEASURES,
    RATE_SCHEDULES,
    TEXT_POLICIES,
    TRACKERS,
    CheckpointConfig,
    ClusterConfig,
    DecoderConfig,
    DeviceConfig,
    ExportConfig,
    ModelCard,
    NotifyConfig,
    OptimizerConfig,
    ReportConfig,
    RunConfig,
    ScheduleConfig,
    SearchConfig,
    SetConfig,
)
from .features import FEATURE_SETS, RATES_HZ, TIMES_MS, FeatureConfig
from .members import REDUCE_PRECISIONS
from .model import DIRECTIONS, LSTMS, PRECISIONS, ModelConfig
from .recipes import NO_RECIPE, RECIPES

AUTO = 'auto'
BY_MEMORY = -1  # what the parser makes of --train_batch_size auto
LARGEST_BELOW_ONE = 0.9999999
MAX_FRAMES_OF_CALL = 33900  # all utterances of the call together; clients take no larger inputs
JOBS = ('localhost', 'worker', 'ps')
PLACES = ('flags', AUTO)
FLOAT32_TINY = 1.2e-38  # smaller numbers lose digits, then are 0, in the single precision of training
OPEN = -1  # of an axis of exported models: any size


class Limit(NamedTuple):
    """What a flag accepts."""

    accepts: Callable[[Any], bool]
    # The rest of the sentence "--name value: ..." about what it does not accept, or what makes it of the value.
    wanted: Union[str, Callable[[Any], str]]


class Flag(NamedTuple):
    """One flag.

    Attributes:
      name: without dashes.
      default: what it is unless it is given. Its type is that of the flag.
      help: what `--helpfull` says.
      fields: the fields of Asked that it decides, as `optimizer.beta1`; several are separated by a blank.
      limits: what is accepted; all of them hold.
      choices: the only values there are; empty: no such list.
      bounds: least and greatest number that the parser takes.
      convert: from the value of the flag to that of its fields.
      is_optional: its fields are None unless it is given: the model may have a say.
      is_combined: other flags have a say; a rule in `from_flags.py` fills its fields.
      alias: another name of it.
      number_of_auto: what stands for the word `auto`, which it takes beside numbers, and for nothing else.
      is_secret: its value is written nowhere.
    """

    name: str
    default: Any
    help: str
    fields: str = ''
    limits: Tuple[Limit, ...] = ()
    choices: Tuple[str, ...] = ()
    bounds: Tuple[Optional[int], Optional[int]] = (None, None)
    convert: Callable[[Any], Any] = lambda value: value
    is_optional: bool = False
    is_combined: bool = False
    alias: str = ''
    number_of_auto: Optional[int] = None
    is_secret: bool = False


def file_names(listed: str) -> Tuple[str, ...]:
    """Returns the paths in a comma-separated list."""
    return tuple(path.strip() for path in listed.split(',') if path.strip())


def bytes_of(size: str) -> int:
    """Returns 1536 for `1.5KB`, `1.5k` or `1536`, and 0 for what is no size; an empty one leaves the default."""
    match = re.fullmatch(r'(\d{1,15}(?:\.\d{1,15})?)(?:([KMGT])B?|B?)', size.strip(), re.IGNORECASE | re.ASCII)
    if not match:
        return 0 if size else SetConfig.read_bytes
    return int(float(match[1]) * 1024 ** ' KMGT'.index((match[2] or ' ').upper()))


def not_below_zero(number: int) -> int:
    """Returns the number, or 0 where a negative one stands for it."""
    return max(number, 0)


def unless_auto(value: str) -> Optional[str]:
    """Returns the value, or None where `auto` leaves the choice to the model."""
    return None if value == AUTO else value


def why_no_file(path: str) -> str:
    """Returns what to say of a path that names no file."""
    try:
        open_regular(path).close()
    except NotAFileError as error:
        return f'{error.strerror}; pass the path of a file'
    except OSError as error:
        if error.errno != errno.ENOENT:
            return f'it cannot be read ({error.strerror}); pass the path of an existing file'
    return 'no such file; pass the path of an existing one'


EPOCHS = (Limit(lambda value: value >= 1, 'at least one epoch is needed'),)
PORT = (Limit(lambda value: 0 < value < 1 << 16, 'ports go from 1 to 65535'),)
UTTERANCES = (Limit(lambda value: value >= 1, 'a batch needs at least one utterance'),)
UTTERANCES_OR_AUTO = (Limit(lambda value: value >= 1 or value == BY_MEMORY, UTTERANCES[0].wanted),)
FRAMES = (Limit(lambda value: value >= 1 or value == OPEN, 'at least 1, or -1 for any number of frames (--export_onnx)'),
          Limit(lambda value: value <= MAX_FRAMES_OF_CALL, f'at most {MAX_FRAMES_OF_CALL} frames in a call'))
PER_CALL = (Limit(FRAMES[0].accepts, 'at least 1, or -1 for any number of utterances (--export_onnx)'),
            Limit(FRAMES[1].accepts, f'at most {MAX_FRAMES_OF_CALL} utterances in a call'))
DROPOUT_OR_DEFAULT = (Limit(lambda value: value < 1, 'a drop probability is below 1'),
                      Limit(lambda value: value <= LARGEST_BELOW_ONE, f'in single precision it would be 1; at most '
                                                                      f'{LARGEST_BELOW_ONE}'))
DROPOUT = DROPOUT_OR_DEFAULT + (Limit(lambda value: value >= 0, 'a drop probability is not negative'),)
ABOVE_ZERO = (Limit(lambda value: value > 0, 'it must be above 0'),
              Limit(lambda value: value >= FLOAT32_TINY, f'single precision knows no such number, at least {FLOAT32_TINY}'))
REDUCTION = ABOVE_ZERO + (Limit(lambda value: value < 1, 'the learning rate is multiplied by it, so it must be below 1'),)
DECAY = (Limit(lambda value: 0 <= value < 1, 'a decay rate lies from 0 to below 1'),
         Limit(lambda value: value <= LARGEST_BELOW_ONE, f'in single precision it would be 1; at most {LARGEST_BELOW_ONE}'))
PROBABILITY = (Limit(lambda value: 0 < value <= 1, 'a probability above 0, at most 1'),)
AT_LEAST_ONE = (Limit(lambda value: value >= 1, 'at least 1'),)
STEPS = (Limit(lambda value: value >= 1, 'an update needs at least one step'),)
CLIENT_BEAMS = (Limit(lambda value: 1 <= value <= 16384, 'clients follow from 1 to 16384 readings'),)
NOT_NEGATIVE = (Limit(lambda value: value >= 0, 'it must not be negative'),)
ZERO_OR_MORE = NOT_NEGATIVE + (Limit(lambda value: value == 0 or value >= FLOAT32_TINY,
                                     f'single precision knows no such number, 0 or at least {FLOAT32_TINY}'),)
THREADS = NOT_NEGATIVE + (Limit(lambda value: value <= 4096, 'at most 4096 threads'),)
UNITS = (Limit(lambda value: value <= 16384, 'at most 16384 units in a layer'),)
SECONDS = (Limit(lambda value: 0 <= value < float('inf'), 'a number of seconds, or 0 for batches of fixed size'),)
PATIENCE = (Limit(lambda value: value >= 5, 'at least 5 seconds, and more than the longest step takes'),)
SIZE = (Limit(lambda value: bytes_of(value) >= 1, 'at least 1 byte, as a number or with KB, MB, GB or TB, such as 1MB'),)
RATE = (Limit(lambda value: RATES_HZ[0] <= value <= RATES_HZ[1], f'sound has from {RATES_HZ[0]} to {RATES_HZ[1]} samples per '
                                                                 f'second'),)
TIME = (Limit(lambda value: TIMES_MS[0] <= value <= TIMES_MS[1], f'from {TIMES_MS[0]} to {TIMES_MS[1]} ms'),)
SEED = (Limit(lambda value: 0 <= value < 2 ** 31, 'a seed lies from 0 to 2147483647'),)
WEIGHT = (Limit(lambda value: 0 <= value <= 1e6, 'a number from 0 to 1000000'),)
SIGNED_WEIGHT = (Limit(lambda value: abs(value) <= 1e6, 'a number from -1000000 to 1000000'),)
BEAMS = (Limit(lambda value: value >= 1, 'at least one beam is needed'),
         Limit(lambda value: value <= 1 << 24, f'at most {1 << 24} beams'))
TRIALS = (Limit(lambda value: value >= 1, 'at least one pair of alpha and beta is tried'),)
FILE_PART = (Limit(lambda value: '/' not in value, 'it becomes part of a file name and must not hold a "/"'),)
FILE_NAME = (Limit(bool, 'an exported model needs a name'),) + FILE_PART
NAMES_OF_TRACKERS = (Limit(lambda value: set(file_names(value)) <= set(TRACKERS), f'choose among {", ".join(TRACKERS)}, '
                                                                                 f'separated by commas'),)
FILE_OR_NONE = (Limit(lambda value: not value or os.path.isfile(value), why_no_file),)

DATA = (
    Flag('train_files', '', 'comma-separated CSV and SDB files to train on; all files are merged into one set', 'train.files',
         convert=file_names),
    Flag('dev_files', '', 'comma-separated CSV and SDB files to validate on after each epoch; decides which model is the best',
         'dev.files', convert=file_names),
    Flag('test_files', '', 'comma-separated CSV and SDB files to test on after training; each file is reported', 'test.files',
         convert=file_names),
    Flag('metrics_files', '', 'comma-separated CSV and SDB files whose loss is shown after each epoch without any effect',
         'metrics.files', convert=file_names),
    Flag('train_batch_size', SetConfig.batch_size,
         'utterances per device in a train step; auto: as many seconds of audio as memory holds, found before training',
         'train.batch_size', UTTERANCES_OR_AUTO, is_combined=True, number_of_auto=BY_MEMORY),
    Flag('dev_batch_size', SetConfig.batch_size, 'utterances per device in a dev step', 'dev.batch_size metrics.batch_size',
         UTTERANCES, is_combined=True),
    Flag('test_batch_size', SetConfig.batch_size, 'utterances per device in a test step', 'test.batch_size', UTTERANCES),
    Flag('limit_train', SetConfig.limit, 'use only the first N train samples; 0 for all', 'train.limit',
         convert=not_below_zero),
    Flag('limit_dev', SetConfig.limit, 'use only the first N dev samples; 0 for all', 'dev.limit metrics.limit',
         convert=not_below_zero),
    Flag('limit_test', SetConfig.limit, 'use only the first N test samples; 0 for all', 'test.limit',
         convert=not_below_zero),
    Flag('reverse_train', SetConfig.reverse, 'take the longest train samples first', 'train.reverse'),
    Flag('reverse_dev', SetConfig.reverse, 'take the longest dev samples first', 'dev.reverse metrics.reverse'),
    Flag('reverse_test', SetConfig.reverse, 'take the longest test samples first', 'test.reverse'),
    Flag('batch_seconds', SetConfig.batch_seconds,
         'seconds of audio, padding included, in a batch of training and validation; there are then as many '
         'utterances as fit, but no more than a batch size that is given too; 0: batches of fixed size',
         'train.batch_seconds dev.batch_seconds metrics.batch_seconds', SECONDS),
    Flag('read_buffer', '1MB', 'bytes that are read from an SDB file at once: a number, or one with KB, MB, GB or TB',
         'train.read_bytes dev.read_bytes test.read_bytes metrics.read_bytes', SIZE, convert=bytes_of),
    Flag('augment', (), 'change the training set at random, anew in every epoch: name[parameter=value,...], or preset=small, '
         'noisy or phone; given several times or with several of them, all are applied', 'augmentations',
         convert=augmentations),
    Flag('feature_cache', RunConfig.feature_cache,
         'where features of training and validation are kept: memory, off, or the path prefix of files that several runs '
         'may share; empty: in memory if they take less than a tenth of what is available', 'feature_cache'),
    Flag('cache_for_epochs', RunConfig.cache_for_epochs,
         'empty the feature cache before every epoch whose number is a multiple of this; 0: never', 'cache_for_epochs',
         convert=not_below_zero),
    Flag('feature_win_len', FeatureConfig.window_ms, 'analysis window in milliseconds', 'features.window_ms',
         TIME, is_optional=True),
    Flag('feature_win_step', FeatureConfig.step_ms, 'step from window to window in milliseconds', 'features.step_ms',
         TIME, is_optional=True),
    Flag('feature_set', AUTO, 'the release whose features the model works on; v0.3 has those of v0.2, v0.6 those of '
         'v0.5; auto: as the checkpoint, else current', 'features.feature_set',
         choices=(AUTO,) + FEATURE_SETS, convert=unless_auto, is_optional=True),
    Flag('audio_sample_rate', FeatureConfig.rate_hz, 'sample rate the model is built for, in Hz', 'features.rate_hz', RATE),
    Flag('alphabet_config_path', 'data/alphabet.txt', 'file with one label per line', 'alphabet', is_combined=True),
    Flag('bytes_output_mode', False, 'write bytes of UTF-8 instead of the characters of an alphabet file', 'alphabet',
         is_combined=True),
    Flag('text_policy', RunConfig.text_policy,
         'what becomes of rows that cannot be used as they stand: without a transcript or an audio file, with characters that '
         'the alphabet lacks, with cells that cannot be read; error: the run stops; drop_clip: they are left out; '
         'drop_character: of a transcript only these characters are', 'text_policy', choices=TEXT_POLICIES),
    Flag('data_report', ReportConfig.data_report,
         'data_report.html beside the checkpoints: what is in the data, which rows are left out, which are worth a look; full: '
         'all recordings are listened to before the first step; auto: if they are no more than 20 hours; off: no report',
         'report.data_report', choices=DATA_REPORTS),
)

TRAINING = (
    Flag('recipe', NO_RECIPE,
         'a set of settings that are taken where their flags are not given; small: for few hours of speech',
         'augmentations train.batch_size optimizer.ema_decay dropout',
         choices=tuple(RECIPES), is_combined=True),
    Flag('epochs', ScheduleConfig.epochs, 'epochs of this call: after a finished run as many again', 'schedule.epochs', EPOCHS),
    Flag('total_epochs', ScheduleConfig.total_epochs,
         'epochs of the run in --save_checkpoint_dir in all, however often the command is given: what is trained is trained, '
         'test and export follow; 0: --epochs counts', 'schedule.total_epochs', NOT_NEGATIVE),
    Flag('dropout_rate', RunConfig.dropout[0], 'drop probability after layer 1', 'dropout', DROPOUT, is_combined=True),
    Flag('dropout_rate2', -1.0, 'drop probability after layer 2; negative: as --dropout_rate', 'dropout',
         DROPOUT_OR_DEFAULT, is_combined=True),
    Flag('dropout_rate3', -1.0, 'drop probability after layer 3; negative: as --dropout_rate', 'dropout',
         DROPOUT_OR_DEFAULT, is_combined=True),
    Flag('dropout_rate6', -1.0, 'drop probability after layer 5; negative: as --dropout_rate', 'dropout',
         DROPOUT_OR_DEFAULT, is_combined=True),
    Flag('relu_clip', ModelConfig.relu_clip, 'upper limit of the activations of layers 1, 2, 3 and 5', 'model.relu_clip',
         ABOVE_ZERO, is_optional=True),
    Flag('beta1', OptimizerConfig.beta1, 'decay of the first moment in Adam', 'optimizer.beta1', DECAY),
    Flag('beta2', OptimizerConfig.beta2, 'decay of the second moment in Adam', 'optimizer.beta2', DECAY),
    Flag('epsilon', OptimizerConfig.epsilon, 'epsilon of Adam', 'optimizer.epsilon', ABOVE_ZERO),
    Flag('accumulate_steps', OptimizerConfig.n_steps,
         'steps whose gradients make one update together, as those of a batch that many times as large would; the last one '
         'of an epoch may have fewer', 'optimizer.n_steps', STEPS),
    Flag('clip_gradient_norm', OptimizerConfig.max_norm,
         'the largest norm of all gradients of an update together, larger ones are scaled down; 0: no limit',
         'optimizer.max_norm', ZERO_OR_MORE),
    Flag('weight_decay', OptimizerConfig.weight_decay,
         'weight decay beside the gradients (AdamW): an update multiplies the matrices, not biases and layer normalisation, '
         'by 1 - learning rate * this; 0: none', 'optimizer.weight_decay', ZERO_OR_MORE),
    Flag('ema_decay', OptimizerConfig.ema_decay,
         'keep moving averages of the weights, of which an update leaves this share; validation, tests and exports use them; '
         '0.999 is a usual value, 0: none', 'optimizer.ema_decay', DECAY),
    Flag('learning_rate', OptimizerConfig.learning_rate, 'learning rate to begin with; a checkpoint goes on with its own',
         'optimizer.learning_rate', ABOVE_ZERO),
    Flag('force_initialize_learning_rate', OptimizerConfig.force_initial_rate,
         'begin with --learning_rate even when a checkpoint holds another one; once in a run, however often it is '
         'interrupted', 'optimizer.force_initial_rate'),
    Flag('lr_schedule', ScheduleConfig.rate_schedule,
         'how the learning rate falls over the run: not at all, along half a cosine or a line to 0 at its end, with the square '
         'root of the number of the update, or in one rise and fall; a plateau lowers all of it', 'schedule.rate_schedule',
         choices=RATE_SCHEDULES),
    Flag('warmup_epochs', ScheduleConfig.warmup_epochs,
         'epochs of the run in which the learning rate rises first, in a line from 0; those of the rise of one_cycle, 0: three '
         'tenths of the run', 'schedule.warmup_epochs', NOT_NEGATIVE),
    Flag('best_by', ScheduleConfig.best_by,
         'what decides which model is the best, early stop and plateaus: the validation loss, or the word or character error '
         'rate of the greedy transcripts', 'schedule.best_by', choices=MEASURES),
    Flag('early_stop', ScheduleConfig.early_stop, 'stop when the validation loss does not fall any more',
         'schedule.early_stop'),
    Flag('es_epochs', ScheduleConfig.es_epochs, 'epochs without improvement before training stops', 'schedule.es_epochs',
         EPOCHS),
    Flag('es_min_delta', ScheduleConfig.es_min_delta,
         'a smaller fall of the validation loss is no improvement; with --best_by wer or cer it is 0.001 unless it is given',
         'schedule.es_min_delta', is_combined=True),
    Flag('reduce_lr_on_plateau', ScheduleConfig.reduce_lr_on_plateau,
         'lower the learning rate when the validation loss does not fall any more', 'schedule.reduce_lr_on_plateau'),
    Flag('plateau_epochs', ScheduleConfig.plateau_epochs, 'epochs without improvement per reduction',
         'schedule.plateau_epochs', EPOCHS),
    Flag('plateau_reduction', ScheduleConfig.plateau_reduction, 'factor of a reduction', 'schedule.plateau_reduction',
         REDUCTION),
    Flag('n_hidden', ModelConfig.n_hidden, 'width of the layers; a checkpoint brings its own', 'model.n_hidden', UNITS,
         is_optional=True),
    Flag('layer_norm', ModelConfig.layer_norm, 'normalise the output of layers 1, 2, 3 and 5', 'model.layer_norm',
         is_optional=True),
    Flag('rnn_direction', AUTO, 'directions of the recurrent layer; auto: as the checkpoint, else bidirectional',
         'model.direction', choices=(AUTO,) + DIRECTIONS, convert=unless_auto, is_optional=True),
    Flag('lstm_impl', ModelConfig.lstm,
         'what computes the recurrent layer; auto: cudnn on GPUs, native on processors, loop where these cannot be had',
         'model.lstm', choices=LSTMS, is_combined=True),
    Flag('train_cudnn', False, 'the same as --lstm_impl cudnn; without a GPU: auto', 'model.lstm', is_combined=True),
    Flag('precision', ModelConfig.precision,
         'numbers that matrix products are made of in training; weights, sums and loss are float32; auto: bfloat16 where '
         'the processor has units for it, else float32; mixed: float16 on GPUs, else auto', 'model.precision',
         choices=PRECISIONS, is_combined=True),
    Flag('automatic_mixed_precision', False, 'the same as --precision mixed', 'model.precision', is_combined=True),
    Flag('shuffle_batches', RunConfig.shuffle_batches,
         'take the training batches in random order after the first epoch; off: keep the order of the files throughout, '
         'as published', 'shuffle_batches'),
    Flag('random_seed', RunConfig.seed, 'seed of everything random', 'seed', SEED),
)

CHECKPOINTS = (
    Flag('checkpoint_dir', '', "directory of checkpoints; empty: deepspeech/checkpoints in the user's data directory",
         'checkpoints.load_dir checkpoints.save_dir', is_combined=True),
    Flag('load_checkpoint_dir', '', 'directory to load from, with a model; empty: --checkpoint_dir', 'checkpoints.load_dir',
         is_combined=True),
    Flag('save_checkpoint_dir', '', 'directory to save to; empty: --checkpoint_dir', 'checkpoints.save_dir',
         is_combined=True),
    Flag('checkpoint_secs', CheckpointConfig.every_s, 'seconds between checkpoints within an epoch; 0: none',
         'checkpoints.every_s'),
    Flag('max_to_keep', CheckpointConfig.max_to_keep, 'how many train-* checkpoints are kept; 0: all',
         'checkpoints.max_to_keep', NOT_NEGATIVE),
    Flag('average_checkpoints', CheckpointConfig.n_average,
         'test and export the mean of that many checkpoints, the newest of those that --load_evaluate means; training keeps as '
         'many best ones; 0: the newest alone', 'checkpoints.n_average', NOT_NEGATIVE),
    Flag('load_train', CheckpointConfig.load_train,
         'what training starts from: auto, last, best, init, or the path of a checkpoint without suffix; auto: the run in '
         '--save_checkpoint_dir goes on, else best, last, init', 'checkpoints.load_train'),
    Flag('load_evaluate', CheckpointConfig.load_evaluate,
         'what test and export use: auto, last, best, or the path of a checkpoint without suffix; auto: best, else last; '
         'last after training without --dev_files', 'checkpoints.load_evaluate'),
    Flag('load_cudnn', CheckpointConfig.load_cudnn,
         'train on from a checkpoint that lacks the optimizer state of the recurrent layer, as some of cuDNN training do; '
         'it starts at zero', 'checkpoints.load_cudnn'),
    Flag('drop_source_layers', CheckpointConfig.drop_source_layers,
         'transfer learning: start this many layers, counted from the output, and the optimizer afresh; a new alphabet '
         'needs at least 1; 0: none', 'checkpoints.drop_source_layers', convert=not_below_zero),
    Flag('initialize_from_frozen_model', CheckpointConfig.frozen_model,
         'exported graph (.pb or .pbmm) of any release whose weights a new training starts from; without --train_files '
         'the model to test and to export', 'checkpoints.frozen_model', FILE_OR_NONE),
)

DEVICES = (
    Flag('inter_op_parallelism_threads', DeviceConfig.inter_op_threads, 'operations at once; 0: TensorFlow chooses',
         'devices.inter_op_threads', THREADS),
    Flag('intra_op_parallelism_threads', DeviceConfig.intra_op_threads, 'threads of one operation; 0: TensorFlow chooses',
         'devices.intra_op_threads', THREADS),
    Flag('loader_threads', DeviceConfig.n_loader_threads,
         'threads that read audio and make batches; 0: one per processor core', 'devices.n_loader_threads', THREADS),
    Flag('deterministic', DeviceConfig.deterministic,
         'let operations give the same bits in every run, also where that is slower (GPUs)', 'devices.deterministic'),
    Flag('use_allow_growth', DeviceConfig.allow_growth, 'take GPU memory as it is needed; off: all of it at once',
         'devices.allow_growth'),
    Flag('log_placement', DeviceConfig.log_placement, 'print on which device each operation runs', 'devices.log_placement'),
)

CLUSTER = (
    Flag('cluster', 'flags', 'who says which processes train together: flags, that is --worker_hosts and so on; auto: '
         'TF_CONFIG or Slurm', choices=PLACES),
    Flag('cluster_port', 3000, 'of the first worker on each node, where Slurm says which ones there are', '', PORT),
    Flag('worker_hosts', '',
         'comma-separated addresses, host:port, of the processes that train together, the same list for each; empty: this '
         'process trains alone', 'cluster.workers', convert=file_names),
    Flag('job_name', 'localhost', 'what this process is: localhost, which trains alone, worker, one of --worker_hosts, or ps, '
         'one of --ps_hosts', 'cluster.is_server', choices=JOBS, is_combined=True),
    Flag('task_index', ClusterConfig.task_index, 'which of --worker_hosts, or of --ps_hosts, this process is, from 0; worker 0 '
         'is the chief, which saves and reports', 'cluster.task_index', NOT_NEGATIVE),
    Flag('ps_hosts', '', 'comma-separated addresses, host:port, of parameter servers, processes that add up the gradients of '
         'the workers; empty: the workers do so among themselves, which is faster', 'cluster.servers', convert=file_names),
    Flag('cluster_timeout', ClusterConfig.timeout_s,
         'seconds without progress after which a process of a cluster says who is lost and ends', 'cluster.timeout_s',
         PATIENCE),
    Flag('reduce_precision', ClusterConfig.reduce_precision,
         'numbers that gradients travel in between the processes of a cluster: float32, or bfloat16, half as many bytes; sums '
         'are made in float32', 'cluster.reduce_precision', choices=REDUCE_PRECISIONS),
    Flag('cluster_trusted_network', ClusterConfig.is_trusted_network,
         'accept processes on other machines: whoever reaches the ports of --worker_hosts and --ps_hosts can run anything as '
         'this user, as TensorFlow asks nobody who he is', 'cluster.is_trusted_network'),
)

DECODER = (
    Flag('scorer_path', DecoderConfig.scorer_path, 'scorer package; empty: decode without language model',
         'decoder.scorer_path', alias='scorer'),
    Flag('lm_binary_path', DecoderConfig.lm_binary_path,
         'language model (KenLM binary or ARPA) of the releases before scorer packages', 'decoder.lm_binary_path',
         alias='lm'),
    Flag('lm_trie_path', DecoderConfig.lm_trie_path, 'its trie file; empty: the words of the language model',
         'decoder.lm_trie_path', alias='trie'),
    Flag('fast_decoding', DecoderConfig.fast, 'leave out what hardly ever changes the transcript', 'decoder.fast'),
    Flag('beam_width', DecoderConfig.beam_width, 'beams kept while decoding', 'decoder.beam_width', BEAMS),
    Flag('lm_alpha', DEFAULT_ALPHA, 'weight of the language model', 'decoder.lm_alpha', SIGNED_WEIGHT, is_combined=True),
    Flag('lm_beta', DEFAULT_BETA, 'bonus per word', 'decoder.lm_beta', SIGNED_WEIGHT, is_combined=True),
    Flag('cutoff_prob', DecoderConfig.cutoff_prob, 'labels beyond this cumulative probability are left out',
         'decoder.cutoff_prob', PROBABILITY),
    Flag('cutoff_top_n', DecoderConfig.cutoff_top_n, 'labels per step at most, when --cutoff_prob is below 1',
         'decoder.cutoff_top_n', AT_LEAST_ONE),
    Flag('lm_alpha_max', SearchConfig.alpha_max, 'bin/lm_optimizer.py: largest alpha to try', 'search.alpha_max', WEIGHT),
    Flag('lm_beta_max', SearchConfig.beta_max, 'bin/lm_optimizer.py: largest beta to try', 'search.beta_max', WEIGHT),
    Flag('n_trials', SearchConfig.n_trials, 'bin/lm_optimizer.py: pairs of alpha and beta to try', 'search.n_trials',
         TRIALS),
    Flag('one_shot_infer', RunConfig.one_shot_file, 'WAV file to transcribe with the checkpoint', 'one_shot_file',
         FILE_OR_NONE),
)

EXPORT = (
    Flag('export_dir', ExportConfig.directory, 'directory for the exported model; empty: no export', 'export.directory'),
    Flag('remove_export', ExportConfig.remove_existing, 'remove an earlier export from --export_dir first',
         'export.remove_existing'),
    Flag('export_tflite', ExportConfig.tflite,
         'export a TensorFlow Lite model (.tflite) instead of a frozen graph (.pb and, memory-mapped, .pbmm)',
         'export.tflite', is_combined=True),
    Flag('export_quantize', ExportConfig.quantized,
         '--export_tflite: store large weights in 8 bits, a quarter of the size; false: as they are', 'export.quantized'),
    Flag('export_onnx', ExportConfig.onnx, 'export an ONNX model (.onnx), too', 'export.onnx'),
    Flag('export_zip', ExportConfig.zipped,
         'put a TensorFlow Lite model, its card and the scorer into a zip file beside --export_dir',
         'export.zipped export.tflite', is_combined=True),
    Flag('export_batch_size', ExportConfig.batch_size,
         'utterances per call of the exported model; -1: any number, of an ONNX model', 'export.batch_size', PER_CALL,
         is_combined=True),
    Flag('n_steps', 16, 'frames per call of the exported model; bidirectional models: 500 unless given; -1: any number, of an '
         'ONNX model', 'export.n_steps', FRAMES, is_combined=True),
    Flag('export_file_name', ExportConfig.file_name, 'name of the exported model without its extension',
         'export.file_name', FILE_NAME),
    Flag('export_beam_width', ExportConfig.beam_width, 'beam width stored in the exported model', 'export.beam_width',
         CLIENT_BEAMS),
    Flag('export_author_id', ModelCard.author_id, 'author on the model card', 'export.card.author_id', FILE_PART),
    Flag('export_model_name', ModelCard.model_name, 'name on the model card', 'export.card.model_name', FILE_PART),
    Flag('export_model_version', ModelCard.model_version, 'version on the model card', 'export.card.model_version',
         FILE_PART),
    Flag('export_contact_info', '<how to reach the author>', 'how to reach the author', 'export.card.contact_info'),
    Flag('export_license', '<licence of the model>', 'licence of the model', 'export.card.license'),
    Flag('export_language', '<language of the model, e.g. en-GB>', 'language of the model, e.g. en-GB',
         'export.card.language'),
    Flag('export_min_ds_version', '<oldest client version that runs the model>',
         'oldest client version that runs the model', 'export.card.min_ds_version'),
    Flag('export_max_ds_version', '<newest client version that runs the model>',
         'newest client version that runs the model', 'export.card.max_ds_version'),
    Flag('export_description', '<what the model is for>', 'what the model is for', 'export.card.description'),
)

REPORTS = (
    Flag('log_level', ReportConfig.log_level, 'what is printed: 0 debug, 1 information, 2 warnings, 3 errors; when given, '
         'TensorFlow prints as much, too', 'report.log_level', bounds=(0, 3)),
    Flag('show_progressbar', ReportConfig.show_progressbar, 'draw progress bars', 'report.show_progressbar'),
    Flag('report_count', ReportConfig.report_count, 'samples in each part of a test report', 'report.report_count',
         convert=not_below_zero),
    Flag('summary_dir', ReportConfig.summary_dir,
         "TensorBoard directory; empty: deepspeech/summaries in the user's data directory", 'report.summary_dir',
         is_combined=True),
    Flag('test_output_file', ReportConfig.test_output_file, 'JSON file for all test results', 'report.test_output_file'),
    Flag('report_file', ReportConfig.report_file, 'HTML page on a test, with charts and sound; empty: report.html beside the '
         'checkpoints; none: no page', 'report.report_file'),
    Flag('predictions_file', ReportConfig.predictions_file, 'what a test recognised, as a NeMo manifest with pred_text; empty: '
         'predictions.jsonl beside the checkpoints; none: no file', 'report.predictions_file'),
    Flag('compare', ReportConfig.compare, 'predictions.jsonl of a former test, with which a test is compared',
         'report.compare'),
    Flag('track', '', 'comma-separated trackers that are told how a training goes, through their own packages: '
         f'{", ".join(TRACKERS)}; the first is written in any case', 'report.trackers', NAMES_OF_TRACKERS,
         convert=file_names),
    Flag('notify', (), 'address that is told when a run ends, fails, dies, diverges, stops early or reaches a plateau: '
         'https://..., which gets JSON, or one that the package apprise knows (slack://..., mailto://...); may be given '
         'several times; is written nowhere', 'notify.urls', convert=tuple, is_secret=True),
    Flag('log_telegram', NotifyConfig.telegram, 'send what the log says, but for debug lines, to a Telegram chat',
         'notify.telegram'),
    Flag('telegram_cred_path', NotifyConfig.credentials_path,
         'JSON file with "accessToken" and "chatId" for --log_telegram', 'notify.credentials_path'),
)

GROUPS: Dict[str, Tuple[Flag, ...]] = {
    'data sets and features': DATA, 'training': TRAINING, 'checkpoints': CHECKPOINTS, 'devices': DEVICES,
    'clusters': CLUSTER,
    'decoder': DECODER, 'export': EXPORT, 'reports': REPORTS}
TABLE: Dict[str, Flag] = {flag.name: flag for group in GROUPS.values() for flag in group}
