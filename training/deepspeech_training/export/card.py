"""The card that goes with an exported model: who made it, of what, for which clients."""

FIRST_LINE = b'---\nauthor: '


def card_name(card):
    """Returns the file name of a ModelCard."""
    return f'{card.author_id}_{card.model_name}_{card.model_version}.md'


def card_text(card, runtime):
    """Returns the card: `key: value` lines between two `---`, then the description.

    Args:
      card: ModelCard.
      runtime: 'tensorflow' or 'tflite', what runs the model.
    """
    values = [('author', card.author_id), ('model_name', card.model_name), ('model_version', card.model_version),
              ('contact_info', card.contact_info), ('license', card.license), ('language', card.language),
              ('runtime', runtime), ('min_ds_version', card.min_ds_version), ('max_ds_version', card.max_ds_version),
              ('acoustic_model_url', '<public address of the acoustic model>'),
              ('scorer_url', '<public address of the scorer, if there is one>')]
    lines = ['---'] + [f'{key}: {value}' for key, value in values] + ['---', card.description]
    return '\n'.join(lines) + '\n'
