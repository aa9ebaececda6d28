#!/usr/bin/env bash
# Checks that time and memory stay within bounds at the paper's size. It makes
# records of 58,194 runs (6,466 cells, three seeds, three data sets), synthetic
# but of the paper's specs, and puts them into three tables by shards. It makes
# their statistics, figures and reports, changes one record, and has Bazel analyse
# the three benchmarks.
#
# A bound on time holds if wall time is within it, or processor time, because
# other work on the machine lengthens the first but hardly the second. Where two
# processes run at once, the processor time of two processors counts.
# Usage: tools/checks/check_scale.sh [BAZEL_FLAG ...]   (of all builds, e.g.
# --disk_cache=DIR)
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
flags=("$@")
work=$(mktemp -d)
bazel=(./bazelw "--output_base=$work/output" --host_jvm_args=-Xmx3g)
cleanup() {
  [[ ! -d $work/clone ]] ||
    (cd "$work/clone" && "${bazel[@]}" shutdown) >/dev/null 2>&1
  chmod -R u+w "$work"
  rm -rf "$work"
}
trap cleanup EXIT
[[ -x /usr/bin/time ]] ||
  apt-get install -y --no-install-recommends time >/dev/null 2>&1 || {
  echo "SKIPPED: scale (GNU time cannot be installed here)"
  exit 0
}
failed=0

since() { awk "BEGIN { print $EPOCHREALTIME - $1 }"; }

# measure LOG COMMAND...: adds "wall user system peak_kB" of it to LOG.
measure() {
  local log=$1
  shift
  /usr/bin/time -a -o "$log" -f '%e %U %S %M' "$@"
}

# judge DESCRIPTION SECONDS PROCESSORS MEGABYTES LOG [WALL]: the processes of a
# log, one after the other if WALL is not given.
judge() {
  awk -v what="$1" -v seconds="$2" -v processors="$3" -v megabytes="$4" \
    -v given="${6-}" '
    { wall += $1; cpu += $2 + $3; if ($4 > kb) kb = $4 }
    END {
      if (given) wall = given
      good = (wall <= seconds || cpu <= seconds * processors) &&
        kb / 1e3 <= megabytes
      printf "%s: %s: %.1f s (%.1f s of processor), %.0f MB; at most %d s, %d MB\n",
        good ? "passed" : "FAILED", what, wall, cpu, kb / 1e3, seconds, megabytes
      exit !good
    }' "$5" || failed=1
}

# expect DESCRIPTION COMMAND...: checks that the command succeeds.
expect() {
  local what=$1
  shift
  if "$@"; then
    echo "passed: $what"
  else
    echo "FAILED: $what"
    failed=1
  fi
}

./bazelw build --noshow_progress "${flags[@]}" //analysis/collect //analysis/figures \
  //analysis/report //analysis/statistics //analysis/collect:write_synthetic_records \
  //analysis/claims
tools=$(cd bazel-bin/analysis/ && pwd -P)

# 1. Makes the records of all runs.
datasets=(cifar10 cifar100 imagenet16_120)
for dataset in "${datasets[@]}"; do
  recipe=cifar
  [[ $dataset != imagenet* ]] || recipe=imagenet16
  mkdir -p "$work/$dataset/records"
  "$tools/collect/write_synthetic_records" --cells=6466 --seeds=3 \
    --dataset_spec="training/specs/$dataset.textproto" \
    --recipe="training/specs/${recipe}_recipe.textproto" \
    --attacks=training/specs/paper_suite.textproto \
    --autoattack=training/specs/autoattack_authors_suite.textproto \
    --ntk=ntk/specs/paper.textproto --out_dir="$work/$dataset/records"
done
runs=$(cat "$work"/*/records/records.txt | grep -c '\.train\.binpb$')
records=$(cat "$work"/*/records/records.txt | wc -l)
expect "$records records of $runs runs" test "$runs" -eq 58194

# 2. Makes shards as tools/rules/table.bzl does, then tables, two processes at
# once.
cells_a_shard=$(sed -n 's/^CELLS_A_SHARD = //p' tools/rules/table.bzl)
collect() {  # DATASET FLAG...
  local dataset=$1
  shift
  cd "$work/$dataset"
  measure "$work/collect.$dataset" "$tools/collect/collect" \
    --dataset_spec=records/dataset.textproto "$@"
}
make_table() {  # DATASET
  collect "$1" --shards_from=shards.txt --table_out=table.binpb \
    --json_out=table.json --csv_out=table.csv --sqlite_out=table.sqlite
}
export -f measure collect make_table
export work tools
for dataset in "${datasets[@]}"; do
  mkdir "$work/$dataset/lists" "$work/$dataset/shards"
  awk -v size="$cells_a_shard" -v lists="$work/$dataset/lists/" '{
    match($0, /cell_[0-9]+/)
    print > lists int(substr($0, RSTART + 5, RLENGTH - 5) / size)
  }' "$work/$dataset/records/records.txt"
  ls "$work/$dataset/lists" | sed "s|.*|shards/&.binpb|" >"$work/$dataset/shards.txt"
done
start=$EPOCHREALTIME
for dataset in "${datasets[@]}"; do
  ls "$work/$dataset/lists" | sed "s|^|$dataset |"
done | xargs -P 2 -L 1 bash -c \
  'collect "$0" --records_from="lists/$1" --shard_out="shards/$1.binpb"'
printf '%s\n' "${datasets[@]}" | xargs -P 2 -L 1 bash -c 'make_table "$0"'
wall=$(since "$start")
for dataset in "${datasets[@]}"; do
  judge "collecting $(wc -l <"$work/$dataset/records/records.txt") records of\
 $dataset in $(wc -l <"$work/$dataset/shards.txt") shards" 30 1 1000 \
    "$work/collect.$dataset"
