#!/bin/bash
# Tests collect, statistics, figures, claims and report as commands: their
# outputs and exit codes, the same bytes whatever the order of records,
# directory, locale and time zone, and no output after an error.
set -u
here=$PWD/analysis
style=$here/specs/figure_style.textproto
work=$TEST_TMPDIR/work
mkdir -p "$work" && cd "$work" || exit 1
failures=0

fail() {
  echo "FAIL: $*" >&2
  failures=$((failures + 1))
}

# expect_error CODE PATTERN OUTPUT COMMAND...: expects the code, a message that
# matches and no output file.
expect_error() {
  local code=$1 pattern=$2 output=$3
  shift 3
  rm -f "$output"
  local message
  message=$("$@" 2>&1)
  local found=$?
  [ $found -eq "$code" ] || fail "$*: exit code $found, expected $code"
  grep -qE "$pattern" <<<"$message" || fail "$*: said: $message"
  [ ! -e "$output" ] || fail "$*: left $output"
}

chain() {  # RECORDS OUT [FLAG OF COLLECT]
  mkdir -p "$2/figures" "$2/report"
  "$here/collect/collect" --dataset_spec=in/dataset.textproto --records_from="$1" \
    ${3+"$3"} --table_out="$2/table.binpb" --json_out="$2/table.json" \
    --csv_out="$2/table.csv" --sqlite_out="$2/table.sqlite" &&
  "$here/statistics/statistics" --table="$2/table.binpb" \
    --spec=in/statistics.textproto --statistics_out="$2/statistics.binpb" \
    --json_out="$2/statistics.json" &&
  "$here/figures/figures" --table="$2/table.binpb" \
    --statistics="$2/statistics.binpb" --style="$style" \
    --out_dir="$2/figures" &&
  "$here/claims/claims" --table="$2/table.binpb" \
    --statistics="$2/statistics.binpb" --claims_out="$2/claims.binpb" \
    --json_out="$2/claims.json" &&
  "$here/report/report" --table="$2/table.binpb" \
    --statistics="$2/statistics.binpb" --claims="$2/claims.binpb" \
    --figures="$2/figures" --out_dir="$2/report"
}

mkdir in
(cd in && "$here/collect/write_synthetic_records" --out_dir="$work/in") || exit 1
chain in/records.txt one || fail "the first run"
tac in/records.txt >in/reversed.txt
(export TZ=Asia/Tokyo LANG=de_DE.UTF-8 LC_ALL=; umask 077
 chain in/reversed.txt two) || fail "the second run"
diff -r one two || fail "the two runs differ"

[ "$(find one -type f | wc -l)" -eq 38 ] || fail "files: $(find one -type f)"
find one -type f -empty | grep . && fail "empty files"
grep -q '<svg' one/report/index.html || fail "no drawing in the page"
# The page is self-contained, so the only addresses are the names of XML's
# namespaces.
grep -oE '(https?:)?//[a-z][^"'"'"' <]*' one/report/index.html |
  grep -vE '^http://www\.w3\.org/(2000/svg|1999/xlink)$' |
  grep -vE '^// ' && fail "the page has addresses"
grep -oE " id=[\"'][^\"']*" one/report/index.html | sort | uniq -d | grep . &&
  fail "ids that are not unique"
grep -rlF "$work" one && fail "a path in an output"
grep -q '"val_pgd_25.0_acc"' one/table.json || fail "table.json"
head -c 15 one/table.sqlite | grep -q 'SQLite format 3' || fail "SQLite"
head -c 5 one/figures/ranking.pdf | grep -q '%PDF-' || fail "PDF"

# In shards the table is the same. What no shard can know is refused, with the
# name of the record.
shards() {  # LIST OUT: three shards and their list
  mkdir -p "$2"
  local shard
  for shard in 0 1 2; do
    awk "NR % 3 == $shard" "$1" >"$2/$shard.txt"
    "$here/collect/collect" --dataset_spec=in/dataset.textproto \
      --records_from="$2/$shard.txt" --shard_out="$2/$shard.binpb" || return 1
    echo "$2/$shard.binpb" >>"$2/shards.txt"
  done
}
merge=("$here/collect/collect" --dataset_spec=in/dataset.textproto)
shards in/records.txt parts || fail "shards"
"${merge[@]}" --shards_from=parts/shards.txt --table_out=parts/table.binpb \
  --json_out=parts/table.json --csv_out=parts/table.csv \
  --sqlite_out=parts/table.sqlite || fail "the table of shards"
