"""What a run is made of, as frozen values: built once from the flags, passed to whatever needs it, never changed.

Defaults live here; the flag help quotes them. A derived value is a property of the config that owns it.
"""

from dataclasses import dataclass, field, replace
from typing import Optional, Tuple

from ..errors import ConfigError

DIRECTIONS = ('bidirectional', 'unidirectional')
LSTMS = ('auto', 'loop', 'block', 'cudnn')
PRECISIONS = ('auto', 'float32', 'bfloat16', 'float16', 'mixed')
FEATURE_SETS = ('v0.1', 'v0.2', 'v0.4', 'current')
FEATURE_CACHES = ('', 'memory', 'off')  # what --feature_cache takes beside the path of a cache on disk
N_INPUT = 26  # cepstral coefficients per frame, the same for every sample rate
N_CONTEXT = 9  # frames seen on each side of a frame
WINDOW_FRAMES = 2 * N_CONTEXT + 1

# Features of before release 0.5. Those of v0.1 and v0.2 were computed every 10 ms, then every second frame was dropped.
LEGACY_TIMES_MS = {'v0.1': (25, 20), 'v0.2': (25, 20), 'v0.4': (32, 20)}  # window, step from frame to frame
LEGACY_HOPS_PER_STEP = {'v0.1': 2, 'v0.2': 2, 'v0.4': 1}
LEGACY_MAX_WINDOW = 512  # samples: the length of the Fourier transform


