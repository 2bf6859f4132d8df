#!/usr/bin/env bash
# Sets up everything the trainer needs; a second run finds it done and takes a second.
#
# usage: [PYTHON=python3.11] [VENV=.venv] [GPU=auto|yes|no] [ONLY=packages] bash bin/setup.sh [PROGRAM...]
#   PYTHON  interpreter of the environment: 3.7 (TensorFlow 1.15.5) or 3.9 to 3.13 (TensorFlow 2)
#   VENV    directory of the environment; an existing one is used as it is
#   GPU     install TensorFlow's GPU build; auto: where nvidia-smi works. That of TensorFlow 2 brings CUDA and cuDNN, in the
#           versions that it was built with (constraints-gpu.txt); that of 1.15.5 needs CUDA 10.0 and cuDNN 7.6 on the system
#   ONLY    packages: install what a package index has, and nothing of this checkout or of the system (a layer of an image)
#   PROGRAM further programs to install, each called as its Debian package, such as ffmpeg
#
# System packages are installed on Debian and Ubuntu by root or with a password-free sudo. Everybody else is told
# what is missing and the command that installs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
programs=("$@")
venv=${VENV:-.venv} gpu=${GPU:-auto} only=${ONLY:-}
if [ -x "$venv/bin/python" ]; then python=${PYTHON:-$venv/bin/python}; else python=${PYTHON:-python3}; fi

die() { echo "E $*" >&2; exit 1; }

# echo, which must not end the work where nobody reads what is said.
say() { echo "$@" 2>/dev/null || true; }

# True if the compiler finds the C++ header $1.
has_header() { g++ -E -x c++ - <<<"#include <$1>" >/dev/null 2>&1; }