for suffix in binpb json csv sqlite; do
  cmp one/table.$suffix parts/table.$suffix || fail "table.$suffix of shards"
done
cmp parts/1.binpb parts/2.binpb >/dev/null && fail "equal shards"
head -n 2 parts/shards.txt >parts/two.txt
"${merge[@]}" --shards_from=parts/two.txt --records_from=parts/2.txt \
  --table_out=parts/mixed.binpb || fail "shards and records"
cmp one/table.binpb parts/mixed.binpb || fail "the table of shards and records"
expect_error 1 'records of fashion_mnist are missing' out.binpb "${merge[@]}" \
  --shards_from=parts/two.txt --table_out=out.binpb
expect_error 1 'in/cell_.*: second [a-zA-Z]* record of cell .*is .*in/cell_' \
  out.binpb "${merge[@]}" --shards_from=parts/shards.txt \
  --records_from=parts/2.txt --table_out=out.binpb
expect_error 2 'shard_out and table_out' out.binpb "${merge[@]}" \
  --records_from=parts/2.txt --table_out=out.binpb --shard_out=out.binpb
head -c 1000 parts/0.binpb >parts/cut.binpb
echo parts/cut.binpb >parts/cut.txt
expect_error 1 'parts/cut.binpb' out.binpb "${merge[@]}" \
  --shards_from=parts/cut.txt --table_out=out.binpb
sed 's/^ *pad: .*/pad: 3/' in/dataset.textproto >pad.textproto
expect_error 1 'parts/0.binpb: field provenance.inputs.dataset_spec' out.binpb \
  "$here/collect/collect" --dataset_spec=pad.textproto --table_out=out.binpb \
  --shards_from=parts/shards.txt

# Some records are missing, of one cell those of every accuracy. This is an
# error or, on request, a table with gaps, which the page names.
grep -vE 'cell_323133_seed_1.(train|eval)|cell_333333_seed_0.ntk|cell_222222_seed_..(train|eval)' \
  in/records.txt >in/some.txt
[ "$(wc -l <in/some.txt)" -eq $(($(wc -l <in/records.txt) - 7)) ] ||
  fail "some.txt"
expect_error 1 'training record of cell 2581 \(323133\), seed 1' out.binpb \
  "$here/collect/collect" --dataset_spec=in/dataset.textproto \
  --records_from=in/some.txt --table_out=out.binpb
chain in/some.txt some --allow_missing || fail "a table with gaps"
for gap in '2581 (323133), seed 1, fashion_mnist, training' \
  '2581 (323133), seed 1, fashion_mnist, suite mini' \
  '4317 (222222), seed 0, fashion_mnist, suite mini' \
  '1462 (333333), seed 0, fashion_mnist, NTK'; do
  grep -qF "Missing: cell $gap: there is no record." some/report/index.html ||
    fail "the page does not name the gap $gap"
done
grep -qF 'Missing: ' one/report/index.html && fail "gaps in a whole table"

# Bad input is refused.
first=$(head -n 1 in/records.txt)
collect=("$here/collect/collect" --dataset_spec=in/dataset.textproto
  --table_out=out.binpb)
expect_error 2 'dataset_spec is required' out.binpb \
  "$here/collect/collect" --table_out=out.binpb "$first"
expect_error 2 'no record' out.binpb "${collect[@]}"
expect_error 2 'nonsense' out.binpb "${collect[@]}" --nonsense
expect_error 1 'absent.train.binpb' out.binpb "${collect[@]}" \
  absent.train.binpb
expect_error 1 'missing: any evaluation record' out.binpb \
  "${collect[@]}" "$first"
