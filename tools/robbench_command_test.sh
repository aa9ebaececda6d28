#!/usr/bin/env bash
# Exit codes and streams of the robbench command.
# Usage: robbench_command_test.sh ROBBENCH
set -uo pipefail
robbench=$1
failed=0

# expect CODE STREAM TEXT ARGUMENT...: the exit code, and TEXT on one of
# standard output (1) and standard error (2), the other being empty.
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
  if [[ -s $TEST_TMPDIR/$((3 - stream)) ]]; then
    echo "FAILED: robbench $*: unexpected output:"
    cat "$TEST_TMPDIR/$((3 - stream))"
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
expect 1 2 "skeleton: channels: expected 1 to 1024" describe 1 --channels=0
expect 1 2 "$TEST_TMPDIR/absent.binpb" inspect "$TEST_TMPDIR/absent.binpb"
echo "not ours" >"$TEST_TMPDIR/note.txt"
expect 1 2 "expected a safetensors file or a record of" \
  inspect "$TEST_TMPDIR/note.txt"

expect 2 2 "a command is required"
expect 2 2 'command: expected describe or inspect, found "draw"' draw 1
expect 2 2 "describe: expected one CELL, found 0 arguments" describe
expect 2 2 "inspect: expected one FILE, found 2 arguments" inspect a b
expect 2 2 '--format: expected text or json, found "xml"' \
  describe 1 --format=xml
expect 2 2 "colour" describe 1 --colour=red
expect 2 2 "channels" describe 1 --channels=many

exit "$failed"
