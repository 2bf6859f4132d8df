#!/usr/bin/env bash
# Trains on real speech: the telephone prompts of the Asterisk exchange, about 15 minutes of one speaker.
#
# usage: bash bin/run-asterisk.sh [en|es|fr|it|ru] [flags for DeepSpeech.py]
# Data goes to data/asterisk-<language>/, everything made from it to build/asterisk-<language>/; a second run goes on.
. "$(dirname "${BASH_SOURCE[0]}")/recipe.sh"
language=en
case "${1:-}" in
  en | es | fr | it | ru) language=$1; shift ;;
  -* | '') ;;
  *) die "$1: there are prompts in en, es, fr, it and ru; choose one of them." ;;
esac
data=data/asterisk-$language out=build/asterisk-$language

stage 1 'Set-up'
run bash bin/setup.sh ffmpeg

stage 2 'Import'
run "$python" bin/import_asterisk.py "$language" "$data"

stage 3 'Language model and scorer from the training text'
make_scorer "$data/train.txt" "$data/alphabet.txt" "$out/train.scorer"

stage 4 'Training, test and export'
run "$python" DeepSpeech.py \
  --train_files "$data/train.csv" --dev_files "$data/dev.csv" --test_files "$data/test.csv" \
  --alphabet_config_path "$data/alphabet.txt" --scorer_path "$out/train.scorer" \
  --train_batch_size 16 --dev_batch_size 16 --test_batch_size 16 \
  --n_hidden 256 --learning_rate 0.001 --dropout_rate 0.2 --epochs 60 \
  --checkpoint_dir "$out/checkpoints" --export_dir "$out/export" --remove_export true "$@"
