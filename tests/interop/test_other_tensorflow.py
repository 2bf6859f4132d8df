"""TensorFlow 1.15 and TensorFlow 2 export models that give the same.

The interpreter of an environment with the other TensorFlow is named by OTHER_TENSORFLOW_PYTHON, as .ci/run does.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from deepspeech.network import Network
from tensorflow_client import TensorFlowModel

from deepspeech_training.data.audio import read_wav
from deepspeech_training.settings.model import DIRECTIONS

TOP = Path(__file__).resolve().parents[2]
OTHER = os.environ.get('OTHER_TENSORFLOW_PYTHON', '')

pytestmark = pytest.mark.skipif(not OTHER, reason='OTHER_TENSORFLOW_PYTHON names no environment with the other TensorFlow')


@pytest.mark.parametrize('direction', DIRECTIONS)
def test_exports_of_both_give_the_same(direction, clips, tmp_path):
    paths = [exported(python, direction, tmp_path / name) for python, name in ((sys.executable, 'this'), (OTHER, 'other'))]
    audio, _ = read_wav(str(clips.parent / 'number-not-answering.wav'))
    samples = np.rint(audio * 32767).astype(np.int16)
    ours, theirs = [Network(path).probabilities(samples) for path in paths]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert ours.max(axis=1).mean() > 0.5  # a trained model is sure of most steps
    with TensorFlowModel(paths[1]) as model:  # and the operations of the other TensorFlow are known to this one
        np.testing.assert_allclose(model.probabilities(samples / np.float32(32768)), theirs, atol=1e-5)


def exported(python, direction, directory):
    """Returns the path of the graph that a program under `python` exported."""
    models = TOP / 'tests' / 'interop' / 'models'
    subprocess.run([python, 'DeepSpeech.py', '--checkpoint_dir', str(models / direction), '--export_dir', str(directory),
                    '--n_steps', '100'], cwd=str(TOP), check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return str(directory / 'output_graph.pb')
