# make Dockerfile.train [BASE_IMAGE=debian:12.12-slim]

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
