"""The published deepspeech-tflite 0.9.3 client runs the TensorFlow Lite files we write.

Its module bears the name of other clients, so it is looked for in the folder `published/deepspeech-tflite` of this environment
(Python 3.7) and runs in a process of its own:
    pip install --no-deps --target "$(python -c 'import sys; print(sys.prefix)')/published/deepspeech-tflite" \\
        deepspeech-tflite==0.9.3
"""

import json
import os
import subprocess
import sys
import wave
from dataclasses import replace

import numpy as np
import pytest
from tensorflow_client import TensorFlowModel

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.console.log import Log
from deepspeech_training.data.audio import read_wav
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.export.graph import trained_weights
from deepspeech_training.export.package import export, export_spec
from deepspeech_training.export.tflite import tflite_model
from deepspeech_training.settings.config import Asked, CheckpointConfig, DecoderConfig, ExportConfig
from deepspeech_training.settings.features import FeatureConfig

PUBLISHED = os.path.join(sys.prefix, 'published', 'deepspeech-tflite')
GOLDEN = os.path.join(os.path.dirname(__file__), os.pardir, 'golden')
QUIET = Log(level=3)
CLIENT = '''
import json, sys, wave
import numpy as np
from deepspeech import Model
model = Model(sys.argv[1])
results = []
for path in sys.argv[2:]:
    with wave.open(path) as file:
        audio = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    best = model.sttWithMetadata(audio, 1).transcripts[0]
    results.append([best.confidence, [[token.text, token.timestep] for token in best.tokens]])
print(json.dumps(results))
'''

pytestmark = pytest.mark.skipif(not os.path.isdir(PUBLISHED), reason=f'the published TensorFlow Lite client is not '
                                                                     f'installed in {PUBLISHED} (Python 3.7 only)')


@pytest.fixture
def silent_ends(clips, tmp_path):
    """Four clips with two windows of silence after them.

    The client does not clear the rest of its last window: there, samples of the window before it come again.
    """
    paths = []
    for clip in sorted(clips.parent.glob('*.wav'))[:4]:
        paths.append(str(tmp_path / clip.name))
        with wave.open(str(clip)) as source, wave.open(paths[-1], 'wb') as target:
            target.setparams(source.getparams())
            target.writeframes(source.readframes(source.getnframes()) + bytes(2 * 1024))
    return paths


@pytest.fixture
def golden(alphabet, tmp_path):
    """Function that gives RunConfig, checkpoint and weights of a model of 0.9.3, with features of any release."""
    def open_(name, feature_set='current'):
        checkpoints = CheckpointConfig(os.path.join(GOLDEN, name, 'checkpoint'), str(tmp_path))
        asked = Asked(alphabet, checkpoints=checkpoints, export=ExportConfig(str(tmp_path)))
        source = checkpoint_to_evaluate(CheckpointDirectory(checkpoints.load_dir), 'auto', QUIET)
        run = replace(resolve(asked, source, QUIET), features=FeatureConfig().of_set(feature_set))
        return run, source, trained_weights(run.model, source)
    return open_


def heard(path, wavs):
    """Returns confidence, text and times that the client gives for each clip."""
    environment = dict(os.environ, PYTHONPATH=PUBLISHED)
    output = subprocess.run([sys.executable, '-c', CLIENT, str(path)] + wavs, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=environment, check=True, universal_newlines=True).stdout
    return [(confidence, ''.join(text for text, _ in tokens), [time for _, time in tokens])
            for confidence, tokens in json.loads(output)]


@pytest.mark.parametrize('model', [('ds093-plain',), ('ds093-layer_norm',), ('ds093-plain', 'v0.4')])
def test_client_gives_the_transcripts_and_times_of_the_frozen_graph(model, golden, silent_ends, alphabet, tmp_path):
    run, source, weights = golden(*model)
    (tmp_path / 'model.tflite').write_bytes(tflite_model(export_spec(run)._replace(n_steps=16), weights, quantize=False))
    decoder = make_decoder(DecoderConfig(beam_width=500, cutoff_top_n=40), alphabet)
    some_text = False
    with TensorFlowModel(export(run, source, QUIET)[0]) as graph:
        for wav, (confidence, text, times) in zip(silent_ends, heard(tmp_path / 'model.tflite', silent_ends)):
            samples = read_wav(wav)[0] * np.float32(32767 / 32768)  # the client divides by 32768
            best = decoder.decode(graph.probabilities(samples))[0]
            assert (text, times) == (best.text, list(best.times))
            assert abs(confidence - best.score) < 1e-3
            some_text = some_text or bool(text.strip())
    assert some_text


@pytest.mark.parametrize('name', ['ds093-plain', 'ds093-layer_norm'])
def test_client_hears_nearly_the_same_in_a_quantised_file(name, golden, silent_ends, tmp_path):
    run, _, weights = golden(name)
    results = []
    for quantize in (False, True):
        (tmp_path / 'model.tflite').write_bytes(tflite_model(export_spec(run)._replace(n_steps=16), weights, quantize))
        results.append(heard(tmp_path / 'model.tflite', silent_ends))
    for (exact, _, _), (rounded, _, _) in zip(*results):
        assert 0 < abs(exact - rounded) < 0.02 * abs(exact)


def test_client_refuses_a_file_that_wants_to_be_told_the_length(golden, alphabet, tmp_path):
    """It would hear the rest of earlier calls in the backward direction, and give another text without a word."""
    _, source, _ = golden('ds011')
    run = resolve(Asked(alphabet, export=ExportConfig(str(tmp_path))), source, QUIET)
    assert run.model.bidirectional
    (tmp_path / 'model.tflite').write_bytes(tflite_model(export_spec(run), trained_weights(run.model, source), quantize=False))
    with pytest.raises(subprocess.CalledProcessError) as error:
        heard(tmp_path / 'model.tflite', [])
    assert '0x2003' in error.value.stderr


def test_client_compares_the_alphabet_with_the_outputs(golden, tmp_path):
    run, _, weights = golden('ds093-plain')
    last = weights.dense[6]
    weights.dense[6] = last._replace(weights=last.weights[:, 1:], bias=last.bias[1:])
    (tmp_path / 'model.tflite').write_bytes(tflite_model(export_spec(run)._replace(n_steps=16), weights, quantize=True))
    with pytest.raises(subprocess.CalledProcessError) as error:
        heard(tmp_path / 'model.tflite', [])
    assert '0x2000' in error.value.stderr
