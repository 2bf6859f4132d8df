#!/usr/bin/env bash
# Brings released models to models/, ready to use; see --help. Runs in the environment of bin/setup.sh, else with the python of the PATH.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit
python=${VENV:-$top/.venv}/bin/python
[ -x "$python" ] || python=python
exec "$python" "$top/bin/fetch_models.py" "$@"
