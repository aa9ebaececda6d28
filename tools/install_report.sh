#!/usr/bin/env bash
# Copies a report out of Bazel: bazel run //:reproduce [-- --out=DIR]
# What an earlier report left under names that this one does not have goes.
set -euo pipefail
out=${BUILD_WORKSPACE_DIRECTORY:-$PWD}/robbench-report
for argument in "$@"; do
  case $argument in
  --out=?*)
    out=${argument#--out=}
    [[ $out == /* ]] || out=${BUILD_WORKING_DIRECTORY:-$PWD}/$out
    ;;
  *)
    echo "usage: [--out=DIR]; found '$argument'" >&2
    exit 2
    ;;
  esac
done
if [[ -e $out && ! -d $out ]]; then
  echo "error: $out: expected a directory" >&2
  exit 1
fi
list="%{list}"
if [[ -f $out/manifest.textproto ]]; then
  sed -n '/^outputs {/,/^}/s/^  name: "\(.*\)"$/\1/p' "$out/manifest.textproto" |
    grep -vE '^/|(^|/)\.\.(/|$)' | grep -vxFf <(cut -f 2 "$list") |
    while IFS= read -r name; do rm -f "$out/$name"; done || true
fi
while IFS=$'\t' read -r file name; do
  target=$out/$name
  mkdir -p "${target%/*}"
  install -m 644 "$file" "${target%/*}/.${target##*/}.tmp"
  mv "${target%/*}/.${target##*/}.tmp" "$target"
done <"$list"
echo "The report: $out/index.html"
