"""What a run is made of, as frozen values: built once from the flags, passed to whatever needs it, never changed.

Defaults live here; the flag help quotes them. A derived value is a property of the config that owns it. Features,
geometry and clusters have modules of their own.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Optional, Tuple

from ..errors import ConfigError
from ..text.alphabet import Alphabet
from .augmentation import Augmentation
from .features import AskedFeatures, FeatureConfig
from .members import ClusterConfig
from .model import AskedModel, ModelConfig

TRACKERS = ('tensorboard', 'wandb', 'mlflow', 'trackio')  # of experiments; the first is always written
MEASURES = ('loss', 'wer', 'cer')  # of a model on the validation sets
RATE_SCHEDULES = ('constant', 'warmup_cosine', 'warmup_linear', 'noam', 'one_cycle')
DATA_REPORTS = ('auto', 'full', 'off')

# What becomes of rows with a transcript that the alphabet cannot write, or without audio.
STOP, DROP_CLIP, DROP_CHARACTER = TEXT_POLICIES = ('error', 'drop_clip', 'drop_character')

# Found for the published English scorer; a fair start for others.
DEFAULT_ALPHA, DEFAULT_BETA = 0.931289039105002, 1.1834137581510284


@dataclass(frozen=True)
class SetConfig:
    """One kind of data set: its files, what a batch (one per device) may hold, which samples are used in what order."""

    files: Tuple[str, ...] = ()
    batch_size: int = 1  # utterances at most; 0: as many as batch_seconds allows
    limit: int = 0  # 0: all
    reverse: bool = False
    batch_seconds: float = 0.  # padded: utterances times the longest, at most; 0: no limit
    read_bytes: int = 2 ** 20  # from an SDB file at once
    fits_memory: bool = False  # batch_seconds is found before training


@dataclass(frozen=True)
class OptimizerConfig:
    """Adam, and what an update does besides; `force_initial_rate` ignores the learning rate stored in a checkpoint."""

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    n_steps: int = 1  # whose gradients make an update
    max_norm: float = 0.  # of all gradients together; 0: no limit
    ema_decay: float = 0.  # what an update leaves of the moving averages of the weights; 0: there are none
    weight_decay: float = 0.  # of matrices, by which the learning rate is multiplied
    force_initial_rate: bool = False
    learning_rate_is_given: bool = False  # on the command line: its owner wants to know when a checkpoint has another


@dataclass(frozen=True)
class ScheduleConfig:
    """Which model is the best, when training stops, when the learning rate falls. Losses are per utterance, deltas absolute."""

    epochs: int = 75
    total_epochs: int = 0  # of the run in all, however often it is started; 0: `epochs` counts
    early_stop: bool = False
    es_epochs: int = 25
    es_min_delta: float = 0.05
    best_by: str = 'loss'  # one of MEASURES
    reduce_lr_on_plateau: bool = False
    plateau_epochs: int = 10
    plateau_reduction: float = 0.1
    rate_schedule: str = 'constant'  # one of RATE_SCHEDULES
    warmup_epochs: float = 0.  # in which the learning rate rises


@dataclass(frozen=True)
class CheckpointConfig:
    """Where checkpoints come from and go to, and how many are kept."""

    load_dir: str = ''
    save_dir: str = ''
    load_train: str = 'auto'  # or the path of a checkpoint, without suffix or of one of its files
    load_evaluate: str = 'auto'  # likewise
    every_s: int = 600
    max_to_keep: int = 5
    n_average: int = 0  # checkpoints whose mean tests and exports use; as many best ones are kept
    load_cudnn: bool = False  # the optimizer state of the recurrent layer may be missing
    drop_source_layers: int = 0  # how many layers, counted from the output, a new training does not take over
    frozen_model: str = ''  # exported graph to take the weights from
    load_dir_is_given: bool = False  # on the command line: a run in it has precedence over frozen_model
    load_dir_is_source: bool = False  # by a flag of its own: a model has to be there
    save_dir_is_shared: bool = False  # with all runs that name none


@dataclass(frozen=True)
class DecoderConfig:
    """Beam search at test time; alpha and beta weigh the language model and the word count."""

    beam_width: int = 1024
    cutoff_prob: float = 1.0
    cutoff_top_n: int = 300
    scorer_path: str = ''
    lm_binary_path: str = ''  # language model of the time before scorer packages; only without scorer_path
    lm_trie_path: str = ''  # and its trie; empty: the language model's own words
    lm_alpha: Optional[float] = None  # None: the value stored in the scorer package
    lm_beta: Optional[float] = None
    fast: bool = False  # the native decoder's savings that cost no measured accuracy
    n_threads: int = 0  # for a batch; 0: one per processor core

    def __post_init__(self) -> None:
        if self.beam_width < 1:
            raise ConfigError(f'--beam_width {self.beam_width}: at least one beam is needed.')
        if self.lm_trie_path and not self.lm_binary_path:
            raise ConfigError(f'--lm_trie_path {self.lm_trie_path}: a trie needs its language model; pass --lm_binary_path.')
        if self.scorer_path and self.lm_binary_path:
            raise ConfigError(f'--scorer_path {self.scorer_path} and --lm_binary_path {self.lm_binary_path}: one of them '
                              f'is enough; leave the other out.')

    @property
    def has_scorer(self) -> bool:
        """Whether a language model takes part."""
        return bool(self.scorer_path or self.lm_binary_path)


@dataclass(frozen=True)
class SearchConfig:
    """The search for alpha and beta: both are drawn from 0 to their limits."""

    alpha_max: float = 5.0
    beta_max: float = 5.0
    n_trials: int = 2400


@dataclass(frozen=True)
class DeviceConfig:
    """TensorFlow's session options."""

    inter_op_threads: int = 0
    intra_op_threads: int = 0
    allow_growth: bool = True  # of what is taken of a GPU's memory; else all of it at once
    log_placement: bool = False
    n_loader_threads: int = 0  # that read audio and make batches; 0: one per processor core
    deterministic: bool = False  # TensorFlow takes only operations that give the same bits in every run
    n_cpu_devices: int = 1  # logical CPU devices; more than one tries towers without GPUs
    gpu_parts_mib: Tuple[int, ...] = ()  # logical devices that the first GPU is divided into; (): it is one, with all it has


