"""What the command `deepspeech` does: prints results to stdout, progress and errors to stderr."""

import sys
import time
from argparse import Namespace
from typing import Iterable, Optional, Sequence, Tuple

import numpy as np

from . import Model, version
from .arguments import FORMATS, UsageError, find_audio, parse_arguments, target_path
from .audio import STANDARD_INPUT, open_audio
from .errors import AudioError, DeepSpeechError, one_line
from .metadata import Metadata
from .microphone import microphone, until_interrupted
from .result_files import write_result
from .streams import print_result

FAILED, WRONG_USAGE = 1, 2
FILE_BLOCK_S = 4  # read and decoded at a time, so that memory does not grow with the file
MICROPHONE_BLOCKS_PER_S = 4


class OutputError(Exception):
    """A result that cannot be written; the message is one sentence."""


def transcribe(argv: Optional[Sequence[str]]) -> int:
    """Does what the command line asks for; returns the exit code. Errors of memory and of the disk are the door's."""
    try:
        return _run(parse_arguments(argv))
    except UsageError as error:
        _say(f'E {error}')
        return WRONG_USAGE
    except (AudioError, DeepSpeechError, OutputError) as error:
        _say(f'E {error}')
        return FAILED


def _run(arguments: Namespace) -> int:
    if arguments.version:
        print(f'DeepSpeech  {version()}')
        return 0
    paths = find_audio(arguments)
    model = _load_model(arguments)
    if arguments.microphone is not None:
        _transcribe_microphone(model, arguments)
        return 0
    code = 0
    for path in paths:
        try:
            _transcribe_file(model, path, arguments, paths != arguments.audio or len(paths) > 1)
        except (AudioError, DeepSpeechError, OutputError) as error:
            _say(f'E {error}')
            code = FAILED
    return code


def _load_model(arguments: Namespace) -> Model:
    """Returns the Model, set up for decoding as the arguments say."""
    _say(f'Loading model from file {arguments.model}')
    begun_s = time.perf_counter()
    model = Model(arguments.model, arguments.alphabet, arguments.n_threads, arguments.weights)
    _say(f'Loaded model in {time.perf_counter() - begun_s:.3g}s.')
    try:
        _set_decoding(model, arguments)
    except ValueError as error:  # a number out of range
        raise UsageError(f'{error}.') from error
    return model


def _set_decoding(model: Model, arguments: Namespace) -> None:
    if arguments.beam_width:
        model.setBeamWidth(arguments.beam_width)
    weights = arguments.lm_alpha, arguments.lm_beta
    if arguments.scorer or arguments.lm:
        _load_scorer(model, arguments, *weights)
    elif arguments.scorer == '':
        _say('W --scorer is empty, so no language model is used; leave it out if that is meant.')
    elif weights != (None, None):
        _say('W --lm_alpha and --lm_beta do nothing without a scorer.')
    for word, boost in arguments.hot_words:
        model.addHotWord(word, boost)


def _load_scorer(model: Model, arguments: Namespace, lm_alpha: Optional[float], lm_beta: Optional[float]) -> None:
    files = [path for path in (arguments.scorer, arguments.lm, arguments.trie) if path]
    _say(f'Loading scorer from files {" ".join(files)}')
    begun_s = time.perf_counter()
    if arguments.lm:
        model.enableDecoderWithLM(arguments.lm, arguments.trie or '', lm_alpha, lm_beta)
    else:
        model.enableExternalScorer(arguments.scorer)
        if (lm_alpha, lm_beta) != (None, None):
            model.setScorerAlphaBeta(lm_alpha, lm_beta)  # None keeps the value of the scorer
    _say(f'Loaded scorer in {time.perf_counter() - begun_s:.3g}s.')


def _transcribe_file(model: Model, path: str, arguments: Namespace, is_one_of_many: bool) -> None:
    """Prints the transcript of a file. If the file is damaged, of what comes before that, and then raises the AudioError."""
    begun_s, cpu_begun_s = time.perf_counter(), time.process_time()
    rate_hz = model.sampleRate()
    with open_audio(path, rate_hz if arguments.raw else None) as audio:
        if audio.rate_hz != rate_hz:
            _say(f'{audio.name}: converting {audio.rate_hz} Hz to {rate_hz} Hz.')
        _say('Running inference.')
        blocks = audio.blocks(rate_hz, arguments.stream or FILE_BLOCK_S * rate_hz)
        if path == STANDARD_INPUT:
            blocks = until_interrupted(blocks)
        metadata, n_samples, damage = _listen(model, blocks, arguments, bool(arguments.stream))
    _say(f'Inference took {time.perf_counter() - begun_s:.3f}s for {n_samples / rate_hz:.3f}s audio file.')
    _write(metadata, path, arguments, is_one_of_many)
    if arguments.cpu_time:
        print_result(f'cpu_time_overall={time.process_time() - cpu_begun_s:.5f}')
    if damage is not None:
        raise damage


def _transcribe_microphone(model: Model, arguments: Namespace) -> None:
    rate_hz, device = model.sampleRate(), arguments.microphone
    block_samples = arguments.stream or rate_hz // MICROPHONE_BLOCKS_PER_S
    with microphone(rate_hz, block_samples, int(device) if device.isdecimal() else device or None) as blocks:
        _say('Listening; Ctrl-C ends.')
        metadata, _, _ = _listen(model, until_interrupted(blocks), arguments, True)
    _write(metadata, 'microphone', arguments, False)


def _listen(model: Model, blocks: Iterable[np.ndarray], arguments: Namespace,
            is_live: bool) -> Tuple[Metadata, int, Optional[AudioError]]:
    """Transcribes blocks of int16 samples; returns (Metadata, number of samples, the AudioError that ended them or None).

    If `is_live`, each change of the transcript is printed. An AudioError before the first sample is raised.
    """
    stream, n_samples, shown = model.createStream(), 0, ''
    damage: Optional[AudioError] = None
    shows_changes = (is_live and arguments.output_format == 'text' and not arguments.extended
                     and not arguments.output_dir)
    try:
        for block in blocks:
            stream.feedAudioContent(block)
            n_samples += len(block)
            text = stream.intermediateDecode() if shows_changes else shown
            if text != shown:
                print_result(text)
                shown = text
    except AudioError as error:
        if not n_samples:
            raise
        damage = error
    n_transcripts = arguments.candidate_transcripts if arguments.output_format == 'json' else 1
    return stream.finishStreamWithMetadata(n_transcripts), n_samples, damage


def _write(metadata: Metadata, path: str, arguments: Namespace, is_one_of_many: bool) -> None:
    """Prints a result, or writes it to a file in --output_dir."""
    if arguments.output_format == 'json':
        text = FORMATS['json'](metadata, path if is_one_of_many else None)
    else:
        text = FORMATS[arguments.output_format](metadata)
    if arguments.output_dir:
        _write_file(target_path(arguments, path), f'{text}\n')
        return
    if is_one_of_many and arguments.output_format == 'text':
        print_result(f'> {path}')
    print_result(text)


def _write_file(path: str, text: str) -> None:
    """Writes a file completely or not at all. Raises OutputError if it cannot be written."""
    try:
        write_result(path, text)
    except OSError as error:
        raise OutputError(f'{path}: cannot be written ({error.strerror}); choose another --output_dir.') from error


def _say(message: str) -> None:
    """Prints a sentence in one line; names of files and hot words may hold anything."""
    print(one_line(message), file=sys.stderr, flush=True)
