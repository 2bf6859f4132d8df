"""Runs exported models as clients do, and compares what they hear with what the checkpoint itself hears."""

from collections import namedtuple
from contextlib import closing, contextmanager

import numpy as np
from deepspeech.errors import ModelError
from deepspeech.inference import open_network, utterance_probabilities

from ..compat import tf
from ..features.mfcc import FeatureComputer
from ..features.pipeline import in_context
from ..errors import ExportError
from ..model.acoustic import acoustic_model
from ..model.variables import acoustic_weights

MAX_ERROR = 1e-3  # of a probability, for a model with the weights of the checkpoint; usual is less than 1e-5
MAX_QUANTIZED_ERROR = 0.5  # with weights of 8 bits; trained models were seen to differ by 0.1 here and there
CLIENT_SCALE = 32768  # what clients divide 16-bit samples by; training divides them by 32767
N_RECORDINGS = 5
MAX_S = 10  # of each

# heard: what was listened to. error: largest difference of a probability. n_frames: compared. n_changed: of them, those with
# another likeliest label.
Agreement = namedtuple('Agreement', 'heard error n_frames n_changed')


@contextmanager
def verifier(run, source, n_steps, sources):
    """Gives a function (path of an exported model, what opens it) -> Agreement with the checkpoint.

    Args:
      run: RunConfig that fits `source`.
      source: StoredCheckpoint.
      n_steps: frames per call of the exported models.
      sources: AudioSources to compare on, of which a few are used; without any, noise.
    """
    recordings = [_cut(_samples(audio), run, n_steps) for audio in sources[:N_RECORDINGS]] or [_cut(_noise(run), run, n_steps)]
    heard = 'speech' if sources else 'noise (pass --test_files for speech)'
    with closing(FeatureComputer(run.features, run.devices)) as features, _network(run, source) as probabilities:
        def verify(path, open_model=open_network):
            """Returns the Agreement. Raises ExportError if the model cannot be run."""
            try:
                model = open_model(path)
                return _agreement(heard, [(utterance_probabilities(model, samples), probabilities(_frames(samples, model, features, run)))
                                   for samples in recordings])
            except ModelError as error:
                raise ExportError(f'the exported model cannot be run: {error.detail}') from error

        yield verify


@contextmanager
def _network(run, source):
    """Gives a function (frames float32 [n, 26]) -> the checkpoint's probabilities float32 [n, labels + 1]."""
    with tf.Graph().as_default(), tf.Session() as session:
        windows = tf.placeholder(tf.float32, [1, None, None])
        lengths = tf.placeholder(tf.int32, [1])
        outputs = tf.nn.softmax(acoustic_model(run.model, acoustic_weights(run.model), windows, lengths).logits_tbc)
        source.restore(session, tf.global_variables())
        yield lambda frames: session.run(outputs, {
            windows: in_context(frames, run.features.whitened)[np.newaxis], lengths: [len(frames)]})[:, 0]


def _samples(audio):
    """Returns the int16 samples of a recording that was prepared for training."""
    return np.clip(np.rint(audio.read() * 32767), -32768, 32767).astype(np.int16)


def _noise(run):
    """Returns three seconds of noise that comes and goes."""
    n_samples = 3 * run.features.rate_hz
    loudness = np.square(np.sin(np.linspace(0, 4 * np.pi, n_samples)))
    return (8000 * loudness * np.random.RandomState(run.seed).uniform(-1, 1, n_samples)).astype(np.int16)


def _cut(samples, run, n_steps):
    """Returns the beginning of a recording: no more than one call hears, where a call's end changes what is heard."""
    n_frames = MAX_S * run.features.rate_hz // run.features.step_samples
    if run.model.bidirectional or run.features.whitened:
        n_frames = min(n_frames, n_steps)
    return samples[:max(1, run.features.window_samples + (n_frames - 2) * run.features.step_samples)]


def _frames(samples, model, features, run):
    """Returns the frames of an utterance as training computes them, with the one that clients add at its end."""
    window, step = run.features.window_samples, run.features.step_samples
    n_frames = (len(samples) - window) // step + 2 if len(samples) >= window else 1
    padded = np.zeros(window + (n_frames - 1) * step, np.float32)
    padded[:len(samples)] = samples[:len(padded)]
    # Clients cannot compute exactly what early releases did, see legacy_features.py: there only the network is compared.
    return (model.features if run.features.legacy else features)(padded / np.float32(CLIENT_SCALE))


def _agreement(heard, pairs):
    """Returns the Agreement of (probabilities of the model, of the checkpoint) for each recording."""
    for found, expected in pairs:
        if found.shape != expected.shape or not np.all(np.isfinite(found)):
            raise ExportError(f'the exported model gives probabilities of the shape {found.shape}, not all of them numbers; '
                              f'{expected.shape} is expected. Please report this.')
    return Agreement(heard, max(float(np.abs(found - expected).max()) for found, expected in pairs),
                     sum(len(found) for found, _ in pairs),
                     sum(int(np.sum(found.argmax(1) != expected.argmax(1))) for found, expected in pairs))
