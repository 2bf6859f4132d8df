#!/usr/bin/env bash
# Trains on TED-LIUM 2: about 200 hours of English talks.
#
# usage: bash bin/run-ted.sh [flags for DeepSpeech.py]
# The archive TEDLIUM_release2.tar.gz (34 GB) is fetched, unless it lies in data/ted.
# Where things go, and how to begin at a later stage: bin/corpus.sh, bin/recipe.sh. A second run goes on.
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh" ted

stage 1 'Set-up'
run bash bin/setup.sh

stage 2 'Import'
run "$python" bin/import_ted.py "$data" --filter_alphabet data/alphabet.txt

stage 3 'Language model and scorer from the training text'
make_scorer "$data/ted-train.csv" data/alphabet.txt "$out/train.scorer"

stage 4 'Training, test and export'
train "$data/ted-train.csv" "$data/ted-dev.csv" "$data/ted-test.csv" data/alphabet.txt \
  --train_batch_size 16 --dev_batch_size 8 --test_batch_size 8 --learning_rate 0.0001 --dropout_rate 0.30 $(total_epochs 10 "$@") "$@"
