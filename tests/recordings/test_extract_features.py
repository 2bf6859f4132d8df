"""bin/extract_features.py: files equal the research's recipe, computed with TensorFlow from the graph; bad input is a sentence.

What is recomputed here: the network runs in TensorFlow, logits are taken before softmax; interpolation and windows are written
out. Of 0.1.1 the graph is the one that it exported, and takes the features that it recorded, or those of the judge in NumPy.
"""

import os
import re
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy_client import legacy_features
from tensorflow_client import TensorFlowModel
from wav_files import wav_bytes

from deepspeech_training.checkpoints.stored_model import open_checkpoint
from deepspeech_training.compat import tf
from deepspeech_training.export.graph import trained_weights
from deepspeech_training.export.package import export_spec
from deepspeech_training.export.tflite import tflite_model
from deepspeech_training.settings.config import RunConfig
from deepspeech_training.settings.model import ModelConfig

TESTS = Path(__file__).resolve().parents[1]
GOLDEN = TESTS / 'golden'
OF_01, OF_09 = GOLDEN / 'ds011' / 'output_graph.pb', GOLDEN / 'ds093-plain' / 'output_graph.pb'
CLIPS = TESTS / 'clips'
CLIP = CLIPS / 'letters_k.wav'
FPS = [25, 30, 29.97]


