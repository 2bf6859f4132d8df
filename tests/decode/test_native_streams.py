"""Audio in pieces, many utterances at a time, and what other threads notice of it."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from ds_ctcdecoder.ctcdecode import Decoder, DecoderOptions, Scorer


def facts(results):
    return [(result.score, result.text, result.tokens, result.times) for result in results]


@pytest.fixture(params=['no scorer', 'scorer', 'scorer, hot words as published', 'scorer, look-ahead'])
def decoder(request, english, golden_scorer):
    options = dict(beam_width=40)
    if 'hot words' in request.param:
        options.update(hot_words={'please': 3.0, 'one': 2.0}, compatible=True)
    if 'look-ahead' in request.param:
        options.update(look_ahead=True, beam_threshold=16)
    scorer = Scorer.load(golden_scorer, english) if request.param != 'no scorer' else None
    return Decoder(english, scorer, DecoderOptions(**options), 3)


@pytest.fixture
def batch():
    """Probabilities [7, 30, 29] and lengths."""
    rows = np.random.RandomState(5).gamma(0.3, size=(7, 30, 29)) + 1e-5
    return rows / rows.sum(axis=2, keepdims=True), [30, 1, 0, 17, 30, 8, 29]


@pytest.mark.parametrize('seed', range(8))
def test_pieces_give_what_the_whole_gives(decoder, random_rows, seed):
    rows = random_rows(seed, 60, 29)
    cuts = np.sort(np.random.RandomState(seed).randint(0, 61, 6))
    stream = decoder.stream()
    for piece in np.split(rows, cuts):
        stream.feed(piece)
        stream.results(2)  # looking does not change anything
    assert facts(stream.results(5)) == facts(decoder.decode(rows, 5))


@pytest.mark.parametrize('seed', range(8))
def test_what_is_forgotten_is_not_needed(decoder, random_rows, seed):
    rows = random_rows(seed, 60, 29)
    forgetful = decoder.stream(history=1)  # collects all the time, also while all beams are in their first word
    for row in rows:
        forgetful.feed(row[np.newaxis])
        forgetful.results(2)
    assert facts(forgetful.results(5)) == facts(decoder.decode(rows, 5))


def test_every_intermediate_result_is_that_of_the_rows_so_far(decoder, random_rows):
    rows, stream = random_rows(1, 20, 29), decoder.stream()
    assert [result.text for result in stream.results(3)] == ['']
    for n_rows in range(1, 21):
        stream.feed(rows[n_rows - 1:n_rows])
        assert facts(stream.results(3)) == facts(decoder.decode(rows[:n_rows], 3))


def test_a_stream_may_move_between_threads_that_end(decoder, random_rows):
    rows, stream, results = random_rows(2, 60, 29), decoder.stream(), []
    steps = [lambda piece=piece: stream.feed(piece) for piece in np.split(rows, 12)]
    for step in steps + [lambda: results.extend(stream.results(5))]:
        thread = threading.Thread(target=step)
        thread.start()
        thread.join()
    assert facts(results) == facts(decoder.decode(rows, 5))


def test_a_stream_refuses_bad_rows_and_goes_on_without_them(decoder, random_rows):
    rows, stream = random_rows(3, 20, 29), decoder.stream()
    stream.feed(rows[:10])
    bad = rows.copy()
    bad[5, 3] = np.nan
    for refused in (bad, rows[:, :28], rows[0]):
        with pytest.raises(ValueError):
            stream.feed(refused)
    stream.feed(rows[10:])
    assert facts(stream.results(3)) == facts(decoder.decode(rows, 3))


def test_streams_side_by_side_do_not_disturb_each_other(decoder, random_rows):
    utterances = [random_rows(seed, 40, 29) for seed in range(6)]
    results = {}

    def run(number):
        stream = decoder.stream()
        for piece in np.split(utterances[number], 8):
            stream.feed(piece)
        results[number] = facts(stream.results(3))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [results[number] for number in range(6)] == [facts(decoder.decode(rows, 3)) for rows in utterances]


def test_batches_give_what_single_utterances_give_in_order(decoder, batch):
    probabilities, lengths = batch
    together, again = ([facts(item) for item in decoder.decode_batch(probabilities, lengths, 3)] for _ in range(2))
    alone = [facts(decoder.decode(item[:length], 3)) for item, length in zip(probabilities, lengths)]
    assert together == again == alone


def test_the_number_of_threads_does_not_matter(english, batch):
    probabilities, lengths = batch
    one, *others = ([facts(item) for item in Decoder(english, n_threads=n_threads).decode_batch(probabilities, lengths)]
                    for n_threads in (1, 2, 16, 0))
    assert all(other == one for other in others)


def test_several_threads_may_ask_one_decoder_for_batches(decoder, batch):
    results = []
    threads = [threading.Thread(target=lambda: results.append([facts(item) for item in decoder.decode_batch(*batch)]))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(result == results[0] for result in results)


@pytest.mark.parametrize('lengths', [[31], [-1], [1, 1], []])
def test_lengths_must_fit(english, batch, lengths):
    probabilities, _ = batch
    with pytest.raises(ValueError, match='length'):
        Decoder(english).decode_batch(probabilities[:1], lengths)


def test_an_empty_batch_gives_nothing(english, batch):
    assert Decoder(english).decode_batch(batch[0][:0], []) == []


def test_errors_in_a_batch_reach_the_caller_and_spoil_nothing(english, batch):
    probabilities, lengths = batch
    probabilities[4, 2, 3] = np.nan
    decoder = Decoder(english, n_threads=2)
    with pytest.raises(ValueError, match='frame 2, class 3'):
        decoder.decode_batch(probabilities, lengths)
    probabilities[4, 2, 3] = 0.1
    assert len(decoder.decode_batch(probabilities, lengths)) == 7


def test_other_python_threads_go_on_while_one_decodes(english, random_rows):
    decoder, rows = Decoder(english, None, DecoderOptions(beam_width=2000), 1), random_rows(4, 1500, 29)
    thread = threading.Thread(target=decoder.decode, args=(rows,))
    thread.start()
    n_turns = 0
    while thread.is_alive():
        time.sleep(0.001)
        n_turns += 1
    assert n_turns > 10  # the decode is one call into the library: with the lock held there is next to no turn


ENDLESS = '''
import sys
import numpy as np
from ds_ctcdecoder.ctcdecode import Alphabet, Decoder, DecoderOptions, Scorer

def resident_mib():
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * 4096 / 2 ** 20

alphabet = Alphabet([' '] + [chr(code) for code in range(ord('a'), ord('z') + 1)] + ["'"])
scorer = Scorer.load(sys.argv[1], alphabet) if sys.argv[1] else None
stream = Decoder(alphabet, scorer, DecoderOptions(beam_width=8), 1).stream()
random = np.random.RandomState(0)
before = None
for _ in range(200):
    rows = random.gamma(0.3, size=(1000, 29)) + 1e-5
    stream.feed(rows / rows.sum(axis=1, keepdims=True))
    stream.results(1) if _ % 50 == 49 else None
    before = before or resident_mib()
print(len(stream.results(1)[0].tokens), resident_mib() - before)
'''


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='reads the memory in use from /proc')
@pytest.mark.parametrize('with_scorer', [False, True])
def test_a_very_long_stream_needs_little_more_memory_than_its_result(golden_scorer, with_scorer):
    output = subprocess.run([sys.executable, '-c', ENDLESS, golden_scorer if with_scorer else ''], check=True,
                            stdout=subprocess.PIPE, universal_newlines=True).stdout
    n_tokens, growth_mib = output.split()
    assert int(n_tokens) > 50000
    assert float(growth_mib) < 48
