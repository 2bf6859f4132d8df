# What the recipes share; to be sourced. Changes to the top of the checkout, so relative paths in flags start there.
# FROM_STAGE=N leaves out the stages before number N.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${VENV:-.venv}/bin/python

die() { echo "E $*" >&2; exit 1; }

# The work is done whatever becomes of what is said; the exit code tells of it in the end.
lost=0
trap '[ $? -ne 0 ] || exit $lost' EXIT
trap '' PIPE
[ -e /dev/fd/0 ] || exec </dev/null
[ -e /dev/fd/1 ] || { exec >/dev/null; lost=1; }
[ -e /dev/fd/2 ] || { exec 2>/dev/null; lost=1; }

# say FORMAT WORD...; as printf
say() { printf "$@" 2>/dev/null || { exec >/dev/null; lost=1; }; }

# stage NUMBER WHAT
stage() {
  present_stage=$1
  if is_wanted; then say '\n== %s. %s\n' "$1" "$2"; fi
}

present_stage=1
case "${FROM_STAGE:=1}" in '' | *[!0-9]*) die "FROM_STAGE=$FROM_STAGE: expected the number of a stage." ;; esac
is_wanted() { [ "$present_stage" -ge "$FROM_STAGE" ]; }

# Prints a command as it could be typed at the top of the checkout, and runs it.
run() {
  is_wanted || return 0
  printf '+%s\n' "$(printf ' %q' "$@")" >&2 || { exec 2>/dev/null; lost=1; }
  "$@"
}

# make_scorer TEXT ALPHABET SCORER; TEXT is a text or a CSV file. Keeps a scorer that is newer than both.
make_scorer() {
  is_wanted || return 0
  if [ "$3" -nt "$1" ] && [ "$3" -nt "$2" ]; then
    say '%s is up to date\n' "$3"
    return
  fi
  mkdir -p "$(dirname "$3")"
  run "$python" bin/make_scorer.py "$1" --alphabet "$2" --output "$3"
}
