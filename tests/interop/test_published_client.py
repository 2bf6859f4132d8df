"""The published deepspeech 0.9.3 client runs what we export, where it is installed (Python 3.7)."""

import json
import subprocess
import sys

import numpy as np
import pytest
from tensorflow_client import TensorFlowModel

from deepspeech_training.checkpoints.choice import find
from deepspeech_training.checkpoints.store import CheckpointStore
from deepspeech_training.compat import tf
from deepspeech_training.config import (CheckpointConfig, DecoderConfig, ExportConfig, FeatureConfig, ModelConfig,
                                        RunConfig)
from deepspeech_training.data.audio import read_wav
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.export.package import export
from deepspeech_training.log import Log
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.train.schedule import Schedule

pytest.importorskip('deepspeech', reason='the published client is not installed')

# In a process of its own: the client brings a TensorFlow of its own.
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


@pytest.mark.parametrize('direction, feature_set', [
    ('unidirectional', 'current'), ('bidirectional', 'current'), ('bidirectional', 'v0.1'), ('unidirectional', 'v0.2'),
    ('unidirectional', 'v0.4')])
def test_published_client_gives_our_transcripts_and_times(direction, feature_set, alphabet, clips, tmp_path):
    run = RunConfig(alphabet, ModelConfig(alphabet.size, 24, direction), frozenset(),
                    features=FeatureConfig().of_set(feature_set),
                    checkpoints=CheckpointConfig(str(tmp_path), str(tmp_path)),
                    export=ExportConfig(str(tmp_path)))
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(5)
        weights = acoustic_weights(run.model)
        session.run(tf.global_variables_initializer())
        # Scores far enough apart for letters to be sure of themselves, as those of a trained model are.
        session.run(weights.dense[6].weights.assign(weights.dense[6].weights * 8.))
        CheckpointStore(run, tf.global_variables()).save_last(session, 1, Schedule())
    path = export(run, find(str(tmp_path), 'last', Log(level=3)), Log(level=3))[0]
    wavs = sorted(str(wav) for wav in clips.parent.glob('*.wav'))
    output = subprocess.run([sys.executable, '-c', CLIENT, path] + wavs, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=True).stdout
    config = DecoderConfig(beam_width=500, cutoff_top_n=40)
    some_text = False
    decoder = make_decoder(config, alphabet)
    with TensorFlowModel(path) as model:
        for wav, (confidence, tokens) in zip(wavs, json.loads(output.decode('utf-8'))):
            samples = read_wav(wav)[0] * np.float32(32767 / 32768)  # the client divides by 32768
            best = decoder.decode(model.probabilities(samples))[0]
            assert best.text == ''.join(text for text, _ in tokens)
            assert list(best.times) == [timestep for _, timestep in tokens]
            assert abs(best.score - confidence) < 1e-3 * max(1, abs(confidence))
            some_text = some_text or bool(best.text.strip())
    assert some_text
