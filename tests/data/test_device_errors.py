"""What TensorFlow says of a GPU that fails becomes a cause and a remedy; everything else stays as it is."""

from contextlib import closing

import pytest

from deepspeech_training.compat import tf
from deepspeech_training.data.datasets import read_set
from deepspeech_training.data.feeding import Feeder
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.errors import TrainingError
from deepspeech_training.features.cache import NoFeatureCache
from deepspeech_training.features.pipeline import FeaturePipeline
from deepspeech_training.settings.config import DeviceConfig, SetConfig
from deepspeech_training.settings.features import FeatureConfig


@pytest.fixture
def feeder(clips, alphabet, tmp_path):
    """A Feeder in the midst of a pass over a set."""
    utterances = check_rows(read_set(SetConfig((str(clips),))), alphabet, FeatureConfig(), str(tmp_path)).utterances
    with tf.Graph().as_default(), tf.Session() as session, closing(
            FeaturePipeline(FeatureConfig(), DeviceConfig(), NoFeatureCache())) as pipeline:
        feeder = Feeder(pipeline, 'train')
        feeder.start(session, utterances, [[[0, 1]]])
        yield feeder


@pytest.mark.parametrize('kind, text, words', [
    (tf.errors.UnknownError, 'Failed to get convolution algorithm. This is probably because cuDNN failed to initialize, so try '
                             'looking to see if a warning log message was printed above.', 'cuDNN could not be started'),
    (tf.errors.InternalError, 'Could not create cuDNN handle: CUDNN_STATUS_ALLOC_FAILED', 'nvidia-smi'),
    (tf.errors.InternalError, 'failed to create cublas handle: CUBLAS_STATUS_NOT_INITIALIZED', 'the GPU gave no memory'),
    (tf.errors.InternalError, 'Blas GEMM launch failed : a.shape=(16, 494), b.shape=(494, 2048)', 'broke off a computation'),
    (tf.errors.InternalError, 'CUDA runtime implicit initialization on GPU:0 failed. Status: no kernel image is available for '
                              'execution on the device', 'CUDA_VISIBLE_DEVICES=-1'),
    (tf.errors.InternalError, 'CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered', 'dmesg')])
def test_failures_of_a_gpu_get_a_cause_and_a_remedy(feeder, kind, text, words):
    found = feeder.failure(kind(None, None, text))
    assert isinstance(found, TrainingError) and words in str(found) and text[:40] in str(found) and '\n' not in str(found)


def test_other_errors_stay_as_they_are(feeder):
    error = tf.errors.InvalidArgumentError(None, None, 'the shapes do not fit')
    assert feeder.failure(error) is error
