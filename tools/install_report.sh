#!/usr/bin/env bash
# Copies a report out of Bazel: bazel run //:reproduce [-- --out=DIR]
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
while IFS=$'\t' read -r file folder; do
  mkdir -p "$out/$folder"
  install -m 644 "$file" "$out/$folder/.$(basename "$file").tmp"
  mv "$out/$folder/.$(basename "$file").tmp" "$out/$folder/$(basename "$file")"
done <"%{list}"
echo "The report: $out/index.html"
