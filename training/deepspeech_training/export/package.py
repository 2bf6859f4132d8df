"""Writes exported models, verified, with their card, and packs them."""

import os
import zipfile

from deepspeech.formats.memory_mapped import memory_mapped

from ..errors import ExportError
from ..paths import UNFINISHED, write_atomically, written_atomically
from .card import FIRST_LINE, card_name, card_text
from .graph import frozen_graph
from .onnx import onnx_model
from .onnx_runner import OnnxNetwork, has_runtime
from .tflite import check_tflite, tflite_model
from .verify import MAX_ERROR, MAX_QUANTIZED_ERROR, verifier
from .weights import trained_weights

STREAMED_N_STEPS = 16  # the streaming client's usual chunk, 320 ms
# 10 s: most utterances in one call, so that the backward direction and the mean of their features see all of them.
WHOLE_N_STEPS = 500
EXTENSIONS = ('.pb', '.pbmm', '.tflite', '.onnx')


def check_exportable(run):
    """Raises ExportError where an export would fail for reasons that are known before training.

    Args:
      run: RunConfig whose model is known.
    """
    settings = run.export
    if settings.remove_existing:
        check_removable(settings)
    if settings.tflite:
        check_tflite(run)
    if settings.zipped and not os.path.isfile(run.decoder.scorer_path):
        raise ExportError(f'--export_zip: {run.decoder.scorer_path} is to be packed, but there is no such file; pass an existing '
                          f'scorer with --scorer_path.')


def export(run, source, log, recordings=()):
    """Exports the model of a checkpoint into `run.export.directory`; returns the paths of the models.

    Args:
      run: RunConfig that fits `source`.
      source: StoredCheckpoint.
      log: Log.
      recordings: AudioSources as training reads them, to verify the models on.
    Raises:
      ExportError: the directory cannot be used, or a model does not give what the checkpoint gives.
    """
    log.info('Exporting the model...')
    check_exportable(run)
    settings = run.export
    default = WHOLE_N_STEPS if run.model.bidirectional or run.features.whitened else STREAMED_N_STEPS
    n_steps = settings.n_steps or default
    if settings.batch_size > 1:
        log.warn(f'--export_batch_size {settings.batch_size}: published clients cannot run such a model, they give it one '
                 f'utterance at a time.')
    written = []
    with verifier(run, source, n_steps, recordings) as verify:
        for extension, pieces in _models(run, source, n_steps):
            path = os.path.join(settings.directory, settings.file_name + extension)
            with written_atomically(path, ExportError) as file:
                file.writelines(pieces)
                file.flush()
                if extension != '.onnx':
                    _check(path, verify(file.name), settings, log)
                elif has_runtime():
                    _check(path, verify(file.name, OnnxNetwork), settings, log)
                else:
                    log.warn(f'{os.path.basename(path)} is not verified: the package onnxruntime is not installed.')
            written.append(path)
    log.info(f'Models exported at {settings.directory}')
    card_path = os.path.join(settings.directory, card_name(settings.card))
    write_atomically(card_path, card_text(settings.card, 'tflite' if settings.tflite else 'tensorflow'), ExportError)
    log.info(f'Model metadata file saved to {card_path}. Check it and fill in the addresses before you publish the '
             f'model.')
    if settings.remove_existing:
        _remove_others(settings, written + [card_path], log)
    if settings.zipped:
        _pack(run, written + [card_path], log)
    return written


def _models(run, source, n_steps):
    """Yields (extension, pieces of the file) of each model to write."""
    weights = trained_weights(run, source) if run.export.tflite or run.export.onnx else None
    if run.export.tflite:
        yield '.tflite', [tflite_model(run, weights, n_steps, run.export.quantized)]
    else:
        graph = frozen_graph(run, source, n_steps).SerializeToString()
        yield '.pb', [graph]
        yield '.pbmm', memory_mapped(graph)[0]
    if run.export.onnx:
        yield '.onnx', [onnx_model(run, weights, n_steps)]


def _check(path, agreement, settings, log):
    """Says how well a model agrees with its checkpoint; refuses one that does not."""
    name = os.path.basename(path)
    is_quantized = name.endswith('.tflite') and settings.quantized
    limit = MAX_QUANTIZED_ERROR if is_quantized else MAX_ERROR
    if agreement.error > limit:
        advice = 'export it with --noexport_quantize' if is_quantized else 'please report this'
        raise ExportError(f'{name}: its probabilities differ from those of the checkpoint by {agreement.error:.2g}, more than '
                          f'{limit}; it was not written, {advice}.')
    cost = f'; weights of 8 bits change the likeliest label of {agreement.n_changed}' if is_quantized else ''
    log.info(f'{name} verified: of {agreement.n_frames} frames of {agreement.heard} no probability differs from the checkpoint\'s '
             f'by more than {agreement.error:.1e}{cost}')


def check_apart(settings, source):
    """Refuses to write an export beside the exported model that it is made of, over which it could go.

    Args:
      settings: ExportConfig.
      source: StoredModel.
    Raises:
      ExportError: they are in one directory.
    """
    if source.path.endswith(EXTENSIONS) and source.is_in(settings.directory):
        raise ExportError(f'--export_dir {settings.directory} holds the model that is to be exported, {source.path}; '
                          f'choose another directory, so that it is not written over.')


def check_removable(settings):
    """Refuses `--remove_export` for a directory that holds anything but earlier exports.

    Args:
      settings: ExportConfig.
    Raises:
      ExportError: names the first foreign file.
    """
    foreign = [name for name in sorted(os.listdir(settings.directory))
               if not _is_export(os.path.join(settings.directory, name))]
    if foreign:
        raise ExportError(f'--remove_export: {settings.directory} holds {foreign[0]}, which no export wrote; nothing is '
                          f'removed. Choose another --export_dir or empty it by hand.')


def _remove_others(settings, kept, log):
    """Removes earlier exports with other names than the new one's."""
    paths = [os.path.join(settings.directory, name) for name in os.listdir(settings.directory)]
    old = [path for path in paths if path not in kept]
    if old:
        log.info(f'Removing old export: {", ".join(sorted(map(os.path.basename, old)))}')
    for path in old:
        os.unlink(path)


def _is_export(path):
    """Returns whether an export wrote the file: a model, a card with its author in the second line, or, killed, a part."""
    if not os.path.isfile(path) or path.endswith(EXTENSIONS) or os.path.basename(path).startswith(UNFINISHED):
        return os.path.isfile(path)
    with open(path, 'rb') as file:
        return path.endswith('.md') and file.read(len(FIRST_LINE)) == FIRST_LINE


def _pack(run, paths, log):
    """Writes a zip file beside the export directory: the files at `paths` and the scorer, without folders."""
    target = f'{os.path.abspath(run.export.directory)}.zip'
    with written_atomically(target, ExportError) as file:
        with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
            for path in paths + [run.decoder.scorer_path]:
                archive.write(path, os.path.basename(path))
    log.info(f'Exported packaged model {target}')
