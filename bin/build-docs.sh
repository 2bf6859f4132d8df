#!/usr/bin/env bash
# Builds the site of the pages in doc/: build/docs/index.html. Warnings, also of links that lead nowhere, are errors.
#
# usage: [PYTHON=python3] [DOCS_VENV=.venv-docs] bash bin/build-docs.sh [arguments for sphinx-build]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv=${DOCS_VENV:-.venv-docs}

if ! cmp -s requirements_docs.txt "$venv/docs.stamp"; then
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check -r requirements_docs.txt
  cp requirements_docs.txt "$venv/docs.stamp"
fi
# Without what an earlier build knows: the navigation and the flags come from more than the pages that Sphinx watches.
"$venv/bin/python" -m sphinx -b html -W --keep-going -q -E -j auto -d build/docs-trees -c doc "$@" . build/docs
echo "The site is build/docs/index.html."
