"""The likeliest path of CTC that spells a text: against all paths of small cases, and in long ones against a plain search."""

import itertools
import tracemalloc

import numpy as np
import pytest

from deepspeech_training.errors import DataError
from deepspeech_training.recordings.alignment import best_path

BLANK = 3


def log_probabilities(n_frames, n_classes=4, seed=0, sharpness=2.):
    logits = sharpness * np.random.RandomState(seed).randn(n_frames, n_classes)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def spelled(path):
    """Returns the labels that a path of classes writes: equal neighbours are one, blanks are none."""
    return tuple(label for label, _ in itertools.groupby(path) if label != BLANK)


def brute_force(rows, labels):
    """Returns the score of the best of all paths that spell the labels; None if there is none."""
    scores = [sum(row[label] for row, label in zip(rows, path))
              for path in itertools.product(range(rows.shape[1]), repeat=len(rows)) if spelled(path) == tuple(labels)]
    return max(scores) if scores else None


def classes_of(path, labels, n_frames):
    """Returns the class of each frame of a Path."""
    classes = [BLANK] * n_frames
    for label, first, last in zip(labels, path.first, path.last):
        classes[first:last + 1] = [label] * (last + 1 - first)
    return classes


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('labels', [(0,), (1, 1), (0, 1, 2), (2, 2, 2), (0, 1, 1, 0), ()])
def test_it_is_the_best_of_all_paths(labels, seed):
    rows = log_probabilities(6, seed=seed)
    expected = brute_force(rows, labels)
    path = best_path(rows, labels, BLANK)
    assert path.score == pytest.approx(expected)
    classes = classes_of(path, labels, len(rows))
    assert spelled(classes) == labels  # and the frames it names are a path of that score
    assert sum(row[label] for row, label in zip(rows, classes)) == pytest.approx(expected)


@pytest.mark.parametrize('labels, n_frames', [((1, 1), 2), ((0, 1, 2), 2), ((2, 2, 2), 4), ((0,), 0)])
def test_a_text_that_does_not_fit_is_refused(labels, n_frames):
    assert brute_force(log_probabilities(n_frames), labels) is None
    with pytest.raises(DataError, match='no path spells the text'):
        best_path(log_probabilities(n_frames), labels, BLANK)


def plain_search(rows, labels):
    """Returns the score of the best path: a table of all states, as in the textbook."""
    classes = [BLANK]
    for label in labels:
        classes += [label, BLANK]
    scores = [rows[0][each] if state < 2 else -np.inf for state, each in enumerate(classes)]
    for row in rows[1:]:
        before = scores
        scores = []
        for state, each in enumerate(classes):
            steps = [before[state]] + ([before[state - 1]] if state else [])
            if state > 1 and state % 2 and each != classes[state - 2]:
                steps.append(before[state - 2])
            scores.append(max(steps) + row[each])
    return max(scores[-2:])


@pytest.mark.parametrize('n_states', [4096, 160])
def test_a_long_text_with_pauses_is_found_by_looking_at_a_part_of_it_at_a_time(n_states):
    random = np.random.RandomState(5)
    labels = random.randint(0, 3, 200)
    frames = []  # the true classes: letters of one to three frames, blanks between, now and then a long pause
    for label in labels:
        pause = 150 if random.rand() < 0.02 else random.randint(1, 4)
        frames += [label] * random.randint(1, 4) + [BLANK] * pause
    rows = log_probabilities(len(frames), seed=6, sharpness=1.)
    rows[np.arange(len(frames)), frames] += 3
    rows -= np.log(np.exp(rows).sum(axis=1, keepdims=True))
    path = best_path(rows, labels, BLANK, n_states)
    assert path.score == pytest.approx(plain_search(rows, labels))
    assert spelled(classes_of(path, labels, len(rows))) == tuple(labels)


def test_memory_grows_with_the_recording_not_with_recording_times_text():
    def peak(n_frames):
        rows = np.zeros((n_frames, 4), np.float32)
        labels = np.arange(n_frames // 4) % 3
        tracemalloc.start()
        best_path(rows, labels, BLANK, n_states=512)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found
    short, long = peak(2000), peak(8000)
    assert long < 5 * short and long < 8000 * 512  # a table of bytes would be 8000 * 4001
