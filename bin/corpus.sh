# What recipes for whole corpora share; to be sourced with the name of the corpus: . corpus.sh NAME
#
# Archives are looked for in ${COMPUTE_DATA_DIR:-data}/NAME, and everything imported goes there. Checkpoints go to
# $COMPUTE_KEEP_DIR if that is a directory, else to deepspeech/NAME in the user's data directory; scorer and export to build/NAME.
. "$(dirname "${BASH_SOURCE[0]}")/recipe.sh"
corpus=$1
data=${COMPUTE_DATA_DIR:-data}/$corpus
out=build/$corpus
checkpoints=${XDG_DATA_HOME:-$HOME/.local/share}/deepspeech/$corpus
if [ -d "${COMPUTE_KEEP_DIR:-}" ]; then checkpoints=$COMPUTE_KEEP_DIR; fi

# make_alphabet ALPHABET CSV...; keeps an alphabet that is newer than all of them.
make_alphabet() {
  is_wanted || return 0
  local alphabet=$1 csv
  shift
  for csv; do
    [ "$alphabet" -nt "$csv" ] || { mkdir -p "$(dirname "$alphabet")"; run "$python" bin/make_alphabet.py "$@" -o "$alphabet"; return; }
  done
  say '%s is up to date\n' "$alphabet"
}

# total_epochs N FLAG...; prints the flag that ends the training after N epochs in all runs, unless one of the flags says otherwise.
total_epochs() {
  local word
  for word in "${@:2}"; do
    case "$word" in --epoch | --epoch=* | --epochs | --epochs=* | --total_epochs | --total_epochs=*) return ;; esac
  done
  echo "--total_epochs=$1"
}

# train TRAIN DEV TEST ALPHABET FLAG...; sets are lists with commas between. Tests with the scorer and exports.
train() {
  local train=$1 dev=$2 test=$3 alphabet=$4
  shift 4
  run "$python" -u DeepSpeech.py \
    --train_files "$train" --dev_files "$dev" --test_files "$test" \
    --alphabet_config_path "$alphabet" --scorer_path "$out/train.scorer" \
    --checkpoint_dir "$checkpoints" --export_dir "$out/export" --remove_export true "$@"
}
