#!/bin/bash
# Tests import_published as a command. Bad input gives a message, an exit code
# and no output.
set -u
import=$PWD/analysis/published/import_published
search_space=$PWD/analysis/table/search_space
cd "$TEST_TMPDIR" || exit 1
failures=0

# expect CODE PATTERN ARGUMENT...
expect() {
  local code=$1 pattern=$2 message found
  shift 2
  message=$("$import" "$@" 2>&1)
  found=$?
  if [ $found -ne "$code" ] || ! grep -qF "$pattern" <<<"$message"; then
    echo "FAIL: $*: exit code $found, said: $message" >&2
    failures=$((failures + 1))
  fi
  if [ -e table.binpb ] || [ -e table.csv ]; then
    echo "FAIL: $*: left an output" >&2
    failures=$((failures + 1))
  fi
}

printf 'acc={"0": [0.5' >cut.json
printf '{"ids": {}}' >other.json
printf 'SQLite format 3\0' >database.json
printf '[1, 2]' >array.json
printf '{"cifar10": {"2581": {"autoattack": 0.4}}}' >released.json
printf '{"ids": []}' >meta.json
truncate -s 17M huge.json
# The files have 100 MB and 20 MB of nesting.
head -c 100000000 /dev/zero | tr '\0' '[' >nested.json
yes '{"a":' | head -c 20000000 | tr -d '\n' >deep.json
expect 1 'cut.json: field (byte' --input=cut.json --table_out=table.binpb \
  --csv_out=table.csv
expect 1 'other.json: field ids: expected cifar10, cifar100 or' \
  --input=other.json --table_out=table.binpb --csv_out=table.csv
expect 1 'array.json: field (byte 0): expected acc={...}' --input=array.json \
  --table_out=table.binpb
expect 1 nested.json --input=nested.json --table_out=table.binpb
expect 1 'deep.json: field a: expected cifar10' --input=deep.json \
  --table_out=table.binpb
expect 1 'meta.json: field ids: expected a value, found an array' \
  --input=released.json --meta=meta.json --table_out=table.binpb
expect 1 'cut.json: field (byte 1)' --input=released.json --meta=cut.json \
  --table_out=table.binpb
expect 2 'meta goes with' --input=cut.json --meta=meta.json \
  --table_out=table.binpb
expect 1 'database.json: field (byte 15)' --input=database.json \
  --table_out=table.binpb
expect 1 huge.json --input=huge.json --table_out=table.binpb
expect 1 absent.json --input=absent.json --table_out=table.binpb
expect 2 table_out --input=cut.json
expect 2 input --table_out=table.binpb
# Of the one cell of released.json, and of another one.
scores() {  # CELL PATHS
  cat <<EOF
provenance { schema_version: 1 producer: "test" numeric_profile: "portable" }
dataset: "cifar10"
spec { skeleton { channels: 16 cells_per_stage: 5 } images: 64 }
seeds: 0 cells: $1
columns { score: "parameters" value: 1 left_out_records: 0 }
columns { score: "multiply_adds" value: 1 left_out_records: 0 }
columns { score: "paths" value: $2 left_out_records: 0 }
columns { score: "zen" value: 7.5 left_out_records: 0 }
EOF
}
scores 2581 4 >scores.textproto
scores 2582 4 >other_cell.textproto
scores 2581 3 >other_paths.textproto
printf 'dataset: "cifar10" no_field: 1' >no_scores.textproto
expect 1 'other_cell.textproto: field cells: expected cells of the table, found 2582' \
  --input=released.json --predictor_scores=other_cell.textproto \
  --table_out=table.binpb --csv_out=table.csv
expect 1 'other_paths.textproto: field columns[paths]: expected 4 of cell 2581' \
  --input=released.json --predictor_scores=other_paths.textproto \
  --table_out=table.binpb --csv_out=table.csv
expect 1 'no_scores.textproto' --input=released.json \
  --predictor_scores=no_scores.textproto --table_out=table.binpb
expect 1 'absent.textproto' --input=released.json \
  --predictor_scores=absent.textproto --table_out=table.binpb
expect 2 surplus --input=cut.json --table_out=table.binpb surplus

# The released layout comes back as it was written.
"$import" --input=released.json --table_out=ours.binpb --json_out=ours.json &&
  "$import" --input=ours.json --table_out=again.binpb --json_out=again.json &&
  cmp ours.json again.json || failures=$((failures + 1))
# With scores, too; they are in no table that was not asked for them.
"$import" --input=released.json --predictor_scores=scores.textproto \
  --table_out=scored.binpb --json_out=scored.json --csv_out=scored.csv &&
  "$import" --input=scored.json --table_out=again.binpb --json_out=again.json &&
  cmp scored.json again.json && grep -q '"proxy_zen": 7.5' scored.json &&
  grep -q ',proxy_zen$' scored.csv || failures=$((failures + 1))
grep -q proxy_ ours.json ours.binpb && failures=$((failures + 1))
expect 1 'scores.textproto: field columns: expected a table without predictors' \
  --input=scored.json --predictor_scores=scores.textproto \
  --table_out=table.binpb
"$search_space" --meta_out=whole.json --csv_out=cells.csv ||
  failures=$((failures + 1))
expect 1 'whole.json: field ids.0: expected its values in the table' \
  --input=released.json --meta=whole.json --table_out=table.binpb
# A byte order mark and blanks before the first brace change nothing.
for before in '\xef\xbb\xbf' '\n ' '\xef\xbb\xbf\r\n'; do
  { printf "$before" && cat released.json; } >marked.json
  "$import" --input=marked.json --table_out=again.binpb --csv_out=again.csv &&
    "$import" --input=released.json --table_out=ours.binpb --csv_out=ours.csv &&
    cmp ours.csv again.csv || failures=$((failures + 1))
done
expect 1 'meta.json: field ids: expected a value, found an array' \
  --input=marked.json --meta=meta.json --table_out=table.binpb
# What is another kind of file is said to be one.
echo '<!DOCTYPE html><html></html>' >page.json
gzip -nc released.json >packed.json
: >empty.json
expect 1 'it looks like an HTML page: download the file itself' \
  --input=page.json --table_out=table.binpb
expect 1 'unpack it (gunzip' --input=packed.json --table_out=table.binpb
expect 1 'it looks like an empty file' --input=empty.json \
  --table_out=table.binpb
expect 1 'array.json: field (byte 0): expected acc={...}' \
  --input=released.json --standard_training=array.json --table_out=table.binpb
exit $((failures > 0))
