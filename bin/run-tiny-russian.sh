#!/usr/bin/env bash
# Trains on real Russian speech: the telephone prompts of the Asterisk exchange, about 20 minutes of one speaker.
#
# usage: bash bin/run-tiny-russian.sh [flags for DeepSpeech.py]
# As bin/run-asterisk.sh ru, with the Russian alphabet of the repository, which other Russian models can share.
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh" tiny-russian
alphabet=data/alphabet_ru.txt

stage 1 'Set-up'
run bash bin/setup.sh ffmpeg

stage 2 'Import'
run "$python" bin/import_asterisk.py ru "$data" --filter_alphabet "$alphabet"

stage 3 'Language model and scorer from the training text'
make_scorer "$data/train.txt" "$alphabet" "$out/train.scorer"

stage 4 'Training, test and export'
train "$data/train.csv" "$data/dev.csv" "$data/test.csv" "$alphabet" \
  --train_batch_size 16 --dev_batch_size 16 --test_batch_size 16 \
  --n_hidden 256 --learning_rate 0.001 --dropout_rate 0.2 $(total_epochs 60 "$@") "$@"
