#!/usr/bin/env bash
# Copies a report out of Bazel: bazel run //:reproduce [-- --out=DIR]
# An earlier report of the same target in that directory is brought up to date,
# and files of it that this one does not have are deleted. Another target's
# report, and files that are not a report's, are never replaced.
set -euo pipefail
out="${BUILD_WORKSPACE_DIRECTORY:-$PWD}/%{directory}"
for argument in "$@"; do
  case $argument in
  --out=?*)
    out=${argument#--out=}
    [[ $out == /* ]] || out=${BUILD_WORKING_DIRECTORY:-$PWD}/$out
    ;;
  --help | -help | -h)
    echo "Copies the report %{report} to %{directory}, or to --out=DIR."
    exit 0
    ;;
  *)
    echo "usage: [--out=DIR]; found '$argument'" >&2
    exit 2
    ;;
  esac
done
refuse() {
  echo "error: $out: $1; nothing was replaced: move it away or give --out=DIR" >&2
  exit 1
}
if [[ -e $out && ! -d $out ]]; then
  echo "error: $out: expected a directory" >&2
  exit 1
fi
list="%{list}"
manifest=$out/manifest.textproto
if [[ -f $manifest ]]; then
  old=$(sed -n 's/^report: "\(.*\)"$/\1/p' "$manifest")
  [[ $old == "%{report}" ]] ||
    refuse "it holds the report ${old:-of an earlier version}, expected %{report}"
  sed -n '/^outputs {/,/^}/s/^  name: "\(.*\)"$/\1/p' "$manifest" |
    grep -vE '^/|(^|/)\.\.(/|$)' | grep -vxFf <(cut -f 2 "$list") |
    while IFS= read -r name; do rm -f "$out/$name"; done || true
else
  while IFS=$'\t' read -r file name; do
    [[ ! -e $out/$name && ! -L $out/$name ]] ||
      refuse "it holds $name, but no report"
  done <"$list"
fi
while IFS=$'\t' read -r file name; do
  target=$out/$name
  mkdir -p "${target%/*}"
  temporary=${target%/*}/.${target##*/}.tmp
  if ! cp --no-preserve=mode "$file" "$temporary"; then
    rm -f "$temporary"
    exit 1
  fi
  mv "$temporary" "$target"
done <"$list"
echo "The report: $out/index.html"
