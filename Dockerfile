# An image that trains, tests, exports and transcribes. Made from Dockerfile.train.tmpl: Dockerfile.train by "make Dockerfile.train",
# and Dockerfile, which has the libraries for NVIDIA GPUs, by "make Dockerfile". doc/images.md says how the image is used.
#   docker build -f Dockerfile.train -t deepspeech-train .
#   docker run -it --rm -v "$PWD/clips:/clips" deepspeech-train python DeepSpeech.py --train_files /clips/train.csv ...
# Every value below can be given to make or, as --build-arg NAME=VALUE, to docker build.

# A point release, so that a build next month finds the same compiler and Python (3.11). A tag can still be moved, a digest cannot;
# which one the tag had could not be looked up where this file was written. "docker pull debian:12.12-slim" prints it, and
# "make Dockerfile.train BASE_IMAGE=debian:12.12-slim@sha256:..." pins it.
ARG BASE_IMAGE=debian:12.12-slim
# Without a repository the image holds the context of its build, this checkout; with one it holds a revision of that, and no context
# is needed: docker build -t deepspeech-train - <Dockerfile.train. Name a revision that stays, as docker remembers what it cloned.
ARG DEEPSPEECH_REPO=
ARG DEEPSPEECH_SHA=HEAD

# What runs. The list of bin/setup.sh without compilers and headers, ffmpeg, and make and git for those who work in a container.
FROM ${BASE_IMAGE} AS system
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates ffmpeg git libopus0 libsox-fmt-all make python3 sox \
  && rm -rf /var/lib/apt/lists/*
ENV LANG=C.UTF-8
WORKDIR /DeepSpeech

# The sources: the context, or what is cloned in its place.
FROM system AS checkout
ARG DEEPSPEECH_REPO
ARG DEEPSPEECH_SHA
COPY . .
RUN [ -z "${DEEPSPEECH_REPO}" ] \
  || { find . -mindepth 1 -delete && git clone "${DEEPSPEECH_REPO}" . && git checkout "${DEEPSPEECH_SHA}" && rm -rf .git; }

# Compilers, which stay behind: later stages only take what they made.
FROM system AS compilers
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    build-essential cmake libboost-program-options-dev libboost-system-dev libboost-test-dev libboost-thread-dev libbz2-dev \
    liblzma-dev ninja-build python3-dev python3-pip python3-venv zlib1g-dev \
  && rm -rf /var/lib/apt/lists/*
ENV PIP_NO_CACHE_DIR=1

# TensorFlow and all else that comes from a package index. Needs three files, so other changes leave this stage as it is.
FROM compilers AS packages
ARG GPU=yes
COPY --from=checkout /DeepSpeech/requirements.txt /DeepSpeech/constraints-gpu.txt ./
COPY --from=checkout /DeepSpeech/bin/setup.sh bin/
RUN ONLY=packages VENV=/opt/deepspeech GPU=${GPU} bash bin/setup.sh \
  && /opt/deepspeech/bin/pip install 'tensorboard>=2.16,<3' \
  && rm /opt/deepspeech/setup.log

# Decoder, client, layers and KenLM's programs as wheels, and the archive of native programs.
FROM compilers AS native
COPY --from=checkout /DeepSpeech/LICENSE .
COPY --from=checkout /DeepSpeech/native_client native_client
RUN python3 native_client/fetch_kenlm.py \
  && python3 -m pip wheel --no-deps --wheel-dir /wheels ./native_client/kenlm ./native_client/ctcdecode ./native_client/layers \
    ./native_client/python
RUN python3 native_client/make_archive.py --output /wheels

# The image: layers from the largest, which changes least, to the code.
FROM system
COPY --from=packages /opt/deepspeech /opt/deepspeech
# Recipes find the environment by VENV. HOME is for any user, also one without an entry in /etc/passwd. The last two are read by
# NVIDIA's container runtime where an image is started without --gpus.
ENV VENV=/opt/deepspeech PATH=/opt/deepspeech/bin:${PATH} HOME=/home/deepspeech \
  NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=native /wheels /opt/wheels
# KenLM's programs lie on the PATH and where how-tos of DeepSpeech look for them.
RUN pip install --no-cache-dir /opt/wheels/*.whl \
  && mv /opt/wheels/*.tar.xz . && rm -r /opt/wheels \
  && mkdir -p native_client/kenlm/build/bin \
  && for program in lmplz filter build_binary; do \
    found=$(python -c "import deepspeech_kenlm; print(deepspeech_kenlm.program('${program}'))") \
    && ln -s "${found}" /usr/local/bin/ && ln -s "${found}" native_client/kenlm/build/bin/ || exit 1; \
  done
COPY --from=checkout /DeepSpeech .
# The trainer is used where it lies, so a checkout that is mounted over /DeepSpeech takes its place. Recipes and programs write into
# these directories, whoever runs them (docker run --user); sticky, so nobody removes what is another's.
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
  && pip check && python -m compileall -q training \
  && mkdir -p build "${HOME}" && chmod 1777 . build data data/lm "${HOME}" \
  && echo image >"${VENV}/setup.stamp"
# Trains, tests, exports and transcribes once, as a user without a name, before anybody gets the image.
RUN setpriv --reuid 12345 --regid 12345 --clear-groups bash bin/train-tiny-dataset.sh --epochs 2 --n_hidden 64 \
  && rm -rf build/* "${HOME}"/.[a-z]*
CMD ["bash"]
