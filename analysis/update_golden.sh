#!/usr/bin/env bash
# Accepts what mini and paper give now: bazel run //analysis:update_golden
# The paper's part needs the published table (ROBBENCH_DATA).
set -euo pipefail
golden=${BUILD_WORKSPACE_DIRECTORY:?run this by bazel run}/analysis/golden
accept() {  # FILE NAME
  install -D -m 644 "$1" "$golden/$2"
  echo "accepted: analysis/golden/$2"
}
accept mini_table/table.csv mini/table.csv
accept mini_figures/ranking.svg mini/ranking.svg
# The compiler and libraries under which the table has these very bytes.
accept tools/tests/golden_host.txt mini/numeric.txt
accept mini_claims/claims.json mini/claims.json
if [[ -e paper_report/tables.md ]]; then
  accept paper_claims/claims.json paper/claims.json
  accept paper_report/tables.md paper/tables.md
  accept paper_predictors_figures/predictor_cost.svg paper/predictor_cost.svg
  sums=$(mktemp)
  sha256sum paper_table/table.binpb paper_table/table.csv >"$sums"
  accept "$sums" paper/SHA256SUMS
  rm "$sums"
else
  echo "SKIPPED: paper (the published table is not here)"
fi
