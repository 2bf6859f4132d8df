"""Writes an exported model and its card."""

import os
import tempfile

from ..errors import ExportError
from .graph import frozen_graph

UNIDIRECTIONAL_N_STEPS = 16  # the streaming client's usual chunk, 320 ms
BIDIRECTIONAL_N_STEPS = 500  # 10 s: most utterances in one call, so that the backward direction sees all of them


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
        _remove_earlier(settings.directory, log)
    default = BIDIRECTIONAL_N_STEPS if run.model.bidirectional else UNIDIRECTIONAL_N_STEPS
    graph = frozen_graph(run, source, settings.n_steps or default)
    _write(graph_path, graph.SerializeToString())
    log.info(f'Models exported at {settings.directory}')
    _write(card_path, card_text(settings.card).encode('utf-8'))
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


def ensure_usable(directory):
    """Makes the export directory and proves that a file can be written there, before hours of training."""
    try:
        os.makedirs(directory, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise ExportError(f'--export_dir {directory}: cannot be written ({error.strerror}); choose another '
                          f'directory.') from error


def _remove_earlier(directory, log):
    """Removes what an earlier export left; refuses when the directory holds anything else."""
    names = os.listdir(directory)
    foreign = [name for name in names if not name.endswith(('.pb', '.md'))]
    if foreign:
        raise ExportError(f'--remove_export: {directory} holds {foreign[0]}, which no export wrote; nothing was '
                          f'removed. Choose another --export_dir or empty it by hand.')
    if names:
        log.info('Removing old export')
    for name in names:
        os.unlink(os.path.join(directory, name))


def _write(path, content):
    temporary = f'{path}.tmp'
    try:
        with open(temporary, 'wb') as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise ExportError(f'{path}: cannot be written ({error.strerror}).') from error
