#!/usr/bin/env bash
# The dependency rule between the top-level folders, by `bazel query`:
#   nas       depends on no other folder
#   training  on nas
#   ntk       on nas, and on training for data sets and attacks only
#   analysis  on nas and on the records' protos, never on LibTorch
# Claims know neither HTML nor the report, which renders them.
# What only counts (cells, indices, cost, data readers) is free of LibTorch too.
# Usage: tools/check_dependencies.sh [BAZEL [STARTUP_OPTION ...]]
set -euo pipefail
cd "$(dirname "$0")/.."
bazel=("${@:-./bazelw}")
failed=0

# check DESCRIPTION QUERY: the query must have an empty result.
check() {
  local found
  found=$("${bazel[@]}" query --noshow_progress "$2" 2>/dev/null) || {
    echo "FAILED: $1: the query itself failed: $2"
    failed=$((failed + 1))
    return
  }
  if [[ -n $found ]]; then
    echo "FAILED: $1; found:"
    head -n 10 <<<"$found" | sed 's/^/  /'
    failed=$((failed + 1))
  else
    echo "passed: $1"
  fi
}

uses() { echo "deps($1) intersect ($2)"; }

check "nas depends on no other folder" \
  "$(uses //nas/... '//training/... + //ntk/... + //analysis/... + //tools/...')"
check "training depends on nas only" \
  "$(uses //training/... '//ntk/... + //analysis/... + //tools/...')"
check "ntk depends on nas and on training's data sets and attacks only" \
  "$(uses //ntk/... '(//training:* except kind("proto|source|generated", //training:*)) + //analysis/... + //tools/...')"
# These two copy what the pipeline made.
copies='//analysis:update_golden + //analysis:update_ntk_golden'
analysis="(//analysis/... except ($copies))"
check "analysis depends on nas and on records only" \
  "$(uses "$analysis" 'kind("cc_(library|binary)", //training/... + //ntk/...) + //tools/...')"
check "analysis never depends on LibTorch" \
  "$(uses "$analysis" '@torch//:torch')"
check "claims know neither HTML nor the report" \
  "$(uses //analysis/claims/... 'filter("^//analysis:(escape|figure|gnuplot_script|noise_tables|ntk_study_tables|reproduction_tables|report.*)$", //analysis:*)')"
check "robbench never depends on LibTorch" \
  "$(uses //tools:robbench '@torch//:torch')"
check "what only counts is free of LibTorch" \
  "$(uses '//nas/base/... + //nas:cell + //nas:cost + //nas:isomorphism + //nas:network_plan + //training:preprocess' '@torch//:torch')"
exit $((failed > 0))
