#!/usr/bin/env bash
# Trains on LibriSpeech: 960 hours of English audio books. Takes 60 GB for the archives and as much again for the clips.
#
# usage: bash bin/run-librivox.sh [flags for DeepSpeech.py]
# SETS=train-clean-100,dev-clean,test-clean takes some of its sets only. Where things go, and how to begin at a later stage:
# bin/corpus.sh, bin/recipe.sh. A second run goes on.
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh" librivox
sets=${SETS:-train-clean-100,train-clean-360,train-other-500,dev-clean,dev-other,test-clean,test-other}

# csv_files KIND; prints the CSV files of the sets of that kind, with commas between
csv_files() {
  tr , '\n' <<<"$sets" | sed -n "s|^$1-.*|$data/librivox-&.csv|p" | paste -sd,
}

stage 1 'Set-up'
run bash bin/setup.sh

stage 2 'Import'
run "$python" bin/import_librivox.py "$data" --sets "$sets" --filter_alphabet data/alphabet.txt

stage 3 'Language model and scorer from the training text'
IFS=, read -r text _ <<<"$(csv_files train)"
make_scorer "$text" data/alphabet.txt "$out/train.scorer"

stage 4 'Training, test and export'
train "$(csv_files train)" "$(csv_files dev)" "$(csv_files test)" data/alphabet.txt \
  --train_batch_size 12 --dev_batch_size 12 --test_batch_size 12 \
  --learning_rate 0.0001 --dropout_rate 0.30 $(total_epochs 15 "$@") "$@"
