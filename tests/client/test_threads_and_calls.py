"""How a network is run: in as many threads as are fast, in calls as long as its graph takes; neither changes what is heard."""

from pathlib import Path

import numpy as np
import pytest
from deepspeech import Model
from deepspeech.inference import open_network, utterance_probabilities
from deepspeech.inference.threads import BLAS_THREADS, WORTH_ELEMENTS, ThreadChoice
from graph_files import constant, nodes_of, with_nodes
from threadpoolctl import threadpool_info

LARGE = WORTH_ELEMENTS


def n_blas_threads():
    return [library['num_threads'] for library in threadpool_info() if library['user_api'] == 'blas'][0]


@pytest.fixture
def runs():
    """Function (seconds a step takes in several threads, n_calls) -> share of calls made in several; in one it takes 1 s."""
    if BLAS_THREADS.most() == 1:
        pytest.skip('NumPy computes in one thread here')

    def run(choice, clock, step_s, n_calls):
        n_several = 0
        for _ in range(n_calls):
            with choice.of_call(10):
                is_several = n_blas_threads() > 1
                clock.seconds += 10 * (step_s if is_several else 1.)
            n_several += is_several
        return n_several / n_calls
    return run


class Clock:
    seconds = 0.

    def __call__(self):
        return self.seconds


def test_threads_follow_what_is_faster(runs):
    clock = Clock()
    choice = ThreadChoice(0, LARGE, clock)
    before = n_blas_threads()
    assert runs(choice, clock, 0.6, 40) > 0.7  # cores are idle
    assert runs(choice, clock, 3.0, 200) < 0.1  # another job comes
    assert runs(choice, clock, 0.6, 300) > 0.6  # and goes
    assert n_blas_threads() == before


@pytest.mark.parametrize('n_threads, n_elements, expected', [(1, LARGE, 1), (0, LARGE - 1, 1), (2, 10, 2)])
def test_threads_that_are_fixed(n_threads, n_elements, expected):
    choice = ThreadChoice(n_threads, n_elements, Clock())
    for _ in range(20):
        with choice.of_call(10):
            assert n_blas_threads() == expected


def test_long_calls_hear_what_short_ones_hear(model_path, clip):
    network = open_network(model_path)
    whole = utterance_probabilities(network, clip)  # the first long call finds out that there may be more
    assert len(network._calls._functions) == network._calls.max_calls == 8
    np.testing.assert_allclose(utterance_probabilities(network, clip), whole, atol=1e-6)
    listener = network.listener()
    pieces = [part for start in range(0, len(clip), 1000) for part in listener.feed(clip[start:start + 1000])]
    np.testing.assert_allclose(np.concatenate(pieces + list(listener.finish())), whole, atol=1e-5)


def test_a_graph_that_takes_one_number_of_steps_is_left_at_it(model_path, clip, tmp_path):
    # Something else besides the mask has 16 rows: longer calls would fail, or worse, give something else.
    graph = Path(model_path).read_bytes()
    shape = constant('Reshape_1/shape', np.int32([4 * 4, 494]))
    assert 'Reshape_1/shape' in nodes_of(graph)
    changed = tmp_path / 'changed.pb'
    nodes = dict(nodes_of(graph))
    (mask,) = [name for name in nodes if name.endswith('SequenceMask/Const')]
    changed.write_bytes(with_nodes(graph, **{'Reshape_1/shape': shape, mask: constant(mask, np.int32(16))}))
    expected = Model(model_path).sttWithMetadata(clip, 3)
    found = Model(str(changed)).sttWithMetadata(clip, 3)
    for ours, theirs in zip(found.transcripts, expected.transcripts):
        assert ours.tokens == theirs.tokens and ours.confidence == pytest.approx(theirs.confidence, abs=1e-4)
