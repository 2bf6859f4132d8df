"""Models and streams: published results, errors and their codes, audio of every kind, pieces and threads.

Long because a model and its streams are one interface, tested on the same published model.
"""

import array
import json
import os
import struct
import threading
from pathlib import Path

import deepspeech
import numpy as np
import pytest
from deepspeech import DeepSpeechError, Model, impl
from deepspeech.errors import ModelError
from graph_files import constant, node, nodes_of, placeholder, with_nodes

TESTS = Path(__file__).resolve().parent.parent
CLIPS = ('digits_day-2', 'digits_h-6', 'digits_h-7', 'digits_mon-11', 'digits_yesterday', 'letters_k', 'number-not-answering',
         'phonetic_a_p', 'phonetic_l_p')


def outline(metadata):
    """Returns what has to be equal however audio came in: text and time of every token."""
    return [[(token.text, token.timestep) for token in transcript.tokens] for transcript in metadata.transcripts]


def written(path, content):
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize('clip_name', CLIPS)
def test_candidates_of_the_published_client(model, read_clip, clip_name):
    results = TESTS / 'golden' / 'ds093-plain' / 'wheel_stt.json'
    recorded = json.loads(results.read_text(encoding='utf-8'))[f'{clip_name}.wav']
    found = model.sttWithMetadata(read_clip(f'{clip_name}.wav'), 3)
    assert len(found.transcripts) == len(recorded)
    for transcript, expected in zip(found.transcripts, recorded):
        assert ''.join(token.text for token in transcript.tokens) == expected['text']
        assert [token.timestep for token in transcript.tokens] == expected['timesteps']
        assert transcript.confidence == pytest.approx(expected['confidence'], abs=1e-3)
        assert [token.start_time for token in transcript.tokens] == [
            float(np.float32(step) * np.float32(0.02)) for step in expected['timesteps']]


@pytest.mark.parametrize('path', [None, ''])
def test_no_model(path):
    with pytest.raises(RuntimeError, match=r"CreateModel failed with '.*' \(0x1000\)"):
        Model(path)


@pytest.mark.parametrize('path', [b'model.pb', 3])
def test_paths_are_text(path):
    with pytest.raises(TypeError):
        Model(path)


def code_of(path):
    """Returns (error code, message) that opening a model ends with."""
    with pytest.raises(DeepSpeechError) as caught:
        Model(path)
    return caught.value.code, str(caught.value)


