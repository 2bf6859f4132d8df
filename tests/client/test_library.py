"""The native library as programs in C call it: codes, results, arguments that are missing; and what is said where it is not."""

import copy
import ctypes
import os
import pickle
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from deepspeech import Model, errors, version
from deepspeech.library import FUNCTIONS, CMetadata, ModelInfo, ModelOptions, last_error, load_library

TOP = Path(__file__).resolve().parents[2]
INCLUDE = TOP / 'native_client' / 'include'
METADATA = ctypes.POINTER(CMetadata)


@pytest.fixture
def library():
    return load_library()


@pytest.fixture
def model(library, model_path, scorer_path):
    """Address of the model with its scorer."""
    address = ctypes.c_void_p()
    assert library.DS_CreateModel(model_path.encode(), ctypes.byref(address)) == 0
    assert library.DS_EnableExternalScorer(address, scorer_path.encode()) == 0
    yield address
    library.DS_FreeModel(address)


def text(library, address):
    """Returns a text of the library, and frees it."""
    assert address
    content = ctypes.string_at(address).decode()
    library.DS_FreeString(address)
    return content


def outline(library, metadata):
    """Returns [(confidence, [(text, time step, start)])] of a result, and frees it."""
    assert metadata
    found = [(each.confidence, [(token.text, token.timestep, token.start_time) for token in each.tokens[:each.num_tokens]])
             for each in metadata.contents.transcripts[:metadata.contents.num_transcripts]]
    library.DS_FreeMetadata(metadata)
    return found


def test_every_function_of_the_headers_is_declared():
    names = set()
    for header in ('deepspeech.h', 'deepspeech_more.h'):
        names |= set(re.findall(r'\b(DSX?_[A-Za-z]+)\(', (INCLUDE / header).read_text(encoding='utf-8')))
    assert set(FUNCTIONS) == names and len([name for name in names if name.startswith('DS_')]) == 24


def test_codes_and_their_texts_are_those_of_the_header(library):
    listed = re.findall(r'APPLY\(DS_ERR_(\w+), (0x\w+), "(.*)"\)', (INCLUDE / 'deepspeech.h').read_text(encoding='utf-8'))
    assert len(listed) == 23
    for name, value, meaning in listed:
        assert getattr(errors, name) == int(value, 16)
        assert text(library, library.DS_ErrorCodeToErrorMessage(int(value, 16))) == errors.describe(int(value, 16)) == meaning
    assert text(library, library.DS_ErrorCodeToErrorMessage(12345)) == errors.describe(12345)
    assert text(library, library.DS_Version()) == version()
    again = re.findall(r'APPLY\(STT_ERR_(\w+), (0x\w+), "(.*)"\)', (INCLUDE / 'coqui-stt.h').read_text(encoding='utf-8'))
    assert again == listed


def test_published_functions_give_one_result_whole_and_in_pieces(library, model, clip):
    assert library.DS_DisableExternalScorer(model) == 0  # with it, this model hears nothing in this clip
    address, n = clip.ctypes.data, len(clip)
    best = text(library, library.DS_SpeechToText(model, address, n))
    expected = outline(library, library.DS_SpeechToTextWithMetadata(model, address, n, 3))
    assert len(expected) == 3 and b''.join(token for token, _, _ in expected[0][1]).decode() == best != ''
    assert [start for _, _, start in expected[0][1]] == [float(np.float32(step) * np.float32(0.02))
                                                         for _, step, _ in expected[0][1]]
    for finish in (lambda: outline(library, library.DS_FinishStreamWithMetadata(stream, 3)),
                   lambda: text(library, library.DS_FinishStream(stream))):
        stream = ctypes.c_void_p()
        assert library.DS_CreateStream(model, ctypes.byref(stream)) == 0
        for start in range(0, n, 320):
            library.DS_FeedAudioContent(stream, address + 2 * start, min(320, n - start))
        so_far = outline(library, library.DS_IntermediateDecodeWithMetadata(stream, 1))
        assert b''.join(token for token, _, _ in so_far[0][1]).decode() == text(library, library.DS_IntermediateDecode(stream))
        found = finish()
        if isinstance(found, str):
            assert found == best
        else:
            assert [tokens for _, tokens in found] == [tokens for _, tokens in expected]
            assert [score for score, _ in found] == pytest.approx([score for score, _ in expected], abs=1e-4)


