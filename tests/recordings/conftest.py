"""A model, as checkpoint and exported, and the programs that use it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / 'tests' / 'golden'
KINDS = ('checkpoint', 'exported')


@pytest.fixture
def run_program(home):
    """Function (name of a program of bin/, words) that runs it and returns subprocess.CompletedProcess."""
    def run(name, *words, timeout=300):
        return subprocess.run(command_of(name, *words), cwd=str(ROOT), env=home, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True, encoding='utf-8', timeout=timeout)
    return run


def command_of(name, *words):
    return [sys.executable, str(ROOT / 'bin' / f'{name}.py'), *map(str, words)]


@pytest.fixture
def model_flags(tmp_path):
    """Flags that choose one and the same model of 48 units, by where it is: a checkpoint, or an exported model."""
    directory = tmp_path / 'ckpt'
    shutil.copytree(str(GOLDEN / 'ds093-plain' / 'checkpoint'), str(directory))
    return {'checkpoint': ['--checkpoint_dir', directory, '--n_hidden', 48],
            'exported': ['--model', GOLDEN / 'ds093-plain' / 'output_graph.pb']}
