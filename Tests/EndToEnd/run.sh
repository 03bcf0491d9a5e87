#!/usr/bin/env bash
# Serves models with the given binary on loopback and uses them as real clients do.
#
# usage: run.sh PLIMSOLL_BINARY [PYTEST ARGUMENT …]
set -euo pipefail
binary=$(realpath "$1")
shift
here=$(cd "$(dirname "$0")" && pwd)
environment=$here/../../.build/end-to-end-python

if ! command -v python3 >/dev/null; then
  echo "end-to-end tests skipped: python3 is missing, so the openai package cannot run"
  exit 0
fi
if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
  rm -rf "$environment"
  if ! { python3 -m venv "$environment" &&
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"; }; then
    rm -rf "$environment"
    echo "end-to-end tests skipped: the openai package cannot be installed here (no Python package index?)"
    exit 0
  fi
  cp "$here/requirements.txt" "$environment/requirements.txt"
fi
PLIMSOLL_BINARY=$binary exec "$environment/bin/python" -m pytest -q -p no:cacheprovider "$here" "$@"
