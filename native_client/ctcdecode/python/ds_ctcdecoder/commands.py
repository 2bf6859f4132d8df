"""The package's programs as commands of the Python environment. They replace this process, exit status and all.

Short because the programs themselves are C++.
"""

import os
import sys


def generate_scorer_package():
    _run('generate_scorer_package')


def generate_trie():
    _run('generate_trie')


def enumerate_kenlm_vocabulary():
    _run('enumerate_kenlm_vocabulary')


def _run(name):
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'bin', name)
    os.execv(program, [name] + sys.argv[1:])