# True if the system's loader knows the library $1.
has_library() { { ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | grep -F "$1 " >/dev/null; }

# True if the interpreter can run the statement $1.
can() { "$python" -c "$1" 2>/dev/null; }

# True if an image made the environment, with all that was to be compiled; Dockerfile.train.tmpl leaves this word.
is_of_image() { [ "$(cat "$venv/setup.stamp" 2>/dev/null)" = image ]; }

# Prints the Debian packages that are missing. Looks for the things themselves, so that other installations of them count.
missing_packages() {
  local package=${python##*/} program
  command -v sox >/dev/null || echo sox libsox-fmt-all
  has_library libopus.so.0 || ! command -v apt-get >/dev/null || echo libopus0  # only who makes SDB files needs it
  for program in "${programs[@]}"; do command -v "$program" >/dev/null || echo "$program"; done
  if is_of_image; then return; fi
  command -v g++ >/dev/null || echo build-essential
  has_header boost/program_options.hpp || echo libboost-program-options-dev
  has_header boost/system/error_code.hpp || echo libboost-system-dev
  has_header boost/thread.hpp || echo libboost-thread-dev
  has_header boost/test/unit_test.hpp || echo libboost-test-dev
  has_header zlib.h || echo zlib1g-dev
  has_header bzlib.h || echo libbz2-dev
  has_header lzma.h || echo liblzma-dev
  if ! command -v "$python" >/dev/null; then
    echo "$package" "$package-venv" "$package-dev"
    return
  fi
  [ -x "$venv/bin/python" ] || can 'import ensurepip, venv' || echo "$package-venv"
  can 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' || echo "$package-dev"
}

# Runs a command with its output in the log; on failure shows the log's end.
logged() {
  local what=$1; shift
  if ! "$@" >>"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    die "$what failed; the whole log is in $log."
  fi
}

install_system_packages() {
  local missing as_root=() log
  missing=$(missing_packages | xargs)
  [ -n "$missing" ] || return 0
  local command="apt-get update && apt-get install -y --no-install-recommends $missing"
  command -v apt-get >/dev/null || die "The system lacks what these Debian packages hold, please install it: $missing"
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || die "System packages are missing and only root may install them. As root run: $command"
    as_root=(sudo -n)
  fi
  say "setup: installing system packages: $missing"
  log=$(mktemp -t setup-apt.XXXXXX)
  logged "Installing system packages" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c "$command"
  rm -f "$log"
}

check_python() {
  can 'import sys; sys.exit(sys.version_info[:2] not in [(3, 7), (3, 9), (3, 10), (3, 11), (3, 12), (3, 13)])' ||
    die "$python is $("$python" --version 2>&1), and TensorFlow is here for Python 3.7 and 3.9 to 3.13; choose one with PYTHON=python3.x."
  if [ -x "$venv/bin/python" ] && [ "$("$venv/bin/python" --version)" != "$("$python" --version)" ]; then
    die "$venv holds $("$venv/bin/python" --version), not $("$python" --version); remove it, or choose another directory with VENV=DIR."
  fi
}

wants_gpu() { [ "$gpu" = yes ] || { [ "$gpu" = auto ] && nvidia-smi >/dev/null 2>&1; }; }

# Changes whenever the installation could come out otherwise.
fingerprint() {
  { echo "$1"; "$python" --version; pwd
    cat requirements.txt constraints-gpu.txt setup.py training/deepspeech_training/VERSION
    find native_client -path '*/build' -prune -o -path '*/third_party' -prune -o -path '*/examples' -prune -o -path '*/__pycache__' -prune -o -path '*/deepspeech/lib' -prune -o \
      -path '*/deepspeech/bin' -prune -o -path '*/deepspeech/include' -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 cat
  } | sha256sum | cut -d' ' -f1
}

create_environment() {
  if [ ! -x "$venv/bin/pip" ]; then
    say "setup: creating $venv with $("$python" --version)"
    mkdir -p "$venv"
    logged "Creating $venv" "$python" -m venv "$venv"
  fi
  say "setup: installing Python packages and TensorFlow's $build build (minutes; progress in $log)"
  : >"$log"
  logged "Installing pip" "$venv/bin/python" -m pip install --upgrade pip wheel
}

# Installs what requirements.txt says, or the lines of it that are wanted.
install_packages() {
  local requirements=requirements.txt constraints=() edits=() without_ours=(-e '/^\.\//d' -e '/^-e /d')
  if [ "$build" = GPU ]; then
    # The package's own requirement would bring the CPU build back in.
    export DS_NOTENSORFLOW=1
    edits=(-e 's/^tensorflow==/tensorflow-gpu==/' -e 's/^tensorflow>=/tensorflow[and-cuda]>=/')
    # In the ranges that TensorFlow states pip takes the newest CUDA, with which recurrent layers are known to fail.
    constraints=(-c constraints-gpu.txt)
  fi
  # pip compiles kenlm in one process for a minute; that is done while the others are downloaded and unpacked.
  { "$venv/bin/python" -c 'import kenlm' ||
      "$venv/bin/python" -m pip wheel --no-deps -w "$venv/wheels" "$(grep '^kenlm' requirements.txt)"; } >/dev/null 2>&1 </dev/null &
  sed "${edits[@]}" "${without_ours[@]}" -e '/^kenlm/d' requirements.txt >"$venv/others.txt"
  logged "Installing Python packages" "$venv/bin/python" -m pip install -r "$venv/others.txt" "${constraints[@]}"
  wait $! || true  # what failed is tried again below, and reported
  if [ "$only" = packages ]; then edits+=("${without_ours[@]}"); fi
  if [ ${#edits[@]} -gt 0 ]; then
    requirements=$venv/requirements.txt
    sed "${edits[@]}" requirements.txt >"$requirements"
  fi
  # pip takes paths in a requirements file relative to the working directory, which is the checkout here.
  logged "Installing Python packages" "$venv/bin/python" -m pip install --find-links "$venv/wheels" -r "$requirements" \
    "${constraints[@]}"
  rm -rf "$venv/wheels" "$venv/others.txt"
}

install_requirements() {
  local build=CPU log="$venv/setup.log" stamp
  if wants_gpu; then build=GPU; fi
  if is_of_image; then
    say "setup: $venv came with the image and is used as it is"
    return
  fi
  if [ "$only" = packages ]; then
    create_environment
    install_packages
    return
  fi
  stamp=$(fingerprint "$build")
  if [ "$(cat "$venv/setup.stamp" 2>/dev/null)" = "$stamp" ]; then
    say "setup: $venv is up to date"
    return
  fi
  rm -f "$venv/setup.stamp"
  create_environment
  logged "Fetching the sources of KenLM" "$venv/bin/python" native_client/fetch_kenlm.py
  install_packages
  if [ "$build" = GPU ] && can 'import sys; sys.exit(sys.version_info >= (3, 8))' && ! has_library libcudnn.so.7; then
    say "setup: TensorFlow 1.15.5 brings no CUDA libraries: install CUDA 10.0 and cuDNN 7.6 on the system, or it trains on the" \
      "processor. They know GPUs up to compute capability 7.5; for newer ones use TensorFlow 2 (Python 3.9 or newer)."
  fi
  echo "$stamp" >"$venv/setup.stamp"
  say "setup: done; $("$venv/bin/python" -c 'from deepspeech_training.compat import VERSION; print("TensorFlow", VERSION)') in $venv"
}

case "$gpu" in auto | yes | no) ;; *) die "GPU=$gpu: expected auto, yes or no." ;; esac
case "$only" in '') install_system_packages ;; packages) ;; *) die "ONLY=$only: expected packages, or nothing." ;; esac
check_python
install_requirements