def test_files_that_are_no_graph(tmp_path, model_path):
    graph = Path(model_path).read_bytes()
    assert code_of(str(tmp_path / 'missing.pb'))[0] == impl.ERR_FAIL_READ_PROTOBUF
    assert code_of(str(tmp_path / 'missing.pbmm'))[0] == impl.ERR_FAIL_INIT_MMAP
    assert code_of(str(tmp_path))[0] == impl.ERR_MODEL_INCOMPATIBLE
    for content in (b'', b'no graph at all', b'\x0a\x03\x0a\x01x', bytes(100), graph[:len(graph) // 2], graph[:-1]):
        code, message = code_of(written(tmp_path / 'bad.pb', content))
        assert code in (impl.ERR_FAIL_READ_PROTOBUF, impl.ERR_MODEL_INCOMPATIBLE, impl.ERR_FAIL_CREATE_SESS)
        assert 'bad.pb' in message


@pytest.mark.parametrize('changes, code, part', [
    (dict(metadata_version=None), impl.ERR_MODEL_INCOMPATIBLE, 'metadata_version is missing'),
    (dict(metadata_version=constant('metadata_version', np.int32([5]))), impl.ERR_MODEL_INCOMPATIBLE, 'graph version 5'),
    (dict(metadata_version=constant('metadata_version', np.int32([7]))), impl.ERR_MODEL_INCOMPATIBLE, 'graph version 7'),
    (dict(metadata_sample_rate=None), impl.ERR_MODEL_INCOMPATIBLE, 'metadata_sample_rate'),
    (dict(metadata_feature_win_len=constant('metadata_feature_win_len', np.int32([0]))), impl.ERR_MODEL_INCOMPATIBLE,
     '0 samples'),
    (dict(metadata_alphabet=constant('metadata_alphabet', b'\x01')), impl.ERR_INVALID_ALPHABET, 'alphabet'),
    (dict(metadata_alphabet=constant('metadata_alphabet', struct.pack('<HHH', 1, 0, 1) + b'a')),
     impl.ERR_INVALID_ALPHABET, 'its alphabet has 1 labels, but its network tells 28'),
    (dict(metadata_beam_width=constant('metadata_beam_width', np.int32([1 << 20]))), impl.ERR_MODEL_INCOMPATIBLE,
     'a beam of 1048576'),
    (dict(logits=None), impl.ERR_FAIL_RUN_SESS, 'logits is missing'),
    (dict(mfccs=None), impl.ERR_FAIL_RUN_SESS, 'mfccs is missing'),
    (dict(input_node=None), impl.ERR_FAIL_CREATE_SESS, 'input_node'),
    (dict(input_node=placeholder('input_node', 1, -1, 19, 26)), impl.ERR_INVALID_SHAPE, 'input_node'),
    (dict(input_node=placeholder('input_node', 1, 16, 18, 26)), impl.ERR_INVALID_SHAPE, '18 frames'),
    (dict(extra=node('extra', 'ReadFile', ['metadata_alphabet'])), impl.ERR_FAIL_CREATE_SESS, 'ReadFile'),
    (dict(logits=node('logits', 'Softmax', ['logits'])), impl.ERR_FAIL_CREATE_SESS, 'depends on itself'),
    (dict(new_state_c=node('new_state_c', 'Identity', ['nowhere'])), impl.ERR_FAIL_CREATE_SESS, 'nowhere'),
    (dict(logits=node('logits', 'Softmax', ['new_state_c:3'])), impl.ERR_FAIL_CREATE_SESS, 'output 3'),
], ids=lambda value: None)
def test_graphs_that_are_no_model(model_path, tmp_path, changes, code, part):
    graph = with_nodes(Path(model_path).read_bytes(), **changes)
    if 'new_state_c:3' in str(changes):  # found out when it is computed
        with pytest.raises(DeepSpeechError, match=part):
            Model(written(tmp_path / 'changed.pb', graph)).stt(np.zeros(16000, np.int16))
        return
    found, message = code_of(written(tmp_path / 'changed.pb', graph))
    assert (found, part in message) == (code, True), message
    assert 'changed.pb' in message


def test_states_of_another_size_are_found_out(model_path, tmp_path):
    graph = with_nodes(Path(model_path).read_bytes(), previous_state_c=placeholder('previous_state_c', 1, 12))
    with pytest.raises(DeepSpeechError, match='0x3003'):
        Model(written(tmp_path / 'changed.pb', graph)).stt(np.zeros(16000, np.int16))


def test_a_stream_that_failed_once_gives_nothing_more(model_path, tmp_path):
    damaged = constant('layer_6/bias', np.full(29, np.nan, np.float32))
    graph = with_nodes(Path(model_path).read_bytes(), **{'layer_6/bias': damaged})
    stream = Model(written(tmp_path / 'changed.pb', graph)).createStream()
    with pytest.raises(DeepSpeechError, match='0x3003.*something else than numbers'):
        stream.feedAudioContent(np.zeros(16000, np.int16))
    with pytest.raises(DeepSpeechError, match='0x3003.*an earlier call of this stream failed'):
        stream.intermediateDecode()
    with pytest.raises(DeepSpeechError, match='0x3003.*make another stream'):
        stream.finishStream()


def test_the_content_tells_the_kind_of_a_file_not_its_name(model, model_path, tmp_path, clip):
    from deepspeech.formats.memory_mapped import memory_mapped
    graph = Path(model_path).read_bytes()
    directory = tmp_path / 'models.pbmm'
    directory.mkdir()
    pieces, n_regions = memory_mapped(graph)
    assert n_regions == 2
    plain = model.sttWithMetadata(clip, 3)
    for path in (written(directory / 'plain.pb', graph), written(directory / 'plain.pbmm', graph),
                 written(directory / 'mapped.pbmm', b''.join(pieces)), written(directory / 'mapped.pb', b''.join(pieces))):
        other = Model(path)
        other.enableExternalScorer(str(TESTS / 'golden' / 'train.scorer'))
        assert other.sttWithMetadata(clip, 3) == plain


def test_what_clients_look_for_stays_in_a_mapped_graph(model_path):
    from deepspeech.formats.memory_mapped import memory_mapped
    graph = with_nodes(Path(model_path).read_bytes(), logits_shape=constant('logits_shape', np.int32([16, 1, 29])))
    assert memory_mapped(graph, 0) == memory_mapped(graph, 64)
    with pytest.raises(ModelError, match='already'):
        memory_mapped(b''.join(memory_mapped(graph)[0]))


def test_audio_that_is_taken(model, clip):
    text = model.stt(clip)
    assert model.stt(np.repeat(clip, 2)[::2]) == text
    assert model.stt(clip.tolist()) == model.stt(clip.astype('>i2')) == model.stt(memoryview(clip.copy())) == text
    assert model.stt(array.array('h', clip.tolist())) == text
    assert model.stt(np.zeros(0, np.int16)) == model.stt([]) == model.stt(array.array('h')) == ''
    assert model.sttWithMetadata(np.zeros(0, np.int16)).transcripts[0].tokens == []
    for n_samples in (1, 511, 512, 832, 16000):
        assert isinstance(model.stt(np.zeros(n_samples, np.int16)), str)


@pytest.mark.parametrize('audio, error', [
    (np.zeros(9, np.float32), TypeError), (np.zeros(9, np.int32), TypeError), (np.zeros(9, np.uint8), TypeError),
    (np.zeros(9, np.int8), TypeError), (np.zeros(9, np.uint16), TypeError), (np.zeros((2, 9), np.int16), TypeError),
    ([0.5], TypeError), ([70000], TypeError), (array.array('i', [1]), TypeError), (bytearray(4), ValueError),
    ([float('nan')], TypeError), (b'1234', ValueError)])
def test_audio_that_is_refused(model, audio, error):
    with pytest.raises(error):
        model.stt(audio)


def test_more_samples_than_the_library_counts_are_handed_over_in_parts(model, clip, monkeypatch):
    expected = outline(model.sttWithMetadata(clip, 3))
    for module in ('model', 'samples'):
        monkeypatch.setattr(f'deepspeech.{module}.MOST_AT_ONCE', 1000)
    assert outline(model.sttWithMetadata(clip, 3)) == expected
    stream = model.createStream()
    stream.feedAudioContent(clip)
    assert outline(stream.finishStreamWithMetadata(3)) == expected


def test_number_of_results(model, clip):
    assert model.sttWithMetadata(clip, 0).transcripts == []
    assert len(model.sttWithMetadata(clip).transcripts) == 1
    confidences = [transcript.confidence for transcript in model.sttWithMetadata(clip, 5).transcripts]
    assert len(confidences) == 5 and confidences == sorted(confidences, reverse=True)
    with pytest.raises(ValueError):
        model.sttWithMetadata(clip, -1)


def test_zero_bytes_cut_nothing_off(model, model_path, scorer_path):
    model.addHotWord('seven', 1.)
    with pytest.raises(ValueError, match='can never be found.*zero byte'):
        model.addHotWord('two\0x', 1.)
    with pytest.raises(DeepSpeechError, match='0x3010'):
        model.eraseHotWord('seven\0x')
    model.eraseHotWord('seven')
    for path in (f'{model_path}\0x', 'a\0b.tflite'):
        with pytest.raises(DeepSpeechError, match='zero byte'):
            Model(path)
    with pytest.raises(DeepSpeechError, match='zero byte'):
        Model(model_path, 'alphabet\0.txt')
    for enable in (model.enableExternalScorer, lambda path: model.enableDecoderWithLM(path, '')):
        with pytest.raises(DeepSpeechError, match='zero byte'):
            enable(f'{scorer_path}\0x')


def test_beam_width(model, clip):
    assert (model.beamWidth(), model.sampleRate()) == (500, 16000)
    assert model.setBeamWidth(3) == 0
    assert model.beamWidth() == 3 and len(model.sttWithMetadata(clip, 9).transcripts) == 3
    for beam_width, error in ((0, ValueError), (-1, ValueError), (1 << 40, ValueError), (2.5, TypeError)):
        with pytest.raises(error):
            model.setBeamWidth(beam_width)
    assert model.beamWidth() == 3


def test_scorers(model_path, scorer_path, clip, tmp_path):
    model = Model(model_path)
    assert model.disableExternalScorer() == model.setScorerAlphaBeta(1., 1.) == impl.ERR_SCORER_NOT_ENABLED == 0x2004
    without = model.sttWithMetadata(clip)
    scorer = Path(scorer_path).read_bytes()
    for content, code in ((None, impl.ERR_SCORER_UNREADABLE), (b'no scorer', impl.ERR_SCORER_INVALID_LM),
                          (scorer[:20000], None)):
        path = tmp_path / 'bad.scorer'
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(RuntimeError, match='EnableExternalScorer failed') as caught:
            model.enableExternalScorer(str(path))
        assert code in (None, caught.value.code) and 'bad.scorer' in str(caught.value)
    assert model.sttWithMetadata(clip) == without
    model.enableExternalScorer(scorer_path)
    with_scorer = model.sttWithMetadata(clip)
    assert with_scorer != without
    assert model.setScorerAlphaBeta(0., 0.) == 0
    assert model.sttWithMetadata(clip) != with_scorer
    model.enableExternalScorer(scorer_path)  # with its own weights again
    assert model.sttWithMetadata(clip) == with_scorer
    assert model.disableExternalScorer() == 0
    assert model.sttWithMetadata(clip) == without


def test_a_scorer_of_another_alphabet_is_refused(scorer_path):
    model = Model(str(TESTS / 'golden' / 'ds093-bytes' / 'output_graph.pb'))
    with pytest.raises(DeepSpeechError, match='alphabet'):
        model.enableExternalScorer(scorer_path)


def test_hot_words(model, model_path, clip):
    plain = model.sttWithMetadata(clip).transcripts[0]
    model.addHotWord('seven', 30.)
    with pytest.raises(DeepSpeechError, match='0x3008.*seven'):
        model.addHotWord('seven', 1.)
    boosted = model.sttWithMetadata(clip).transcripts[0]
    assert 'seven' in ''.join(token.text for token in boosted.tokens) and boosted.confidence > plain.confidence
    with pytest.raises(DeepSpeechError, match='0x3010'):
        model.eraseHotWord('eight')
    model.eraseHotWord('seven')
    assert model.sttWithMetadata(clip).transcripts[0] == plain
    model.addHotWord('seven', 30.)
    model.clearHotWords()
    assert model.sttWithMetadata(clip).transcripts[0] == plain
    for act in (lambda bare: bare.addHotWord('a', 1.), lambda bare: bare.eraseHotWord('a'), lambda bare: bare.clearHotWords()):
        with pytest.raises(DeepSpeechError, match='0x2004'):
            act(Model(model_path))


@pytest.mark.parametrize('word, boost, error', [('a', float('nan'), ValueError), ('a', 1e9, ValueError), (b'a', 1., TypeError)])
def test_hot_words_that_are_refused(model, clip, word, boost, error):
    expected = model.sttWithMetadata(clip)
    with pytest.raises(error):
        model.addHotWord(word, boost)
    with pytest.raises(ValueError):
        model.setScorerAlphaBeta(float('nan'), 1.)
    assert model.sttWithMetadata(clip) == expected and hash(model.sttWithMetadata(clip)) == hash(expected)


def test_a_stream_keeps_the_settings_of_its_beginning(model, clip):
    # Both are streams: a whole utterance is computed in wider products, whose last bits depend on the processor.
    reference, stream = model.createStream(), model.createStream()
    reference.feedAudioContent(clip)
    expected = reference.finishStreamWithMetadata(3)
    model.addHotWord('seven', 30.)
    model.setBeamWidth(1)
    model.disableExternalScorer()
    stream.feedAudioContent(clip)
    assert stream.finishStreamWithMetadata(3) == expected
    assert model.sttWithMetadata(clip, 1) != expected


@pytest.mark.parametrize('seed', range(12))
def test_pieces_of_any_size_give_what_the_whole_gives(model, read_clip, seed):
    random = np.random.RandomState(seed)
    audio = read_clip(f'{CLIPS[seed % len(CLIPS)]}.wav')
    expected = model.sttWithMetadata(audio, 3)
    stream = model.createStream()
    start, n_decoded = 0, 0
    while start < len(audio):
        size = int(np.exp(random.uniform(0, 9)))  # mostly small ones, 1 to 8000 samples
        stream.feedAudioContent(audio[start:start + size])
        if random.uniform() < 0.2:
            assert isinstance(stream.intermediateDecode(), str)
            n_decoded += 1
        start += size
    found = stream.finishStreamWithMetadata(3)
    assert n_decoded > 0 and outline(found) == outline(expected)
    assert [each.confidence for each in found.transcripts] == pytest.approx(
        [each.confidence for each in expected.transcripts], abs=1e-4)


def test_intermediate_results_come_before_the_end(model, read_clip):
    audio = np.concatenate([read_clip(f'{name}.wav') for name in CLIPS])
    model.disableExternalScorer()
    model.setBeamWidth(50)
    stream = model.createStream()
    stream.feedAudioContent(audio[:len(audio) // 2])
    before = stream.intermediateDecodeWithMetadata(1).transcripts[0]
    stream.feedAudioContent(audio[len(audio) // 2:])
    final = stream.finishStreamWithMetadata().transcripts[0]
    assert 0 < len(before.tokens) < len(final.tokens)
    assert before.tokens[-1].timestep < len(audio) // 2 // 320


def test_four_streams_in_four_threads_give_what_one_gives(model, read_clip):
    clips = [read_clip(f'{name}.wav') for name in CLIPS[:4]]
    expected = [outline(model.sttWithMetadata(audio, 3)) for audio in clips]
    found = {}

    def transcribe(index):
        for _ in range(5):
            stream = model.createStream()
            for start in range(0, len(clips[index]), 1600):
                stream.feedAudioContent(clips[index][start:start + 1600])
            found.setdefault(index, []).append(outline(stream.finishStreamWithMetadata(3)))

    threads = [threading.Thread(target=transcribe, args=[index]) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {index: [each] * 5 for index, each in enumerate(expected)}


def test_a_stream_moves_between_threads(model, clip):
    expected = model.sttWithMetadata(clip, 3)
    stream = model.createStream()
    for start in range(0, len(clip), 4000):
        thread = threading.Thread(target=stream.feedAudioContent, args=[clip[start:start + 4000]])
        thread.start()
        thread.join()
    assert outline(stream.finishStreamWithMetadata(3)) == outline(expected)


def test_streams_that_have_ended(model, clip):
    for end in ('finishStream', 'finishStreamWithMetadata', 'freeStream'):
        stream = model.createStream()
        stream.feedAudioContent(clip[:4000])
        getattr(stream, end)()
        for use in (lambda: stream.feedAudioContent(clip), stream.intermediateDecode, stream.intermediateDecodeWithMetadata,
                    stream.finishStream, stream.finishStreamWithMetadata, stream.freeStream):
            with pytest.raises(RuntimeError, match='finished or freed'):
                use()


def test_metadata_are_read_only_and_shown_in_full(model, clip):
    metadata = model.sttWithMetadata(clip, 2)
    metadata.transcripts.clear()
    assert len(metadata.transcripts) == 2
    for target, name in ((metadata, 'transcripts'), (metadata.transcripts[0], 'confidence')):
        with pytest.raises(AttributeError):
            setattr(target, name, None)
    shown = repr(metadata)
    assert shown.startswith('Metadata(transcripts=[') and shown.count('CandidateTranscript(confidence=') == 2
    assert repr(deepspeech.TokenMetadata('a', 3, 0.06)) == "TokenMetadata(text='a', timestep=3, start_time=0.06)"


def test_bytes_that_make_up_a_character_are_one_token(clip):
    model = Model(str(TESTS / 'golden' / 'ds093-bytes' / 'output_graph.pb'))
    for transcript in model.sttWithMetadata(clip, 5).transcripts:
        assert all(len(token.text) == 1 for token in transcript.tokens)


def test_low_level_functions_give_codes(model_path, scorer_path, clip):
    assert impl.CreateModel('') == (impl.ERR_NO_MODEL, None)
    code, model = impl.CreateModel(model_path)
    assert code == impl.ERR_OK == 0
    assert impl.EnableExternalScorer(model, scorer_path) == 0
    assert impl.AddHotWord(model, 'a', 1.) == 0
    assert impl.AddHotWord(model, 'a', 1.) == impl.ERR_FAIL_INSERT_HOTWORD
    assert impl.EraseHotWord(model, 'b') == impl.ERR_FAIL_ERASE_HOTWORD
    assert impl.ClearHotWords(model) == 0
    code, stream = impl.CreateStream(model)
    impl.FeedAudioContent(stream, clip)
    assert code == 0 and impl.FinishStream(stream) == impl.SpeechToText(model, clip)
    assert impl.ErrorCodeToErrorMessage(impl.ERR_NO_MODEL) != impl.ErrorCodeToErrorMessage(12345)
    assert impl.Version() == deepspeech.version()


def test_names_of_nodes_are_those_of_the_golden_graph(model_path):
    # Or the changes above would add nodes instead of changing some.
    assert {'metadata_version', 'metadata_alphabet', 'logits', 'mfccs', 'input_node', 'previous_state_c', 'new_state_c'} <= set(
        nodes_of(Path(model_path).read_bytes()))


@pytest.mark.parametrize('name', ['model.pb', 'model.pbmm', 'model.tflite'])
@pytest.mark.parametrize('content, cause', [
    (b'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', 'a pointer of Git LFS'),
    (b'<!DOCTYPE html>\n<html>', 'a web page'), (b'\x1f\x8b\x08' + bytes(50), 'a gzip archive'),
    (b'PK\x03\x04' + bytes(50), 'a zip archive'), (b'RIFF\x24\0\0\0WAVEfmt ', 'WAV audio'),
    (b'wav_filename,transcript\na.wav,x\n', 'text')])
def test_a_file_that_is_no_model_is_called_what_it_is(tmp_path, name, content, cause):
    with pytest.raises(DeepSpeechError, match=f'{name}: this is {cause}'):
        Model(written(tmp_path / name, content))


def test_a_model_that_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(str(tmp_path / 'pipe'))
    for path, kind in ((tmp_path / 'pipe', 'a named pipe'), (tmp_path, 'a directory'), ('/dev/zero', 'a device')):
        with pytest.raises(DeepSpeechError, match=f'{path}: this is {kind}'):
            Model(str(path))


def test_a_beam_width_behind_the_path_is_taken_as_by_earlier_releases(model_path, clip):
    with pytest.warns(FutureWarning, match=r'setBeamWidth\(16\)'):
        model = Model(model_path, 16)
    assert model.beamWidth() == 16 and model.stt(clip)
    with pytest.warns(FutureWarning), pytest.raises(ValueError, match='beam_width'):
        Model(model_path, 0)


@pytest.mark.parametrize('word, reason', [('two words', 'blank in it'), ('caf\u00e9', 'not in the alphabet'),
                                          ('Two', 'not in the'), ('', 'it is empty'), (' two', 'blank'),
                                          ('a\tb', 'not in the alphabet')])
def test_hot_words_that_can_never_be_heard_are_refused(model, word, reason):
    with pytest.raises(ValueError, match=f'can never be found: .*{reason}'):
        model.addHotWord(word, 5.0)
    model.addHotWord('two', 5.0)