@dataclass(frozen=True)
class ReportConfig:
    """What a person sees and what is written about a run."""

    log_level: int = 1
    show_progressbar: bool = True
    report_count: int = 5
    test_output_file: str = ''
    report_file: str = ''  # page on a test; '': report.html beside the checkpoints, 'none': no page
    predictions_file: str = ''  # '': predictions.jsonl beside the checkpoints, 'none': no file
    compare: str = ''  # predictions.jsonl of a former test
    summary_dir: str = ''
    data_report: str = DATA_REPORTS[0]
    trackers: Tuple[str, ...] = ()  # names of TRACKERS


@dataclass(frozen=True)
class NotifyConfig:
    """Who is told how a run goes; addresses may hold passwords, so they are in no text."""

    urls: Tuple[str, ...] = field(default=(), repr=False)
    telegram: bool = False  # all that the log says
    credentials_path: str = 'telegram_credentials.json'
    credentials_are_given: bool = False  # on the command line: the file has to be there


@dataclass(frozen=True)
class ModelCard:
    """The words on the card beside an exported model."""

    author_id: str = 'author'
    model_name: str = 'model'
    model_version: str = '0.0.1'
    contact_info: str = ''
    license: str = ''
    language: str = ''
    min_ds_version: str = ''
    max_ds_version: str = ''
    description: str = ''


@dataclass(frozen=True)
class ExportConfig:
    """Where the exported models go and what is stored in them; `n_steps` 0: chosen by direction."""

    directory: str = ''
    file_name: str = 'output_graph'
    batch_size: int = 1
    n_steps: int = 0
    beam_width: int = 500
    remove_existing: bool = False
    tflite: bool = False  # a TensorFlow Lite model instead of a frozen graph
    quantized: bool = True  # with 8-bit weights
    onnx: bool = False  # an ONNX model besides
    zipped: bool = False  # the model, its card and the scorer in one file besides
    card: ModelCard = field(default_factory=ModelCard)


@dataclass(frozen=True)
class _Run:
    """What one call of the trainer is about, apart from `model` and `features`, whose types the classes below say."""

    alphabet: Alphabet
    model: Any
    features: Any = None
    train: SetConfig = field(default_factory=SetConfig)
    dev: SetConfig = field(default_factory=SetConfig)
    test: SetConfig = field(default_factory=SetConfig)
    metrics: SetConfig = field(default_factory=SetConfig)
    dropout: Tuple[float, float, float, float] = (0.05, 0.05, 0.05, 0.05)  # after layers 1, 2, 3 and 5
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    checkpoints: CheckpointConfig = field(default_factory=CheckpointConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    devices: DeviceConfig = field(default_factory=DeviceConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    report: ReportConfig = field(default_factory=ReportConfig)
    export: ExportConfig = field(default_factory=ExportConfig)
    notify: NotifyConfig = field(default_factory=NotifyConfig)
    one_shot_file: str = ''
    feature_cache: str = ''  # where features are kept: '' memory if little is needed, 'memory', 'off', or a path prefix
    cache_for_epochs: int = 0  # after how many epochs what is kept is computed anew; 0: never
    augmentations: Tuple[Augmentation, ...] = ()  # of the training set, in the order in which they are applied
    text_policy: str = STOP  # one of TEXT_POLICIES
    seed: int = 4568
    shuffle_batches: bool = True  # after the first epoch
    flags_text: str = ''  # all flags, one per line, as `--flagfile` reads them
    command: Tuple[str, ...] = ()  # the words that the program was started with, secrets left out


@dataclass(frozen=True)
class RunConfig(_Run):
    """What one call of the trainer does. Geometry and features are those of its model, see `checkpoints/resolve.py`."""

    model: ModelConfig
    features: FeatureConfig = field(default_factory=FeatureConfig)


@dataclass(frozen=True)
class Asked(_Run):
    """What one call of the trainer was asked to do, before anyone has looked into a model.

    Raises:
      ConfigError: no model can be as it was asked for.
    """

    model: AskedModel = field(default_factory=AskedModel)
    features: AskedFeatures = field(default_factory=AskedFeatures)

    def __post_init__(self) -> None:
        self.of_new_model()

    def of_new_model(self) -> RunConfig:
        """Returns the RunConfig if there is no model yet."""
        # Scripts that export TensorFlow Lite models were written for the direction that those can have.
        direction = 'unidirectional' if self.export.tflite else ModelConfig.direction
        return self.resolved(model=self.model.of_new_model(self.alphabet.size, direction),
                             features=self.features.of_set(self.features.feature_set or FeatureConfig.feature_set))

    def resolved(self, model: ModelConfig, features: FeatureConfig) -> RunConfig:
        """Returns the RunConfig of a model whose geometry and features are known."""
        same = {each.name: getattr(self, each.name) for each in fields(self)}
        return RunConfig(**dict(same, model=model, features=features))