def samples_of(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def recipe(logits, n_samples, fps):
    """Returns the windows of logits [T, n_classes], one every 20 ms, at `fps`."""
    n_rows = int(round(n_samples / 16000 * 2 * fps))
    rows = np.zeros((8 + n_rows + 8, logits.shape[1]))
    for row in range(n_rows):
        place = min(row / (2 * fps) * 50, len(logits) - 1)
        before = int(place)
        after = min(before + 1, len(logits) - 1)
        rows[8 + row] = logits[before] + (place - before) * (logits[after] - logits[before])
    return np.array([rows[first:first + 16] for first in range(0, n_rows, 2)])


def logits_of_01(features):
    """Returns what the graph of 0.1.1 computes in TensorFlow for features [T, 494]."""
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        tf.import_graph_def(tf.GraphDef.FromString(OF_01.read_bytes()), name='')
        logits = session.run('logits:0', {'input_node:0': features[np.newaxis], 'input_lengths:0': [len(features)]})
    assert logits.shape == (len(features), 1, 29)
    return logits[:, 0]


def features_of_01(path):
    """Returns the features of a recording as 0.1.1 makes them, [T, 494], by the judge in NumPy."""
    frames = legacy_features.legacy_features(samples_of(path), legacy_features.FEATURE_SETS['v0.1'])
    return np.stack([frames[first:first + 19].ravel() for first in range(len(frames) - 18)])


def logits_of_09(path):
    with TensorFlowModel(str(OF_09), 'raw_logits') as model:
        return model.probabilities(samples_of(path) / np.float32(32768))


def extracted(run_program, *words):
    """Returns the array that the program writes."""
    result = run_program('extract_features', *words)
    assert result.returncode == 0, result.stderr
    path, shape = result.stdout.strip().split(': ')
    array = np.load(path)
    assert array.dtype == np.float32 and ' x '.join(map(str, array.shape)) == shape
    return array


@pytest.mark.parametrize('fps', FPS)
def test_of_the_graph_of_01_and_the_features_that_it_recorded(run_program, fps, tmp_path):
    recorded = np.load(str(GOLDEN / 'ds011' / 'features_logits.npz'))['letters_k.wav:features']
    expected = recipe(logits_of_01(recorded), len(samples_of(CLIP)), fps)
    found = extracted(run_program, '--input', CLIP, '--output', tmp_path / 'k.npy', '--model', OF_01, '--fps', fps)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.ptp(expected) > 3


@pytest.mark.parametrize('name', ['number-not-answering', 'phonetic_a_p', 'digits_yesterday'])
def test_of_the_graph_of_01_for_other_recordings(run_program, name, tmp_path):
    path = CLIPS / f'{name}.wav'
    expected = recipe(logits_of_01(features_of_01(path)), len(samples_of(path)), 25)
    found = extracted(run_program, '--input', path, '--output', tmp_path / 'a.npy', '--model', OF_01)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.fixture
def lite_of_09(alphabet, tmp_path):
    """Path of a .tflite file with the weights of the graph of 0.9.3."""
    source = open_checkpoint(str(next((GOLDEN / 'ds093-plain' / 'checkpoint').glob('*.index'))).rpartition('.')[0], {})
    run = RunConfig(alphabet, ModelConfig(alphabet.size, 48, 'unidirectional'))
    path = tmp_path / 'model.tflite'
    path.write_bytes(tflite_model(export_spec(run), trained_weights(run.model, source), quantize=False))
    return path


@pytest.mark.parametrize('fps', FPS[:2])
def test_of_a_later_release(run_program, fps, lite_of_09, tmp_path):
    expected = recipe(logits_of_09(CLIP), len(samples_of(CLIP)), fps)
    for model in (OF_09, lite_of_09):
        found = extracted(run_program, '--input', CLIP, '--output', tmp_path / 'k.npy', '--model', model, '--fps', fps)
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_there_is_a_row_for_every_frame_of_a_video(run_program, tmp_path):
    (tmp_path / 'two.wav').write_bytes(wav_bytes(np.tile(samples_of(CLIP), 3)[:32000].tobytes()))
    for fps in (25, 30, 60):
        found = extracted(run_program, '--input', tmp_path / 'two.wav', '--model', OF_01, '--fps', fps)
        assert found.shape == (2 * fps, 16, 29)


def test_every_recording_of_a_folder_gets_a_file(run_program, tmp_path):
    shutil.copytree(str(CLIPS), str(tmp_path / 'sound'))
    (tmp_path / 'sound' / 'bad.WAV').write_bytes(b'RIFF, but damaged')
    result = run_program('extract_features', '--input', tmp_path / 'sound', '--output', tmp_path / 'out', '--model', OF_01)
    names = sorted(path.stem for path in CLIPS.glob('*.wav'))
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == [f'{name}.npy' for name in names]
    assert len(result.stdout.splitlines()) == len(names) == 9
    assert result.returncode == 1
    first, last = result.stderr.splitlines()
    assert 'bad.WAV' in first and last == 'E 1 of 10 recordings gave no features; see above.'
    alone = extracted(run_program, '--input', CLIP, '--output', tmp_path / 'k.npy', '--model', OF_01)
    np.testing.assert_array_equal(np.load(str(tmp_path / 'out' / 'letters_k.npy')), alone)


def test_a_file_lies_beside_its_recording_unless_another_place_is_named(run_program, tmp_path):
    shutil.copy(str(CLIP), str(tmp_path / 'k.wav'))
    extracted(run_program, '--input', tmp_path / 'k.wav', '--model', OF_01)
    assert os.listdir(str(tmp_path)).count('k.npy') == 1


def test_another_number_of_outputs_is_said(run_program, tmp_path):
    result = run_program('extract_features', '--input', CLIP, '--output', tmp_path / 'k.npy', '--model',
                         GOLDEN / 'ds093-bytes' / 'output_graph.pb')
    assert result.returncode == 0 and 'has 256 outputs' in result.stderr and ' x 16 x 256' in result.stdout


def test_what_cannot_be_used_is_one_sentence(run_program, tmp_path):
    (tmp_path / 'nobody').mkdir()
    for name, content in (('empty.wav', b''), ('silent.wav', wav_bytes(b'')), ('text.wav', b'hello\n' * 9),
                          ('short.wav', wav_bytes(bytes(160)))):
        (tmp_path / name).write_bytes(content)
    model, russian = ['--model', OF_01], TESTS.parent / 'data' / 'alphabet_ru.txt'
    for words, cause in ((model, 'as --input'), (['--input', CLIP], 'as --model'),
                         (['--input', CLIP, '--model', tmp_path / 'none.pb'], 'none.pb: cannot be read'),
                         (['--input', CLIP, '--model', CLIP], 'letters_k.wav: '),
                         (['--input', tmp_path / 'none.wav', *model], 'none.wav: cannot be opened'),
                         (['--input', tmp_path / 'nobody', *model], 'no .wav file in this folder'),
                         (['--input', tmp_path / 'empty.wav', *model], 'empty.wav: it is empty'),
                         (['--input', tmp_path / 'silent.wav', *model], 'silent.wav: there is no sound'),
                         (['--input', tmp_path / 'text.wav', *model], 'text.wav: .*it is text'),
                         (['--input', tmp_path / 'short.wav', *model], 'short.wav: 5 ms are too short'),
                         (['--input', CLIP, *model, '--fps', 0], '--fps 0: expected 1 to 240'),
                         (['--input', CLIP, *model, '--alphabet', russian], 'alphabet_ru.txt has 34 labels'),
                         (['--input', CLIP, *model, '--output', tmp_path / 'none' / 'k.npy'], 'none')):
        result = run_program('extract_features', *words)
        (line,) = result.stderr.splitlines()
        assert result.returncode == 1 and line.startswith('E ') and line.endswith('.') and result.stdout == '', line
        assert re.search(cause, line), line
