#!/usr/bin/env bash
# Trains on TIMIT: 5 hours of English sentences. There is no dev set; the test set stands in, as in the first version.
#
# usage: bash bin/run-timit.sh [flags for DeepSpeech.py]
# TIMIT-LDC93S1.tgz, which the Linguistic Data Consortium sells, has to lie in data/timit.
# Where things go, and how to begin at a later stage: bin/corpus.sh, bin/recipe.sh. A second run goes on.
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh" timit

stage 1 'Set-up'
run bash bin/setup.sh

stage 2 'Import'
run "$python" bin/import_timit.py "$data" --filter_alphabet data/alphabet.txt

stage 3 'Language model and scorer from the training text'
make_scorer "$data/TIMIT/timit_train.csv" data/alphabet.txt "$out/train.scorer"

stage 4 'Training, test and export'
train "$data/TIMIT/timit_train.csv" "$data/TIMIT/timit_test.csv" "$data/TIMIT/timit_test.csv" data/alphabet.txt \
  --train_batch_size 8 --dev_batch_size 8 --test_batch_size 8 --n_hidden 494 $(total_epochs 50 "$@") "$@"
