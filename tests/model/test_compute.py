"""What is chosen to compute with, and that every precision trains the same checkpoint."""

import sys

import deepspeech_layers
import pytest

from deepspeech_training.compat import VERSION, tf
from deepspeech_training.errors import ConfigError
from deepspeech_training.model import mixed_precision
from deepspeech_training.model.compute import choose, for_inference, threads_of_tower
from deepspeech_training.model.mixed_precision import bfloat16_unit
from deepspeech_training.processors import n_processors
from deepspeech_training.settings.config import DeviceConfig
from deepspeech_training.settings.model import ModelConfig


def model(lstm='auto', precision='auto'):
    return ModelConfig(28, 16, lstm=lstm, precision=precision)


@pytest.fixture
def processor(tmp_path, monkeypatch):
    """Function that makes this a machine whose processor has some features."""
    monkeypatch.delenv('TF_ENABLE_ONEDNN_OPTS', raising=False)

    def pretend(features):
        path = tmp_path / 'cpuinfo'
        path.write_text(f'processor\t: 0\nmodel name\t: Some Processor\nflags\t\t: fpu {features} sse2\n')
        monkeypatch.setattr(mixed_precision, 'PROCESSOR', str(path))
    return pretend


@pytest.mark.parametrize('features, unit', [
    ('avx2 avx512f', None), ('avx512_bf16 avx512f', 'AVX-512 BF16'), ('avx512_bf16 amx_bf16 amx_tile', 'AMX tiles')])
def test_units_for_short_numbers_are_found_by_name(processor, features, unit):
    processor(features)
    assert bfloat16_unit() == unit
    chosen, sentence = choose(model(), on_gpu=False)
    assert chosen.lstm == 'native' and 'native' in sentence
    if unit and VERSION >= '2':
        assert chosen.dtype == tf.bfloat16 and f'bfloat16 (this processor has {unit}' in sentence
    else:
        assert chosen.dtype == tf.float32 and 'Matrix products: float32' in sentence


def test_a_switched_off_library_has_no_units(processor, monkeypatch):
    processor('amx_bf16')
    monkeypatch.setenv('TF_ENABLE_ONEDNN_OPTS', '0')
    assert bfloat16_unit() is None


def test_gpus_get_cudnn_and_float32():
    chosen, sentence = choose(model(), on_gpu=True)
    assert (chosen.lstm, chosen.dtype) == ('cudnn', tf.float32) and '--precision float16' in sentence
    assert choose(model(precision='mixed'), on_gpu=True)[0].dtype == tf.float16


def test_explicit_wishes_are_followed(processor):
    processor('amx_bf16')
    assert choose(model(precision='float32'), on_gpu=False)[0].dtype == tf.float32
    assert choose(model('block'), on_gpu=False)[0][:2] == ('block', tf.float32)
    assert choose(model('block'), on_gpu=True)[0].lstm == 'block'


def test_cudnn_without_a_gpu_is_replaced_and_said():
    chosen, sentence = choose(model('cudnn'), on_gpu=False)
    assert chosen.lstm == 'native'
    assert 'Recurrent layer: native (instead of cudnn, as TensorFlow finds no GPU here; the fastest on processors)' in sentence


@pytest.mark.skipif(VERSION >= '2', reason='TensorFlow 2 has these products')
def test_wishes_that_cannot_be_had_are_refused():
    with pytest.raises(ConfigError, match='TensorFlow 2'):
        choose(model(precision='bfloat16'), on_gpu=False)


def test_tests_compute_in_float32(processor):
    processor('amx_bf16')
    assert for_inference(model(), on_gpu=False)[:3] == ('native', tf.float32, False)
    assert for_inference(model('cudnn'), on_gpu=False).lstm == 'native', 'models trained by cuDNN can be tested anywhere'
    assert for_inference(model('cudnn'), on_gpu=True).lstm == 'cudnn'


def test_what_an_implementation_does_not_have_is_said():
    assert 'float16, float32 in the recurrent layer' in choose(model('block', 'float16'), on_gpu=False)[1]
    if VERSION >= '2':
        assert 'bfloat16, float32 in the recurrent layer' in choose(model('cudnn', 'bfloat16'), on_gpu=True)[1]
    assert 'on processors float32 is faster' in choose(model(precision='float16'), on_gpu=False)[1]


def refuse(lstm, dtype):
    return f'{lstm} with {dtype.name} is slow'


def test_what_a_trial_finds_wanting_is_replaced_by_the_loop():
    chosen, sentence = choose(model(precision='float32'), False, refuse)
    assert chosen.lstm == 'loop' and 'loop (instead of native: native with float32 is slow)' in sentence
    assert choose(model(), False, lambda lstm, dtype: None)[0].lstm == 'native'
    assert choose(model('native'), False, refuse)[0].lstm == 'native', 'who asks for it gets it'


@pytest.mark.parametrize('before', ['loop', 'native'])
def test_a_run_goes_on_with_what_it_began_with(before):
    def fail(lstm, dtype):
        raise AssertionError('nothing is to be tried')
    for asked in ('auto', 'cudnn'):
        assert choose(model(asked), False, fail, before=before)[0].lstm == before
    assert choose(model('block'), False, fail, before=before)[0].lstm == 'block'


def test_a_missing_library_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv('DS_LAYERS_LIBRARY', str(tmp_path / 'libnone.so'))
    chosen, sentence = choose(model(), on_gpu=False, before='native')
    assert chosen.lstm == 'loop' and 'loop (native is faster, but its library cannot be loaded: ' in sentence
    with pytest.raises(ConfigError, match='--lstm_impl native cannot be had here: its library .*libnone.so.*; leave the flag'):
        choose(model('native'), on_gpu=False)


def test_a_missing_package_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, 'deepspeech_layers', None)
    chosen, sentence = choose(model(), on_gpu=False)
    assert chosen.lstm == 'loop' and not chosen.is_native
    assert 'loop (native is faster, but the package deepspeech_layers is not installed (bin/setup.sh does that))' in sentence


def test_a_package_of_another_version_is_said(monkeypatch):
    monkeypatch.setattr(deepspeech_layers, 'INTERFACE', 0)
    assert 'loop (native is faster, but the package deepspeech_layers is of another version' in choose(model(), on_gpu=False)[1]


def test_a_library_of_another_version_is_said(monkeypatch):
    monkeypatch.setattr(deepspeech_layers.library, 'INTERFACE', 0)
    assert 'its library is of another version than its Python package: /' in choose(model(), on_gpu=False)[1]


def test_a_layer_for_processors_is_not_for_gpus():
    with pytest.raises(ConfigError, match='--lstm_impl native cannot be had here: it is for processors'):
        choose(model('native'), on_gpu=True)


@pytest.mark.parametrize('wanted, n_devices, n', [(8, 1, 8), (8, 3, 2), (1, 4, 1), (0, 1, n_processors())])
def test_towers_share_the_threads(wanted, n_devices, n):
    assert threads_of_tower(DeviceConfig(intra_op_threads=wanted), ['/device:CPU:0'] * n_devices) == n
