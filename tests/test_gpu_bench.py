"""The program that proves what this project says of GPUs, on a machine without one: it says so, and works as far as it can."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deepspeech_training.compat import VERSION, on_gpu, visible_devices
from deepspeech_training.settings.config import DeviceConfig

TOP = Path(__file__).resolve().parents[1]


@pytest.fixture
def prove(home, tmp_path):
    """Function that runs bench/gpu.py; returns its result and what it wrote."""
    def run(*words):
        out = tmp_path / 'gpu.json'
        result = subprocess.run([sys.executable, 'bench/gpu.py', '--out', str(out), *words], cwd=str(TOP), env=home,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        return result, json.loads(out.read_text(encoding='utf-8'))
    return run


@pytest.mark.skipif(on_gpu(visible_devices(DeviceConfig())), reason='there is a GPU here')
def test_without_a_gpu_nothing_is_proved(prove):
    result, written = prove()
    assert result.returncode == 1 and 'Traceback' not in result.stderr
    assert result.stderr.splitlines() == ['E There is no GPU that TensorFlow takes, so nothing about GPUs can be proved here; '
                                          '"--device cpu --quick" tries this program.']
    assert set(written['sections']) == {'devices'}


@pytest.mark.slow
def test_what_computes_is_proved_on_processors(prove):
    result, written = prove('--device', 'cpu', '--quick', '--limit_s', '600', '--sections', 'devices', 'products', 'equality',
                            'loss scaling', 'steps')
    assert result.returncode == 0, result.stdout + result.stderr
    sections = written['sections']
    assert {name: section['verdict'] for name, section in sections.items()} == {
        'devices': 'proved', 'products': 'measured', 'equality': 'proved', 'loss scaling': 'proved', 'steps': 'measured'}
    precisions = {'float32', 'float16'} | ({'bfloat16'} if VERSION >= '2' else set())
    assert set(sections['products']['data']['peaks']) == precisions
    assert sections['equality']['data'][0]['answer']['result']['of']['float32']['gradients of the kernel'] < 1e-5
    timed = {(each['lstm'], each['direction'], precision): found for each in sections['steps']['data']
             for precision, found in each['answer'].get('result', {'of': {}})['of'].items()}
    assert set(timed) == {(lstm, direction, precision) for direction in ('unidirectional', 'bidirectional')
                          for lstm, precision in {('block', 'float32'), *(('loop', each) for each in precisions)}}
    assert all(0 < found['best_s'] <= found['median_s'] and found['peak_mib'] > 50 for found in timed.values())
    assert 'loop              float32' in result.stdout


@pytest.mark.slow
@pytest.mark.long
def test_trainings_are_proved_on_processors(prove):
    result, written = prove('--device', 'cpu', '--quick', '--limit_s', '600', '--sections', 'training', 'resume', 'input wait',
                            'out of memory', 'towers')
    assert result.returncode == 0, result.stdout + result.stderr
    sections = written['sections']
    assert {name: section['verdict'] for name, section in sections.items()} == {
        'training': 'proved', 'resume': 'proved', 'input wait': 'measured', 'out of memory': 'left out', 'towers': 'proved'}
    assert sections['resume']['data']['different'] == [] and sections['resume']['data']['variables'] > 20
    assert len(sections['towers']['data'][0]['result']['devices']) == 2


def test_when_time_is_over_the_rest_is_left_out(prove):
    result, written = prove('--device', 'cpu', '--quick', '--limit_s', '0.2', '--sections', 'products', 'resume')
    assert result.returncode == 0
    assert [section['says'] for section in written['sections'].values()][1] == 'no time was left'
    answers = [answer for answer in written['sections']['products']['data'].values() if 'left_out' in answer]
    assert [answer['left_out'] for answer in answers] == ['no time was left'] * 4
