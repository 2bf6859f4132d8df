"""Writes an exported model and its card."""

import os

from ..errors import ExportError
from ..paths import write_atomically
from .graph import frozen_graph

STREAMED_N_STEPS = 16  # the streaming client's usual chunk, 320 ms
# 10 s: most utterances in one call, so that the backward direction and the mean of their features see all of them.
WHOLE_N_STEPS = 500


def export(run, source, log):
    """Exports the model of a checkpoint into `run.export.directory`; returns the path of the graph.

    Args:
      run: RunConfig that fits `source`.
      source: CheckpointSource.
      log: Log.
    Raises:
      ExportError: the directory cannot be used.
    """
    log.info('Exporting the model...')
    settings = run.export
    graph_path = os.path.join(settings.directory, f'{settings.file_name}.pb')
    card_path = os.path.join(settings.directory, card_name(settings.card))
    if settings.remove_existing:
        check_removable(settings.directory)
    default = WHOLE_N_STEPS if run.model.bidirectional or run.features.whitened else STREAMED_N_STEPS
    graph = frozen_graph(run, source, settings.n_steps or default)
    write_atomically(graph_path, graph.SerializeToString(), ExportError)
    log.info(f'Models exported at {settings.directory}')
    write_atomically(card_path, card_text(settings.card), ExportError)
    if settings.remove_existing:
        _remove_others(settings.directory, [os.path.basename(path) for path in (graph_path, card_path)], log)
    log.info(f'Model metadata file saved to {card_path}. Check it and fill in the addresses before you publish the '
             f'model.')
    return graph_path


def card_name(card):
    """Returns the file name of a ModelCard."""
    return f'{card.author_id}_{card.model_name}_{card.model_version}.md'


def card_text(card):
    """Returns the model card: `key: value` lines between two `---`, then the description."""
    values = [('author', card.author_id), ('model_name', card.model_name), ('model_version', card.model_version),
              ('contact_info', card.contact_info), ('license', card.license), ('language', card.language),
              ('runtime', 'tensorflow'), ('min_ds_version', card.min_ds_version),
              ('max_ds_version', card.max_ds_version),
              ('acoustic_model_url', '<public address of the acoustic model>'),
              ('scorer_url', '<public address of the scorer, if there is one>')]
    lines = ['---'] + [f'{key}: {value}' for key, value in values] + ['---', card.description]
    return '\n'.join(lines) + '\n'


def check_removable(directory):
    """Refuses `--remove_export` for a directory that holds anything but earlier exports.

    Raises:
      ExportError: names the first foreign file.
    """
    foreign = [name for name in os.listdir(directory) if not _is_export(os.path.join(directory, name))]
    if foreign:
        raise ExportError(f'--remove_export: {directory} holds {foreign[0]}, which no export wrote; nothing is removed. '
                          f'Choose another --export_dir or empty it by hand.')


def _remove_others(directory, kept, log):
    """Removes earlier exports with other names than the new one's."""
    old = [name for name in os.listdir(directory) if name not in kept]
    if old:
        log.info('Removing old export')
    for name in old:
        os.unlink(os.path.join(directory, name))


def _is_export(path):
    """Returns whether an export wrote the file: a graph, or a card with its author in the second line."""
    if not os.path.isfile(path) or path.endswith('.pb'):
        return os.path.isfile(path)
    with open(path, 'rb') as file:
        return path.endswith('.md') and file.read(12) == b'---\nauthor: '
