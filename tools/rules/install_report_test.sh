#!/usr/bin/env bash
# Tests where `bazel run //:reproduce` and //:paper copy to, and what they never
# replace. Usage: install_report_test.sh INSTALL_REPORT.SH
set -uo pipefail
template=$PWD/$1
cd "$TEST_TMPDIR" || exit 1
failed=0
fail() {
  echo "FAILED: $*"
  failed=1
}

# report NAME DIRECTORY: writes a script as the rule expands it, for two files.
report() {
  mkdir -p "$1"
  printf 'report: "%s"\noutputs {\n  name: "index.html"\n}\n' "$1" >"$1/manifest"
  echo "page of $1" >"$1/page"
  echo "table of $1" >"$1/table"
  printf '%s\t%s\n' "$PWD/$1/manifest" manifest.textproto "$PWD/$1/page" \
    index.html "$PWD/$1/table" tables/table.csv >"$1/list"
  sed "s|%{list}|$PWD/$1/list|; s|%{report}|$1|; s|%{directory}|$2|" \
    "$template" | sed "s|%{report}|$1|g; s|%{directory}|$2|g" >"$1/run"
  chmod +x "$1/run"
}
report reproduce robbench-report
report paper robbench-paper
export BUILD_WORKSPACE_DIRECTORY="$PWD/a folder, of work"
mkdir "$BUILD_WORKSPACE_DIRECTORY"
work=$BUILD_WORKSPACE_DIRECTORY

# refused TEXT SCRIPT ARGUMENT...: expects exit code 1 and the text.
refused() {
  local text=$1 message
  shift
  message=$("$@" 2>&1) && fail "$*: accepted"
  grep -qF -- "$text" <<<"$message" || fail "$*: said $message"
}

# Each report goes to its own directory.
reproduce/run >/dev/null && paper/run >/dev/null || fail "the first run"
[[ $(<"$work/robbench-report/index.html") == "page of reproduce" ]] ||
  fail "robbench-report"
[[ $(<"$work/robbench-paper/tables/table.csv") == "table of paper" ]] ||
  fail "robbench-paper"

# The same report is brought up to date, and files that are not of it stay.
echo new >reproduce/page
echo mine >"$work/robbench-report/notes.txt"
printf 'outputs {\n  name: "figures/old.svg"\n}\n' \
  >>"$work/robbench-report/manifest.textproto"
mkdir "$work/robbench-report/figures"
touch "$work/robbench-report/figures/old.svg"
reproduce/run >/dev/null || fail "the second run"
[[ $(<"$work/robbench-report/index.html") == new ]] || fail "not updated"
[[ -e $work/robbench-report/notes.txt ]] || fail "notes.txt is lost"
[[ ! -e $work/robbench-report/figures/old.svg ]] || fail "old.svg is left"

# Another report, a report from before reports had names, and files that are no
# report's are never replaced.
refused "it holds the report reproduce, expected paper" \
  paper/run --out="$work/robbench-report"
[[ $(<"$work/robbench-report/index.html") == new ]] || fail "replaced"
mkdir old page link
echo 'schema_version: 1' >old/manifest.textproto
refused "it holds the report of an earlier version" paper/run --out="$PWD/old"
echo mine >page/index.html
refused "it holds index.html, but no report" paper/run --out="$PWD/page"
[[ $(<page/index.html) == mine && ! -e page/manifest.textproto ]] ||
  fail "page was changed"
ln -s /nowhere link/index.html
refused "it holds index.html" paper/run --out="$PWD/link"
refused "expected a directory" paper/run --out="$PWD/page/index.html"
refused "usage: " paper/run --nosuch

# A relative directory is relative to the user's. A copy that was cut short is
# completed.
export BUILD_WORKING_DIRECTORY=$work
paper/run --out="x y/z" >/dev/null || fail "a relative directory"
rm "$work/x y/z/tables/table.csv"
paper/run --out="x y/z" >/dev/null || fail "a copy cut short"
[[ -e "$work/x y/z/tables/table.csv" ]] || fail "the copy is not whole"
[[ $(umask 027; paper/run --out=masked >/dev/null
  stat -c %a "$work/masked/index.html") == 640 ]] || fail "the umask"

exit "$failed"
