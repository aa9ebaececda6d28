#!/usr/bin/env bash
# Tests programs with less memory than they need. Each must exit with code 1 and a
# message that says so, or do its work; there must never be a std::bad_alloc, a
# crash or half a file.
# Usage: memory_test.sh
set -uo pipefail
programs=$PWD
cd "$TEST_TMPDIR" || exit 1
failures=0
refused=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# This is what glibc's loader says when there is no room for a program's
# libraries. The program has not begun then.
loader='error while loading shared libraries|annot allocate memory|search path'

# within MEGABYTES OUTPUT PROGRAM ARGUMENT...
within() {
  local megabytes=$1 output=$2 message code
  shift 2
  rm -f "$output"
  message=$(ulimit -c 0; ulimit -v $((megabytes * 1000))
    "$programs/$1" "${@:2}" 2>&1 >/dev/null)
  code=$?
  case $code in
  0) [[ -s $output ]] || fail "$1 with $megabytes MB: no output" ;;
  1)
    [[ $message == *memory* && $message != *bad_alloc* ]] ||
      fail "$1 with $megabytes MB: said: $message"
    ((++refused))
    ;;
  127) grep -qE "$loader" <<<"$message" ||
    fail "$1 with $megabytes MB: 127: $message" ;;
  # Abseil's allocator for its mutexes ends the process by itself.
  134) [[ $message == *"mmap error: 12"* ]] ||
    fail "$1 with $megabytes MB: 134: $message" ;;
  *) fail "$1 with $megabytes MB: exit code $code: $message" ;;
  esac
  [[ $code == 0 || ! -e $output ]] ||
    fail "$1 with $megabytes MB: left an output"
  [[ -z $(find . -name '.robbench-*') ]] || fail "$1: a temporary file is left"
}

mkdir in
"$programs/analysis/collect/write_synthetic_records" --cells=1500 --out_dir=in &&
  "$programs/analysis/collect/collect" --dataset_spec=in/dataset.textproto \
    --records_from=in/records.txt --table_out=table || fail "table"
for megabytes in {14..60..2} 600; do
  within $megabytes out analysis/collect/collect --dataset_spec=in/dataset.textproto \
    --records_from=in/records.txt --table_out=out --sqlite_out=sqlite
  within $megabytes out analysis/statistics/statistics --table=table \
    --spec=in/statistics.textproto --statistics_out=out
  within $megabytes out tools/robbench/robbench export --format=json --table=table \
    --out=out
done
# These programs have LibTorch, whose libraries take some 600 MB before main().
tiny=(--cell=10 --seed=0
  "--dataset=$programs/tools/tests/tiny/tiny_dataset.dataset.safetensors")
train=(training/train "${tiny[@]}" --record_out=record
  "--recipe=$programs/tools/tests/tiny/testdata/tiny_recipe.textproto")
"$programs/${train[0]}" "${train[@]:1}" --weights_out=weights 2>train.log ||
  fail "weights: $(<train.log)"
for megabytes in 650 800 1100; do
  within $megabytes out "${train[@]}" --weights_out=out
  within $megabytes out training/evaluation/evaluate "${tiny[@]}" --weights=weights \
    "--attacks=$programs/training/specs/mini_suite.textproto" --images=64 --record_out=out
  within $megabytes out ntk/score "${tiny[@]}" \
    "--spec=$programs/tools/tests/tiny/testdata/small_ntk.textproto" \
    --record_out=out
done
((refused >= 3)) || fail "only $refused refusals"

# The message names a file that is larger than the memory.
truncate -s 3G huge
sed 's/^name: .*/name: "other"/' in/dataset.textproto >other.textproto
for command in "analysis/statistics/statistics --table=huge --spec=in/statistics.textproto --statistics_out=out" \
  "tools/robbench/robbench query 1 --table=huge" "tools/robbench/robbench inspect huge" \
  "training/dataset/preprocess --spec=other.textproto --input=huge --input=huge --input=huge --input=huge --dataset_out=out"; do
  read -ra words <<<"$command"
  message=$(ulimit -v 1000000; "$programs/${words[0]}" "${words[@]:1}" 2>&1)
  code=$?
  [[ $code == 1 && $message == *huge*3221225472* && $message != *bad_alloc* ]] ||
    fail "$command: exit code $code: $message"
done

if ((failures == 0)); then echo "$refused refusals, all as expected"; fi
exit $((failures > 0))
