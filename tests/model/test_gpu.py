"""What is said about GPUs and NVIDIA's libraries; libraries that only say a version, made here, stand in for them."""

import ctypes
import subprocess

import pytest

from deepspeech_training.compat import VERSION, CudaBuild, Gpu, cuda_build, gpus, on_gpu, visible_devices
from deepspeech_training.model import gpu as gpu_module
from deepspeech_training.model.gpu import (
    Versions,
    compiled_at_start,
    driver_version,
    loaded_versions,
    say_what_is_found,
    without_kernels,
)
from deepspeech_training.settings.config import DeviceConfig

HAS_GPU = on_gpu(visible_devices(DeviceConfig()))
without_gpu = pytest.mark.skipif(HAS_GPU, reason='there is a GPU here')
DRIVER = ('NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n'
          'GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n')


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Function that makes this a machine with a driver."""
    def pretend(text):
        (tmp_path / 'version').write_text(text)
        monkeypatch.setattr(gpu_module, 'DRIVER_FILE', str(tmp_path / 'version'))
    return pretend


def test_every_gpu_that_trains_is_described():
    names = [gpu.name for gpu in gpus(DeviceConfig())]
    assert names == (visible_devices(DeviceConfig()) if HAS_GPU else [])
    assert all(gpu.capability > (0, 0) and gpu.memory_bytes for gpu in gpus(DeviceConfig()))


@without_gpu
def test_without_a_gpu_nothing_is_said_and_nothing_loaded(log, output):
    say_what_is_found(DeviceConfig(), log)
    assert output.getvalue() == '' and loaded_versions() == Versions(None, None, None, None)


@without_gpu
def test_a_driver_that_no_gpu_is_found_for_is_said(driver, log, output, monkeypatch):
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    driver(DRIVER)
    say_what_is_found(DeviceConfig(), log)
    assert "W This machine has NVIDIA's driver 550.54.15, but TensorFlow" in output.getvalue()
    for hidden in ('', '-1'):
        monkeypatch.setenv('CUDA_VISIBLE_DEVICES', hidden)
        say_what_is_found(DeviceConfig(), log)
    assert output.getvalue().count('\n') == 1, 'who hides the GPUs knows of them'


@pytest.mark.parametrize('text, expected', [
    (DRIVER, '550.54.15'), ('NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  575.51.03  Release Build', '575.51.03'),
    ('something else', 'unknown')])
def test_drivers_say_their_version_in_a_sentence(driver, text, expected):
    driver(text)
    assert driver_version() == expected


def made_library(folder, name, functions):
    """Compiles a library of a name and loads it, as TensorFlow does on a GPU."""
    path = folder / name
    subprocess.run(['gcc', '-shared', '-fPIC', '-x', 'c', '-', '-o', str(path)], input=functions.encode(), check=True)
    return ctypes.CDLL(str(path))


@without_gpu
@pytest.mark.parametrize('number, expected', [(90300, '9.3.0'), (91002, '9.10.2'), (8907, '8.9.7'), (7605, '7.6.5')])
def test_versions_are_those_of_the_loaded_libraries(number, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(gpu_module, 'LOADED_FILES', str(tmp_path / 'maps'))
    (tmp_path / 'with space').mkdir()
    cudnn = f'unsigned long cudnnGetVersion(void) {{ return {number}; }}'
    made = [made_library(tmp_path / 'with space', 'libcudnn.so.9', cudnn),
            made_library(tmp_path, 'libcudart.so.12', 'int cudaRuntimeGetVersion(int* v) { *v = 12050; return 0; }'),
            made_library(tmp_path, 'libcuda.so.1', 'int cuDriverGetVersion(int* v) { *v = 12040; return 0; }')]
    with open('/proc/self/maps') as file:  # before they are given back
        (tmp_path / 'maps').write_text(''.join(line for line in file if str(tmp_path) in line))
    assert loaded_versions()[1:] == ('12.4', '12.5', expected)
    assert all(made)


@without_gpu
def test_a_library_that_cannot_answer_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu_module, 'LOADED_FILES', str(tmp_path / 'maps'))
    kept = made_library(tmp_path, 'libcudart.so.12', 'int cudaRuntimeGetVersion(int* v) { return 35; }')
    (tmp_path / 'maps').write_text(f'7f00-7f01 r-xp 00000000 08:01 11 {tmp_path}/libcudart.so.12\n')
    assert kept and loaded_versions().cuda is None


BUILD = CudaBuild('12.5.1', '9', (6, 7, 8), 9)
OLD = CudaBuild('10.0', '7', (3, 5, 6, 7), 7)
FOR_PROCESSORS = CudaBuild('', '', (), 0)


@pytest.mark.parametrize('capability, build, is_too_new, is_compiled', [
    ((9, 0), BUILD, False, True), ((8, 9), BUILD, False, False), ((10, 0), BUILD, True, False), ((12, 0), BUILD, True, False),
    ((7, 5), OLD, False, False), ((8, 0), OLD, True, False), ((12, 0), FOR_PROCESSORS, False, False)])
def test_gpus_that_tensorflow_holds_no_code_for_are_said(capability, build, is_too_new, is_compiled):
    gpu = Gpu('/device:GPU:0', 'Some GPU', capability, 1 << 34)
    warning, remark = without_kernels(gpu, build), compiled_at_start(gpu, build)
    assert (bool(warning), bool(remark)) == (is_too_new, is_compiled)
    assert not warning or f'Some GPU has compute capability {capability[0]}.{capability[1]}' in warning
    assert not remark or 'compiles its code for Some GPU at the first start' in remark


def test_tensorflow_says_what_it_was_built_with():
    build = cuda_build()
    assert bool(build.cuda) == bool(build.newest_major) == bool(build.majors)
    if VERSION.startswith('2.21') and build.cuda:
        assert build == BUILD


@without_gpu
def test_a_gpu_is_described_with_what_it_runs_on(driver, log, output, monkeypatch):
    driver(DRIVER)
    found = [Gpu('/device:GPU:0', 'Some GPU', (12, 0), 16 << 30), Gpu('/device:GPU:1', 'Some GPU', (12, 0), 16 << 30)]
    monkeypatch.setattr(gpu_module, 'gpus', lambda settings: found)
    monkeypatch.setattr(gpu_module, 'cuda_build', lambda: BUILD)
    say_what_is_found(DeviceConfig(), log)
    *said, versions, warning = output.getvalue().splitlines()
    assert said == [f'I /device:GPU:{number} is Some GPU, compute capability 12.0, 16.0 GiB.' for number in (0, 1)]
    assert 'NVIDIA driver 550.54.15' in versions and 'was built with CUDA 12.5.1, cuDNN 9.' in versions
    assert warning.startswith('W Some GPU has compute capability 12.0')
