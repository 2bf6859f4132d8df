#!/usr/bin/env bash
# Trains on Switchboard: 300 hours of English telephone calls.
#
# usage: bash bin/run-swb.sh [flags for DeepSpeech.py]
# swb1_LDC97S62.tgz, which the Linguistic Data Consortium sells, has to lie in data/swb.
# Where things go, and how to begin at a later stage: bin/corpus.sh, bin/recipe.sh. A second run goes on.
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh" swb

stage 1 'Set-up'
run bash bin/setup.sh

stage 2 'Import'
run "$python" bin/import_swb.py "$data" --filter_alphabet data/alphabet.txt

stage 3 'Language model and scorer from the training text'
make_scorer "$data/LDC97S62/swb-train.csv" data/alphabet.txt "$out/train.scorer"

stage 4 'Training, test and export'
train "$data/LDC97S62/swb-train.csv" "$data/LDC97S62/swb-dev.csv" "$data/LDC97S62/swb-test.csv" data/alphabet.txt \
  --train_batch_size 13 --dev_batch_size 13 --test_batch_size 13 --learning_rate 0.0001 --dropout_rate 0.15 $(total_epochs 15 "$@") "$@"
