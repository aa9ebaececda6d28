#!/usr/bin/env bash
# Checks that builds survive faults: an HTTP cache (nginx on this machine) that is
# down, hangs, answers 500 or returns damaged blobs; a full disk below Bazel and
# below the checkpoints; Bazel killed 20 times. Each time //tools/tests/tiny, of
# three cells and two seeds, must end with the bytes of an undisturbed build.
# Usage: tools/checks/check_faults.sh [BAZEL_FLAG ...]   (of the build of the tools,
# e.g. --disk_cache=DIR)
set -uo pipefail
cd "$(dirname "$0")/../.."
# Mounts exist only for this script and its children, and end with them.
if [[ -z ${MOUNTS_ARE_OURS-} ]] && unshare --mount true 2>/dev/null; then
  MOUNTS_ARE_OURS=1 exec unshare --mount tools/checks/check_faults.sh "$@"
fi
work=$(mktemp -d)
chmod 755 "$work"  # nginx is another user
mkdir -p "$work/cache/data" "$work/output" "$work/scratch"
cache=
sampler=
cleanup() {
  stop_cache
  [[ -z $sampler ]] || kill "$sampler" 2>/dev/null
  bazel_of_client shutdown >/dev/null 2>&1
  mountpoint -q "$work/scratch" && umount "$work/scratch"
  mountpoint -q "$work/output" && umount "$work/output"
  chmod -R u+w "$work"
  rm -rf "$work"
}
trap cleanup EXIT

failed=0
pass() { echo "passed: $*"; }
fail() {
  echo "FAILED: $*"
  failed=1
}

# Servers of this script live for seconds, so the second compiler would not pay.
startup=("--output_base=$work/output"
  --host_jvm_args=-XX:TieredStopAtLevel=1 --host_jvm_args=-XX:+UseSerialGC)
bazel_of_client() {
  (cd "$work/client" && exec ./bazelw "${startup[@]}" "$@")
}
bin=$work/client/bazel-bin
part=(--//tools:cells=10,894,1835 --disk_cache=)
everything=//tools/tests/tiny:tiny_everything
build() {
  bazel_of_client build "${part[@]}" "$@" >"$work/log" 2>&1
}
# Keeps the tools and deletes what they made.
forget() { rm -rf "$bin"/tools/tests/tiny/tiny_*; }
# Returns whether the outputs of the targets with these names are those that
# undisturbed builds left.
same() {  # PATTERN
  grep -E "$1" "$work/reference" >"$work/expected" &&
    (cd "$bin" && sha256sum --quiet -c "$work/expected")
}
all_from_cache() {
  [[ $(processes) == *" remote cache hit"* && $(processes) != *sandbox* &&
    $(processes) != *worker* ]] && ! grep -q '^WARNING' "$work/log"
}
processes() { grep -oE '[0-9]+ process.*' "$work/log" | tail -n 1; }

# Checks what a build must do in spite of a fault: end with exit code 0 and the
# same bytes, and print a warning.
survives() {  # FAULT WARNING PATTERN BAZEL_ARGUMENT...
  local fault=$1 warning=$2 pattern=$3 status found
  shift 3
  build "$@"
  status=$?
  found=$(grep -A 1 '^WARNING: .* Remote Cache:' "$work/log" |
    grep -m 1 -E "$warning")
  if [[ $status == 0 && -n $found ]] && same "$pattern"; then
    pass "$fault: the same bytes, a warning (${found:0:60})"
  else
    grep -vE '^ *\[|^Loading|^Analyzing' "$work/log" | tail -n 20
    fail "$fault: expected exit code 0, the same bytes and a warning with" \
      "'$warning', found exit code $status, $(processes)"
  fi
}

nginx=/usr/sbin/nginx
# This lies below the ports that the kernel gives to outgoing connections. One
# of those could take it while the server is down.
port=$((20000 + $$ % 12000))
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do ((port++)); done
with_cache=(--config=remote_cache "--remote_cache=http://127.0.0.1:$port")
start_cache() {  # [LINE of nginx.conf]
  local as_nobody=()
  cat >"$work/cache/nginx.conf" <<CONF
daemon off;
master_process off;
pid $work/cache/pid;
error_log $work/cache/error.log;
events {}
http {
  access_log $work/cache/access.log;
  client_max_body_size 0;
  client_body_temp_path $work/cache/body;
  proxy_temp_path $work/cache/proxy;
  fastcgi_temp_path $work/cache/fastcgi;
  uwsgi_temp_path $work/cache/uwsgi;
  scgi_temp_path $work/cache/scgi;
  server {
    listen 127.0.0.1:$port;
    root $work/cache/data;
    dav_methods PUT;
    create_full_put_path on;
    ${1-}
  }
}
CONF
  if ((EUID == 0)); then
    chown -R nobody:nogroup "$work/cache"
    as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)
  fi
  "${as_nobody[@]}" "$nginx" -e "$work/cache/error.log" \
    -c "$work/cache/nginx.conf" >"$work/cache/start.log" 2>&1 &
  cache=$!
  for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    sleep 0.1
  done
  cat "$work/cache/start.log" "$work/cache/error.log"
  fail "nginx does not start"
  return 1
}
stop_cache() {
  [[ -n $cache ]] || return
  kill -9 "$cache"
  wait "$cache" 2>/dev/null
  cache=
}

