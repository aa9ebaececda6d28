#!/usr/bin/env bash
# Accepts what the training-free scores and the short training are now, an hour of
# one core a seed and half an hour:
# bazel run //analysis/studies/predictor:update_predictor_golden --//tools:seeds=0.
# Without the flag it is three seeds, which predictor_study_golden_test counts. Then make
# predictor_study_golden.json anew (testdata/make_predictor_study_golden.py) and
# update the other golden files.
set -euo pipefail
golden=${BUILD_WORKSPACE_DIRECTORY:?run this by bazel run}/analysis/golden
install -D -m 644 predictor_study_scores.textproto \
  "$golden/predictor_study/scores.textproto"
echo "accepted: analysis/golden/predictor_study/scores.textproto"
