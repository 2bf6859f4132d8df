#!/usr/bin/env bash
# A test of continuous integration: trains on an SDB of one sentence (LDC93S1), tests and exports.
#
# usage: bash bin/run-tc-ldc93s1_new_sdb.sh EPOCHS SAMPLE_RATE [flags for DeepSpeech.py]
. "$(dirname "${BASH_SOURCE[0]}")/recipe-tc.sh"
[ $# -ge 2 ] || die "usage: bash bin/run-tc-ldc93s1_new_sdb.sh EPOCHS SAMPLE_RATE, for example 220 16000"
epochs=$1 rate=$2; shift 2
prepare
train_on "$sdb" --epochs "$epochs" --checkpoint_dir "$tmp/ckpt_sdb" --export_dir "$tmp/train_sdb" --audio_sample_rate "$rate" "$@"
