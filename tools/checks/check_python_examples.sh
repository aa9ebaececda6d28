#!/usr/bin/env bash
# Checks the examples of the Python package, and its interface of NATS-Bench,
# beside the packages that they are for: they are installed from PyPI, in the
# versions of tools/python/examples/requirements.txt, into a temporary folder.
# Skipped where PyPI cannot be reached, or has not all of them for this Python.
# Usage: tools/checks/check_python_examples.sh [BAZEL_FLAG ...]
set -uo pipefail
cd "$(dirname "$0")/../.."
tests=(benchmark_test examples_test nats_test)
requirements=tools/python/examples/requirements.txt
# Not in /tmp, which a test of a newer Bazel does not see.
packages=$(mktemp -d -p /var/tmp)
trap 'rm -rf "$packages"' EXIT

python=(/usr/bin/python3 -m pip)
"${python[@]}" --version >/dev/null 2>&1 ||
  apt-get install -y --no-install-recommends python3-pip >/dev/null 2>&1
# All that those packages need has a version there too, so nothing that is
# published later comes in.
if ! "${python[@]}" install --quiet --no-cache-dir --no-deps \
  --only-binary :all: --target="$packages" -r $requirements \
  >"$packages/log" 2>&1; then
  echo "SKIPPED: examples of the Python package ($(grep -m 1 -E \
    'ERROR|No module' "$packages/log" || echo 'pip failed'))"
  exit 0
fi

failed=0
./bazelw test "$@" --noshow_progress --test_output=errors \
  --test_env=ROBBENCH_PYTHON_PACKAGES="$packages" \
  "${tests[@]/#///tools/python:}" >"$packages/log" 2>&1 || {
  cat "$packages/log"
  failed=1
}
for test in "${tests[@]}"; do
  log=bazel-testlogs/tools/python/$test/test.log
  # A test may still skip what needs data that is not here, but nothing for
  # want of a package.
  skipped=$(grep -E '^SKIPPED: .* is not installed' "$log")
  if grep -qE "^//tools/python:$test .*PASSED" "$packages/log" &&
    [[ -z $skipped ]]; then
    echo "passed: $test beside $(grep -E \
      '^(optuna|pymoo|pandas|matplotlib|nats-bench)=' $requirements |
      paste -sd ' ')"
  else
    echo "FAILED: $test: ${skipped:-it did not pass}"
    failed=1
  fi
done
exit $failed
