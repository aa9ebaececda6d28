#!/bin/bash
# import_published as a command: bad input gives a message, an exit code and
# no output.
set -u
import=$PWD/analysis/import_published
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
truncate -s 17M huge.json
expect 1 'cut.json: field (byte' --input=cut.json --table_out=table.binpb \
  --csv_out=table.csv
expect 1 'other.json: field (byte 0): expected acc={...}' --input=other.json \
  --table_out=table.binpb
expect 1 'database.json: field (byte 0)' --input=database.json \
  --table_out=table.binpb
expect 1 huge.json --input=huge.json --table_out=table.binpb
expect 1 absent.json --input=absent.json --table_out=table.binpb
expect 2 table_out --input=cut.json
expect 2 input --table_out=table.binpb
expect 2 surplus --input=cut.json --table_out=table.binpb surplus
exit $((failures > 0))
