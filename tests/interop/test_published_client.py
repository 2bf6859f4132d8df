"""The published deepspeech 0.9.3 client, our client and the trainer's test graph agree on what is said and when.

Its module bears the name of ours, so it is looked for in `published/deepspeech` of this environment (Python 3.7) and runs in a
process of its own:
    pip install --no-deps --target "$(python -c 'import sys; print(sys.prefix)')/published/deepspeech" deepspeech==0.9.3
"""

import json
import os
import subprocess
import sys
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from deepspeech import Model

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.checkpoints.writer import CheckpointWriter, description_of
from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.preflight import prepare_recording
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.evaluate.forward import forward_pass
from deepspeech_training.export.package import export
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.settings.config import Asked, CheckpointConfig, DecoderConfig, ExportConfig, RunConfig
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.settings.model import DIRECTIONS, ModelConfig
from deepspeech_training.train.averages import Averages
from deepspeech_training.train.state import TrainingState

PUBLISHED = os.path.join(sys.prefix, 'published', 'deepspeech')
HERE = Path(__file__).resolve().parent
SCORER = str(HERE.parent / 'golden' / 'train.scorer')
QUIET = Log(level=3)

pytestmark = pytest.mark.skipif(not os.path.isdir(PUBLISHED), reason=f'the published client is not installed in {PUBLISHED} '
                                                                     f'(Python 3.7 only)')

# Prints [confidence, [[letter, time step], ...]] for each recording.
CLIENT = '''
import json, sys, wave
import numpy as np
from deepspeech import Model
model = Model(sys.argv[1])
if sys.argv[2]:
    model.enableExternalScorer(sys.argv[2])
results = []
for path in sys.stdin.read().split():
    with wave.open(path) as file:
        audio = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    best = model.sttWithMetadata(audio, 1).transcripts[0]
    results.append([best.confidence, [[token.text, token.timestep] for token in best.tokens]])
print(json.dumps(results))
'''


def published_results(model, scorer, wavs):
    output = subprocess.run([sys.executable, '-c', CLIENT, model, scorer], input=' '.join(map(str, wavs)).encode(),
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                            env=dict(os.environ, PYTHONPATH=PUBLISHED)).stdout
    return json.loads(output.decode('utf-8'))


def our_results(path, scorer, wavs):
    model = Model(path)
    if scorer:
        model.enableExternalScorer(scorer)
    best = [model.sttWithMetadata(samples_of(wav), 1).transcripts[0] for wav in wavs]
    return [[each.confidence, [[token.text, token.timestep] for token in each.tokens]] for each in best]


