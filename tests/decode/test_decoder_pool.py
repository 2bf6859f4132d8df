"""Decoding of batches in worker processes."""

import os
import signal

import numpy as np
import pytest

from deepspeech_training.config import DecoderConfig
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.errors import DataError, DeepSpeechError, ScorerError


@pytest.fixture
def batch():
    """Probabilities [7, 30, 29] and lengths."""
    rows = np.random.RandomState(5).gamma(0.3, size=(7, 30, 29)) + 1e-5
    return rows / rows.sum(axis=2, keepdims=True), np.array([30, 1, 0, 17, 30, 8, 29])


@pytest.mark.parametrize('with_scorer', [False, True])
def test_batches_give_what_single_utterances_give_in_order(english, golden_scorer, batch, with_scorer):
    probabilities, lengths = batch
    config = DecoderConfig(beam_width=50, n_workers=3, scorer_path=golden_scorer if with_scorer else '')
    with make_decoder(config, english) as decoder:
        together = decoder.decode_batch(probabilities, lengths, 3)
        again = decoder.decode_batch(probabilities, lengths, 3)
        alone = [decoder.decode(item[:length], 3) for item, length in zip(probabilities, lengths)]
    assert together == again == alone


def test_one_worker_decodes_in_this_process(english, batch):
    with make_decoder(DecoderConfig(beam_width=5, n_workers=1), english) as decoder:
        results = decoder.decode_batch(*batch)
        assert not decoder._workers
    assert len(results) == 7


def test_closing_ends_the_processes_and_a_new_batch_starts_others(english, batch):
    decoder = make_decoder(DecoderConfig(beam_width=5, n_workers=2), english)
    first = decoder.decode_batch(*batch)
    pids = [worker._process.pid for worker in decoder._workers]
    decoder.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert decoder.decode_batch(*batch) == first
    decoder.close()


def test_errors_in_workers_reach_the_caller(english, batch):
    probabilities, lengths = batch
    probabilities[4, 2, 3] = np.nan
    with make_decoder(DecoderConfig(beam_width=5, n_workers=2), english) as decoder:
        with pytest.raises(DataError, match='row 2, class 3'):
            decoder.decode_batch(probabilities, lengths)
        probabilities[4, 2, 3] = 0.1
        assert len(decoder.decode_batch(probabilities, lengths)) == 7


def test_a_killed_worker_is_reported(english, batch):
    with make_decoder(DecoderConfig(beam_width=5, n_workers=2), english) as decoder:
        decoder.decode_batch(*batch)
        os.kill(decoder._workers[0]._process.pid, signal.SIGKILL)
        with pytest.raises(DeepSpeechError, match='status -9'):
            decoder.decode_batch(*batch)


def test_lengths_must_fit(english, batch):
    probabilities, lengths = batch
    with make_decoder(DecoderConfig(), english) as decoder:
        with pytest.raises(DataError, match='lengths from 31 to 31'):
            decoder.decode_batch(probabilities[:1], [31])
        with pytest.raises(DataError, match=r'\[batch, time, classes\]'):
            decoder.decode_batch(probabilities, lengths[:3])
        assert decoder.decode_batch(probabilities[:0], []) == []


def test_a_missing_scorer_is_found_before_decoding(english):
    with pytest.raises(ScorerError, match='none.scorer'):
        make_decoder(DecoderConfig(scorer_path='none.scorer'), english)
