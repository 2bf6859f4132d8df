#!/usr/bin/env bash
# A test of continuous integration: what run-tc-ldc93s1_new_sdb.sh has trained goes on from its checkpoint.
#
# usage: bash bin/run-tc-ldc93s1_checkpoint_sdb.sh [flags for DeepSpeech.py]
. "$(dirname "${BASH_SOURCE[0]}")/recipe-tc.sh"
log=$tmp/ckpt_sdb.log
prepare
train_on "$sdb" --epochs 1 --checkpoint_dir "$tmp/ckpt_sdb" "$@" 2>&1 | tee "$log"
grep -q 'Loading best validating checkpoint from' "$log" || die "$log: no best validated checkpoint was loaded."
