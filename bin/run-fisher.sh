#!/usr/bin/env bash
# Trains on Fisher: 2,000 hours of English telephone calls.
#
# usage: bash bin/run-fisher.sh [flags for DeepSpeech.py]
# LDC2004S13, LDC2005S13, LDC2004T19 and LDC2005T19, which the Linguistic Data Consortium sells, have to lie in data/fisher.
# Where things go, and how to begin at a later stage: bin/corpus.sh, bin/recipe.sh. A second run goes on.
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh" fisher

stage 1 'Set-up'
run bash bin/setup.sh

stage 2 'Import'
run "$python" bin/import_fisher.py "$data" --filter_alphabet data/alphabet.txt

stage 3 'Language model and scorer from the training text'
make_scorer "$data/fisher-train.csv" data/alphabet.txt "$out/train.scorer"

stage 4 'Training, test and export'
train "$data/fisher-train.csv" "$data/fisher-dev.csv" "$data/fisher-test.csv" data/alphabet.txt \
  --train_batch_size 32 --dev_batch_size 32 --test_batch_size 32 --learning_rate 0.0001 $(total_epochs 20 "$@") "$@"
