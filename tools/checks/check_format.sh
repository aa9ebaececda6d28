#!/usr/bin/env bash
# Checks that all C++ files are as clang-format 14 (Debian 12's) writes them.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v clang-format-14 >/dev/null; then
  apt-get install -y --no-install-recommends clang-format-14 >/dev/null 2>&1 || {
    echo "SKIPPED: format (clang-format-14 cannot be installed here)"
    exit 0
  }
fi
git ls-files -z '*.cc' '*.h' | xargs -0 clang-format-14 --dry-run -Werror
