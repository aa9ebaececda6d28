#!/usr/bin/env bash
# Programs with less memory than they need: exit code 1 and a message that says
# so, or the work is done; never std::bad_alloc, a crash or half a file.
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

# What glibc's loader says when there is no room for a program's libraries; the
# program has not begun.
loader='error while loading shared libraries|cannot create cache for search path|Cannot allocate memory|cannot allocate memory'

# within MEGABYTES OUTPUT PROGRAM ARGUMENT...
within() {
  local megabytes=$1 output=$2 message code
  shift 2
  rm -f "$output"
  message=$(ulimit -c 0; ulimit -v $((megabytes * 1000)); "$programs/$1" "${@:2}" 2>&1 >/dev/null)
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
  *) fail "$1 with $megabytes MB: exit code $code: $message" ;;
  esac
  [[ $code == 0 || ! -e $output ]] || fail "$1 with $megabytes MB: half a file"
  [[ -z $(find . -name '.robbench-*') ]] || fail "$1: a temporary file is left"
}

mkdir in figures
"$programs/analysis/write_synthetic_records" --out_dir=in || fail "records"
# A table large enough to matter, and a list of records as large.
"$programs/analysis/collect" --dataset_spec=in/dataset.textproto \
  --records_from=in/records.txt --table_out=table --json_out=json ||
  fail "table"
"$programs/analysis/statistics" --table=table --spec=in/statistics.textproto \
  --statistics_out=statistics || fail "statistics"
truncate -s 3G huge
for megabytes in 15 20 25 30 35 40 50 60 80 120 600; do
  within $megabytes out "analysis/collect" --dataset_spec=in/dataset.textproto \
    --records_from=in/records.txt --table_out=out --sqlite_out=sqlite
  within $megabytes out analysis/statistics --table=table \
    --spec=in/statistics.textproto --statistics_out=out
  within $megabytes out tools/robbench export --format=json --table=table \
    --out=out
done
# A file that is larger than the memory is named, with its size.
for command in "analysis/statistics --table=huge --spec=in/statistics.textproto --statistics_out=out" \
  "tools/robbench query 1 --table=huge" "tools/robbench inspect huge" \
  "training/preprocess --spec=in/dataset.textproto --input=huge --dataset_out=out" \
  "training/evaluate --dataset=huge --cell=1 --weights=huge --attacks=in/statistics.textproto --record_out=out"; do
  message=$(ulimit -v 2000000; "$programs/${command%% *}" ${command#* } 2>&1)
  code=$?
  [[ $code == 1 && $message != *bad_alloc* ]] ||
    fail "$command: exit code $code: $message"
done

if ((failures == 0)); then echo "$refused refusals, all as expected"; fi
exit $((failures > 0))
