#!/usr/bin/env bash
# A test of continuous integration: trains on an SDB and a CSV file of one sentence (LDC93S1) together, tests and exports.
#
# usage: bash bin/run-tc-ldc93s1_new_sdb_csv.sh EPOCHS SAMPLE_RATE [flags for DeepSpeech.py]
. "$(dirname "${BASH_SOURCE[0]}")/recipe-tc.sh"
[ $# -ge 2 ] || die "usage: bash bin/run-tc-ldc93s1_new_sdb_csv.sh EPOCHS SAMPLE_RATE, for example 109 16000"
epochs=$1 rate=$2; shift 2
prepare
train_on "$sdb,$csv" --feature_cache "$tmp/ldc93s1_cache_sdb_csv" --epochs "$epochs" --checkpoint_dir "$tmp/ckpt_sdb_csv" \
  --export_dir "$tmp/train_sdb_csv" --audio_sample_rate "$rate" "$@"
