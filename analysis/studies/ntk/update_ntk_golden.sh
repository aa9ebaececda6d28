#!/usr/bin/env bash
# Accepts what the NTK study gives now, forty minutes of one core:
# bazel run //analysis/studies/ntk:update_ntk_golden. Then make ntk_study_golden.json anew
# (testdata/make_ntk_study_golden.py) and update the other golden files.
set -euo pipefail
golden=${BUILD_WORKSPACE_DIRECTORY:?run this by bazel run}/analysis/golden
for scores in ntk_study_*.textproto; do
  name=${scores#ntk_study_}
  install -D -m 644 "$scores" "$golden/ntk_study/$name"
  echo "accepted: analysis/golden/ntk_study/$name"
done
