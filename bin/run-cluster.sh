#!/usr/bin/env bash
# Trains with several processes together; see --help. Runs in the environment of bin/setup.sh, else with the python of the PATH.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit
python=${VENV:-$top/.venv}/bin/python
[ -x "$python" ] || python=python
exec "$python" "$top/bin/run_cluster.py" "$@"
