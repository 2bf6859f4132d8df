# What the recipes share; to be sourced. Changes to the top of the checkout, so relative paths in flags start there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${VENV:-.venv}/bin/python

die() { echo "E $*" >&2; exit 1; }

# stage NUMBER WHAT
stage() { printf '\n== %s. %s\n' "$1" "$2"; }

# Prints a command as it could be typed at the top of the checkout, and runs it.
run() {
  { printf '+'; printf ' %q' "$@"; printf '\n'; } >&2
  "$@"
}

# make_scorer TEXT ALPHABET SCORER; keeps a scorer that is newer than both.
make_scorer() {
  if [ "$3" -nt "$1" ] && [ "$3" -nt "$2" ]; then
    echo "$3 is up to date"
    return
  fi
  mkdir -p "$(dirname "$3")"
  run "$python" bin/make_scorer.py "$1" --alphabet "$2" --output "$3"
}