@dataclass(frozen=True)
class FeatureConfig:
    """How audio becomes feature frames. `feature_set` names the release whose features they are, see `data/features.py`.

    Only `current` features come in windows and steps of any length; `of_set` gives those of another set.
    """

    rate_hz: int = 16000
    window_ms: int = 32
    step_ms: int = 20  # from frame to frame
    feature_set: str = 'current'  # one of FEATURE_SETS

    def __post_init__(self):
        if self.feature_set not in FEATURE_SETS:
            raise ConfigError(f'--feature_set {self.feature_set}: choose one of auto, {", ".join(FEATURE_SETS)}.')
        own = LEGACY_TIMES_MS.get(self.feature_set, (None, None))
        for name, value_ms, own_ms in (('feature_win_len', self.window_ms, own[0]),
                                       ('feature_win_step', self.step_ms, own[1])):
            if value_ms <= 0 or self.rate_hz <= 0:
                raise ConfigError(f'--{name} {value_ms} at --audio_sample_rate {self.rate_hz}: both must be positive.')
            if own_ms not in (None, value_ms):
                raise ConfigError(f'--{name} {value_ms}: in features of {self.feature_set} it is {own_ms} ms; leave the '
                                  f'flag out, or choose another --feature_set.')
            if self.rate_hz * value_ms % 1000:
                raise ConfigError(f'--{name} {value_ms} ms is not a whole number of samples at --audio_sample_rate '
                                  f'{self.rate_hz} Hz; choose values whose product is a multiple of 1000.')
        if self.legacy and self.window_samples > LEGACY_MAX_WINDOW:
            raise ConfigError(f'--audio_sample_rate {self.rate_hz}: features of {self.feature_set} have at most '
                              f'{LEGACY_MAX_WINDOW} samples in a window, {self.window_ms} ms are {self.window_samples}; use '
                              f'16000 as those models do.')

    def of_set(self, feature_set, explicit=()):
        """Returns these features as another set has them.

        Args:
          feature_set: one of FEATURE_SETS.
          explicit: names of flags given on the command line; window and step stay where their flags were, else they
            become the set's own.
        Raises:
          ConfigError: the set has another window or step than was asked for.
        """
        window_ms, step_ms = LEGACY_TIMES_MS.get(feature_set, (FeatureConfig.window_ms, FeatureConfig.step_ms))
        return replace(self, feature_set=feature_set,
                       window_ms=self.window_ms if 'feature_win_len' in explicit else window_ms,
                       step_ms=self.step_ms if 'feature_win_step' in explicit else step_ms)

    @property
    def legacy(self):
        """Whether these are features of before release 0.5."""
        return self.feature_set in LEGACY_TIMES_MS

    @property
    def whitened(self):
        """Whether mean and deviation of every utterance are made 0 and 1."""
        return self.feature_set == 'v0.1'

    @property
    def window_samples(self):
        return self.rate_hz * self.window_ms // 1000

    @property
    def step_samples(self):
        return self.rate_hz * self.step_ms // 1000

    def frames(self, n_samples):
        """Returns how many feature frames `n_samples` samples give.

        Trailing samples are dropped, except by legacy features, which fill the last window up with zeros.
        """
        if self.legacy and n_samples:
            hops_per_step = LEGACY_HOPS_PER_STEP[self.feature_set]
            hop_samples = self.step_samples // hops_per_step
            return 1 + -(-max(0, n_samples - self.window_samples) // hop_samples) // hops_per_step
        if n_samples < self.window_samples:
            return 0
        return 1 + (n_samples - self.window_samples) // self.step_samples


@dataclass(frozen=True)
class ModelConfig:
    """Geometry of the acoustic model; `n_labels` is the alphabet size, the network has one output more."""

    n_labels: int
    n_hidden: int = 2048
    direction: str = 'bidirectional'
    relu_clip: float = 20.0
    layer_norm: bool = False
    lstm: str = 'auto'  # which implementation computes the recurrent layer: one of LSTMS
    # Which numbers matrix products are made of in training: one of PRECISIONS. mixed: float16 on GPUs, else as auto.
    precision: str = 'auto'

    def __post_init__(self):
        if self.n_hidden <= 0:
            raise ConfigError(f'--n_hidden {self.n_hidden}: the width of the network must be positive.')
        if self.direction not in DIRECTIONS:
            raise ConfigError(f'--rnn_direction {self.direction}: choose one of auto, {", ".join(DIRECTIONS)}.')

    @property
    def n_outputs(self):
        return self.n_labels + 1

    @property
    def bidirectional(self):
        return self.direction == 'bidirectional'

    @property
    def forget_bias(self):
        """What is added to the forget gate: 1 in the geometry of v0.1, 0 in that of 0.9.3."""
        return 1.0 if self.bidirectional else 0.0

    @property
    def n_cell(self):
        """Width of one direction of the recurrent layer."""
        return self.n_hidden

    @property
    def n_rnn_input(self):
        """Width of layer 3, which feeds the recurrent layer (twice as wide in the bidirectional geometry)."""
        return 2 * self.n_hidden if self.bidirectional else self.n_hidden

    @property
    def n_rnn_output(self):
        return 2 * self.n_hidden if self.bidirectional else self.n_hidden


@dataclass(frozen=True)
class SetConfig:
    """One kind of data set: its files, what a batch (one per device) may hold, which samples are used in what order."""

    files: Tuple[str, ...] = ()
    batch_size: int = 1  # utterances at most; 0: as many as batch_seconds allows
    limit: int = 0  # 0: all
    reverse: bool = False
    batch_seconds: float = 0.  # padded: utterances times the longest, at most; 0: no limit


@dataclass(frozen=True)
class OptimizerConfig:
    """Adam; `force_initial_rate` ignores the learning rate stored in a checkpoint."""

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    force_initial_rate: bool = False


@dataclass(frozen=True)
class ScheduleConfig:
    """When training stops and when the learning rate falls; losses are per utterance, deltas absolute."""

    epochs: int = 75
    early_stop: bool = False
    es_epochs: int = 25
    es_min_delta: float = 0.05
    reduce_lr_on_plateau: bool = False
    plateau_epochs: int = 10
    plateau_reduction: float = 0.1


@dataclass(frozen=True)
class CheckpointConfig:
    """Where checkpoints come from and go to, and how many are kept."""

    load_dir: str = ''
    save_dir: str = ''
    load_train: str = 'auto'
    load_evaluate: str = 'auto'
    every_s: int = 600
    max_to_keep: int = 5
    load_cudnn: bool = False  # the optimizer state of the recurrent layer may be missing
    drop_source_layers: int = 0  # how many layers, counted from the output, a new training does not take over
    frozen_model: str = ''  # exported graph to take the weights from


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

    def __post_init__(self):
        if self.beam_width < 1:
            raise ConfigError(f'--beam_width {self.beam_width}: at least one beam is needed.')
        if self.lm_trie_path and not self.lm_binary_path:
            raise ConfigError(f'--lm_trie_path {self.lm_trie_path}: a trie needs its language model; pass --lm_binary_path.')
        if self.scorer_path and self.lm_binary_path:
            raise ConfigError(f'--scorer_path {self.scorer_path} and --lm_binary_path {self.lm_binary_path}: one of them '
                              f'is enough; leave the other out.')

    @property
    def has_scorer(self):
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
    allow_growth: bool = False
    log_placement: bool = False
    n_loader_threads: int = 0  # that read audio and make batches; 0: one per processor core
    deterministic: bool = False  # TensorFlow takes only operations that give the same bits in every run
    n_cpu_devices: int = 1  # logical CPU devices; more than one tries towers without GPUs


@dataclass(frozen=True)
class ReportConfig:
    """What a person sees and what is written about a run."""

    log_level: int = 1
    show_progressbar: bool = True
    report_count: int = 5
    test_output_file: str = ''
    summary_dir: str = ''


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
class RunConfig:
    """Everything one call of the trainer was asked to do. `alphabet` is a `text.alphabet.Alphabet`."""

    alphabet: object
    model: ModelConfig
    explicit: frozenset  # names of flags given on the command line
    features: FeatureConfig = field(default_factory=FeatureConfig)
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
    report: ReportConfig = field(default_factory=ReportConfig)
    export: ExportConfig = field(default_factory=ExportConfig)
    one_shot_file: str = ''
    feature_cache: str = ''  # where features are kept: '' memory if little is needed, 'memory', 'off', or a path prefix
    cache_for_epochs: int = 0  # after how many epochs what is kept is computed anew; 0: never
    seed: int = 4568
    shuffle_batches: bool = True  # after the first epoch
    flags_text: str = ''  # all flags, one per line, as `--flagfile` reads them
