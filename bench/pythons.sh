#!/usr/bin/env bash
# Installs the trainer for each Python, and for each TensorFlow 2, as a user would, runs quick tests there and prints a table.
#
# usage: [PYTHONS="3.7 3.9 ..."] [TENSORFLOWS="2.16 ..."] [TENSORFLOW_PYTHON=3.12] [WORK=build/pythons] [KEEP=yes]
#        bash bench/pythons.sh [arguments for pytest]
#   PYTHONS            Pythons, each with the newest TensorFlow that requirements.txt allows; none: ""
#   TENSORFLOWS        versions of TensorFlow, each with TENSORFLOW_PYTHON; none: ""
#   WORK               where environments, wheels and logs go
#   KEEP               keep the environments, of 2 GB each
#   arguments          other tests than the small selection below, such as: -m 'not slow' tests
#
# Native packages are compiled once for a Python and kept in WORK/wheels; so wheels of others may be laid there. The package
# kenlm, which only scores text for tests of language models, is left out: it has no wheels.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
top=$PWD
work=${WORK:-build/pythons}
pythons=${PYTHONS-3.7 3.9 3.10 3.11 3.12 3.13}
tensorflows=${TENSORFLOWS-2.16 2.17 2.18 2.19 2.20 2.21}
tests=("$@")
# From every room: command line, texts, data, features, graph, training, decoder, scorer, export, client, importers.
[ $# -gt 0 ] || tests=(-m 'not slow' tests/test_command_line.py tests/test_commands.py tests/test_phases.py
  tests/settings/test_flags.py tests/text tests/data/test_csv_source.py tests/data/test_audio.py
  tests/features/test_mfcc.py tests/features/test_pipeline.py tests/model/test_lstm.py tests/model/test_native_lstm.py
  tests/train/test_loss_hygiene.py tests/checkpoints/test_directory.py
  tests/decode/test_scorer_packages.py tests/decode/test_native_search.py tests/evaluate/test_run.py tests/export/test_export.py
  tests/client/test_model.py tests/client/test_command.py tests/console/test_pipes.py tests/corpora/test_import_folder.py)
mkdir -p "$work/wheels"
work=$(cd "$work" && pwd)
tag='import sys; print("cp%d%d" % sys.version_info[:2])'  # of wheels

# Prints the interpreter of a version: on the PATH, or of pyenv.
interpreter() {
  local found
  for found in $(type -aP "python$1") "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
    if "$found" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then echo "$found"; return; fi
  done
  return 1
}

# Makes the wheels of our native packages that are not there yet for the interpreter $1.
make_wheels() {
  local python=$1 directory version wheel
  version=$("$python" -c "$tag")
  "$python" native_client/fetch_kenlm.py || return
  for directory in kenlm:deepspeech_kenlm_tools ctcdecode:ds_ctcdecoder layers:deepspeech_layers python:deepspeech; do
    for wheel in "$work/wheels/${directory#*:}"-*-{"$version",py3}-*.whl; do
      if [ -f "$wheel" ]; then continue 2; fi
    done
    "$python" -m pip wheel --no-deps -w "$work/wheels" "./native_client/${directory%:*}" || return
  done
}

# Installs into the environment $1, with the TensorFlow $2 if one is named.
install() {
  local python=$1/bin/python tensorflow=$2
  "$python" -m pip install --upgrade pip wheel || return
  make_wheels "$python" || return
  grep -v -e '^[.-]' -e '^kenlm' requirements.txt >"$1/requirements.txt"
  echo "${tensorflow:+tensorflow==$tensorflow.*}" >"$1/constraints.txt"
  grep -E '^(pyte|cmake|ninja)' requirements_tests.txt >>"$1/requirements.txt"  # pyte: pytest, pytest-xdist, pyte
  "$python" -m pip install -r "$1/requirements.txt" -c "$1/constraints.txt" || return
  "$python" -m pip install "$work"/wheels/{deepspeech,deepspeech_layers,deepspeech_kenlm_tools}-*.whl \
    "$work"/wheels/ds_ctcdecoder-*-"$("$python" -c "$tag")"-*.whl -c "$1/constraints.txt" || return
  "$python" -m pip install --no-deps .
}

# Prints how many of the installed commands answer.
commands() {
  local name n=0 all=0
  for name in train evaluate transcribe align lm-optimizer make-scorer import doctor; do
    all=$((all + 1))
    if (cd "$work" && "$1/bin/deepspeech-$name" --help) >/dev/null 2>&1; then n=$((n + 1)); fi
  done
  echo "$n of $all"
}

# One line of the table: Python $1, TensorFlow $2 or nothing.
try_out() {
  local name=$1${2:+-tensorflow-$2} python environment log begin summary version installed=failed
  environment=$work/$name log=$work/$name.log begin=$SECONDS
  if ! python=$(interpreter "$1"); then row "$1" "${2:--}" "no python$1 here" - -; return 1; fi
  rm -rf "$environment"
  if "$python" -m venv "$environment" >"$log" 2>&1 && install "$environment" "$2" >>"$log" 2>&1 </dev/null; then
    installed=ok
  fi
  version=$("$environment/bin/python" -c 'from deepspeech_training.compat import VERSION; print(VERSION)' 2>/dev/null || echo -)
  summary='not run'
  if [ $installed = ok ]; then
    env -u PYTHONPATH "$environment/bin/python" -m pytest -p no:cacheprovider -n 2 "${tests[@]}" >>"$log" 2>&1 </dev/null
    summary=$(tail -n 1 "$log" | tr -d = | sed 's/ in .*//')
  fi
  row "$("$python" --version | cut -d' ' -f2)" "$version" "$installed, $((SECONDS - begin)) s in all" \
    "$(commands "$environment")" "$summary"
  [ "${KEEP:-}" = yes ] || rm -rf "$environment"
  [ $installed = ok ] && ! [[ $summary == *failed* || $summary == *error* || $summary != *passed* ]]
}

row() { printf '| %-7s | %-10s | %-20s | %-8s | %s |\n' "$@"; }

n_failed=0
echo "$(uname -sm), $(nproc) processors; pytest ${tests[*]}" | sed "s|$top/||g"
row Python TensorFlow installation commands tests
row --- --- --- --- ---
for version in $pythons; do try_out "$version" '' || n_failed=$((n_failed + 1)); done
for tensorflow in $tensorflows; do try_out "${TENSORFLOW_PYTHON:-3.12}" "$tensorflow" || n_failed=$((n_failed + 1)); done
[ $n_failed = 0 ] || echo "$n_failed lines failed; the logs are in $work."
exit $((n_failed > 0))
