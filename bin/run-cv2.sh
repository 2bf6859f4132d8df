#!/usr/bin/env bash
# Trains on a language of Common Voice.
#
# usage: bash bin/run-cv2.sh ARCHIVE_OR_DIRECTORY [flags for DeepSpeech.py]
# The first word is what commonvoice.mozilla.org gives (cv-corpus-<version>-<date>-<language>.tar.gz), or where it was unpacked.
# ALPHABET=FILE takes that alphabet, and leaves out clips that it cannot write; without it, one is made of the transcripts.
# VALIDATE=FILE.py has the rules of the language for labels (see bin/import_cv2.py --help). A second run goes on.
case "${1:-}" in -* | '') echo "E usage: bash bin/run-cv2.sh ARCHIVE_OR_DIRECTORY [flags for DeepSpeech.py]" >&2; exit 1 ;; esac
case "$1" in /*) source=$1 ;; *) source=$PWD/$1 ;; esac
shift
name=$(basename "${source%/}" | sed -E 's/\.(tar(\.[a-z0-9]+)?|tgz|zip)$//')
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh" "cv2-$name"
clips=$data/clips alphabet=${ALPHABET:-$out/alphabet.txt}

stage 1 'Set-up'
run bash bin/setup.sh

stage 2 'Import'
run "$python" bin/import_cv2.py "$source" --csv_dir "$clips" \
  ${ALPHABET:+--filter_alphabet "$ALPHABET"} ${VALIDATE:+--validate_label_locale "$VALIDATE"}
[ -n "${ALPHABET:-}" ] || make_alphabet "$alphabet" "$clips/train.csv" "$clips/dev.csv" "$clips/test.csv"

stage 3 'Language model and scorer from the training text'
make_scorer "$clips/train.csv" "$alphabet" "$out/train.scorer"

stage 4 'Training, test and export'
train "$clips/train.csv" "$clips/dev.csv" "$clips/test.csv" "$alphabet" \
  --train_batch_size 24 --dev_batch_size 24 --test_batch_size 24 \
  --n_hidden 2048 --learning_rate 0.0001 --dropout_rate 0.30 $(total_epochs 75 "$@") --early_stop true "$@"
