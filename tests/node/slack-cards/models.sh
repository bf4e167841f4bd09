#!/usr/bin/env bash
# Runs models.py with Slack's Python SDK, which it installs into tests/tools.
set -euo pipefail
cd "$(dirname "$0")"
place=$PWD/../../tools/slack-python
if ! cmp -s requirements.txt "$place/requirements.txt"; then
  rm -rf "$place"
  if ! python3 -c 'import ensurepip, venv'; then
    root=()
    [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -q
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends python3-venv
  fi
  python3 -m venv "$place"
  "$place/bin/pip" install --quiet --only-binary :all: --requirement requirements.txt
  cp requirements.txt "$place/"
fi
"$place/bin/python" models.py
