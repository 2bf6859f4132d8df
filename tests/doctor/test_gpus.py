"""What is said of GPUs: TensorFlow's answer is made up, as there is none here; what is made of it is real."""

import pytest

from deepspeech_training.doctor import devices
from deepspeech_training.doctor.asking import Answer
from deepspeech_training.doctor.findings import Section

GPU = {'name': '/device:GPU:0', 'model': 'NVIDIA L4', 'capability': [8, 9], 'memory_bytes': 22 * 2 ** 30}
LOADED = {'driver': '550.54.14', 'driver_cuda': '12.4', 'cuda': '12.5', 'cudnn': '9.3.0'}


@pytest.fixture
def said_of(monkeypatch):
    """Function that examines what TensorFlow would have answered; returns {name: finding}, a failure before others."""
    def examine(lines=(), **changes):
        values = {'version': '2.21.0', 'devices': ['/device:GPU:0'], 'computes': [''], 'gpus': [GPU], 'loaded': LOADED,
                  'build': {'cuda': '12.5.1', 'cudnn': '9', 'majors': [6, 7, 8], 'newest_major': 9}, 'sentences': []}
        monkeypatch.setattr(devices, 'ask', lambda probe: Answer(dict(values, **changes), list(lines)))
        section = Section('TensorFlow')
        devices.examine_tensorflow(section)
        return {finding.name: finding for finding in sorted(section.all, key=lambda finding: finding.status == 'fail')}
    return examine


def test_a_gpu_that_works(said_of):
    found = said_of()
    assert {finding.status for finding in found.values()} == {'ok'}
    assert 'NVIDIA L4, compute capability 8.9, 22.0 GiB' in found['/device:GPU:0'].value
    assert '550.54.14' in found['NVIDIA'].value and 'cuDNN 9.3.0' in found['NVIDIA'].value


def test_a_gpu_that_cannot_compute_is_a_failure(said_of):
    found = said_of(computes=['cuDNN failed to initialize'])
    assert found['/device:GPU:0'].status == 'fail' and 'cuDNN failed to initialize' in found['/device:GPU:0'].value


def test_libraries_of_another_cuda_are_a_failure(said_of):
    assert said_of(loaded=dict(LOADED, cuda='11.8'))['CUDA'].status == 'fail'


def without_gpu(**changes):
    return dict({'devices': ['/device:CPU:0'], 'gpus': []}, **changes)


def test_a_driver_without_a_gpu_says_what_is_missing(said_of, monkeypatch):
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    line = ("2026-11-29 10:00:00.1: W tensorflow/stream_executor/platform/default/dso_loader.cc:59] Could not load dynamic "
            "library 'libcudnn.so.7'; dlerror: libcudnn.so.7: cannot open shared object file")
    finding = said_of(lines=[line, 'something else'], **without_gpu())['GPU']
    assert finding.status == 'warn' and "Could not load dynamic library 'libcudnn.so.7'" in finding.value
    assert 'dso_loader' not in finding.value and 'GPU=yes bash bin/setup.sh' in finding.remedy
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '-1')
    assert 'hides all GPUs' in said_of(**without_gpu())['GPU'].value
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES')
    build = {'cuda': '', 'cudnn': '', 'majors': [], 'newest_major': 0}
    assert 'built for processors only' in said_of(**without_gpu(build=build))['GPU'].value


def test_without_a_driver_nothing_is_wrong(said_of):
    assert said_of(**without_gpu(loaded=dict.fromkeys(LOADED)))['GPU'].status == 'ok'
