#!/usr/bin/env bash
# Checks the dependency rule between folders (ARCHITECTURE.md) by `bazel query`:
#   nas       on no other folder; the search space itself (//nas:all) neither on
#             LibTorch nor on kernels; the CPU engines not on LibTorch
#   training  on nas
#   ntk       on nas, and on training for data sets and attacks only
#   analysis  on nas and on the records' protos, never on LibTorch; in it each
#             layer on those before it only:
#             text, {table, collect, published}, statistics, search, studies,
#             claims, report; figures on all but claims and report; the
#             predictor study on no other study
# Libraries that only count (cells, indices, cost, data readers) do not depend on
# LibTorch either.
# Usage: tools/checks/check_dependencies.sh [BAZEL [STARTUP_OPTION ...]]
set -euo pipefail
cd "$(dirname "$0")/../.."
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
# The suite only names attacks, and the rest of the folder evaluates networks.
evaluation="kind('cc_(library|binary)', //training/evaluation:*)"
check "ntk depends on nas and on training's data sets and attacks only" \
  "$(uses //ntk/... "(//training:* except kind('proto|source|generated', //training:*)) + \
    //training/checkpoint:* + //training/cuda:* + //training/parity:* + \
    (//training/trace:* except kind('proto|source|generated', //training/trace:*)) + \
    ($evaluation except (//training/evaluation:attack_suite + //training/evaluation:run_attack)) + \
    //analysis/... + //tools/...")"
# These targets copy what the pipeline made.
copies='//analysis:update_golden + //analysis/studies/ntk:update_ntk_golden + //analysis/studies/predictor:update_predictor_golden'
analysis="(//analysis/... except ($copies))"
check "analysis depends on nas and on records only" \
  "$(uses "$analysis" 'kind("cc_(library|binary)", //training/... + //ntk/...) + //tools/...')"
check "analysis never depends on LibTorch" \
  "$(uses "$analysis" '@torch//:torch')"
# Checks the layers of analysis among libraries and programs. A test may look at
# all.
below() {  # NAME OF_FOLDERS NOT_FOLDERS
  local of not
  of=$(printf ' + //analysis/%s/...' $2)
  not=$(printf ' + //analysis/%s/...' $3)
  check "analysis: $1" \
    "$(uses "kind(\"cc_(library|binary)\", ${of# + })" "${not# + }")"
}
below "text knows no table" "text" \
  "table collect published statistics search studies claims figures report"
below "tables come before statistics" "table collect published" \
  "statistics search studies claims figures report"
below "statistics come before searches and studies" "statistics" \
  "search studies claims figures report"
below "searches come before studies" "search" "studies claims figures report"
below "studies come before claims" "studies" "claims figures report"
below "the predictor study knows no other study" "studies/predictor" \
  "studies/ntk studies/reproduction studies/theory"
below "claims know neither figures nor the report" "claims" "figures report"
below "figures know neither claims nor the report" "figures" "claims report"
check "robbench never depends on LibTorch" \
  "$(uses //tools:robbench '@torch//:torch')"
check "the search space knows neither LibTorch nor kernels" \
  "$(uses //nas:all '@torch//:torch + //nas/cpu/... + //nas/network/...')"
check "the CPU engines are free of LibTorch" \
  "$(uses 'kind(cc_library, //nas/cpu/...)' '@torch//:torch')"
check "what only counts is free of LibTorch" \
  "$(uses '//nas/base/... + //training:preprocess' '@torch//:torch')"
exit $((failed > 0))
