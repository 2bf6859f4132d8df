"""Geometry of the acoustic model, and what computes it."""

from dataclasses import asdict, dataclass
from typing import Optional

from ..errors import ConfigError

DIRECTIONS = ('bidirectional', 'unidirectional')
LSTMS = ('auto', 'loop', 'native', 'block', 'cudnn')
PRECISIONS = ('auto', 'float32', 'bfloat16', 'float16', 'mixed')


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

    def __post_init__(self) -> None:
        if self.n_hidden <= 0:
            raise ConfigError(f'--n_hidden {self.n_hidden}: the width of the network must be positive.')
        if self.direction not in DIRECTIONS:
            raise ConfigError(f'--rnn_direction {self.direction}: choose one of auto, {", ".join(DIRECTIONS)}.')

    @property
    def n_outputs(self) -> int:
        return self.n_labels + 1

    @property
    def bidirectional(self) -> bool:
        return self.direction == 'bidirectional'

    @property
    def forget_bias(self) -> float:
        """What is added to the forget gate: 1 in the geometry of v0.1, 0 in that of 0.9.3."""
        return 1.0 if self.bidirectional else 0.0

    @property
    def n_cell(self) -> int:
        """Width of one direction of the recurrent layer."""
        return self.n_hidden

    @property
    def n_rnn_input(self) -> int:
        """Width of layer 3, which feeds the recurrent layer (twice as wide in the bidirectional geometry)."""
        return 2 * self.n_hidden if self.bidirectional else self.n_hidden

    @property
    def n_rnn_output(self) -> int:
        return 2 * self.n_hidden if self.bidirectional else self.n_hidden


@dataclass(frozen=True)
class AskedModel:
    """What was asked of the acoustic model; None: as the checkpoint has it, or a new model's default."""

    n_hidden: Optional[int] = None
    direction: Optional[str] = None
    relu_clip: Optional[float] = None
    layer_norm: Optional[bool] = None
    lstm: str = ModelConfig.lstm
    precision: str = ModelConfig.precision

    def of_new_model(self, n_labels: int, direction: str) -> ModelConfig:
        """Returns the geometry of a new model; `direction` is its direction unless another one was asked for."""
        asked = {name: value for name, value in asdict(self).items() if value is not None}
        return ModelConfig(n_labels, **dict({'direction': direction}, **asked))
