"""How a model is run: by any number of threads, in one or several of its own, with weights of any format."""

import threading

import numpy as np
import pytest
from deepspeech import DeepSpeechError, Model
from deepspeech.network import Network

FORMATS = ('float32', 'bf16', 'int8')


def outline(metadata):
    """Returns text and time of every token."""
    return [[(token.text, token.timestep) for token in transcript.tokens] for transcript in metadata.transcripts]


def in_threads(n_threads, work):
    """Runs work(number) in as many threads; returns {number: its result, or its exception}."""
    results = {}

    def keep(number):
        try:
            results[number] = work(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=keep, args=[number]) for number in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize('n_threads', [1, 2, 3, 8])
def test_any_number_of_threads_of_its_own_gives_the_same(model_path, clip, n_threads):
    network = Network(model_path, n_threads=n_threads)
    assert network.n_threads == n_threads
    np.testing.assert_allclose(network.probabilities(clip), Network(model_path, n_threads=1).probabilities(clip), atol=1e-6)


def test_many_threads_share_a_model_and_have_streams_of_their_own(model, read_clip):
    clips = [read_clip(name) for name in ('digits_h-6.wav', 'letters_k.wav', 'number-not-answering.wav')]
    expected = [outline(model.sttWithMetadata(audio, 3)) for audio in clips]

    def transcribe(number):
        audio, stream = clips[number % 3], model.createStream()
        for start in range(0, len(audio), 320 * (1 + number)):
            stream.feedAudioContent(audio[start:start + 320 * (1 + number)])
            if number % 4 == 0:
                stream.intermediateDecode()
        return outline(stream.finishStreamWithMetadata(3)), outline(model.sttWithMetadata(audio, 3))

    assert in_threads(24, transcribe) == {number: (expected[number % 3],) * 2 for number in range(24)}


def test_threads_that_share_a_stream_take_turns_and_one_of_them_ends_it(model, clip):
    stream = model.createStream()

    def use(number):
        if number < 8:
            return stream.feedAudioContent(clip[:1600]) if number % 2 else stream.intermediateDecode()
        return stream.finishStreamWithMetadata(2)

    ends = [result for number, result in in_threads(12, use).items() if number >= 8]
    finished = [result for result in ends if not isinstance(result, Exception)]
    assert len(finished) == 1
    assert all('finished or freed' in str(error) for error in ends if isinstance(error, Exception))


def test_settings_change_while_others_recognise(model, clip):
    def work(number):
        for _ in range(10):
            if number == 0:
                model.setScorerAlphaBeta(0.5, 1.0)
                model.setBeamWidth(20)
                model.addHotWord('seven', 1.0)
                model.eraseHotWord('seven')
                model.disableExternalScorer()
            else:
                assert model.stt(clip[:16000]) is not None
            if number == 0:
                return None
        return None

    assert in_threads(4, work) == dict.fromkeys(range(4))


@pytest.mark.parametrize('weights', FORMATS)
def test_weights_are_of_the_format_that_is_asked_for_and_hear_the_same(model_path, scorer_path, clip, weights):
    exact, network = (Network(model_path, weights=name) for name in ('float32', weights))
    assert network.weights == weights
    difference = np.abs(network.probabilities(clip) - exact.probabilities(clip)).max()
    assert difference == 0 if weights == 'float32' else 0 < difference < 0.1
    texts = []
    for name in ('float32', weights):
        model = Model(model_path, weights=name)
        model.enableExternalScorer(scorer_path)
        texts.append(model.stt(clip))
    assert texts[0] == texts[1]


@pytest.mark.parametrize('weights', FORMATS)
def test_the_environment_says_what_auto_is(model_path, monkeypatch, weights):
    monkeypatch.setenv('DS_WEIGHTS', weights)
    assert Network(model_path, weights='auto').weights == weights
    assert Network(model_path, weights='float32').weights == 'float32'  # an argument has the last word


def test_weights_that_there_are_not(model_path, monkeypatch):
    with pytest.raises(ValueError, match="weights is 'int4', not one of auto, stored, float32, bf16, int8"):
        Model(model_path, weights='int4')
    monkeypatch.setenv('DS_WEIGHTS', 'int4')
    with pytest.raises(DeepSpeechError, match="'int4'.*DS_WEIGHTS"):
        Model(model_path)


@pytest.mark.parametrize('n_threads', [-1, 4097, 1 << 40])
def test_numbers_of_threads_that_are_refused(model_path, n_threads):
    with pytest.raises(ValueError, match=f'{n_threads} threads'):
        Model(model_path, n_threads=n_threads)
