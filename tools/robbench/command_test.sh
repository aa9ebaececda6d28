#!/usr/bin/env bash
# Tests exit codes and streams of the robbench command.
# Usage: command_test.sh ROBBENCH
set -uo pipefail
robbench=$PWD/$1
analysis=$PWD/analysis
failed=0

# expect CODE STREAM TEXT ARGUMENT...: checks the exit code, and that TEXT is on
# one of standard output (1) and standard error (2). The other must be empty,
# but for the line that says which report was taken.
expect() {
  local code=$1 stream=$2 text=$3
  shift 3
  local found
  "$robbench" "$@" >"$TEST_TMPDIR/1" 2>"$TEST_TMPDIR/2"
  found=$?
  if [[ $found != "$code" ]]; then
    echo "FAILED: robbench $*: expected exit code $code, found $found"
    failed=1
  fi
  if ! grep -qF -- "$text" "$TEST_TMPDIR/$stream"; then
    echo "FAILED: robbench $*: expected '$text', found:"
    cat "$TEST_TMPDIR/$stream"
    failed=1
  fi
  if grep -v '^report: ' "$TEST_TMPDIR/$((3 - stream))" >"$TEST_TMPDIR/3"; then
    echo "FAILED: robbench $*: unexpected output:"
    cat "$TEST_TMPDIR/3"
    failed=1
  fi
}

expect 0 1 "multiply-adds   153,272,960" describe 2581
expect 0 1 '"code": "323133"' describe 2581 --format=json
expect 0 1 '"code": "323133"' --format=json describe 323133
expect 0 1 "index           0" describe \
  "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
expect 0 1 "multiply-adds   3,131,616" describe 333333 --channels=8 \
  --cells_per_stage=1 --image_channels=1 --image_size=16 --classes=7

expect 1 2 "cell: expected an index 0 to 15624" describe 15625
expect 1 2 "skeleton: field channels: expected 1 to 1024" describe 1 --channels=0
expect 1 2 "$TEST_TMPDIR/absent.binpb" inspect "$TEST_TMPDIR/absent.binpb"
echo "not ours" >"$TEST_TMPDIR/note.txt"
expect 1 2 "expected a safetensors file or a record of" \
  inspect "$TEST_TMPDIR/note.txt"

# Makes a table of twenty cells, which the commands are asked about.
cd "$TEST_TMPDIR" || exit 1
mkdir -p records robbench-report/tables
"$analysis/collect/write_synthetic_records" --out_dir="$PWD/records" &&
  "$analysis/collect/collect" --dataset_spec=records/dataset.textproto \
    --records_from=records/records.txt \
    --table_out=robbench-report/tables/table.binpb \
    --sqlite_out=robbench-report/tables/table.sqlite || failed=1
expect 0 1 "fashion_mnist  pgd_25" query 323133
expect 0 1 '"authors_metric": "val_pgd_25.0_acc"' query 2581 --format=json
expect 0 1 "same class as cell" query 222000 --metric=clean
expect 0 1 "by pgd_25, 3 of 20 cells" top pgd_25 --count=3
expect 0 1 "not resolved" compare 2581 1462
expect 0 1 '"spearman":' correlate clean pgd_25 --format=json
expect 0 1 '"mean"' export --format=json
expect 0 1 "dataset,index,code" export --format=csv
expect 0 1 "wide" inspect robbench-report/tables/table.sqlite
expect 0 1 "# 20 cells, " inspect robbench-report/tables/table.binpb
"$robbench" export --format=sqlite --out=again.sqlite

# Standard error says which report it was, whatever the format, and says nothing
# if the table is named.
for format in text json csv; do
  "$robbench" query 2581 --format=$format >1 2>2
  [[ $(<2) == "report: robbench-report" ]] || {
    echo "FAILED: query --format=$format says on standard error: $(<2)"
    failed=1
  }
  "$robbench" query 2581 --format=$format \
    --table=robbench-report/tables/table.binpb >3 2>2
  if [[ -s 2 ]] || ! cmp 1 3; then
    echo "FAILED: query --table --format=$format: $(<2)"
    failed=1
  fi
