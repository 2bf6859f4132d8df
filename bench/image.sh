#!/usr/bin/env bash
# Builds the images and works in them as how-tos say; prints what it took. Without Docker: Debian's buildah does what docker is told.
#
# usage: [variables] bash bench/image.sh [cpu|gpu...]       as root, on Debian 12 with buildah and debootstrap; cpu if none is named
#   WORK             where base image, storage and results go (build/image); 15 GB a kind with overlay, 40 GB with vfs
#   MIRROR           Debian archive that debootstrap makes the base from (that of the system)
#   STORAGE_DRIVER   vfs works anywhere; overlay, where root may mount it, is faster and takes less disk
#   BUILDAH_OPTIONS  further options of builds and runs. Where package indexes need settings, these are mounted and stay out of the
#                    image: '-v FILE:/etc/pip.conf:ro -v FILE:/etc/apt/apt.conf.d/99settings:ro'
# FROM_STAGE=N leaves out the stages before number N, with what an earlier call left.
. "$(dirname "${BASH_SOURCE[0]}")/../bin/recipe.sh"
top=$PWD work=$(realpath -m "${WORK:-build/image}") kinds=("${@:-cpu}")
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}
read -ra options <<<"${BUILDAH_OPTIONS:-}"
base=localhost/debian-base checkout=$work/checkout asr=$work/asr
mkdir -p "$work"

buildah() { command buildah --root "$work/storage" --runroot "$work/run" "$@"; }

# docker build and docker run, as how-tos call them.
docker() {
  local verb=$1; shift
  if [ "$verb" = build ]; then
    buildah bud --isolation chroot --layers "${options[@]}" "$@"
    return
  fi
  local words=() container status=0
  while [[ ${1:-} == -* ]]; do
    case $1 in
      -it | --rm) shift ;;
      -u | --user) words+=(--user "$2"); shift 2 ;;
      *) words+=("$1" "$2"); shift 2 ;;
    esac
  done
  container=$(buildah from --pull-never "$1"); shift
  buildah run --isolation chroot "${options[@]}" "${words[@]}" "$container" -- "$@" || status=$?
  buildah rm "$container" >/dev/null
  return $status
}