def test_no_results_are_a_result(library, model, clip):
    assert outline(library, library.DS_SpeechToTextWithMetadata(model, clip.ctypes.data, len(clip), 0)) == []
    metadata = METADATA()
    assert library.DSX_SpeechToText(model, clip.ctypes.data, len(clip), 0, ctypes.byref(metadata)) == 0
    assert outline(library, metadata) == []


def test_nothing_said_is_an_empty_text(library, model):
    assert text(library, library.DS_SpeechToText(model, None, 0)) == ''
    ((_, tokens),) = outline(library, library.DS_SpeechToTextWithMetadata(model, None, 0, 1))
    assert tokens == []


def test_codes_of_settings(library, model):
    assert (library.DS_GetModelBeamWidth(model), library.DS_GetModelSampleRate(model)) == (500, 16000)
    assert library.DS_SetModelBeamWidth(model, 7) == 0 and library.DS_GetModelBeamWidth(model) == 7
    assert library.DS_SetModelBeamWidth(model, 0) != 0 and library.DS_GetModelBeamWidth(model) == 7
    assert library.DS_AddHotWord(model, b'seven', 1.5) == 0
    assert library.DS_AddHotWord(model, b'seven', 1.5) == errors.FAIL_INSERT_HOTWORD
    assert library.DS_EraseHotWord(model, b'eight') == errors.FAIL_ERASE_HOTWORD
    assert library.DS_EraseHotWord(model, b'seven') == library.DS_ClearHotWords(model) == 0
    assert library.DS_SetScorerAlphaBeta(model, 0.5, 1.0) == 0
    assert library.DS_DisableExternalScorer(model) == 0
    assert {library.DS_DisableExternalScorer(model), library.DS_SetScorerAlphaBeta(model, 0.5, 1.0),
            library.DS_AddHotWord(model, b'a', 1.0), library.DS_EraseHotWord(model, b'a'),
            library.DS_ClearHotWords(model)} == {errors.SCORER_NOT_ENABLED}
    assert library.DS_EnableExternalScorer(model, b'/nowhere/a.scorer') == errors.SCORER_UNREADABLE
    assert '/nowhere/a.scorer' in last_error()


@pytest.mark.parametrize('word, boost, cause', [
    ('two words', 1.0, 'give each of its words a boost.'), ('caf\u00e9', 1.0, 'spell it as transcripts are spelt.'),
    ('', 1.0, 'it is empty; leave it out.'), ('a', 1e9, 'a number between -1e6 and 1e6 is needed.'),
    ('seven', 1.0, "'seven' has the boost 1.5; erase it first.")])
def test_each_cause_why_a_hot_word_is_refused_has_its_sentence(library, model, word, boost, cause):
    assert library.DS_AddHotWord(model, b'seven', 1.5) == 0
    assert library.DS_AddHotWord(model, word.encode(), boost) == errors.FAIL_INSERT_HOTWORD
    assert last_error().endswith(cause)
    assert 'already' not in errors.describe(errors.FAIL_INSERT_HOTWORD)


def test_what_is_null_gets_the_code_of_the_call_and_a_missing_model_its_own(library, model, clip):
    metadata, stream = METADATA(), ctypes.c_void_p()
    assert library.DSX_SpeechToText(model, None, 320, 1, ctypes.byref(metadata)) == errors.FAIL_RUN_SESS
    assert last_error() == '320 samples are announced, but their array is NULL; pass it.'
    assert library.DSX_SpeechToText(None, clip.ctypes.data, 320, 1, ctypes.byref(metadata)) == errors.NO_MODEL
    assert library.DS_CreateStream(model, None) == errors.FAIL_CREATE_STREAM
    assert library.DSX_Feed(None, clip.ctypes.data, 320) == errors.FAIL_RUN_SESS
    assert last_error() == 'the stream is NULL; pass one that was created and not finished.'
    assert library.DS_CreateStream(model, ctypes.byref(stream)) == 0
    assert library.DSX_Feed(stream, None, 320) == errors.FAIL_RUN_SESS
    library.DS_FreeStream(stream)