done
mkdir -p paper_only/robbench-paper/tables
cp robbench-report/tables/table.binpb paper_only/robbench-paper/tables
(
  cd paper_only && "$robbench" query 2581 >../1 2>../2
) && grep -qF "pgd_25" 1 && [[ $(<2) == "report: robbench-paper" ]] || {
  echo "FAILED: query does not take the paper's report: $(<2)"
  failed=1
}
expect 0 1 "pgd_25" query 2581 --report=paper_only/robbench-paper
expect 1 2 "expected a report's directory" query 2581 --report=records
expect 2 2 "excludes" query 2581 --report=x --table=y
cmp again.sqlite robbench-report/tables/table.sqlite || failed=1
expect 1 2 "table.binpb" search --metric=pgd_25  # not all classes
expect 2 2 "expected 1 or more" search --queries=-1
expect 1 2 "did you mean pgd_25?" top pdg_25
expect 0 1 "by the predictor parameters (highest first), 3 of 20 cells" \
  top --predictor=parameters --by=pgd_25 --count=3
expect 0 1 "Precision " top --predictor=ntk_robust_condition_number --count=3
expect 1 2 "found the accuracy pgd_25; --by=pgd_25" top --predictor=pgd_25
expect 1 2 "did you mean parameters?" top --predictor=paramters
expect 1 2 "did you mean fashion_mnist?" top clean --dataset=fashion_mnits
expect 1 2 "cell: expected an index 0 to 15624" query 99999
expect 1 2 "absent.binpb" query 1 --table=absent.binpb
expect 1 2 "found an SQLite database" query 1 \
  --table=robbench-report/tables/table.sqlite
"$robbench" export --format=csv --out=absent/table.csv 2>/dev/null && failed=1
expect 2 2 "expected json, csv or sqlite" export
expect 2 2 "needs --out" export --format=sqlite
expect 2 2 "query: expected CELL..., found 0 arguments" query
expect 2 2 "export: unknown flag" export --dataset=cifar10
expect 2 2 "it is a flag of export" query --out=x
expect 2 2 "it is a flag of query, compare, search" top clean --metric=pgd_8
expect 2 2 "it is a flag of plan" top --shard=3
expect 0 1 "28,495,360" describe 1 --dataset=imagenet16_120
expect 2 2 "--count: expected 1 or more" top clean --count=0
expect 2 2 "correlate: expected two METRICs, found 1 arguments" correlate clean

# Makes a report directory and its manifest.
manifest() {  # DIR: of all files there, from the records
  find "$1" -type f ! -name manifest.textproto -printf "%P\t$1/%P\n" >outputs
  find records -type f -printf '%p\t%p\n' >inputs
  "$analysis/report/write_manifest" --inputs=inputs --outputs=outputs \
    --numeric_profile=portable --manifest_out="$1/manifest.textproto"
}
mkdir -p whole/tables
echo page >whole/index.html
echo 1,2 >whole/tables/table.csv
manifest whole || failed=1
expect 0 1 "whole: 2 files, 9 bytes, all as the manifest says" verify whole
expect 1 2 "there is no robbench-report/manifest.textproto" verify
expect 0 1 '"ok": true' verify whole --format=json
cp -r whole whole2
touch whole/.DS_Store
expect 0 1 "warning: .DS_Store: the manifest does not name it" verify whole
expect 0 1 '".DS_Store"' verify whole --format=json
expect 0 1 '"ok": true' verify whole --format=json
echo pagE >whole/index.html
expect 1 2 "whole: 1 file is not as the manifest says" verify whole
expect 1 2 "index.html: changed: expected SHA-256" verify whole
if ! grep -qF '"file": "index.html"' \
  <<<"$("$robbench" verify whole --format=json 2>/dev/null)"; then
  echo "FAILED: verify --format=json does not name the file"
  failed=1
fi
sed -i 's/name: "index.html"/name: "..\/index.html"/' whole/manifest.textproto
expect 1 2 "expected a path inside the directory" verify whole
expect 1 2 "absent/manifest.textproto" verify absent
# This table says that other inputs made it.
manifest robbench-report || failed=1
expect 1 2 "which is no input of the manifest" verify robbench-report

# A manifest lists the gaps of its table, and verify holds it to that.
grep -v 'cell_323133_seed_1.ntk' records/records.txt >some.txt
mkdir -p gaps/tables
"$analysis/collect/collect" --dataset_spec=records/dataset.textproto \
  --records_from=some.txt --allow_missing \
  --table_out=gaps/tables/table.binpb || failed=1