done
cat "$work"/collect.* >"$work/collect"
judge "collecting all $records, two processes at once" 30 2 1000 \
  "$work/collect" "$wall"

# 3. Makes statistics, figures, claims and reports of the tables.
for dataset in "${datasets[@]}"; do
  cd "$work/$dataset"
  mkdir figures report
  measure "$work/statistics" "$tools/statistics/statistics" --table=table.binpb \
    --spec="$OLDPWD/analysis/specs/published_statistics.textproto" \
    --statistics_out=statistics.binpb --json_out=statistics.json
  measure "$work/figures" "$tools/figures/figures" --table=table.binpb \
    --statistics=statistics.binpb --out_dir=figures \
    --style="$OLDPWD/analysis/specs/figure_style.textproto"
  measure "$work/claims" "$tools/claims/claims" --table=table.binpb \
    --statistics=statistics.binpb --claims_out=claims.binpb \
    --json_out=claims.json
  measure "$work/report" "$tools/report/report" --table=table.binpb \
    --statistics=statistics.binpb --claims=claims.binpb --figures=figures \
    --out_dir=report
  cd - >/dev/null
done
cat "$work"/{statistics,figures,claims,report} >"$work/after_table"
for stage in statistics figures claims report; do
  awk -v stage="$stage" '{ cpu += $2 + $3 } END {
    printf "  %s: %.1f s of processor\n", stage, cpu }' "$work/$stage"
done
judge "statistics, figures, claims, reports of three tables" 60 1 1000 \
  "$work/after_table"

# 4. Bazel, in a clone, builds a table again of which one record changes.
git clone -q . "$work/clone"
cd "$work/clone"
mkdir scale
mv "$work/cifar10/records" scale/records
cat >scale/given_records.bzl <<'END'
load("//tools/rules:stage.bzl", "RecordsInfo")

def _given_records_impl(ctx):
    return [RecordsInfo(records = [
        struct(cell = file.basename.split("_")[1], file = file)
        for file in ctx.files.srcs
    ])]

given_records = rule(
    implementation = _given_records_impl,
    attrs = {"srcs": attr.label_list(allow_files = True)},
)
END
cat >scale/BUILD <<'END'
load("//tools/rules:table.bzl", "robust_table")
load(":given_records.bzl", "given_records")

given_records(
    name = "given",
    srcs = glob(["records/*.binpb"]),
)

robust_table(
    name = "table",
    dataset_spec = "records/dataset.textproto",
    records = [":given"],
)
END
# Builds the table; prints the mnemonics that ran, and how often.
built() {
  "${bazel[@]}" build //scale:table --noshow_progress \
    --execution_log_json_file="$work/actions.json" "${flags[@]}" \
    >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    return 1
  }
  grep -o '"mnemonic": "Collect[A-Za-z]*"' "$work/actions.json" |
    cut -d '"' -f 4 | sort | uniq -c | awk '{ printf "%s %s ", $1, $2 }'
}
shards=$(wc -l <"$work/cifar10/shards.txt")
ran=$(built)
expect "Bazel collects in $shards shards: $ran" \
  test "$ran" = "1 Collect $shards CollectShard "
expect "the table of these shards has the same bytes" \
  cmp "$work/cifar10/table.binpb" bazel-bin/scale/table/table.binpb
record=scale/records/cell_2581_seed_1.ntk.binpb
change() {  # --decode or --encode
  protoc "$1=robbench.NtkRecord" ntk/ntk.proto
}
change --decode <"$record" | sed '0,/  trace: .*/s//  trace: 7/' |
  change --encode >"$work/changed"
expect "a record is another" test -s "$work/changed" -a \
  "$(sha256sum <"$work/changed")" != "$(sha256sum <"$record")"
cp "$work/changed" "$record"
ran=$(built)
expect "of a changed record one shard is read, and all shards: $ran" \
  test "$ran" = "1 Collect 1 CollectShard "
expect "and the table is another" \
  bash -c "! cmp -s '$work/cifar10/table.binpb' bazel-bin/scale/table/table.binpb"

# 5. A new server analyses the three benchmarks. It reads no data, so empty
# files may stand for them.
"${bazel[@]}" shutdown >/dev/null 2>&1
mkdir "$work/data"
touch "$work"/data/{data_batch_{1..5},test_batch,train,test}.bin \
  "$work"/data/{train_data_batch_{1..10},val_data}
flags+=(--noshow_progress "--repo_env=ROBBENCH_DATA=$work/data")
start=$EPOCHREALTIME
if "${bazel[@]}" build --nobuild "${flags[@]}" //:cifar10 //:cifar100 \
  //:imagenet16_120 >"$work/log" 2>&1; then
  wall=$(since "$start")
  # With other flags the server would forget what it has analysed.
  heap=$("${bazel[@]}" info "${flags[@]}" used-heap-size-after-gc 2>/dev/null)
  server=$("${bazel[@]}" info "${flags[@]}" server_pid 2>/dev/null)
  ticks=$(cut -d ')' -f 2 "/proc/$server/stat" | awk '{ print $12 + $13 }')
  awk -v wall="$wall" -v ticks="$ticks" -v tick="$(getconf CLK_TCK)" '
    /^VmHWM/ { print wall, ticks / tick, 0, $2 }' \
    "/proc/$server/status" >"$work/analysis"
  judge "analysis of //:cifar10 //:cifar100 //:imagenet16_120 (heap: $heap)" \
    60 1 4000 "$work/analysis"
else
  cat "$work/log"
  expect "analysis of //:cifar10 //:cifar100 //:imagenet16_120" false
fi
exit $failed
