# What the tests of continuous integration (run-tc-*.sh) share; to be sourced. Unlike the recipes for people they set nothing up.
. "$(dirname "${BASH_SOURCE[0]}")/recipe.sh"
tmp=${TMPDIR:-/tmp} data=data/smoke_test
csv=$data/ldc93s1.csv sdb=$data/ldc93s1.sdb scorer=$data/pruned_lm.scorer
export CUDA_VISIBLE_DEVICES=0  # one sentence cannot be divided among several devices

# Makes what is missing of the data: the set of one sentence, the same as an SDB, and a scorer of its words.
prepare() {
  stage 1 'Data'
  [ -f "$csv" ] || run "$python" bin/import_ldc93s1.py "$data"
  [ "$sdb" -nt "$csv" ] || run "$python" bin/data_set_tool.py "$csv" "$sdb"
  if [ ! -f "$scorer" ]; then
    tail -n +2 "$csv" | cut -d , -f 3 >"$data/sentence.txt"
    make_scorer "$data/sentence.txt" data/alphabet.txt "$scorer"
  fi
}

# train_on FILES [flags]; trains, validates and tests on the same.
train_on() {
  local files=$1; shift
  stage 2 'Training and test'
  run "$python" -u DeepSpeech.py --noshow_progressbar --noearly_stop \
    --train_files "$files" --train_batch_size 1 --dev_files "$files" --dev_batch_size 1 --test_files "$files" \
    --test_batch_size 1 --n_hidden 100 --max_to_keep 1 --learning_rate 0.001 --dropout_rate 0.05 --scorer_path "$scorer" "$@"
}
