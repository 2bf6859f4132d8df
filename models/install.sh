#!/usr/bin/env bash
# The name by which older how-tos call bin/fetch_models.sh: unpacks the archives that lie beside it, or what is named.
exec bash "$(dirname "${BASH_SOURCE[0]}")/../bin/fetch_models.sh" "$@"