def samples_of(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def assert_alike(ours, theirs):
    assert [tokens for _, tokens in ours] == [tokens for _, tokens in theirs]
    for (our_confidence, _), (confidence, _) in zip(ours, theirs):
        assert our_confidence == pytest.approx(confidence, abs=1e-3, rel=1e-5)


@pytest.fixture(params=DIRECTIONS)
def trained(request, alphabet, tmp_path):
    """RunConfig and checkpoint of a trained model of each direction."""
    checkpoints = CheckpointConfig(str(HERE / 'models' / request.param), str(tmp_path))
    asked = Asked(alphabet, checkpoints=checkpoints,
                  decoder=DecoderConfig(500, 1.0, 40, SCORER), export=ExportConfig(str(tmp_path)))
    source = checkpoint_to_evaluate(CheckpointDirectory(checkpoints.load_dir), 'auto', QUIET)
    return resolve(asked, source, QUIET), source


def test_a_hundred_recordings(trained, prompts):
    run, source = trained
    if run.model.bidirectional:  # whole utterances, as the test graph hears them
        longest = max(len(samples_of(path)) for path in prompts) // run.features.step_samples + 1
        run = replace(run, export=replace(run.export, n_steps=longest))
    plain, mapped = export(run, source, QUIET)
    theirs = published_results(plain, SCORER, prompts)
    words = [''.join(letter for letter, _ in tokens) for _, tokens in theirs]
    assert len(set(words)) > 50 and sum(map(len, words)) > 1000  # they do hear something
    assert published_results(mapped, SCORER, prompts) == theirs
    assert_alike(our_results(plain, SCORER, prompts), theirs)
    assert_alike(our_results(mapped, SCORER, prompts), theirs)
    likeliest = in_test_graph(run, source, prompts)
    assert all(tokens in found for found, (_, tokens) in zip(likeliest, theirs))
    assert sum(len(found) > 1 for found in likeliest) < 5


def in_test_graph(run, source, wavs):
    """Returns the likeliest hypotheses of the trainer's test, in recordings that last as long as clients make them.

    It is mostly one. But training divides samples by 32767, clients by 32768, which changes scores a little: where two
    hypotheses score the same but for that, both are right.
    """
    decoder, results = make_decoder(run.decoder, run.alphabet), []
    directory = run.export.directory
    with forward_pass(source, run.model, run.features, run.devices, run.test.batch_size) as forward:
        for wav in wavs:
            samples = samples_of(wav)
            padded = os.path.join(directory, 'padded.wav')
            with wave.open(padded, 'wb') as file:
                file.setparams((1, 2, run.features.rate_hz, 0, 'NONE', ''))
                file.writeframes(np.pad(samples, (0, n_missing(len(samples), run.features)), 'constant').tobytes())
            probabilities = forward.probabilities(prepare_recording(padded, run.features, directory))
            found = decoder.decode(probabilities, 3)
            results.append([[[run.alphabet.labels[label], time] for label, time in zip(each.tokens, each.times)]
                            for each in found if each.score > found[0].score - 1e-3])
    return results


def n_missing(n_samples, config):
    """Returns how many zeros clients add: one more window than whole ones fit is filled up."""
    n_windows = (n_samples - config.window_samples) // config.step_samples + 2
    return config.window_samples + (n_windows - 1) * config.step_samples - n_samples


def test_the_mean_of_checkpoints_with_moving_averages(alphabet, clips, tmp_path):
    """What --ema_decay and --average_checkpoints make of two checkpoints."""
    run = RunConfig(alphabet, ModelConfig(alphabet.size, 24, 'unidirectional'), export=ExportConfig(str(tmp_path)))
    run = replace(run, checkpoints=CheckpointConfig(str(tmp_path), str(tmp_path)))
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(5)
        weights = acoustic_weights(run.model)
        averages = Averages(weights, 0.9)
        session.run(tf.global_variables_initializer())
        writer = CheckpointWriter(CheckpointDirectory(str(tmp_path)), tf.global_variables(),
                                  description_of(run.model, run.features, run.alphabet), max_to_keep=2)
        for step, scale in ((1, 4.), (2, 12.)):  # their mean is the 8 that makes letters sure of themselves
            session.run(averages.begin)
            session.run(averages.weights.dense[6].weights.assign(weights.dense[6].weights * scale))
            writer.save_last(session, step, TrainingState().as_dict())
    source = checkpoint_to_evaluate(CheckpointDirectory(str(tmp_path)), 'last', QUIET, n_average=2)
    path = export(run, source, QUIET)[0]
    wavs = sorted(clips.parent.glob('*.wav'))
    theirs = published_results(path, '', wavs)
    assert any(tokens for _, tokens in theirs)
    assert_alike(our_results(path, '', wavs), theirs)


@pytest.mark.parametrize('direction, feature_set', [
    ('bidirectional', 'v0.1'), ('unidirectional', 'v0.2'), ('unidirectional', 'v0.4')])
def test_models_of_earlier_features(direction, feature_set, alphabet, clips, tmp_path):
    run = RunConfig(alphabet, ModelConfig(alphabet.size, 24, direction),
                    features=FeatureConfig().of_set(feature_set), export=ExportConfig(str(tmp_path)))
    run = replace(run, checkpoints=CheckpointConfig(str(tmp_path), str(tmp_path)))
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(5)
        weights = acoustic_weights(run.model)
        session.run(tf.global_variables_initializer())
        # Scores far enough apart for letters to be sure of themselves, as those of a trained model are.
        session.run(weights.dense[6].weights.assign(weights.dense[6].weights * 8.))
        description = description_of(run.model, run.features, run.alphabet)
        writer = CheckpointWriter(CheckpointDirectory(str(tmp_path)), tf.global_variables(), description, max_to_keep=1)
        writer.save_last(session, 1, TrainingState().as_dict())
    path = export(run, CheckpointDirectory(str(tmp_path)).last(QUIET), QUIET)[0]
    wavs = sorted(clips.parent.glob('*.wav'))
    theirs = published_results(path, '', wavs)
    assert any(tokens for _, tokens in theirs)
    assert_alike(our_results(path, '', wavs), theirs)