find records -type f -printf '%p\t%p\n' >inputs
printf 'tables/table.binpb\tgaps/tables/table.binpb\n' >outputs
"$analysis/report/write_manifest" --inputs=inputs --outputs=outputs \
  --numeric_profile=portable --manifest_out=gaps/manifest.textproto || failed=1
grep -qF 'gaps: "Missing: cell 2581 (323133), seed 1, fashion_mnist, NTK: ' \
  gaps/manifest.textproto || {
  echo "FAILED: the manifest does not list the gap"
  failed=1
}
sed -i '/^gaps: /d' gaps/manifest.textproto
expect 1 2 "it has 1 gaps, the manifest lists 0" verify gaps

expect 0 1 "or autoattack_standard" plan --dataset=cifar10 --cells=2581,1835
expect 0 1 '"device_hours":' plan --dataset=cifar10 --cells=2581 \
  --multiply_adds_per_second=1e11 --format=json
expect 0 1 "1835" plan --cells=2581,1835 --shards=2 --shard=2 --format=cells
expect 2 2 "--shard: expected 0 to 2, found 3" plan --shards=2 --shard=3
expect 2 2 '--dataset: the paper has no data set "mnist"; it has cifar10' \
  plan --dataset=mnist
expect 0 1 "imagenet16_120: 1 cells" plan --dataset=imagenet --cells="2581 "
expect 0 1 "imagenet16_120: 2 cells" plan --dataset=ImageNet16-120 \
  --cells="2581, 45"

expect 2 2 "a command is required"
expect 2 2 'command: expected one of describe, query' draw 1
expect 2 2 "describe: expected one CELL, found 0 arguments" describe
expect 2 2 "inspect: expected one FILE, found 2 arguments" inspect a b
expect 2 2 '--format: expected text, json or csv, found "xml"' \
  describe 1 --format=xml
expect 2 2 "colour" describe 1 --colour=red
expect 2 2 "channels" describe 1 --channels=many


expect 2 2 "did you mean query?" qeury 1

# Asks for all cells at once, as arguments and on standard input, with blanks
# around.
seq 0 15624 >all.txt
expect 1 2 "the table has no cell" query - <all.txt
printf ' 2581\n1462 323133,333333\r\n' >some.txt
expect 0 1 "cell 1462  333333" query - <some.txt
# As Windows editors save text.
printf '\xef\xbb\xbf2581\r\n1462\r\n' >marked.txt
expect 0 1 "cell 1462  333333" query - <marked.txt
expect 0 1 "cell 1462  333333" query "2581 1462"
expect 0 1 "cell 2581  323133" query " 2581"$'\n'
expect 2 2 "expected CELL..., found 0 cells" query - </dev/null
many=()
for ((i = 0; i < 6466; ++i)); do many+=(2581); done
expect 0 1 "cell 2581  323133" query "${many[@]}"

# Every command takes the same names.
for command in "query 2581" "compare 2581 1462" "top clean" \
  "correlate clean pgd_25" search; do
  # shellcheck disable=SC2086
  expect 1 2 'the table has no data set "mnist"; it has fashion_mnist' \
    $command --dataset=mnist
done
for command in "query 2581" "compare 2581 1462" search; do
  # shellcheck disable=SC2086
  expect 1 2 'has no metric "pgd" of fashion_mnist; did you mean pgd_10' \
    $command --metric=pgd
done
expect 1 2 'has no metric "pgd" of fashion_mnist; did you mean pgd_10' top pgd
expect 0 1 "by pgd_25" top PGD-25 --dataset=Fashion-MNIST

# A cell that is named twice is answered once.
(($("$robbench" query "${many[@]}" 323133 | grep -c '^cell ') == 1)) || {
  echo "FAILED: query answers a cell twice"
  failed=1
}
expect 0 1 "with clean ≥ 0.00 % and multiply_adds ≤ 160,000,000" top pgd_25 \
  --max=multiply_adds=160e6 --min=clean=0 --count=2
expect 0 1 "with multiply_adds ≤ 160,000,000 and parameters ≤ " top pgd_25 \
  --max=multiply_adds=160e6,parameters=1e6
