"""What is known of versions, libraries and GPUs, from versions alone: no machine here has them all."""

import pytest

from deepspeech_training.doctor import software
from deepspeech_training.doctor.asking import NoAnswerError, ask
from deepspeech_training.doctor.cuda import Gpu, Libraries, problems_of_gpu, problems_of_libraries
from deepspeech_training.doctor.findings import Finding, Section, examined
from deepspeech_training.doctor.installed import Requirement, numbers, requirements
from deepspeech_training.doctor.report import json_of, lines_of

BUILT = {'built_cuda': '12.5.1', 'built_cudnn': '9'}
SOUND = Libraries('550.54.14', '12.4', '12.5', '9.3.0', **BUILT)
H100 = Gpu('/device:GPU:0', 'NVIDIA H100', (9, 0), 80 * 2 ** 30)
PASCAL = Gpu('/device:GPU:0', 'NVIDIA GeForce GTX 1080', (6, 1), 8 * 2 ** 30)
ADA = Gpu('/device:GPU:0', 'NVIDIA L4', (8, 9), 24 * 2 ** 30)


@pytest.mark.parametrize('found, name, is_failure', [
    (SOUND._replace(driver='525.60.11'), 'driver', True),
    (SOUND._replace(driver_cuda='11.8'), 'driver', True),
    (SOUND._replace(cuda='11.8'), 'CUDA', True),
    (SOUND._replace(cudnn='8.9.7'), 'cuDNN', True),
])
def test_libraries_that_do_not_fit(found, name, is_failure):
    assert problems_of_libraries(SOUND) == []
    assert problems_of_libraries(SOUND._replace(driver='525.60.13')) == []
    ((said, value, remedy, fails),) = problems_of_libraries(found)
    assert said == name and value and remedy and fails == is_failure


def test_recurrent_layers_fail_with_the_newest_cuda_on_some_gpus():
    newest = SOUND._replace(driver_cuda='12.9', cuda='12.9', cudnn='9.10.2')
    assert problems_of_gpu(SOUND, [H100, PASCAL, ADA]) == problems_of_gpu(newest, [ADA]) == []
    ((name, value, remedy, fails),) = problems_of_gpu(newest, [H100])
    assert name == H100.name and '105092' in value and 'constraints-gpu.txt' in remedy and not fails


def test_cudnn_dropped_older_gpus():
    ((_, value, _, fails),) = problems_of_gpu(SOUND._replace(cudnn='9.11.0'), [PASCAL, ADA])
    assert 'capability 6.1' in value and fails


def test_requirements_hold_for_this_python(tmp_path, monkeypatch):
    path = tmp_path / 'requirements.txt'
    path.write_text('# words\ntensorflow==1.15.5; python_version < "3.8"\ntensorflow>=2.16,<2.22; python_version >= "3.9"\n'
                    'absl-py<3\n./native_client/kenlm\n-e .\nnvidia-cudnn-cu12==9.3.0.75\n')
    monkeypatch.setattr('deepspeech_training.doctor.installed.python_numbers', lambda: (3, 12, 1))
    assert [one.text() for one in requirements(str(path))] == [
        'tensorflow>=2.16,<2.22', 'absl-py<3', 'nvidia-cudnn-cu12==9.3.0.75']
    monkeypatch.setattr('deepspeech_training.doctor.installed.python_numbers', lambda: (3, 7, 16))
    assert [one.text() for one in requirements(str(path))][0] == 'tensorflow==1.15.5'
    assert requirements(str(tmp_path / 'none')) == []


@pytest.mark.parametrize('version, broken', [('2.15.1', '>='), ('2.16.0', ''), ('2.21.0rc1', ''), ('2.22.0', '<'), ('3', '<')])
def test_versions_within_bounds(version, broken):
    assert Requirement('tensorflow', (('>=', '2.16'), ('<', '2.22'))).broken_bound(version) == broken
    assert numbers('1.15.5+nv22.1') == (1, 15, 5)


