"""The package that brings KenLM's programs."""

import subprocess

import deepspeech_kenlm
import pytest


@pytest.mark.parametrize('name', deepspeech_kenlm.PROGRAMS)
def test_programs_are_there_and_start(name):
    result = subprocess.run([deepspeech_kenlm.program(name)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, universal_newlines=True)
    assert 'sage' in result.stdout or 'language model' in result.stdout.lower()


def test_an_unknown_program_is_named():
    with pytest.raises(ValueError, match='query: not one of'):
        deepspeech_kenlm.program('query')
