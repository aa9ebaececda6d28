#!/usr/bin/env bash
# Builds //tools:cuda_bundle and runs its check_cuda.sh in a root of Debian that
# has neither Bazel nor a CUDA device: the archive has at most 55 MB, all that
# needs no device passes, and the end is one clear message and exit code 1.
# Usage: LIBTORCH_PATH=DIRECTORY tools/checks/check_cuda_bundle.sh [BAZEL_FLAG ...]
# (DIRECTORY: the torch directory of a PyTorch wheel for CUDA. Needs root.)
set -euo pipefail
cd "$(dirname "$0")/../.."
if [[ -z ${LIBTORCH_PATH-} ]]; then
  echo "SKIPPED: the CUDA bundle (LIBTORCH_PATH names no LibTorch)"
  exit 0
fi
if [[ $EUID -ne 0 ]]; then
  echo "SKIPPED: the CUDA bundle (making a root needs root)"
  exit 0
fi
libtorch=$(cd "$LIBTORCH_PATH" && pwd)
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

if ! ./bazelw build --config=cuda --repo_env=LIBTORCH_PATH="$libtorch" \
  --noshow_progress "$@" //tools:cuda_bundle >"$work/log" 2>&1; then
  cat "$work/log"
  exit 1
fi
archive=bazel-bin/tools/cuda/cuda_bundle.tar.xz
size=$(stat -Lc %s "$archive")
if ((size > 55000000)); then
  echo "FAILED: the CUDA bundle has $size bytes, more than 55 MB"
  exit 1
fi
echo "passed: the CUDA bundle has $size bytes"

tools/checks/make_root.sh "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
  "$work/root"
tar -C "$work/root" -xf "$archive"
mkdir "$work/root/wheel"

# In namespaces of their own, so that no mount is left.
status=0
unshare --mount --pid --fork --kill-child bash -euc '
  mount --bind "$1" "$2/wheel"
  mount --bind -o ro,remount "$2/wheel"
  mount -t proc proc "$2/proc"
  exec env -i PATH=/usr/sbin:/usr/bin:/bin chroot "$2" \
    /robbench_cuda/check_cuda.sh "/wheel/$3" /report
' enter "$(dirname "$libtorch")" "$work/root" "$(basename "$libtorch")" >"$work/log" 2>&1 || status=$?
report=$work/root/report/report.txt
last=$(tail -n 1 "$report" 2>/dev/null || true)
if ((status != 1)) || grep -qs '^FAILED' "$report" ||
  [[ ! $last =~ ^[1-9][0-9]*\ passed,\ 0\ failed\;\ nothing\ was\ checked\ on\ a\ device,\ as\ none\ can\ be\ used ]] ||
  ! cmp -s "$work/log" "$report"; then
  echo "FAILED: check_cuda.sh without a device (exit code $status)"
  cat "$work/log"
  exit 1
fi
echo "passed: check_cuda.sh without a device: $last"
