# make Dockerfile.train [BASE_IMAGE=debian:12.12-slim]
# make native_client

BASE_IMAGE ?= debian:12.12-slim

# Older Dockerfiles cloned a repository; asking for that must not go unnoticed.
ifneq ($(DEEPSPEECH_REPO)$(DEEPSPEECH_SHA),)
$(error DEEPSPEECH_REPO and DEEPSPEECH_SHA have no effect: the image holds this checkout. Check out what you want, then build)
endif

# Made again each time, because BASE_IMAGE may have changed.
Dockerfile%: Dockerfile%.tmpl FORCE
	sed 's|@BASE_IMAGE@|$(BASE_IMAGE)|' $< >$@

.PHONY: FORCE
FORCE:

# The archive of native programs, as published: native_client.amd64.cpu.linux.tar.xz. Needs python3, cmake, ninja and a C++ compiler;
# those that bin/setup.sh and pip put into .venv are found there.
.PHONY: native_client
native_client:
	PATH="$(CURDIR)/.venv/bin:$$PATH" python3 native_client/make_archive.py --output "$(CURDIR)"
