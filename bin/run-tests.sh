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
  cp requirements_tests.txt "$venv/tests.stamp"
fi
exec "$venv/bin/python" -m pytest "$@"
