"""Stored outputs come back as they were, in batches of bounded size."""

import tempfile

import numpy as np

from deepspeech_training.evaluate import stored
from deepspeech_training.evaluate.stored import StoredOutputs


def test_sets_share_a_file_and_come_back_whole(monkeypatch):
    monkeypatch.setattr(stored, 'MAX_BATCH_BYTES', 400)  # 20 rows of 5 classes
    random = np.random.RandomState(3)
    lengths = [[4, 6, 3, 9, 30], [5, 1]]
    items = [[random.rand(length, 5).astype(np.float32) for length in of_set] for of_set in lengths]
    with tempfile.TemporaryFile() as file:
        sets = []
        for of_set in items:
            outputs = StoredOutputs(file, 5)
            for item in of_set:
                padded = np.concatenate([item, np.full((2, 5), 7, np.float32)])
                outputs.add(padded[np.newaxis], np.array([len(item)], np.int32))
            sets.append(outputs)
        for of_set, outputs in zip(items, sets):
            for _ in range(2):
                batches = list(outputs.batches())
                back = [item[:length] for batch, used in batches for item, length in zip(batch, used)]
                assert all(np.array_equal(one, other) for one, other in zip(back, of_set)) and len(back) == len(of_set)
        assert [len(used) for _, used in sets[0].batches()] == [3, 1, 1]


def test_batches_stay_within_the_limit_where_an_utterance_does(monkeypatch):
    monkeypatch.setattr(stored, 'MAX_BATCH_BYTES', 4000)
    with tempfile.TemporaryFile() as file:
        outputs = StoredOutputs(file, 10)
        lengths = np.random.RandomState(1).randint(1, 60, 200)
        outputs.add(np.ones((200, 60, 10), np.float32), lengths)
        batches = list(outputs.batches())
    assert max(batch.nbytes for batch, _ in batches) <= 4000
    assert np.concatenate([used for _, used in batches]).tolist() == lengths.tolist()
