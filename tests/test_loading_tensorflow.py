"""Loading TensorFlow leaves out packages that nothing here uses, and hides them only meanwhile."""

import json
import subprocess
import sys

from deepspeech_training.compat import UNUSED

AFTERWARDS = '''
import gc, importlib.util, json, sys, types
{before}
from deepspeech_training.compat import UNUSED
print(json.dumps([[name for name in UNUSED if name in sys.modules], gc.isenabled(),
                  importlib.util.find_spec('pandas') is not None if 'pandas' not in sys.modules else None]))
'''
LOADED_BEFORE = '''
for name in {names}:
    sys.modules[name] = types.ModuleType(name)
gc.disable()
'''


def loaded_in_own_process(before=''):
    result = subprocess.run([sys.executable, '-c', AFTERWARDS.format(before=before)], stdout=subprocess.PIPE,
                            universal_newlines=True, check=True)
    return json.loads(result.stdout)


def test_what_nothing_uses_is_not_loaded_and_can_be_found_afterwards():
    code = 'import importlib.util; print(importlib.util.find_spec("pandas") is not None)'
    has_pandas = subprocess.run([sys.executable, '-c', code], stdout=subprocess.PIPE, check=True).stdout.strip() == b'True'
    assert loaded_in_own_process() == [[], True, has_pandas]


def test_what_was_loaded_before_stays():
    names = [name for name in UNUSED if '.' not in name]
    assert loaded_in_own_process(LOADED_BEFORE.format(names=names)) == [names, False, None]
