"""Features against the published test vectors."""

import numpy as np

from deepspeech_training.compat import tf
from deepspeech_training.features.mfcc import features
from deepspeech_training.settings.features import FeatureConfig

IMPULSE = """4.25156 -4.43692 -0.03157 -0.51943 -0.03108 -0.20614 -0.03136 -0.11978 -0.03075 -0.08261
-0.0281 -0.06106 -0.02671 -0.05252 -0.02702 -0.04225 -0.01853 -0.02822 -0.01358 -0.02223
-0.00383 -0.00557 0.01084 0.0101 0.01266 0.00395"""
SIGNAL = """25.1152 -4.6195 -0.1084 -0.2889 0.1844 -0.375 -0.456 -0.6062 -0.3749 -0.03 0.0152 0.5136 0.5916
0.1552 0.2166 0.1021 0.1856 -0.2298 -0.2704 -0.0646 -0.0158 -0.0811 -0.4161 -0.4349 -0.0147 -0.6659
21.4862 -5.8642 -0.5283 -0.3496 0.4927 0.0732 0.6644 0.3998 0.1938 -0.8071 -0.5707 -0.3123 -0.2779
0.2212 -0.013 -0.2193 -0.2668 0.422 0.2304 -0.5876 0.7413 0.8241 0.0442 -0.1454 -0.3267 0.2113"""


def computed(samples, config=FeatureConfig()):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(features(tf.constant(samples, tf.float32), config))


def numbers(text):
    return np.array(text.split(), np.float64).reshape(-1, 26)


def test_impulse():
    samples = np.zeros(512)
    samples[100] = 1
    np.testing.assert_allclose(computed(samples), numbers(IMPULSE), atol=6e-6)


def test_signal_of_two_frames():
    index = np.arange(832)
    samples = ((7 * index ** 2 + 31 * index) % 2001 - 1000) / 2000
    np.testing.assert_allclose(computed(samples), numbers(SIGNAL), atol=6e-5)


def test_digital_silence():
    frame = computed(np.zeros(512))[0]
    assert abs(frame[0] + 247.13936) < 1e-4 and np.abs(frame[1:]).max() < 1e-5


def test_number_of_frames_is_as_configured():
    for config in (FeatureConfig(), FeatureConfig(rate_hz=8000), FeatureConfig(window_ms=25, step_ms=10)):
        for n_samples in (config.window_samples - 1, config.window_samples, config.window_samples + 1,
                          config.window_samples + config.step_samples, 5000):
            assert len(computed(np.ones(n_samples) * .1, config)) == config.frames(n_samples)