cache_faults() {
  if [[ ! -x $nginx ]]; then
    # The package is only unpacked, as an installed one would start on port 80.
    (cd "$work" && { apt-get download nginx || {
      apt-get update && apt-get download nginx
    }; } && dpkg -x nginx_*.deb nginx) >/dev/null 2>&1
    nginx=$work/nginx/usr/sbin/nginx
  fi
  if ! "$nginx" -v 2>/dev/null; then
    echo "SKIPPED: faults of a cache (apt has no nginx here)"
    return
  fi
  forget
  survives "a cache that is down" 'Connection refused' tiny_training/ \
    //tools/tests/tiny:tiny_training "${with_cache[@]}"
  forget
  start_cache "return 500;" || return
  survives "a cache that answers 500" '500 Internal' tiny_training/ \
    //tools/tests/tiny:tiny_training "${with_cache[@]}"
  stop_cache
  forget
  start_cache || return
  kill -STOP "$cache"
  survives "a cache that hangs" 'timed out' tiny_training/ \
    //tools/tests/tiny:tiny_training "${with_cache[@]}" --remote_timeout=2
  stop_cache

  forget
  start_cache || return
  build "$everything" "${with_cache[@]}"
  forget
  build "$everything" "${with_cache[@]}"
  if same . && all_from_cache; then
    pass "a healthy cache: the same bytes ($(processes))"
  else
    grep -A 1 '^WARNING' "$work/log"
    fail "a healthy cache: expected the same bytes and cache hits, found" \
      "$(processes)"
  fi
  # Changes the last byte of each.
  local blob blobs=() fetched
  for blob in "$work"/cache/data/cas/*; do
    [[ -s $blob ]] && ((${#blobs[@]} < 50)) || continue
    blobs+=("$(basename "$blob")")
    printf '%b' "\\x$(printf %02x \
      $((0x$(tail -c 1 "$blob" | od -An -tx1 | tr -d ' ') ^ 255)))" |
      dd of="$blob" bs=1 seek=$(($(stat -c %s "$blob") - 1)) conv=notrunc \
        status=none
    sha256sum "$blob" | grep -q "^$(basename "$blob")" &&
      fail "$blob is not damaged"
  done
  : >"$work/cache/access.log"
  forget
  survives "a cache with ${#blobs[@]} damaged blobs" 'digest' . \
    "$everything" "${with_cache[@]}"
  fetched=$(printf '%s\n' "${blobs[@]}" |
    grep -cFf <(grep -oP 'GET /cas/\K[0-9a-f]{64}(?= .* 200 )' \
      "$work/cache/access.log"))
  if ((${#blobs[@]} == 50 && fetched >= 5)); then
    pass "$fetched of 50 damaged blobs were fetched: $(processes)"
  else
    fail "expected 50 damaged blobs, 5 of them fetched, found ${#blobs[@]}" \
      "and $fetched"
  fi
  forget
  build "$everything" "${with_cache[@]}"
  if same . && all_from_cache; then
    pass "the damaged blobs were replaced ($(processes))"
  else
    grep -A 1 '^WARNING' "$work/log"
    fail "after that: expected cache hits only, found $(processes)"
  fi
  stop_cache
}

mount_tmpfs() {  # DIRECTORY SIZE
  mount -t tmpfs -o "size=$2,mode=755" tmpfs "$1" 2>/dev/null
}
# Fills the directory so that no more than this many KiB are left.
leave() {  # DIRECTORY KIB
  mount -o "remount,size=$(($(df -k --output=used "$1" | tail -n 1) + $2))k" \
    "$1"
}

disk_full() {
  if ! mountpoint -q "$work/output"; then
    echo "SKIPPED: full disks (no file system can be mounted here)"
    return
  fi
  local status room run=tools/tests/tiny/tiny_training/cell_10_seed_0
  # In the first case a training cannot write its weights, but Bazel keeps what
  # a program says. In the second Bazel can keep nothing, so the exit code has
  # to do.
  for room in 400 0; do
    forget
    leave "$work/output" "$room"
    build "$everything"
    status=$?
    mount -o remount,size=2g "$work/output"
    if ((status != 0)) && { ((room == 0)) ||
      grep -q 'No space left on device' "$work/log"; }; then
      pass "a full disk, $room KiB left: exit code $status"
    else
      tail -n 20 "$work/log"
      fail "a full disk, $room KiB left: expected an error that says so," \
        "found exit code $status"
    fi
  done
  if build "$everything" && same .; then
    pass "the next build, with room: the same bytes ($(processes))"
  else
    tail -n 20 "$work/log"
    fail "the next build, with room: expected the same bytes"
  fi

  mount_tmpfs "$work/scratch" 64k
  forget
  survives "a full disk below --disk_cache" 'errors during bulk transfer' \
    tiny_training/ //tools/tests/tiny:tiny_training \
    "--disk_cache=$work/scratch/cache"
  rm -rf "$work/scratch/cache"

  # Trains with checkpoints on a full disk, without Bazel, to the bytes of the
  # action.
  rm -f "$bin/$run".*
  (cd "$bin" && training/train --cell=10 --seed=0 \
    --dataset=tools/tests/tiny/tiny_dataset.dataset.safetensors \
    "--recipe=$work/client/tools/tests/tiny/testdata/tiny_recipe.textproto" \
    --device=cpu --numeric_profile=portable "--record_out=$run.train.binpb" \
    "--weights_out=$run.weights.safetensors" "--scratch=$work/scratch" \
    --checkpoint_seconds=0) 2>"$work/log"
  status=$?
  if [[ $status == 0 ]] && same "$run" &&
    grep -q '^checkpoint .*No space left on device; going on without' \
      "$work/log"; then
    pass "a full disk below checkpoints: said so, the same bytes"
  else
    tail -n 5 "$work/log"
    fail "a full disk below checkpoints: expected exit code 0, a warning and" \
      "the same bytes, found $status"
  fi
}

# Writes a line ATTEMPT STAGE/RUN for each training and evaluation that starts.
sample() {
  local -A seen
  local pid first argument arguments key
  while sleep 0.1; do
    for pid in /proc/[0-9]*; do
      first=
      { IFS= read -r -d '' first <"$pid/cmdline"; } 2>/dev/null
      [[ $first == bazel-out/*/training/@(train|evaluation/evaluate) ]] || continue
      { mapfile -d '' arguments <"$pid/cmdline"; } 2>/dev/null
      for argument in "${arguments[@]}"; do
        [[ $argument == --@(record_out|flagfile)=*/tools/tests/tiny/tiny_* ]] ||
          continue
        key=${argument#*/tools/tests/tiny/}
        key=${key%%.*}
        [[ -z ${seen[$pid $key]-} &&
          $(readlink "$pid/cwd") == "$work/output"/* ]] || continue
        seen[$pid $key]=1
        echo "$(<"$work/attempt") $key" >>"$work/started"
      done
    done
  done
}
# Prints the runs that were done in an attempt, by Bazel's own events.
done_runs() {  # ATTEMPT
  grep '^{"id":{"actionCompleted":.*"action":{"success":true' \
    "$work/events.$1" 2>/dev/null | grep -oE '"primaryOutput":"[^"]*' |
    grep -oE 'tiny_(training|evaluation)/cell_[0-9]+_seed_[0-9]+'
}

killed() {
  local attempt client ours moment status runs again repeated
  forget
  : >"$work/started"
  : >"$work/done"
  : >"$work/done_in"
  bazel_of_client shutdown >/dev/null 2>&1
  echo 0 >"$work/attempt"
  sample &
  sampler=$!
  for ((attempt = 1; attempt <= 21; attempt++)); do
    echo "$attempt" >"$work/attempt"
    # The disk cache keeps what Bazel's own list of actions loses of the last
    # seconds.
    (cd "$work/client" && exec ./bazelw "${startup[@]}" build --jobs=1 \
      //tools/tests/tiny:tiny_training //tools/tests/tiny:tiny_evaluation \
      "${part[@]}" "--disk_cache=$work/runs" --build_event_publish_all_actions \
      "--build_event_json_file=$work/events.$attempt") >"$work/log" 2>&1 &
    client=$!
    ((attempt <= 20)) || break
    # Bazel is killed while it starts, as a run starts, or as another is done,
    # and later each time.
    moment=$((attempt / 4))
    if ((attempt % 2 == 0)); then sleep "$((attempt % 4 + 1)).$moment"; fi
    while ((attempt % 2)) && kill -0 "$client" 2>/dev/null; do
      if ((attempt % 4 == 1)); then
        grep -q "^$attempt " "$work/started" && sleep "0.$moment" && break
      else
        done_runs "$attempt" | grep -qvxFf "$work/done" && break
      fi
      sleep 0.05
    done
    kill -9 "$client" 2>/dev/null || break
    wait "$client" 2>/dev/null
    # It is killed more than once, as a server that was starting goes on without
    # its client.
    while mapfile -t ours < <(pgrep -f -- "--output_base=$work/output") &&
      ((${#ours[@]})); do
      kill -9 "${ours[@]}" 2>/dev/null
      sleep 0.1
    done
    done_runs "$attempt" | grep -vxFf "$work/done" >"$work/new"
    cat "$work/new" >>"$work/done"
    sed "s/^/$attempt /" "$work/new" >>"$work/done_in"
  done
  wait "$client"
  status=$?
  sleep 0.2
  kill "$sampler"
  sampler=
  if ((attempt == 21 && status == 0)) &&
    same 'tiny_(training|evaluation)/'; then
    pass "Bazel killed 20 times: the next build has the same bytes"
  else
    tail -n 20 "$work/log"
    fail "Bazel killed 20 times: expected 20 kills, then exit code 0 and the" \
      "same bytes, found $((attempt - 1)) and $status"
  fi
  runs=$(cut -d ' ' -f 2 "$work/started" | sort -u | wc -l)
  again=$(($(wc -l <"$work/started") - runs))
  # Nothing that was done in one attempt may start in a later one.
  repeated=$(awk 'NR == FNR { done[$2] = $1; next }
    $2 in done && $1 > done[$2] { print $2 }' "$work/done_in" "$work/started")
  if [[ $runs == 12 && -s $work/done && -z $repeated ]] && ((again <= 20)); then
    pass "12 runs started $((runs + again)) times, none again of the" \
      "$(wc -l <"$work/done") that were done"
  else
    fail "expected 12 runs, none started again that was done, found $runs," \
      "$again started again, done before: $repeated"
  fi
}

# Sets up the client, its tools, and what undisturbed builds make.
git clone -q . "$work/client"
mount_tmpfs "$work/output" 2g
bazel_of_client build //training:preprocess //training:train \
  //training/evaluation:evaluate //ntk:score //ntk:score_proxies \
  //analysis/collect //analysis/statistics //analysis/figures //analysis/report //analysis/claims "${part[@]}" "$@" >"$work/log" 2>&1 || {
  cat "$work/log"
  fail "the tools"
  exit 1
}
build "$everything" || {
  cat "$work/log"
  fail "the undisturbed build"
  exit 1
}
(cd "$bin/" && find -L tools -path 'tools/tests/tiny/tiny_*' -type f \
  ! -name '*.params' | sort | xargs sha256sum) >"$work/reference"
cache_faults
disk_full
killed
exit $failed