def test_threads_have_a_limit(library, model_path):
    address = ctypes.c_void_p()
    for n_threads, code in ((4096, 0), (4097, errors.FAIL_CREATE_MODEL), (2 ** 32 - 1, errors.FAIL_CREATE_MODEL)):
        options = ModelOptions(ctypes.sizeof(ModelOptions), n_threads)
        assert library.DSX_OpenModel(model_path.encode(), ctypes.byref(options), ctypes.byref(address)) == code
        assert bool(address) == (code == 0)
        library.DS_FreeModel(address)
    assert last_error() == 'n_threads is 4294967295, at most 4096 are possible; pass 0 to leave the choice to the library.'


COQUI_CODES = r"""
#include <coqui-stt.h>
#include <stdio.h>
#define SHOW(name, value, text) printf("%s %d\n", #name, name == value);
int main(void) { STT_FOR_EACH_ERROR(SHOW) return STT_ERR_OK; }
"""


def test_codes_of_coqui_have_its_names(tmp_path):
    source, program = tmp_path / 'codes.c', tmp_path / 'codes'
    source.write_text(COQUI_CODES)
    subprocess.run(['gcc', '-Wall', '-Wextra', '-Werror', '-I', str(INCLUDE), '-o', str(program), str(source)], check=True)
    shown = subprocess.run([str(program)], stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout.split('\n')
    assert shown[0] == 'STT_ERR_OK 1' and len(shown) == 24
    assert all(line.startswith('STT_ERR_') and line.endswith(' 1') for line in shown[:-1])


def test_models_that_cannot_be_opened_leave_no_handle(library, tmp_path):
    address = ctypes.c_void_p(1)
    for path, code in ((b'', errors.NO_MODEL), (None, errors.NO_MODEL), (b'/nowhere/a.pb', errors.FAIL_READ_PROTOBUF),
                       (b'/nowhere/a.pbmm', errors.FAIL_INIT_MMAP), (str(tmp_path).encode(), errors.MODEL_INCOMPATIBLE)):
        assert library.DS_CreateModel(path, ctypes.byref(address)) == code
        assert address.value is None and last_error()
        address = ctypes.c_void_p(1)


def test_an_older_structure_of_options_is_taken(library, model_path):
    address = ctypes.c_void_p()
    options = ModelOptions(8, 2, b'/nowhere/alphabet.txt', b'int4')  # of 8 bytes: what is behind is not looked at
    assert library.DSX_OpenModel(model_path.encode(), ctypes.byref(options), ctypes.byref(address)) == 0
    info = ModelInfo(12, n_steps=77)
    assert library.DSX_GetModelInfo(address, ctypes.byref(info)) == 0
    assert (info.rate_hz, info.window_samples, info.step_samples, info.n_steps) == (16000, 512, 0, 77)
    library.DS_FreeModel(address)


# Programs are wrong in this way; they shall get a code, or nothing, and go on.
NOTHING = {ctypes.c_int: 0, ctypes.c_uint: 0, ctypes.c_float: 0.0}


@pytest.mark.parametrize('name', sorted(FUNCTIONS))
def test_functions_take_null_for_everything(library, name):
    result, arguments = FUNCTIONS[name]
    if name in ('DSX_LastError', 'DS_Version', 'DS_ErrorCodeToErrorMessage'):
        return
    found = getattr(library, name)(*(NOTHING.get(kind) for kind in arguments))
    if name in ('DS_GetModelBeamWidth', 'DS_GetModelSampleRate'):
        assert found == 0
    elif result is ctypes.c_int:
        assert found != 0 and last_error()
    else:
        assert not found


@pytest.mark.parametrize('name', ['DSX_SpeechToText', 'DSX_Probabilities', 'DSX_Logits', 'DSX_Features'])
def test_functions_take_null_for_each_argument(library, model, clip, name):
    function, samples = getattr(library, name), (clip.ctypes.data, len(clip))
    metadata, numbers = METADATA(), ctypes.POINTER(ctypes.c_float)()
    outputs = (1, ctypes.byref(metadata)) if name == 'DSX_SpeechToText' else (ctypes.byref(numbers),
                                                                              ctypes.byref(ctypes.c_uint()))
    assert function(None, *samples, *outputs) != 0
    assert function(model, None, len(clip), *outputs) != 0
    assert function(model, *samples, outputs[0], None) != 0
    if name != 'DSX_SpeechToText':
        assert function(model, *samples, None, outputs[1]) != 0
    assert not metadata and not numbers
    assert function(model, *samples, *outputs) == 0
    library.DS_FreeMetadata(metadata)
    library.DSX_FreeNumbers(numbers)


def test_the_cause_of_a_failure_is_told_to_its_own_thread(library):
    assert library.DS_CreateModel(b'/nowhere/mine.pb', ctypes.byref(ctypes.c_void_p())) != 0
    others = []
    thread = threading.Thread(target=lambda: others.append(last_error()))
    thread.start()
    thread.join()
    assert others == [''] and '/nowhere/mine.pb' in last_error()


def opening(path):
    """Returns (exit code, stderr) of the command with another library."""
    result = subprocess.run([sys.executable, '-m', 'deepspeech', '--model', 'm.pb', '--audio', '-'], stdin=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, env=dict(os.environ, DS_LIBRARY=str(path)), universal_newlines=True)
    return result.returncode, result.stderr


def test_a_library_that_is_missing_or_another_one_is_said_in_a_sentence(tmp_path):
    empty = tmp_path / 'libdeepspeech.so'
    empty.write_bytes(b'')
    for path, cause in ((tmp_path / 'none.so', 'none.so is missing'), (empty, 'cannot be loaded .*libdeepspeech.so'),
                        (other_library(), 'has no DS_CreateModel')):
        code, said = opening(path)
        line = said.strip().split('\n')[-1]
        assert code == 1 and re.match(f'E .*{cause}.*DS_LIBRARY', line) and 'Traceback' not in said, said


def other_library():
    """Returns the path of the C library of this process."""
    with open('/proc/self/maps', encoding='utf-8') as maps:
        return next(line.split()[-1] for line in maps if re.search(r'/libc[.-]', line))


def test_formats_are_read_without_the_library(tmp_path):
    code = ('import sys; import deepspeech, deepspeech.formats.frozen_graph, deepspeech.formats.tflite; '
            'sys.exit("deepspeech.library" in sys.modules)')
    environment = dict(os.environ, DS_LIBRARY=str(tmp_path / 'none.so'))
    assert subprocess.run([sys.executable, '-c', code], env=environment).returncode == 0


def test_a_model_is_used_without_numpy(model_path, clip_path):
    code = ('import array, sys, wave; from deepspeech import Model; file = wave.open(sys.argv[2]); '
            "samples = array.array('h', file.readframes(file.getnframes())); "
            'print(Model(sys.argv[1]).stt(samples)); sys.exit("numpy" in sys.modules)')
    result = subprocess.run([sys.executable, '-c', code, model_path, clip_path], stdout=subprocess.PIPE,
                            universal_newlines=True)
    assert result.returncode == 0 and len(result.stdout) > 1


def test_models_and_streams_are_not_copied(model_path):
    model = Model(model_path)
    for make in (copy.deepcopy, pickle.dumps):
        for thing in (model, model.createStream()):
            with pytest.raises(TypeError):
                make(thing)