expect 1 2 "expected a share, 0 to 1" top pgd_25 --min=clean=70
expect 0 1 "dataset,metric,rank,index,code" top pgd_25 --format=csv
expect 0 1 "file,what,detail" verify whole2 --format=csv
expect 0 1 "name,type,rows,columns" \
  inspect robbench-report/tables/table.sqlite --format=csv
expect 2 2 "robbench export --format=csv" \
  inspect robbench-report/tables/table.binpb --format=csv
expect 0 1 "kg CO2" plan --cells=2581 --device=h100 --grams_co2_per_kwh=400
expect 0 1 "assumed, not measured" plan --cells=2581 --device=h100
expect 2 2 "did you mean h100" plan --cells=2581 --device=h101

# Only a terminal gets colour and width.
terminal() {  # WIDTH ARGUMENT...: what the command prints there
  local width=$1
  shift
  TERM=xterm script -qec "stty cols $width; '$robbench' $*" /dev/null </dev/null |
    tr -d '\r'
}
if TERM=xterm script -qec true /dev/null </dev/null >script.log 2>&1; then
  bold=$'\033[1m'
  terminal 200 top clean --count=2 >wide.txt
  grep -qF "$bold" wide.txt || { echo "FAILED: no colour: $(<wide.txt)"; failed=1; }
  (($(grep -c 'rank  index' wide.txt) == 1)) || {
    echo "FAILED: more than one table on a wide terminal: $(<wide.txt)"
    failed=1
  }
  terminal 40 top clean --count=2 >narrow.txt
  (($(grep -c 'rank  index' narrow.txt) > 1)) || {
    echo "FAILED: one table on a narrow terminal: $(<narrow.txt)"
    failed=1
  }
  NO_COLOR=1 terminal 200 top clean --count=2 >plain.txt
  if grep -qF "$bold" plain.txt; then
    echo "FAILED: colour with NO_COLOR"
    failed=1
  fi
else
  echo "SKIPPED: terminal (script: $(<script.log))"
fi
TERM=xterm "$robbench" top clean --count=2 >piped.txt
if grep -q $'\033' piped.txt || (($(grep -c 'rank  index' piped.txt) != 1)); then
  echo "FAILED: a pipe is no terminal: $(<piped.txt)"
  failed=1
fi

# Tests what a shell completes.
completes() {  # EXPECTED WORD...: words as bash breaks them, "=" one of them
  local expected=$1 found
  shift
  found=$(bash -c 'eval "$("$0" completion bash)"
    COMP_WORDS=(robbench "$@") COMP_CWORD=$#
    _robbench
    printf "%s " "${COMPREPLY[@]}"' "$robbench" "$@")
  [[ " $found" == *" $expected "* ]] || {
    echo "FAILED: '$*' is not completed to '$expected': $found"
    failed=1
  }
}
completes query qu
completes --metric= query --me
completes json query --format = js
completes text query --format =
completes robust_average top rob
completes naswot top --predictor = nas
completes h100 plan 2581 --device = h1
completes zsh completion z
completes correlate help corr
completes records/records.txt inspect records/records.t
bash -n <("$robbench" completion bash) || failed=1
if command -v zsh >/dev/null; then
  zsh -n <("$robbench" completion zsh) || failed=1
else
  echo "SKIPPED: completion in zsh (there is none)"
fi

# The commit is that of the checkout that bazel run names.
expect 0 1 ", commit unknown" --version
if command -v git >/dev/null; then
  mkdir "check out"
  BUILD_WORKSPACE_DIRECTORY="$PWD/check out" "$robbench" --version >version.txt
  grep -q ', commit unknown$' version.txt || {
    echo "FAILED: a commit without a repository: $(<version.txt)"
    failed=1
  }
  git init -q "check out"
  git -C "check out" -c user.name=n -c user.email=e commit -q --allow-empty -m m
  BUILD_WORKSPACE_DIRECTORY="$PWD/check out" "$robbench" --version >version.txt
  grep -q ", commit $(git -C "check out" rev-parse --short=12 HEAD)\$" version.txt || {
    echo "FAILED: not the commit: $(<version.txt)"
    failed=1
  }
else
  echo "SKIPPED: commit (there is no git)"
fi

# Only standard output is read, without the noise of a debug build.
expect 0 1 "robbench 0." --version
expect 0 1 "Examples:" help
expect 0 1 "--metric" help query
expect 0 1 "Examples:" -help
expect 2 2 "--nosuch" --help --nosuch

exit "$failed"
