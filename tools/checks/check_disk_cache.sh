#!/usr/bin/env bash
# Checks that a fresh clone takes everything from the cache, and that a second
# build here runs nothing and is quick. Call it after a build of //:reproduce
# with --disk_cache=DIR.
# Usage: tools/checks/check_disk_cache.sh DIR
set -euo pipefail
cache=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'for clone in second third; do
    [[ -d $work/$clone ]] && (cd "$work/$clone" &&
      ./bazelw "--output_base=$work/output-$clone" shutdown) >/dev/null 2>&1
  done; chmod -R u+w "$work"; rm -rf "$work"' EXIT

failed=0
# The best of three builds counts, as other load on the machine is not tested.
milliseconds=999999
for _ in 1 2 3; do
  start=$(date +%s%N)
  ./bazelw run //:reproduce "--disk_cache=$cache" -- --out="$work/again" \
    >"$work/log" 2>&1
  took=$((($(date +%s%N) - start) / 1000000))
  ((took < milliseconds)) && milliseconds=$took
done
if grep -q '1 process: 1 internal' "$work/log" && ((milliseconds <= 2000)); then
  echo "passed: a second run executes nothing ($milliseconds ms)"
else
  echo "FAILED: a second run: expected no action within 2000 ms, found" \
    "$milliseconds ms and: $(grep process "$work/log" || tail -n 5 "$work/log")"
  failed=1
fi

# Makes a clone that has nothing but the cache. What an output base kept from
# earlier builds was not run by the first build, so it is not in the cache. This
# clone then runs it, and one more must take everything.
only_hits() {
  [[ $summary == *"remote cache hit"* && ! $summary =~ sandbox|worker|local ]]
}
for clone in second third; do
  git clone -q . "$work/$clone"
  (cd "$work/$clone" && ./bazelw "--output_base=$work/output-$clone" build \
    //:reproduce "--disk_cache=$cache") >"$work/log" 2>&1 || {
    echo "FAILED: a $clone clone: $(tail -n 5 "$work/log")"
    exit 1
  }
  summary=$(grep -E 'INFO: [0-9]+ process' "$work/log")
  only_hits && break
  echo "a $clone clone ran what the cache does not have: ${summary#INFO: }"
done
if only_hits; then
  echo "passed: a $clone clone takes everything from the cache (${summary#INFO: })"
else
  echo "FAILED: a $clone clone: expected cache hits only, found: $summary"
  failed=1
fi
exit $failed