# timed WHAT COMMAND...; its output goes to a log, its time to the table at the end.
timed() {
  local what=$1 start=$SECONDS log; shift
  is_wanted || return 0
  log=$work/${what//[^[:alnum:]]/-}.log
  "$@" >"$log" 2>&1 &  # in a process of its own, so that the first command that fails ends it
  wait $! || { tail -n 20 "$log"; die "$what failed; the whole log is $log."; }
  printf '%-70s %5d s\n' "$what" $((SECONDS - start)) | tee -a "$work/results"
}

note() { ! is_wanted || printf '%-70s %s\n' "$1" "$2" | tee -a "$work/results"; }

make_base() {
  mkdir -p "$work/base"
  [ -f "$work/base/root.tar" ] || {
    local mirror=${MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$')}
    debootstrap --variant=minbase bookworm "$work/base/root" "$mirror"
    # As the images of Docker Hub: what was downloaded is not kept.
    echo 'APT::Keep-Downloaded-Packages "false";' >"$work/base/root/etc/apt/apt.conf.d/90keep-nothing"
    rm -rf "$work/base/root"/var/{cache/apt/archives/*.deb,lib/apt/lists/*}
    tar -C "$work/base/root" -cf "$work/base/root.tar" .
    rm -rf --one-file-system "$work/base/root"
  }
  printf 'FROM scratch\nADD root.tar /\nENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' >"$work/base/Dockerfile"
  docker build -t $base "$work/base"
}

# A repository of the working tree's files, to be the context of builds and to be cloned.
copy_checkout() {
  rm -rf "$checkout" && mkdir -p "$checkout"
  git ls-files -z | tar --null -T - -cf - | tar -xf - -C "$checkout"
  git -C "$checkout" init -q -b main
  git -C "$checkout" add -A
  git -C "$checkout" -c user.name=bench -c user.email=bench@localhost commit -qm 'As it is'
}

# build KIND; as a person builds an image of a checkout.
build() {
  local file=Dockerfile.train
  [ "$1" = cpu ] || file=Dockerfile
  make -s -C "$checkout" "$file" BASE_IMAGE=$base
  docker build -f "$checkout/$file" -t "deepspeech-train:$1" "$checkout"
}

change_code() { echo '# A change.' >>"$checkout/training/deepspeech_training/main.py"; build "$1"; }
change_native_code() { echo '// A change.' >>"$checkout/native_client/ctcdecode/src/scorer/scorer.cc"; build "$1"; }

# Says which of the expensive layers the build called WHAT made again, by its log.
made_again() {
  awk '/STEP .*: RUN (ONLY=packages|python3 native_client\/fetch)/ {
    what = /ONLY/ ? "packages" : "native parts"; getline; print what (/Using cache/ ? " kept" : " made again") }' \
    "$work/${1//[^[:alnum:]]/-}.log" | paste -sd,
}

sizes() {
  local tag=deepspeech-train:$1
  note "size of the image ($1)" "$(buildah images --format '{{.Size}}' "$tag")"
  is_wanted || return 0
  docker run --rm "$tag" bash -c 'du -sh /usr /opt/deepspeech /opt/deepspeech/lib/python3*/site-packages/{tensorflow,nvidia*} /DeepSpeech 2>/dev/null || true' |
    sed 's/^/    /' | tee -a "$work/results"
}

# lay SET FIRST...; recordings of the tiny data set with the names that the how-to gives its own.
lay() {
  local set=$1 n=0 wav size text; shift
  echo wav_filename,wav_filesize,transcript >"$asr/$set/$set.csv"
  sed 1d "$top/data/tiny-dataset/$set.csv" | sed -n "$1" | while IFS=, read -r wav size text; do
    n=$((n + 1)); name=$set-$(printf %02d $n).wav
    cp "$top/data/tiny-dataset/$wav" "$asr/$set/$name"
    echo "/asr/$set/$name,$size,$text" >>"$asr/$set/$set.csv"
  done
}

# The commands of a how-to for DeepSpeech 0.9.1, in its order and words. Its own are: where the repository is, which revision and base
# image; the native client, which came from a release, is that of the image; the recordings are those of the tiny data set.
prepare_data() {
  rm -rf "$asr" && mkdir -p "$asr"/{train,dev,test,export,tools}
  lay train 1,66p; lay dev 1,22p; lay test 1,10p
  cut -d, -f3 "$top"/data/tiny-dataset/train.csv | sed 1d | sort -u >"$asr/input.txt"
}

prepare_train_environment() {
  cd "$asr/tools"
  git clone --branch main "$checkout" DeepSpeech && cd DeepSpeech
  make Dockerfile.train DEEPSPEECH_REPO=/repository DEEPSPEECH_SHA=main BASE_IMAGE=$base
  options+=(-v "$checkout:/repository:ro")
  cat Dockerfile.train | docker build -t asr/deepspeech:train -
  docker run -it --rm \
    -u root:root \
    -v "$asr:/asr" \
    asr/deepspeech:train cp native_client.amd64.cpu.linux.tar.xz /asr/tools
  cd "$asr/tools"
  mkdir native-client
  tar xf native_client.amd64.cpu.linux.tar.xz -C native-client
  rm native_client.amd64.cpu.linux.tar.xz
}

generate_language_model() {
  docker run -it --rm \
    -u root:root \
    -v "$asr:/asr" \
    asr/deepspeech:train /bin/bash -ex <<'INSIDE'
cd data/lm
python3 generate_lm.py --input_txt /asr/input.txt --output_dir /asr/export \
  --top_k 500000 --kenlm_bins /DeepSpeech/native_client/kenlm/build/bin/ \
  --arpa_order 5 --max_arpa_memory "85%" --arpa_prune "0|0|1" \
  --binary_a_bits 255 --binary_q_bits 8 --binary_type trie --discount_fallback
ls /asr/export
exit
INSIDE
}

generate_scorer() {
  local ASR=$asr
  cd "$ASR/tools/native-client"
  ./generate_scorer_package \
    --alphabet $ASR/tools/DeepSpeech/data/alphabet.txt \
    --lm $ASR/export/lm.binary \
    --vocab $ASR/export/vocab-500000.txt \
    --package $ASR/export/kenlm.scorer \
    --default_alpha 0.931289039105002 \
    --default_beta 1.1834137581510284
}

generate_model() {
  docker run -it --rm \
    -u root:root \
    -v "$asr:/asr" \
    asr/deepspeech:train /bin/bash -ex <<'INSIDE'
python3 -u DeepSpeech.py \
  --train_files /asr/train/train.csv \
  --dev_files /asr/dev/dev.csv \
  --test_files /asr/test/test.csv \
  --n_hidden 134 \
  --epochs 75 \
  --early_stop True \
  --export_dir /asr/export \
  --checkpoint_dir /asr/export/checkpoint \
  --scorer_path /asr/export/kenlm.scorer
ls /asr/export
convert_graphdef_memmapped_format --in_graph=/asr/export/output_graph.pb --out_graph=/asr/export/output_graph.pbmm
exit
INSIDE
}

recognise() {
  cd "$asr/tools/native-client"
  PATH=.:$PATH deepspeech --model "$asr/export/output_graph.pbmm" --scorer "$asr/export/kenlm.scorer" --audio "$asr/test/test-01.wav"
}

# The volumes of the Russian fork's how-to and of the PlayBook, as a user without a name.
other_how_tos() {
  mkdir -p "$work"/{assets,datasets,network,deepspeech-data} && chmod 777 "$work"/{network,deepspeech-data}
  cp "$asr/input.txt" "$work/assets/big-vocabulary.txt"
  docker run -it --rm --user 12345:12345 -v "$work/assets:/assets" -v "$work/datasets:/datasets" -v "$work/network:/network" \
    -v "$work/deepspeech-data:/DeepSpeech/deepspeech-data" "deepspeech-train:${kinds[0]}" /bin/bash -ex <<'INSIDE'
python /DeepSpeech/maintenance/create_language_model.py /assets/big-vocabulary.txt 3 2
ls data/lm
for program in lmplz build_binary filter generate_scorer_package generate_trie convert_graphdef_memmapped_format deepspeech \
  deepspeech-train deepspeech-evaluate deepspeech-transcribe deepspeech-lm-optimizer tensorboard sox ffmpeg; do command -v $program; done
! command -v g++
./DeepSpeech.py --help >/dev/null
python3 DeepSpeech.py --n_hidden 32 --epochs 1 --train_files data/tiny-dataset/dev.csv --dev_files data/tiny-dataset/dev.csv \
  --alphabet_config_path data/tiny-dataset/alphabet.txt --checkpoint_dir /network/checkpoints --export_dir deepspeech-data/export
ls -ln /network/checkpoints deepspeech-data/export
INSIDE
}

stage 1 'Base image'
: >>"$work/results"
if is_wanted; then printf '%s, %s, %s cores\n' "$(date -I)" "$STORAGE_DRIVER" "$(nproc)" >"$work/results"; fi
timed 'base image' make_base

stage 2 'Images'
if is_wanted; then copy_checkout; fi
for kind in "${kinds[@]}"; do
  timed "build of the image ($kind)" build "$kind"
  sizes "$kind"
done

stage 3 'The tiny data set in a container'
timed 'bash bin/train-tiny-dataset.sh in a container' docker run --rm "deepspeech-train:${kinds[0]}" bash bin/train-tiny-dataset.sh
note 'its test' "$(grep -h '^Test on' "$work/bash-bin-train-tiny-dataset-sh-in-a-container.log")"

stage 4 'A how-to for DeepSpeech 0.9.1'
if is_wanted; then copy_checkout; prepare_data; fi
for step in prepare_train_environment generate_language_model generate_scorer generate_model recognise; do
  timed "how-to: ${step//_/ }" "$step"
done
note 'its test' "$(grep -h '^Test on' "$work/how-to--generate-model.log")"
note 'said, heard' "$(sed -n 2p "$asr/test/test.csv" | cut -d, -f3), $(tail -n 1 "$work/how-to--recognise.log")"

stage 5 'Other how-tos'
timed 'how-tos of the Russian fork and the PlayBook' other_how_tos

stage 6 'Changes'
for change in change_code change_native_code; do
  what="build after a ${change//_/ } (${kinds[0]})"
  timed "$what" "$change" "${kinds[0]}"
  note '    layers' "$(made_again "$what")"
done
