#!/usr/bin/env bash
# Trains on the Russian part of VoxForge: about 20 hours that volunteers have read.
#
# usage: bash bin/run-voxforge_ru.sh [flags for DeepSpeech.py]
# Its archives are fetched, unless they lie in data/voxforge_ru/archive.
# Where things go, and how to begin at a later stage: bin/corpus.sh, bin/recipe.sh. A second run goes on.
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh" voxforge_ru

stage 1 'Set-up'
run bash bin/setup.sh

stage 2 'Import'
run "$python" bin/import_voxforge_ru.py "$data" --filter_alphabet data/alphabet_ru.txt

stage 3 'Language model and scorer from the training text'
make_scorer "$data/voxforge-train.csv" data/alphabet_ru.txt "$out/train.scorer"

stage 4 'Training, test and export'
train "$data/voxforge-train.csv" "$data/voxforge-dev.csv" "$data/voxforge-test.csv" data/alphabet_ru.txt \
  --train_batch_size 16 --dev_batch_size 16 --test_batch_size 16 --n_hidden 1024 --learning_rate 0.0003 --dropout_rate 0.25 $(total_epochs 40 "$@") "$@"
