# make Dockerfile.train [GPU=yes] [BASE_IMAGE=debian:12.12-slim] [DEEPSPEECH_REPO=URL] [DEEPSPEECH_SHA=REVISION]
# make Dockerfile               as Dockerfile.train for NVIDIA GPUs
# make native_client

BASE_IMAGE ?= debian:12.12-slim
GPU ?= no

# Without a repository the image holds this checkout, which is the context of its build. With one, it is cloned while the image is
# built, and no context is needed: docker build -t asr/deepspeech:train - <Dockerfile.train
ifeq ($(DEEPSPEECH_REPO),)
ifneq ($(DEEPSPEECH_SHA),)
$(error DEEPSPEECH_SHA=$(DEEPSPEECH_SHA) is a revision of a repository that is cloned; say which one with DEEPSPEECH_REPO=URL, or check \
the revision out here and leave it out)
endif
endif
DEEPSPEECH_SHA ?= HEAD

# Made again each time, because the variables may have changed.
FILL = sed -e 's|@BASE_IMAGE@|$(BASE_IMAGE)|' -e 's|@GPU@|$(GPU)|' -e 's|@DEEPSPEECH_REPO@|$(DEEPSPEECH_REPO)|' \
	-e 's|@DEEPSPEECH_SHA@|$(DEEPSPEECH_SHA)|' $< >$@

Dockerfile%: Dockerfile%.tmpl FORCE
	$(FILL)

Dockerfile: GPU = yes
Dockerfile: Dockerfile.train.tmpl FORCE
	$(FILL)

.PHONY: FORCE
FORCE:

# The archive of native programs, as published: native_client.amd64.cpu.linux.tar.xz. Needs python3, cmake, ninja and a C++ compiler;
# those that bin/setup.sh and pip put into .venv are found there.
.PHONY: native_client
native_client:
	PATH="$(CURDIR)/.venv/bin:$$PATH" python3 native_client/make_archive.py --output "$(CURDIR)"
