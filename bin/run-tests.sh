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
  # The published decoder has the name of ours and exists for old Pythons only; tests run it in a process of its own.
  if "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info >= (3, 8))'; then
    "$venv/bin/python" -m pip install -q --upgrade --no-deps --target "$venv/published" ds-ctcdecoder==0.9.3
  fi
  cp requirements_tests.txt "$venv/tests.stamp"
fi
exec "$venv/bin/python" -m pytest "$@"
