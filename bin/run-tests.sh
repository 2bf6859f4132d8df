#!/usr/bin/env bash
# Sets up and runs the tests.
#
# usage: [PYTHON=python3.11] [VENV=.venv] bash bin/run-tests.sh [arguments for pytest]
#   bash bin/run-tests.sh -m 'not slow'      the quick ones only
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${VENV:-.venv}

bash "$top/bin/setup.sh" ffmpeg make
cd "$top"
if ! cmp -s requirements_tests.txt "$venv/tests.stamp"; then
  "$venv/bin/python" -m pip install -q -r requirements_tests.txt
  # The published decoder and the TensorFlow Lite client have the names of others and exist for old Pythons only; tests run
  # them in processes of their own.
  if "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info >= (3, 8))'; then
    "$venv/bin/python" -m pip install -q --upgrade --no-deps --target "$venv/published" ds-ctcdecoder==0.9.3
    "$venv/bin/python" -m pip install -q --upgrade --no-deps --target "$venv/published-tflite" deepspeech-tflite==0.9.3
  fi
  cp requirements_tests.txt "$venv/tests.stamp"
fi
exec "$venv/bin/python" -m pytest "$@"
