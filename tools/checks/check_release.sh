#!/usr/bin/env bash
# Runs the README's two commands in a fresh root of a Debian release, first
# without the data that is not in Debian, then with it:
#
#   tools/checks/check_release.sh bookworm|trixie|forky [--root=DIR] [--mirror=URL]
#                          [-- COMMAND...]
#
# Checks the commit that is checked out here. Needs a Debian machine, root and
# 15 GB below /var/tmp. The second half needs ROBBENCH_DATA: a directory with the
# published table and CIFAR-10, of which the root gets a copy.
#
#   --root=DIR    keeps the root there, with Bazel's cache in it: the next call
#                 fetches the commit and builds what has changed
#   --mirror=URL  Debian's packages; otherwise what apt takes them from here
#   -- COMMAND    runs this in the root's checkout instead, e.g. one test
#
# Prints what passed, failed and was skipped, the seconds of each command, and
# last "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
release=${1-}
[[ $release =~ ^(bookworm|trixie|forky)$ ]] || usage
shift
root=""
mirror=""
while (($#)) && [[ $1 != -- ]]; do
  case $1 in
  --root=*) root=${1#*=} ;;
  --mirror=*) mirror=${1#*=} ;;
  *) usage ;;
  esac
  shift
done
(($# == 0)) || shift
if [[ $EUID -ne 0 ]]; then
  echo "check_release.sh: a root of another release needs root" >&2
  exit 2
fi

if [[ -z $root ]]; then
  root=$(mktemp -d "/var/tmp/robbench-$release.XXXXXX")
  trap 'rm -rf --one-file-system "$root"' EXIT
fi
mkdir -p "$root"
root=$(cd "$root" && pwd)

if [[ ! -d $root/robbench ]]; then
  echo "== a root of $release in $root"
  tools/checks/make_root.sh "$release" "$root" "$mirror"
  git init --quiet "$root/robbench"
  echo "build --disk_cache=/var/cache/robbench" >"$root/robbench/user.bazelrc"
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"
git -C "$root/robbench" fetch --quiet --force "$PWD" HEAD:refs/heads/checked
git -C "$root/robbench" checkout --quiet --force --detach checked
if [[ -n ${ROBBENCH_DATA-} ]]; then
  mkdir -p "$root/data"
  cp -rL --update "$ROBBENCH_DATA/." "$root/data/"
fi

# Runs a command in the root's checkout. By pivot_root, as in a plain chroot the
# kernel refuses user namespaces and Bazel falls back to a weaker sandbox, which
# needs /sys for builds without network. Bazel's server ends with the namespace.
enter() {
  env --chdir="$root" unshare --mount --propagation private \
    --pid --fork --kill-child bash -euc '
      mount --bind . . && cd "$PWD"
      mount -t proc proc proc
      mount --rbind /sys sys
      mount --rbind /dev dev
      mkdir -p .outside
      pivot_root . .outside
      cd / && umount --lazy /.outside
      cd /robbench
      exec env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        "$@"' enter "$@"
}

if (($#)); then
  enter ${ROBBENCH_DATA:+ROBBENCH_DATA=/data} "$@"
  exit
fi

passed=0
failed=0
log=$root/var/log/robbench.log

# Runs a command and prints its lines "passed: ..." and "FAILED: ..." and its
# seconds. The first argument says what the command is for.
check() {
  local name=$1 status=0 p f
  shift
  SECONDS=0
  enter "$@" >"$log" 2>&1 || status=$?
  # Bazel's summary has a line for each test target.
  sed -nE 's/^(\/\/[^ ]+) +(\(cached\) )?PASSED.*/passed: \1/p
    s/^(\/\/[^ ]+) +(FAILED|TIMEOUT|NO STATUS).*/FAILED: \1/p' "$log" |
    sort >"$log.lines"
  if [[ ! -s $log.lines ]]; then
    ((status == 0)) && echo "passed: $name" || echo "FAILED: $name"
  fi >>"$log.lines"
  cat "$log.lines"
  p=$(grep -c '^passed' "$log.lines") || true
  f=$(grep -c '^FAILED' "$log.lines") || true
  if ((status)); then
    cat "$log"
    ((f)) || { f=1 && echo "FAILED: $name (exit code $status)"; }
  fi
  passed=$((passed + p))
  failed=$((failed + f))
  echo "== $release, $name: $p passed, $f failed, $SECONDS s"
}

both_commands() {
  local name=$1
  shift
  check "$name: bazelw run //:reproduce" "$@" ./bazelw run --noshow_progress \
    //:reproduce
  check "$name: bazelw test //..." "$@" ./bazelw test --noshow_progress \
    --keep_going //...
  # Tests that need what is not here say so by name. Only logs of this run
  # count, as in a kept root the logs of deleted tests stay where they are.
  sed -nE 's/^passed: \/\/([^:]*):(.*)/bazel-testlogs\/\1\/\2\//p' \
    "$log.lines" >"$root/tmp/logs"
  enter xargs --arg-file=/tmp/logs -r grep -rhoE \
    '^\[  SKIPPED \] .*|^SKIPPED: .*' --include=test.log | sort -u || true
}

echo "== $release, commit $(git rev-parse --short HEAD)"
both_commands "without data"
if [[ -n ${ROBBENCH_DATA-} ]]; then
  both_commands "with data" ROBBENCH_DATA=/data
else
  echo "SKIPPED: with data (ROBBENCH_DATA names no directory)"
fi
echo "$passed passed, $failed failed"
exit $((failed > 0))