grep -v 'cell_323133_seed_1.eval' in/records.txt >in/one_less.txt
expect_error 1 'missing: evaluation record of cell 2581 \(323133\), seed 1' \
  out.binpb "${collect[@]}" --records_from=in/one_less.txt
head -c 100 "$first" >cut.train.binpb
expect_error 1 'cut.train.binpb' out.binpb "${collect[@]}" \
  cut.train.binpb
cp "$first" again.train.binpb
expect_error 1 'second training record' out.binpb "${collect[@]}" \
  --records_from=in/records.txt again.train.binpb
sed 's/name: "fashion_mnist"/name: "cifar10"/' in/dataset.textproto \
  >other.textproto
expect_error 1 'expected cifar10, found fashion_mnist' out.binpb \
  "$here/collect/collect" --dataset_spec=other.textproto --table_out=out.binpb \
  --records_from=in/records.txt
sed 's/^ *classes: .*/colour: 3/' in/dataset.textproto >unknown.textproto
expect_error 1 'unknown.textproto.*colour' out.binpb "$here/collect/collect" \
  --dataset_spec=unknown.textproto --table_out=out.binpb "$first"

sed 's/"pgd_25"$/"pdg_25"/' in/statistics.textproto >metric.textproto
expect_error 1 'did you mean pgd_25' out.binpb "$here/statistics/statistics" \
  --table=one/table.binpb --spec=metric.textproto --statistics_out=out.binpb
expect_error 1 'table.json' out.binpb "$here/statistics/statistics" \
  --table=one/table.json --spec=in/statistics.textproto \
  --statistics_out=out.binpb

mkdir drawn
sed 's/best_count: 5/best_count: 3/' in/statistics.textproto >three.textproto
grep -v '100100_seed_\|444133_seed_' in/records.txt >in/fewer.txt
"${collect[@]}" --records_from=in/fewer.txt || fail "fewer records"
expect_error 1 'inputs\[table\].sha256' drawn/ranking.svg "$here/figures/figures" \
  --table=out.binpb --statistics=one/statistics.binpb --style="$style" \
  --out_dir=drawn
draw=("$here/figures/figures" --table=one/table.binpb
  --statistics=one/statistics.binpb --out_dir=drawn)
sed 's/#a9cbe8/blueish/' "$style" >colour.textproto
expect_error 1 'box_colour.*blueish' drawn/ranking.svg "${draw[@]}" \
  --style=colour.textproto
expect_error 1 '/absent/gnuplot' drawn/ranking.svg "${draw[@]}" \
  --style="$style" --gnuplot=/absent/gnuplot
expect_error 1 '/bin/false' drawn/ranking.svg "${draw[@]}" \
  --style="$style" --gnuplot=/bin/false
expect_error 1 'drawn/figures.textproto' drawn/index.html \
  "$here/report/report" --table=one/table.binpb --statistics=one/statistics.binpb \
  --claims=one/claims.binpb --figures=drawn --out_dir=drawn
report=("$here/report/report" --table=some/table.binpb
  --statistics=some/statistics.binpb --figures=some/figures --out_dir=drawn)
expect_error 1 'one/claims.binpb: field provenance.inputs.table' \
  drawn/index.html "${report[@]}" --claims=one/claims.binpb
expect_error 1 'one/statistics.binpb: .*' drawn/index.html "${report[@]}" \
  --claims=one/statistics.binpb
expect_error 2 'claims is required' drawn/index.html "${report[@]}"
claims=("$here/claims/claims" --table=one/table.binpb --claims_out=out.binpb)
expect_error 1 'inputs\[table\].sha256' out.binpb "${claims[@]}" \
  --statistics=some/statistics.binpb
record=$(grep -m 1 'eval.binpb' in/records.txt)
expect_error 1 'field suite: expected gradient_obfuscation' out.binpb \
  "${claims[@]}" --statistics=one/statistics.binpb --obfuscation="$record"
[ -z "$(ls drawn)" ] || fail "left: $(ls drawn)"

[ $failures -eq 0 ] && echo "all as expected"
exit $failures
