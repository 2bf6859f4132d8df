"""cuDNN is tried before a network counts on it. It has no code for processors, so that a trial on one really fails."""

from functools import partial

import numpy as np
import pytest

from deepspeech_training.compat import VERSION, tf
from deepspeech_training.errors import ConfigError
from deepspeech_training.model import cudnn_trial
from deepspeech_training.model.compute import choose, for_inference
from deepspeech_training.model.cudnn_trial import SHAPES, largest_differences, try_cudnn
from deepspeech_training.settings.config import DeviceConfig
from deepspeech_training.settings.model import ModelConfig

CPU = '/device:CPU:0'


def model(direction='bidirectional', lstm='auto'):
    return ModelConfig(28, 16, direction, lstm=lstm)


@pytest.fixture
def trial(log):
    """try_cudnn as training passes it on, on a processor instead of a GPU."""
    return partial(try_cudnn, model=model(), devices=[CPU], settings=DeviceConfig(), log=log)


@pytest.mark.parametrize('lstm', ['auto', 'cudnn'])
def test_where_cudnn_fails_the_loop_stands_in_for_it_and_it_is_said(lstm, trial, output):
    chosen, sentence = choose(model(lstm=lstm), on_gpu=True, trial=lambda _, dtype: trial(dtype))
    assert chosen.lstm == 'loop' and 'Recurrent layer: loop (instead of cudnn: cudnn failed its trial)' in sentence
    trying, said = output.getvalue().splitlines()
    assert trying.startswith('I Trying cuDNN once.')
    assert said.startswith("W cuDNN's recurrent layer does not work here: ") and 'Node:' not in said and 'bin/setup.sh' in said


def test_tests_of_a_model_do_without_a_cudnn_that_fails(trial, output):
    assert for_inference(model('unidirectional', 'cudnn'), on_gpu=True, trial=lambda _, dtype: trial(dtype)).lstm == 'loop'
    assert output.getvalue().count("W cuDNN's") == 1


def test_what_does_not_use_cudnn_is_not_tried():
    def fails(lstm, dtype):
        assert lstm != 'cudnn', 'tried'
    assert choose(model(lstm='block'), on_gpu=True, trial=fails)[0].lstm == 'block'
    assert choose(model(), on_gpu=False, trial=fails)[0].lstm == 'native'
    assert for_inference(model(lstm='loop'), on_gpu=True, trial=fails).lstm == 'loop'


def test_a_run_that_goes_on_tries_it_again(trial):
    chosen, _ = choose(model(), on_gpu=True, trial=lambda _, dtype: trial(dtype), before='cudnn')
    assert chosen.lstm == 'loop', 'the library may be another one than it was'


def test_what_works_is_taken(output):
    tried = []

    def trial(_, dtype):
        tried.append(dtype)

    assert choose(model(), on_gpu=True, trial=trial)[0].lstm == 'cudnn'
    assert choose(ModelConfig(28, 16, precision='float16'), on_gpu=True, trial=trial)[0].lstm == 'cudnn'
    assert tried == [tf.float32, tf.float16]


def test_a_device_that_computes_nothing_after_that_ends_the_run(log):
    with pytest.raises(ConfigError, match=r'cuDNN has failed, and the GPU computes nothing after that \(.*--lstm_impl loop'):
        try_cudnn(tf.float32, model=model(), devices=['/job:elsewhere/task:3/device:GPU:0'], settings=DeviceConfig(), log=log)


@pytest.mark.parametrize('direction', ['bidirectional', 'unidirectional'])
@pytest.mark.parametrize('dtype', [tf.float32, tf.float16] + [tf.bfloat16] * (VERSION >= '2'))
def test_differences_of_layers_that_are_right_are_below_the_limits(direction, dtype):
    implementation = 'block' if dtype == tf.float32 else 'loop'
    limit = cudnn_trial.LARGEST_DIFFERENCE.get(dtype, 0.2)  # bfloat16 has fewer bits; cuDNN gets float32 instead
    with tf.Graph().as_default(), tf.Session() as session:
        differences = largest_differences(implementation, 'loop', dtype, model(direction))
        for steps, lengths in SHAPES:
            found = session.run(differences.of, differences.fed(steps, lengths))
            assert set(found) == {'outputs', 'gradients of the input', 'gradients of the kernel', 'gradients of the bias'}
            assert all(0 < each < (1e-5 if dtype == tf.float32 else limit) for each in found.values()), found


@pytest.mark.parametrize('harm', ['lengths', 'nan'])
def test_results_that_are_wrong_are_found(harm, monkeypatch, trial, output):
    def harmed(compute, inputs_tbi, lengths, cells, forget_bias):
        outputs, states = right(compute._replace(lstm='loop'), inputs_tbi, lengths, cells, forget_bias)
        if compute.lstm == 'cudnn':
            if harm == 'lengths':  # as a library does that runs on after the end of a sequence
                full = tf.fill(tf.shape(lengths), tf.reduce_max(lengths))
                outputs, _ = right(compute._replace(lstm='loop'), inputs_tbi, full, cells, forget_bias)
            else:
                outputs *= np.nan
        return outputs, states

    right = cudnn_trial.lstm
    monkeypatch.setattr(cudnn_trial, 'lstm', harmed)
    assert trial(tf.float32) == 'cudnn failed its trial'
    assert 'of the largest one away from those of the loop (sequences of [12, 7, 1, 4] steps)' in output.getvalue()
