"""Writes exported models, verified, with their card, and packs them."""

import os
import zipfile
from typing import Iterable, Iterator, List, Sequence, Tuple

from deepspeech.formats.memory_mapped import memory_mapped
from deepspeech.unfinished import UNFINISHED

from ..checkpoints.stored_model import StoredModel
from ..console.log import Log
from ..data.utterance import AudioSource
from ..errors import ExportError
from ..paths import write_atomically, written_atomically
from ..settings.config import ExportConfig, RunConfig
from ..settings.model import ModelConfig
from .graph import frozen_graph, trained_weights
from .metadata import CARD_FIRST_LINE, ExportSpec, card_name, card_text, metadata
from .onnx import onnx_model
from .onnx_runner import OnnxNetwork, has_runtime
from .tflite import check_tflite, tflite_model
from .verify import MAX_ERROR, MAX_QUANTIZED_ERROR, Agreement, verifier

STREAMED_N_STEPS = 16  # the streaming client's usual chunk, 320 ms
# 10 s: most utterances in one call, so that the backward direction and the mean of their features see all of them.
WHOLE_N_STEPS = 500
EXTENSIONS = ('.pb', '.pbmm', '.tflite', '.onnx')


def check_exportable(run: RunConfig) -> None:
    """Raises ExportError where an export would fail for reasons that are known before training.

    Args:
      run: its model is known.
    """
    settings = run.export
    if settings.remove_existing:
        check_removable(settings)
    if settings.tflite:
        check_tflite(settings.batch_size)
    if settings.zipped and not os.path.isfile(run.decoder.scorer_path):
        raise ExportError(f'--export_zip: {run.decoder.scorer_path} is to be packed, but there is no such file; pass an '
                          f'existing scorer with --scorer_path.')


def exports_of(model: ModelConfig) -> str:
    """Returns a sentence on what a new model, whose direction nobody chose, can be exported to."""
    if model.bidirectional:
        return ('A new model of both directions (--rnn_direction is not given): published clients run its .pb and .pbmm, 10 s '
                'of speech a call; its .tflite runs in this client and in TensorFlow Lite itself, published TensorFlow Lite '
                'clients refuse it. For those, and for streams with little delay, train with --rnn_direction unidirectional.')
    return ('A new model of one direction, because of --export_tflite (--rnn_direction is not given): every client runs its '
            'exports. With --rnn_direction bidirectional published TensorFlow Lite clients would refuse it.')


def export(run: RunConfig, stored_model: StoredModel, log: Log, recordings: Sequence[AudioSource] = ()) -> List[str]:
    """Exports a stored model into `run.export.directory`; returns the paths of the exported ones.

    Args:
      run: fits the model.
      stored_model: what to export.
      log: where to say how well they agree.
      recordings: speech as training reads it, to verify the models on.
    Raises:
      ExportError: the directory cannot be used, or a model does not give what the checkpoint gives.
    """
    log.info('Exporting the model...')
    check_exportable(run)
    settings = run.export
    if settings.batch_size > 1:
        log.warn(f'--export_batch_size {settings.batch_size}: published clients cannot run such a model, they give it one '
                 f'utterance at a time.')
    spec = export_spec(run)
    if settings.tflite and spec.needs_whole_utterances:
        log.warn(f'{settings.file_name}.tflite is told where a recording ends (input_lengths): this client and TensorFlow '
                 f'Lite itself run it, published TensorFlow Lite clients cannot tell it and refuse the file. For those, train '
                 f'with --rnn_direction unidirectional; for other published clients, leave out --export_tflite.')
    with verifier(spec, stored_model, recordings, run.devices, run.seed) as verify:
        written = [_write_verified(extension, pieces, settings, verify, log)
                   for extension, pieces in _models(spec, stored_model, settings)]
    log.info(f'Models exported at {settings.directory}')
    card_path = os.path.join(settings.directory, card_name(settings.card))
    write_atomically(card_path, card_text(settings.card, 'tflite' if settings.tflite else 'tensorflow'), ExportError)
    log.info(f'Model metadata file saved to {card_path}. Check it and fill in the addresses before you publish the '
             f'model.')
    if settings.remove_existing:
        _remove_others(settings, written + [card_path], log)
    if settings.zipped:
        _pack(settings, written + [card_path, run.decoder.scorer_path], log)
    return written


def export_spec(run: RunConfig) -> ExportSpec:
    """Returns what the exported files of a run are to be; how many steps a call takes depends on the model by default."""
    spec = ExportSpec(run.model, run.features, metadata(run.features, run.alphabet, run.export),
                      n_steps=run.export.n_steps, batch_size=run.export.batch_size)
    if spec.n_steps:
        return spec
    return spec._replace(n_steps=WHOLE_N_STEPS if spec.needs_whole_utterances else STREAMED_N_STEPS)


def _models(spec: ExportSpec, stored_model: StoredModel, settings: ExportConfig) -> Iterator[Tuple[str, Iterable[bytes]]]:
    """Yields (extension, pieces of the file) of each model to write."""
    weights = trained_weights(spec.model, stored_model) if settings.tflite or settings.onnx else None
    if weights and settings.tflite:
        yield '.tflite', [tflite_model(spec, weights, settings.quantized)]
    else:
        graph = frozen_graph(spec, stored_model).SerializeToString()
        yield '.pb', [graph]
        yield '.pbmm', memory_mapped(graph)[0]
    if weights and settings.onnx:
        yield '.onnx', [onnx_model(spec, weights)]


def _write_verified(extension, pieces, settings, verify, log):
    """Writes a model, unless it does not give what the checkpoint gives; returns its path."""
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
    return path


def _check(path: str, agreement: Agreement, settings: ExportConfig, log: Log) -> None:
    """Says how well a model agrees with its checkpoint; refuses one that does not."""
    name = os.path.basename(path)
    is_quantized = name.endswith('.tflite') and settings.quantized
    limit = MAX_QUANTIZED_ERROR if is_quantized else MAX_ERROR
    if agreement.error > limit:
        advice = 'export it with --noexport_quantize' if is_quantized else 'please report this'
        raise ExportError(f'{name}: its probabilities differ from those of the checkpoint by {agreement.error:.2g}, more than '
                          f'{limit}; it was not written, {advice}.')
    cost = f'; weights of 8 bits change the likeliest label of {agreement.n_changed}' if is_quantized else ''
    log.info(f'{name} verified: of {agreement.n_frames} frames of {agreement.heard} no probability differs from the '
             f"checkpoint's by more than {agreement.error:.1e}{cost}")


def check_apart(settings: ExportConfig, stored_model: StoredModel) -> None:
    """Refuses to write an export beside the exported model that it is made of, over which it could go.

    Raises:
      ExportError: they are in one directory.
    """
    if stored_model.path.endswith(EXTENSIONS) and stored_model.is_in(settings.directory):
        raise ExportError(f'--export_dir {settings.directory} holds the model that is to be exported, {stored_model.path}; '
                          f'choose another directory, so that it is not written over.')


def check_removable(settings: ExportConfig) -> None:
    """Refuses `--remove_export` for a directory that holds anything but earlier exports.

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
        return path.endswith('.md') and file.read(len(CARD_FIRST_LINE)) == CARD_FIRST_LINE


def _pack(settings, paths, log):
    """Writes a zip file beside the export directory: the files at `paths`, without folders."""
    target = f'{os.path.abspath(settings.directory)}.zip'
    with written_atomically(target, ExportError) as file:
        with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
            for path in paths:
                archive.write(path, os.path.basename(path))
    log.info(f'Exported packaged model {target}')