@pytest.fixture
def software_findings(monkeypatch):
    """Function that examines packages as if these, {name: version}, were installed and no others."""
    def examine(**versions):
        named = {name.replace('_', '-'): version for name, version in versions.items()}
        monkeypatch.setattr(software, 'version_of', named.get)
        monkeypatch.setattr(software, 'requirements', lambda path: [
            Requirement('tensorflow', (('==', '1.15.5'),)), Requirement('numpy', (('<', '1.19'),)),
            Requirement('protobuf', (('<', '3.21'),))] if path.endswith('requirements.txt') else [
            Requirement('nvidia-cudnn-cu12', (('==', '9.3.0.75'),))])
        section = Section('Software')
        software.examine_software(section, '/checkout')
        return {finding.name: finding for finding in section.all}
    return examine


def test_numpy_and_protobuf_too_new_for_tensorflow_115(software_findings):
    found = software_findings(tensorflow='1.15.5', numpy='1.21.6', protobuf='4.24.4')
    assert found['numpy'].status == found['protobuf'].status == 'fail'
    assert 'numpy<1.19' in found['numpy'].remedy and 'too new for TensorFlow 1.15.5' in found['protobuf'].remedy
    assert software_findings(tensorflow='1.15.5', numpy='1.18.5', protobuf='3.20.3')['numpy'].status == 'ok'


@pytest.mark.parametrize('version, status', [((3, 6, 9), 'fail'), ((3, 7, 16), 'ok'), ((3, 8, 18), 'fail'), ((3, 9, 1), 'ok'),
                                             ((3, 13, 0), 'ok'), ((3, 14, 0), 'fail')])
def test_pythons_for_which_there_is_no_tensorflow(software_findings, monkeypatch, version, status):
    monkeypatch.setattr(software, 'python_numbers', lambda: version)
    assert software_findings(tensorflow='1.15.5')['Python'].status == status


def test_packages_that_overwrite_each_other(software_findings):
    found = software_findings(tensorflow='1.15.5', tensorflow_gpu='1.15.5', numpy='1.18.5', protobuf='3.20.3',
                              deepspeech_gpu='0.9.3')
    assert found['two TensorFlows'].status == 'warn' and found['published clients'].status == 'fail'


def test_nvidia_packages_are_compared_with_the_constraints(software_findings):
    found = software_findings(tensorflow='1.15.5', numpy='1.18.5', protobuf='3.20.3', nvidia_cudnn_cu12='9.10.2.21')
    assert found['NVIDIA packages'].status == 'warn'
    assert found['NVIDIA packages'].value == 'nvidia-cudnn-cu12 9.10.2.21 instead of 9.3.0.75'


def test_what_ends_an_examination_is_a_finding():
    def examine(section):
        section.ok('first', 1)
        raise RuntimeError('out of\norder')

    findings = examined('Part', examine)
    assert [finding.status for finding in findings] == ['ok', 'fail']
    assert findings[1].value == 'ended by RuntimeError: out of order'


def test_a_process_that_takes_too_long_is_ended():
    with pytest.raises(NoAnswerError, match='did not end within'):
        ask('tensorflow', timeout_s=0.05)


def test_reports():
    findings = [Finding('A', 'good', 'ok', 'fine'), Finding('A', 'poor', 'warn', 'slow', 'hurry'),
                Finding('B', 'bad', 'fail', 'broken', 'mend')]
    assert lines_of(findings) == ['A', '  good  fine', 'W poor  slow', '        -> hurry', '', 'B', 'E bad   broken',
                                  '        -> mend', '', '3 things examined: 1 failed (bad); 1 to be looked at (poor).']
    assert '"ok": false' in json_of(findings) and '"failed": 1' in json_of(findings)
    assert lines_of(findings[:1])[-1] == '1 thing examined, nothing is wrong.'
