"""Makes the TensorFlow Lite file in this folder: a small model of both directions, random weights, as the trainer exports it.

    .venv/bin/python tests/golden/loop/make.py
"""

import os

import numpy as np

from deepspeech_training.export.metadata import ExportSpec, metadata
from deepspeech_training.export.tflite import tflite_model
from deepspeech_training.model.recurrent import LstmWeights
from deepspeech_training.model.variables import AcousticWeights, DenseWeights
from deepspeech_training.settings.config import ExportConfig
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.text.alphabet import Alphabet

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH, N_STEPS = 8, 40
RANDOM = np.random.RandomState(0)


def values(*shape):
    return (2 * RANDOM.randn(*shape) / np.sqrt(shape[0])).astype(np.float32)


def main():
    alphabet = Alphabet.from_file(os.path.join(HERE, '..', '..', '..', 'data', 'alphabet.txt'))
    model = ModelConfig(alphabet.size, WIDTH, 'bidirectional')
    sizes = {1: (494, WIDTH), 2: (WIDTH, WIDTH), 3: (WIDTH, 2 * WIDTH), 5: (2 * WIDTH, WIDTH), 6: (WIDTH, alphabet.size + 1)}
    dense = {layer: DenseWeights(values(*size), values(size[1])) for layer, size in sizes.items()}
    cells = [LstmWeights(values(3 * WIDTH, 4 * WIDTH), values(4 * WIDTH)) for _ in range(2)]
    features = FeatureConfig()
    spec = ExportSpec(model, features, metadata(features, alphabet, ExportConfig('')), n_steps=N_STEPS, batch_size=1)
    with open(os.path.join(HERE, 'both_directions.tflite'), 'wb') as file:
        file.write(tflite_model(spec, AcousticWeights(dense=dense, norms={}, cells=cells), quantize=False))


if __name__ == '__main__':
    main()
