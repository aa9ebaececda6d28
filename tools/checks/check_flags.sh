#!/usr/bin/env bash
# Checks that Bazel refuses bad values of --//tools:cells and --//tools:seeds in
# its analysis, before any action runs: a cell or seed that is given twice, by
# whatever names, or that does not exist. Blanks around them do not matter.
# //nas:official_index_test tests all names.
# Usage: tools/checks/check_flags.sh [BAZEL_FLAG ...]
set -uo pipefail
cd "$(dirname "$0")/../.."
status=0

# expect "FLAG=VALUE" "A PART OF WHAT BAZEL SAYS"
expect() {
  local output
  output=$(./bazelw build --nobuild --noshow_progress //tools/tests/tiny:small_ntk \
    "--//tools:$1" "${flags[@]}" 2>&1)
  if [[ $output == *"$2"* ]]; then
    echo "passed: $1"
  else
    echo "FAILED: $1: expected '$2', found: $output"
    status=1
  fi
}
flags=("$@")

# files "FLAG=VALUE" "FILE ...": compares the results that a build would make.
files() {
  local found
  found=$(./bazelw aquery --noshow_progress --output=text \
    "mnemonic(NtkScore, //tools/tests/tiny:small_ntk)" "--//tools:$1" "${flags[@]}" \
    2>/dev/null | sed -n 's/.*Outputs: .*small_ntk\/\(.*\)\.ntk\.binpb\]/\1/p' |
    sort | xargs)
  if [[ $found == "$2" ]]; then
    echo "passed: $1"
  else
    echo "FAILED: $1: expected $2, found $found"
    status=1
  fi
}

best='|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|'
best+='+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|'
twice="--//tools:cells: expected each cell once, found"
expect cells=2581,2581 "$twice '2581' and '2581', both cell 2581"
expect cells=2581,323133 "$twice '2581' and '323133', both cell 2581"
expect "cells=2581,$best" "$twice '2581' and '$best', both cell 2581"
none="--//tools:cells: expected an official index (0 to 15624), a code of six \
digits 0 to 4 or an architecture string, found"
for cell in 15625 -1 x 007 323135 32313 "${best%?}"; do
  expect "cells=2581,$cell" "$none '$cell'"
done
expect "cells= , " "--//tools:cells: expected at least one, found"
files "cells=2581, 45" "cell_2581_seed_0 cell_45_seed_0"
files "cells= 45 323133 " "cell_2581_seed_0 cell_45_seed_0"
files "cells=$best" "cell_2581_seed_0"
# These are of one isomorphism class, but two cells, and both are trained as
# they are.
files "cells=3,25" "cell_25_seed_0 cell_3_seed_0"
expect seeds=0,0 "--//tools:seeds: expected each seed once, found '0' and '0'"
for seed in -1 x 1.5 4294967296; do
  expect "seeds=$seed" \
    "--//tools:seeds: expected a whole number, 0 to 4294967295, found '$seed'"
done
exit $status
