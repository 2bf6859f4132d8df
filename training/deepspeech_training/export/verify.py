"""Runs exported models as clients do, and compares what they hear with what the checkpoint itself hears."""

import os
from contextlib import closing, contextmanager
from typing import Callable, Iterator, NamedTuple, Sequence

import numpy as np
from deepspeech.errors import DeepSpeechError
from deepspeech.library import library_path
from deepspeech.network import Network

from ..checkpoints.stored_model import StoredModel
from ..compat import host_session_config, tf
from ..data.utterance import AudioSource
from ..errors import ExportError
from ..features.mfcc import FeatureComputer
from ..features.pipeline import in_context
from ..incomplete import installing
from ..model.acoustic import acoustic_model
from ..model.variables import weights_to_restore
from ..settings.config import DeviceConfig
from .metadata import ExportSpec
from .onnx_runner import with_end

MAX_ERROR = 1e-3  # of a probability, for a model with the weights of the checkpoint; usual is less than 1e-5
MAX_QUANTIZED_ERROR = 0.5  # with weights of 8 bits; trained models were seen to differ by 0.1 here and there
N_RECORDINGS = 5
MAX_S = 10  # of each


class Agreement(NamedTuple):
    """How well an exported model agrees with its checkpoint."""

    heard: str  # what was listened to
    error: float  # largest difference of a probability
    n_frames: int  # compared
    n_changed: int  # of them, those with another likeliest label


def check_library() -> None:
    """Makes sure, before a long work, that there is what runs exported models. Raises ExportError."""
    if not os.path.exists(library_path()):
        raise ExportError(f'exported models are verified with the client, whose library {library_path()} is missing; '
                          f'install it, from the top of the checkout: {installing(["deepspeech"])}; or leave out --export_dir.')


@contextmanager
def verifier(spec: ExportSpec, stored_model: StoredModel, recordings: Sequence[AudioSource], devices: DeviceConfig,
             seed: int) -> Iterator[Callable[..., Agreement]]:
    """Gives a function (path of an exported model, what opens it) -> Agreement with the checkpoint.

    Args:
      spec: what the exported models are.
      stored_model: what they were made of.
      recordings: speech to compare on, of which a few are used; without any, noise.
      devices: what computes the features.
      seed: of the noise.
    """
    waveforms = [_cut(_samples(audio), spec) for audio in recordings[:N_RECORDINGS]] or [
        _cut(_noise(spec.features.rate_hz, seed), spec)]
    heard = 'speech' if recordings else 'noise (pass --test_files for speech)'
    with closing(FeatureComputer(spec.features, devices)) as features, _network(spec, stored_model) as probabilities:
        def frames_of(model, samples):
            # Clients cannot compute exactly what early releases did, see legacy_features.py: there only the network is
            # compared.
            if spec.features.legacy:
                return model.features(samples)
            return features(with_end(samples, spec.features.window_samples, spec.features.step_samples))

        def verify(path: str, open_model: Callable = Network) -> Agreement:
            """Returns the Agreement. Raises ExportError if the model cannot be run."""
            try:
                model = open_model(path)
                return _agreement(heard, [(model.probabilities(samples), probabilities(frames_of(model, samples)))
                                          for samples in waveforms])
            except DeepSpeechError as error:
                raise ExportError(f'the exported model cannot be run: {error.detail}') from error

        yield verify


@contextmanager
def _network(spec, stored_model):
    """Gives a function (frames float32 [n, 26]) -> the checkpoint's probabilities float32 [n, labels + 1].

    On the processor, as clients compute: GPUs round the factors of float32 products to 10 bits.
    """
    with tf.Graph().as_default(), tf.Session(config=host_session_config(DeviceConfig())) as session:
        windows = tf.placeholder(tf.float32, [1, None, None])
        lengths = tf.placeholder(tf.int32, [1])
        outputs = tf.nn.softmax(acoustic_model(spec.model, weights_to_restore(spec.model), windows, lengths).logits_tbc)
        stored_model.restore(session, tf.global_variables())
        yield lambda frames: session.run(outputs, {
            windows: in_context(frames, spec.features.whitened)[np.newaxis], lengths: [len(frames)]})[:, 0]


def _samples(audio):
    """Returns the int16 samples of a recording that was prepared for training."""
    return np.clip(np.rint(audio.read() * 32767), -32768, 32767).astype(np.int16)


def _noise(rate_hz, seed):
    """Returns three seconds of noise that comes and goes, int16."""
    n_samples = 3 * rate_hz
    loudness = np.square(np.sin(np.linspace(0, 4 * np.pi, n_samples)))
    return (8000 * loudness * np.random.RandomState(seed).uniform(-1, 1, n_samples)).astype(np.int16)


def _cut(samples, spec):
    """Returns the beginning of a recording: no more than one call hears, where a call's end changes what is heard."""
    features = spec.features
    n_frames = MAX_S * features.rate_hz // features.step_samples
    if spec.needs_whole_utterances:
        n_frames = min(n_frames, spec.n_steps)
    return samples[:max(1, features.window_samples + (n_frames - 2) * features.step_samples)]


def _agreement(heard, pairs):
    """Returns the Agreement of (probabilities of the model, of the checkpoint) for each recording."""
    for found, expected in pairs:
        if found.shape != expected.shape or not np.all(np.isfinite(found)):
            raise ExportError(f'the exported model gives probabilities of the shape {found.shape}, not all of them numbers; '
                              f'{expected.shape} is expected. Please report this.')
    return Agreement(heard, max(float(np.abs(found - expected).max()) for found, expected in pairs),
                     sum(len(found) for found, _ in pairs),
                     sum(int(np.sum(found.argmax(1) != expected.argmax(1))) for found, expected in pairs))
