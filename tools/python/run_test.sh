#!/usr/bin/env bash
# Runs a test of the Python package by Debian's Python, on tables that are made
# here of synthetic records:
#   $TEST_TMPDIR/twenty  20 cells, two seeds, NTK scores, infinite ones among them
#   $TEST_TMPDIR/cifar10 100 cells of CIFAR-10, three seeds
# Each has table.binpb, table.json, table.csv, table.sqlite and records.
# Usage: run_test.sh TEST.py [ARGUMENT ...]
set -euo pipefail
root=$PWD

make_table() {  # NAME [FLAG OF write_synthetic_records ...]
  local name=$TEST_TMPDIR/$1
  shift
  mkdir -p "$name/records"
  analysis/collect/write_synthetic_records --out_dir="$name/records" "$@"
  analysis/collect/collect --dataset_spec="$name/records/dataset.textproto" \
    --records_from="$name/records/records.txt" \
    --table_out="$name/table.binpb" --json_out="$name/table.json" \
    --csv_out="$name/table.csv" --sqlite_out="$name/table.sqlite"
}

if [[ -x analysis/collect/collect ]]; then
  make_table twenty
  make_table cifar10 --cells=100 --seeds=3 \
    --dataset_spec=training/specs/cifar10.textproto \
    --recipe=training/specs/cifar_recipe.textproto \
    --attacks=training/specs/paper_suite.textproto \
    --autoattack=training/specs/autoattack_authors_suite.textproto \
    --ntk=ntk/specs/paper.textproto
fi
# Runs Debian's Python, whatever else is first in PATH, and writes no file
# beside the sources. Packages that are not Debian's stand where
# tools/checks/check_python_examples.sh put them.
PYTHONPATH=$root/tools/python
PYTHONPATH+=${ROBBENCH_PYTHON_PACKAGES:+:$ROBBENCH_PYTHON_PACKAGES}
export PYTHONPATH PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 -W error "$@"
