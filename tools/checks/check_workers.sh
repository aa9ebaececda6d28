#!/usr/bin/env bash
# Compares workers with processes, through Bazel: the NTK scores of
# //tools/tests/tiny:small_ntk must be the same either way. Prints wall and
# processor time (of Bazel's server and all below it).
# Usage: tools/checks/check_workers.sh [ACTIONS [BAZEL_FLAG ...]]   (ACTIONS: a multiple
# of 20, default 40; flags: of the first build, e.g. --disk_cache=DIR)
set -euo pipefail
cd "$(dirname "$0")/../.."
actions=${1:-40}
shift || true
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ((actions < 20 || actions % 20 != 0)); then
  echo "usage: tools/checks/check_workers.sh [ACTIONS [BAZEL_FLAG ...]], 20 by 20" >&2
  exit 2
fi
outputs=bazel-bin/tools/tests/tiny/small_ntk
seeds=--//tools:seeds=$(seq -s , 0 $((actions / 20 - 1)))
if ! ./bazelw build //tools/tests/tiny:small_ntk --//tools:seeds=0 "$@" \
  >"$work/log" 2>&1; then
  cat "$work/log"
  exit 1
fi
server=$(bazel info server_pid 2>/dev/null)

# Prints the clock ticks of the server, and of its children as far as they have
# ended.
ticks() {
  sleep 1
  sed 's/.*) //' "/proc/$server/stat" | awk '{print $12 + $13 + $14 + $15}'
}

# Computes all scores anew, and sets wall and processor (seconds).
measure() {  # NAME STRATEGY
  local before start
  rm -rf "$outputs"
  before=$(ticks)
  start=$(date +%s%N)
  ./bazelw build //tools/tests/tiny:small_ntk "$seeds" --disk_cache= \
    --remote_cache= "--strategy=NtkScore=$2" --noshow_progress >"$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
  }
  wall=$(awk "BEGIN {print ($(date +%s%N) - $start) / 1e9}")
  processor=$(awk "BEGIN {print ($(ticks) - $before) / $(getconf CLK_TCK)}")
  ran=$(grep -oE "[0-9]+ $2" "$work/log" | tail -n 1)
  (cd "$outputs" && sha256sum ./*.binpb) >"$work/$1"
  printf '%s: %d actions in %.1f s, %.1f s of processor time (%.0f ms each)\n' \
    "$1" "$actions" "$wall" "$processor" \
    "$(awk "BEGIN {print 1000 * $processor / $actions}")"
}

measure workers worker
by_workers=$ran
measure processes linux-sandbox
if [[ $by_workers == "$actions worker" && $(wc -l <"$work/workers") == "$actions" ]] &&
  diff "$work/processes" "$work/workers"; then
  echo "passed: $actions NTK records by workers are those of processes"
else
  echo "FAILED: expected $actions records by workers, equal to those of" \
    "processes, found $(wc -l <"$work/workers"), ${by_workers:-none by workers}"
  exit 1
fi
