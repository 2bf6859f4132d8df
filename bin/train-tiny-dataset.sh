#!/usr/bin/env bash
# From a fresh clone to a trained, tested and exported model that transcribes: a few minutes on two processor cores.
#
# usage: bash bin/train-tiny-dataset.sh [flags for DeepSpeech.py]
# Everything made goes to build/tiny/; a second run takes up the training where the first one stopped.
. "$(dirname "${BASH_SOURCE[0]}")/recipe.sh"
data=data/tiny-dataset out=build/tiny

stage 1 'Set-up'
run bash bin/setup.sh

stage 2 'Language model and scorer from the sentences of the data set'
make_scorer "$data/sentences.txt" "$data/alphabet.txt" "$out/tiny.scorer"

stage 3 'Training, test and export'
run "$python" DeepSpeech.py \
  --train_files "$data/train.csv" --dev_files "$data/dev.csv" --test_files "$data/test.csv" \
  --alphabet_config_path "$data/alphabet.txt" --scorer_path "$out/tiny.scorer" \
  --train_batch_size 16 --dev_batch_size 16 --test_batch_size 16 \
  --n_hidden 128 --learning_rate 0.002 --dropout_rate 0.3 \
  --epochs 150 --early_stop true --es_epochs 15 \
  --checkpoint_dir "$out/checkpoints" --export_dir "$out/export" --remove_export true "$@"

stage 4 'Transcription of a recording with the exported model'
IFS=, read -r wav _ said < <(sed -n 2p "$data/test.csv")
say 'said:  %s\n' "$said"
run "${python%/*}/deepspeech" --model "$out/export/output_graph.pbmm" --scorer "$out/tiny.scorer" --audio "$data/$wav" | sed 's/^/heard: /'
