#!/usr/bin/env bash
# Sets up and runs the tests.
#
# usage: [PYTHON=python3.11] [VENV=.venv] bash bin/run-tests.sh [arguments for pytest]
#   bash bin/run-tests.sh -m 'not slow'      the quick ones only
#   bash bin/run-tests.sh -n 0 -x tests/lm   in one process, as a debugger wants it
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${VENV:-.venv}

bash "$top/bin/setup.sh" ffmpeg make
cd "$top"
if ! cmp -s requirements_tests.txt "$venv/tests.stamp"; then
  "$venv/bin/python" -m pip install -q -r requirements_tests.txt
  # The published decoder and clients, judges of ours, bear the same names and exist for old Pythons only; tests run them in
  # processes of their own.
  if "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info >= (3, 8))'; then
    for judge in ds-ctcdecoder deepspeech deepspeech-tflite; do
      "$venv/bin/python" -m pip install -q --upgrade --no-deps --target "$venv/published/$judge" "$judge==0.9.3"
    done
  fi
  cp requirements_tests.txt "$venv/tests.stamp"
fi
# Real speech for clients to agree about; without a Debian archive those tests say that they were skipped.
mkdir -p build
import_speech() { "$venv/bin/python" bin/import_asterisk.py en build/asterisk-en >build/asterisk.log 2>&1; }
if [ ! -f build/asterisk-en/test.csv ] && ! import_speech && ! { apt-get update -qq >/dev/null 2>&1 && import_speech; }; then
  echo "W No Asterisk prompts: $(tail -n 1 build/asterisk.log)" >&2
fi
# Two processes gain on two cores already: programs start and files are read meanwhile.
exec "$venv/bin/python" -m pytest -n auto --dist worksteal "$@"
