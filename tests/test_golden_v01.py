"""What the real DeepSpeech v0.1.1 computed: its checkpoint and its features give its scores and its losses."""

import json
import os

import numpy as np

from deepspeech_training.checkpoints.source import CheckpointSource
from deepspeech_training.config import FeatureConfig, ModelConfig, RunConfig, SetConfig
from deepspeech_training.data.collection import read_set
from deepspeech_training.data.preflight import check_samples
from deepspeech_training.evaluate.forward import forward_pass

GOLDEN = os.path.join(os.path.dirname(__file__), 'golden', 'ds011')


def test_checkpoint_gives_the_recorded_scores_and_losses(clips, alphabet, tmp_path):
    run = RunConfig(alphabet, ModelConfig(alphabet.size, 32, 'bidirectional'), frozenset(),
                    features=FeatureConfig().of_set('v0.1'), test=SetConfig(batch_size=4))
    samples = check_samples(read_set(SetConfig((str(clips),))), alphabet, run.features, str(tmp_path)).samples
    with open(os.path.join(GOLDEN, 'test_losses.json'), encoding='utf-8') as file:
        recorded = json.load(file)
    logits = np.load(os.path.join(GOLDEN, 'features_logits.npz'))['letters_k.wav:logits']
    n_found = 0
    with forward_pass(run, CheckpointSource(os.path.join(GOLDEN, 'checkpoint', 'model.ckpt-12'))) as forward:
        for outputs in forward.batches(samples):
            for place, probabilities, length, loss in zip(*outputs):
                name = os.path.basename(samples[place].sample.audio_path)
                n_found += 1
                assert abs(loss - recorded[name]) < 1e-5 * recorded[name]
                if name == 'letters_k.wav':
                    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
                    np.testing.assert_allclose(probabilities[:length], expected, atol=1e-6)
    assert n_found == 9
