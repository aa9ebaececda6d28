#!/usr/bin/env bash
# Makes a root of a Debian release in a directory, with certificates and nothing
# else that is not essential. Needs a Debian machine and root.
# Usage: make_root.sh RELEASE DIRECTORY [MIRROR]   (default: what apt takes
# packages from here)
set -euo pipefail
command -v mmdebstrap >/dev/null || {
  apt-get update && apt-get install -y --no-install-recommends mmdebstrap
} >/dev/null
mirror=${3-}
if [[ -z $mirror ]]; then
  mirror=$(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' | grep -v security | head -n 1)
fi
# A mirror may be a snapshot whose release file has expired.
mmdebstrap --quiet --variant=minbase --include=ca-certificates \
  --aptopt='Acquire::Check-Valid-Until "false"' "$1" "$2" "$mirror"
