"""What is said of this environment, which is sound, and of ones in which something is missing or broken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = Path(sys.prefix) / 'published'
NO_TENSORFLOW = 'raise ImportError("loading it takes seconds")'  # where it does not matter


def statuses(examined):
    return {finding['status'] for finding in examined.report['findings']}


def test_nothing_fails_here(doctor, found):
    examined = doctor()
    assert [finding for finding in examined.report['findings'] if finding['status'] == 'fail'] == []
    assert examined.code == 0 and examined.report['ok'] and not examined.errors
    for name in ('Python', 'tensorflow', 'numpy', 'ds_ctcdecoder', 'decoder', 'native layers', 'TensorFlow', 'FLAC', 'MP3'):
        assert found(examined, name)['status'] == 'ok', name
    from deepspeech_training.compat import VERSION
    assert found(examined, 'tensorflow')['value'] == VERSION
    assert found(examined, 'TensorFlow')['value'].startswith(f'{VERSION} starts and finds /device:')


def test_report_for_people_says_what_to_do(printed):
    code, lines = printed('--csv', 'tests/clips/clips.csv')
    assert code == 0
    assert lines[0] == 'Software' and 'Places and limits' in lines
    assert 'Data set tests/clips/clips.csv' in lines
    (place,) = [place for place, line in enumerate(lines) if line.startswith('W size')]
    assert lines[place + 1].strip().startswith('-> ')
    assert not [line for line in lines if line.startswith('E ')]
    assert 'things examined' in lines[-1] and 'size' in lines[-1]
    assert all(len(line) <= 100 for line in lines if ' ' in line.strip() and '/' not in line)


def test_without_tensorflow_the_rest_is_examined(doctor, found, environment_without, clips):
    examined = doctor('--csv', clips, python=environment_without('tensorflow'))
    assert examined.code == 1
    assert found(examined, 'tensorflow')['value'] == 'not installed'
    assert 'bin/setup.sh' in found(examined, 'tensorflow')['remedy']
    assert found(examined, 'TensorFlow')['value'] == "cannot be used: No module named 'tensorflow'"
    assert {finding['name'] for finding in examined.report['findings'] if finding['status'] == 'fail'} == {
        'tensorflow', 'TensorFlow'}
    assert found(examined, 'left out')['value'] == '0 of 9 rows looked at'


def test_starts_with_nothing_installed(doctor, found, environment_without, clips):
    examined = doctor('--csv', clips, python=environment_without(''))
    assert examined.code == 1 and not examined.errors
    for name in ('tensorflow', 'numpy', 'absl-py', 'ds_ctcdecoder'):
        assert found(examined, name)['status'] == 'fail' and found(examined, name)['value'] == 'not installed'
    assert found(examined, 'examination', 'Sound')['value'] == 'not possible without the module numpy'
    assert found(examined, 'processors')['status'] == 'ok'


@pytest.mark.parametrize('code, said, remedy', [
    ('import os, signal\nos.kill(os.getpid(), signal.SIGILL)', 'it was ended by SIGILL', 'AVX'),
    ('import ctypes\nctypes.string_at(0)', 'it was ended by SIGSEGV', 'LD_LIBRARY_PATH'),
    ('raise ImportError("libcudart.so.10.0: cannot open shared object file: No such file or directory")',
     'libcudart.so.10.0: cannot open shared object file', 'CUDA is missing'),
    ('raise TypeError("Descriptors cannot be created directly.")', 'Descriptors cannot be created', 'protobuf<3.21'),
])
def test_a_tensorflow_that_crashes_is_a_finding(doctor, found, stand_in, code, said, remedy):
    examined = doctor(PYTHONPATH=stand_in('tensorflow', code))
    finding = found(examined, 'TensorFlow')
    assert examined.code == 1 and finding['status'] == 'fail'
    assert said in finding['value'] and remedy in finding['remedy']
    assert found(examined, 'encoding')['status'] == 'ok'  # the last of them


@pytest.mark.skipif(not PUBLISHED.exists(), reason='published wheels are installed for Python 3.7 only')
def test_published_wheels_in_front_of_ours_are_named(doctor, found):
    examined = doctor(PYTHONPATH=os.pathsep.join(str(PUBLISHED / name) for name in ('deepspeech', 'ds-ctcdecoder')))
    assert examined.code == 1
    for name, package in (('deepspeech', 'deepspeech'), ('ds_ctcdecoder', 'ds-ctcdecoder')):
        finding = found(examined, name)
        assert finding['status'] == 'fail' and finding['value'].startswith('0.9.3, ')
        assert 'the published package, not ours' in finding['value']
        assert f'take {PUBLISHED / package} from PYTHONPATH' in finding['remedy'].replace(
            os.path.realpath(str(PUBLISHED)), str(PUBLISHED))
    assert found(examined, 'decoder')['status'] == 'fail'
    assert found(examined, 'TensorFlow')['status'] == 'ok'


def test_without_sox_its_formats_are_named(doctor, found, tmp_path):
    examined = doctor(PATH=tmp_path)
    finding = found(examined, 'SoX')
    assert finding['status'] == 'warn' and 'NIST SPHERE' in finding['value'] and 'apt-get install sox' in finding['remedy']
    assert examined.code == 0


@pytest.mark.skipif(not shutil.which('sox'), reason='SoX is not installed')
def test_sox_is_asked_for_its_formats(doctor, found, stand_in, tmp_path):
    program = tmp_path / 'programs' / 'sox'
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "AUDIO FILE FORMATS: wav wv sph"\n')
    program.chmod(0o755)
    value = found(doctor(PATH=f'{program.parent}:/usr/bin:/bin', PYTHONPATH=stand_in('tensorflow', NO_TENSORFLOW)), 'SoX')
    assert value['status'] == 'warn' and value['value'].endswith('without AMR audio')


def test_places_that_cannot_be_written_are_failures(doctor, found, stand_in):
    examined = doctor(PYTHONPATH=stand_in('tensorflow', NO_TENSORFLOW), XDG_CACHE_HOME='/proc/nowhere',
                      XDG_DATA_HOME='/dev/null/data')
    assert examined.code == 1
    for name, variable in (('cache', 'XDG_CACHE_HOME'), ('data', 'XDG_DATA_HOME')):
        finding = found(examined, name)
        assert finding['status'] == 'fail' and variable in finding['remedy']


def test_traps_of_the_environment_are_named(doctor, found, stand_in, tmp_path):
    (tmp_path / 'libcudnn.so.7').write_bytes(b'')
    examined = doctor(OMP_NUM_THREADS=1, TF_XLA_FLAGS='--tf_xla_auto_jit=2', LD_LIBRARY_PATH=tmp_path, DS_LIBRARY='/nowhere.so',
                      http_proxy='http://someone:secret@proxy:3128', https_proxy='someone:a/secret@proxy:3128',
                      all_proxy='http://someone:a@secret@proxy:3128', no_proxy='localhost',
                      PYTHONPATH=stand_in('tensorflow', NO_TENSORFLOW))
    for name in ('OMP_NUM_THREADS', 'TF_XLA_FLAGS', 'LD_LIBRARY_PATH', 'DS_LIBRARY'):
        assert found(examined, name)['status'] == 'warn', name
    assert found(examined, 'http_proxy') == {'section': 'Environment', 'name': 'http_proxy', 'status': 'ok',
                                             'value': 'http://***@proxy:3128', 'remedy': ''}
    assert found(examined, 'no_proxy')['value'] == 'localhost'
    assert 'secret' not in str(examined.report)


def test_a_report_that_nobody_reads_is_said_once_as_by_all_programs(home):
    paths = os.pathsep.join([str(ROOT / 'training'), str(ROOT / 'native_client' / 'python')])
    done = subprocess.run(f'"{sys.executable}" bin/doctor.py | true', shell=True, cwd=str(ROOT), stderr=subprocess.PIPE,
                          env=dict(home, PYTHONPATH=paths))
    assert done.stderr == b'E standard output cannot be written (nobody reads it any more).\n'


def test_a_locale_that_is_not_utf8_is_named(doctor, found):
    examined = doctor(LC_ALL='C', PYTHONCOERCECLOCALE=0, PYTHONUTF8=0, PYTHONIOENCODING='ascii')
    assert examined.code == 0 and found(examined, 'encoding')['status'] == 'warn'
