"""The examination as people start it, here and in environments in which something is broken."""

import json
import os
import subprocess
import sys
import sysconfig
from collections import namedtuple
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# report: what --json printed. of(section, name): (status, value, remedy) of the findings of that name.
Examined = namedtuple('Examined', 'code report errors')


def _environment(home, changes):
    paths = [ROOT / 'training', ROOT / 'native_client' / 'python']
    environment = dict(home, PYTHONPATH=os.pathsep.join(map(str, paths)))
    for name, value in changes.items():
        environment[name] = f'{value}{os.pathsep}{environment["PYTHONPATH"]}' if name == 'PYTHONPATH' else str(value)
    return environment


@pytest.fixture
def doctor(home, tmp_path):
    """doctor(*arguments, python=..., **variables) runs bin/doctor.py --json elsewhere; PYTHONPATH comes in front of ours."""
    def run(*arguments, python=sys.executable, **variables):
        done = subprocess.run([str(python), str(ROOT / 'bin' / 'doctor.py'), '--json', *map(str, arguments)], cwd=str(tmp_path),
                              env=_environment(home, variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
        assert done.stdout, done.stderr.decode()
        return Examined(done.returncode, json.loads(done.stdout.decode('utf-8')), done.stderr.decode('utf-8'))
    return run


@pytest.fixture
def printed(home):
    """printed(*arguments) returns the exit code and the lines of the report for people."""
    def run(*arguments):
        done = subprocess.run([sys.executable, str(ROOT / 'bin' / 'doctor.py'), *map(str, arguments)], cwd=str(ROOT),
                              env=_environment(home, {'COLUMNS': '100'}), stdout=subprocess.PIPE, timeout=600)
        return done.returncode, done.stdout.decode('utf-8').splitlines()
    return run


@pytest.fixture
def environment_without(tmp_path):
    """Function that makes a virtual environment with the packages of this one, but those whose names begin so."""
    def make(*beginnings):
        place = tmp_path / 'environment'
        subprocess.run([sys.executable, '-m', 'venv', '--without-pip', str(place)], check=True)
        (site,) = place.glob('lib/python*/site-packages')
        for package in Path(sysconfig.get_path('purelib')).iterdir():
            if not package.name.lower().startswith(beginnings):
                (site / package.name).symlink_to(package)
        return place / 'bin' / 'python'
    return make


@pytest.fixture
def stand_in(tmp_path):
    """Function that puts a module of that name and code in front of the real one; returns its directory."""
    def make(name, code):
        directory = tmp_path / f'stand-in-{name}'
        directory.mkdir()
        (directory / f'{name}.py').write_text(code)
        return directory
    return make


@pytest.fixture
def found():
    """found(examined, name) returns the only finding of that name; of a section where it is given."""
    def find(examined, name, section=None):
        (finding,) = [each for each in examined.report['findings']
                      if each['name'] == name and section in (None, each['section'])]
        return finding
    return find
