#!/usr/bin/env bash
# Overfits one sentence (LDC93S1): shows that a set-up trains.
#
# usage: bash bin/run-ldc93s1.sh [flags for DeepSpeech.py]
# Works without network when LDC93S1.wav and LDC93S1.txt are in data/ldc93s1/. Checkpoints go to $COMPUTE_KEEP_DIR if that
# is a directory, else to deepspeech/ldc93s1 in the user's data directory; a second run takes them up.
. "$(dirname "${BASH_SOURCE[0]}")/recipe.sh"
data=data/ldc93s1
checkpoints=${XDG_DATA_HOME:-$HOME/.local/share}/deepspeech/ldc93s1
if [ -d "${COMPUTE_KEEP_DIR:-}" ]; then checkpoints=$COMPUTE_KEEP_DIR; fi

stage 1 'Set-up'
run bash bin/setup.sh

stage 2 'Import'
[ -f "$data/ldc93s1.csv" ] || run "$python" bin/import_ldc93s1.py "$data"

stage 3 'Training and test'
# One utterance cannot be divided among several devices.
export CUDA_VISIBLE_DEVICES=0
run "$python" -u DeepSpeech.py --noshow_progressbar \
  --train_files "$data/ldc93s1.csv" --test_files "$data/ldc93s1.csv" --train_batch_size 1 --test_batch_size 1 \
  --n_hidden 100 --epochs 200 --checkpoint_dir "$checkpoints" "$@"
