"""The golden model of 0.9.3 in the client; nothing here needs TensorFlow."""

import wave
from pathlib import Path

import numpy as np
import pytest

TESTS = Path(__file__).resolve().parent.parent
GOLDEN = TESTS / 'golden'


@pytest.fixture
def model_path():
    return str(GOLDEN / 'ds093-plain' / 'output_graph.pb')


@pytest.fixture
def scorer_path():
    return str(GOLDEN / 'train.scorer')


@pytest.fixture
def model(model_path, scorer_path):
    """The model with its scorer."""
    from deepspeech import Model
    model = Model(model_path)
    model.enableExternalScorer(scorer_path)
    return model


@pytest.fixture
def read_clip():
    """Function from the name of a clip to its samples, int16."""
    def read(name):
        with wave.open(str(TESTS / 'clips' / name)) as file:
            return np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return read


@pytest.fixture
def clip(read_clip):
    return read_clip('number-not-answering.wav')


@pytest.fixture
def clip_path():
    return str(TESTS / 'clips' / 'number-not-answering.wav')
