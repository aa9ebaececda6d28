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
# A folder that is not named below fails, so that each has its rule.
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
# Suites only name attacks; the rest of training trains and evaluates networks.
check "ntk depends on nas and on training's data sets and attacks only" \
  "$(uses //ntk/... "(//training/... except (kind('proto_library', //training/...) + \
    //training/attack/... + //training/dataset/... + //training/specs/... + \
    //training/evaluation:attack_suite + //training/evaluation:run_attack)) + \
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
only() {  # NAME ROOMS OTHER_ROOMS_THAT_THEY_MAY_KNOW
  local of may
  of=$(printf ' + //analysis/%s/...' $2)
  may=$(printf ' + //analysis/%s/...' $2 $3)
  check "analysis: $1" \
    "$(uses "kind('cc_(library|binary)', ${of# + })" "//analysis/... except (${may# + })")"
}
tables="table collect published"
studies="text $tables statistics search studies"
only "text knows no table" "text" ""
only "tables come before statistics" "$tables" "text"
only "statistics come before searches and studies" "statistics" "text $tables"
only "searches come before studies" "search" "text $tables statistics"
only "studies come before claims" "studies" "${studies% studies}"
check "analysis: the predictor study knows no other study" \
  "$(uses "kind('cc_(library|binary)', //analysis/studies/predictor/...)" \
    '//analysis/studies/... except (//analysis/studies:all + //analysis/studies/predictor/...)')"
only "claims know neither figures nor the report" "claims" "$studies"
only "figures know neither claims nor the report" "figures" "$studies"
check "robbench never depends on LibTorch" \
  "$(uses //tools:robbench '@torch//:torch')"
check "the search space knows neither LibTorch nor kernels" \
  "$(uses //nas:all '@torch//:torch + (//nas/... except (//nas:all + //nas/base/...))')"
check "the CPU engines are free of LibTorch" \
  "$(uses 'kind(cc_library, //nas/cpu/...)' '@torch//:torch')"
check "what only counts is free of LibTorch" \
  "$(uses '//nas/base/... + //training:preprocess' '@torch//:torch')"
# Checks that a folder has no rooms but these.
rooms() {  # FOLDER ROOMS
  local known
  known=$(printf " + //$1/%s/...:*" $2)
  check "$1: every folder has a rule here" "//$1/...:* except (//$1:*$known)"
}
rooms nas "base cpu network"
rooms training \
  "attack checkpoint cuda dataset evaluation parity specs tests trace"
rooms ntk "gradients proxies specs theory"
rooms analysis "$studies claims figures report specs golden"
rooms tools "checks cuda python robbench rules tests"

# Checks that the test of all programs' flags has the sources of every folder in
# which a program defines some.
unlisted=
while IFS= read -r folder; do
  grep -q "\"//$folder:program_sources\"" tools/checks/BUILD ||
    unlisted+=" $folder"
done < <(git grep -l 'ABSL_FLAG(' -- '*.cc' ':!*_benchmark.cc' ':!*_test.cc' \
  ':!*_test_program.cc' |
  xargs dirname | sort -u)
if [[ -n $unlisted ]]; then
  echo "FAILED: //tools/checks:output_flags_test has no sources of:$unlisted"
  failed=$((failed + 1))
else
  echo "passed: //tools/checks:output_flags_test has the sources of all programs"
fi
exit $((failed > 0))
