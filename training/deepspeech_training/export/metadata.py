"""What an exported model says about itself: in the file, whatever its format, and on the card beside it."""

from typing import Dict, NamedTuple, Union

from ..settings.config import ExportConfig, ModelCard
from ..settings.features import FeatureConfig
from ..settings.model import ModelConfig
from ..text.alphabet import Alphabet

GRAPH_VERSION = 6
CARD_FIRST_LINE = b'---\nauthor: '

Metadata = Dict[str, Union[int, bytes]]  # what clients read when they open a model, by name


class ExportSpec(NamedTuple):
    """What an exported file is to be, whatever its format."""

    model: ModelConfig
    features: FeatureConfig
    metadata: Metadata
    n_steps: int  # frames per call
    batch_size: int  # utterances per call

    @property
    def needs_whole_utterances(self) -> bool:
        """Whether what comes later in an utterance changes what is heard before."""
        return needs_whole_utterances(self.model, self.features)


def needs_whole_utterances(model: ModelConfig, features: FeatureConfig) -> bool:
    """Returns whether what comes later in an utterance changes what is heard before."""
    return model.bidirectional or features.whitened


def metadata(features: FeatureConfig, alphabet: Alphabet, settings: ExportConfig) -> Metadata:
    """Returns what clients read when they open a model."""
    values: Metadata = {
        'metadata_version': GRAPH_VERSION,
        'metadata_sample_rate': features.rate_hz,
        'metadata_feature_win_len': features.window_ms,
        'metadata_feature_win_step': features.step_ms,
        'metadata_beam_width': settings.beam_width,
        'metadata_alphabet': alphabet.serialize(),
    }
    language = settings.card.language
    if language and not language.startswith('<'):
        values['metadata_language'] = language.encode('utf-8')
    if features.feature_set != FeatureConfig.feature_set:  # published clients need not know, but who takes up the weights does
        values['metadata_feature_set'] = features.feature_set.encode('utf-8')
    return values


def card_name(card: ModelCard) -> str:
    """Returns the file name of a card."""
    return f'{card.author_id}_{card.model_name}_{card.model_version}.md'


def card_text(card: ModelCard, runtime: str) -> str:
    """Returns the card: `key: value` lines between two `---`, then the description.

    Args:
      card: who made the model, of what, for which clients.
      runtime: 'tensorflow' or 'tflite', what runs the model.
    """
    values = [('author', card.author_id), ('model_name', card.model_name), ('model_version', card.model_version),
              ('contact_info', card.contact_info), ('license', card.license), ('language', card.language),
              ('runtime', runtime), ('min_ds_version', card.min_ds_version), ('max_ds_version', card.max_ds_version),
              ('acoustic_model_url', '<public address of the acoustic model>'),
              ('scorer_url', '<public address of the scorer, if there is one>')]
    lines = ['---'] + [f'{key}: {value}' for key, value in values] + ['---', card.description]
    return '\n'.join(lines) + '\n'
