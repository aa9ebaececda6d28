#!/usr/bin/env bash
# Checks that a change runs again what depends on it and nothing else. It makes
# edits in a clone of the last commit, one after the other, and builds a part of
# the mini benchmark (two cells, two seeds) after each. Each edit states the
# mnemonics of the actions that may run again; MNEMONIC=N means N of them.
# Usage: tools/checks/check_incrementality.sh [BAZEL_FLAG ...]   (e.g. --disk_cache=DIR
# for the first build, to skip compiling what was compiled elsewhere)
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
bazel=("$work/clone/bazelw" "--output_base=$work/output")
trap '(cd "$work/clone" && "${bazel[@]}" shutdown) >/dev/null 2>&1
  chmod -R u+w "$work" && rm -rf "$work"' EXIT
git clone -q . "$work/clone"
cd "$work/clone"
part=(--//tools:cells=1835,894 --//tools:seeds=0,1)
if ! "${bazel[@]}" build //:mini "${part[@]}" "$@" >"$work/log" 2>&1; then
  cat "$work/log"
  exit 1
fi

after_table="Claims Collect CollectShard Figures Report Statistics"
after_training="$after_table Evaluate Train"
failed=0
passed=0

# expect "DESCRIPTION" "MNEMONICS" [BAZEL_FLAG ...]: builds and compares.
expect() {
  local description=$1 expected found
  expected=$(tr ' ' '\n' <<<"$2" | sort -u | xargs)
  shift 2
  if ! "${bazel[@]}" build //:mini "${part[@]}" "$@" \
    --execution_log_json_file="$work/actions.json" >"$work/log" 2>&1; then
    cat "$work/log"
    found="(the build failed)"
  else
    found=$(grep -o '"mnemonic": "[A-Za-z]*"' "$work/actions.json" |
      cut -d '"' -f 4 | sort | uniq -c | awk '{ print $2 "=" $1 }' || true)
    # Keeps the numbers only of mnemonics that are expected with one.
    [[ $expected == *=* ]] || found=$(cut -d = -f 1 <<<"$found")
    found=$(sort <<<"$found" | xargs)
  fi
  if [[ $found == "$expected" ]]; then
    echo "passed: $description: ${found:-nothing} ran"
    passed=$((passed + 1))
  else
    echo "FAILED: $description: expected '$expected', found '$found'"
    failed=$((failed + 1))
  fi
}

expect "nothing changed" ""
echo "One more line." >>README.md
expect "README" ""
echo '// A comment.' >>training/trainer.cc
expect "a comment in a .cc file" "CppCompile"
echo '// A comment.' >>analysis/table/benchmark_table.h
expect "a comment in a header of analysis" "CppCompile"
sed -i 's/accent_colour: "#00527a"/accent_colour: "#00527b"/' \
  analysis/specs/figure_style.textproto
expect "a plot colour" "Figures Report"
echo '.note { color: #444; }' >>analysis/report/page/report_page.css
expect "the report's template" "Embed CppCompile CppLink Report"
sed -i 's/best_count: 5/best_count: 4/' analysis/specs/mini_statistics.textproto
expect "a constant of the statistics" "Statistics Figures Claims Report"
sed -i 's/images: 16/images: 12/' ntk/specs/width_study.textproto
expect "a study of the theory" "TheoryStudy Figures Report"
sed -i 's/images: 32/images: 24/' ntk/specs/mini.textproto
expect "NTK images" "NtkScore $after_table"
sed -i 's/epsilon: 10 step_size: 1.25/epsilon: 10 step_size: 1.5/' \
  training/specs/mini_suite.textproto
expect "an attack suite" "Evaluate $after_table"
sed -i 's/weight_decay: 5e-4/weight_decay: 4e-4/' \
  training/specs/mini_recipe.textproto
expect "a training parameter" "$after_training"
sed -i 's/  steps: 7/  steps: 6/' training/specs/mini_recipe.textproto
expect "PGD steps in training" "$after_training"
# Only the published files would be taken under the published name.
sed -i 's/test_images: 500/test_images: 490/
  s/name: "fashion_mnist"/name: "fashion_mnist_altered"/' \
  training/specs/fashion_mnist_16.textproto
expect "the data's specification" "Preprocess NtkScore $after_training"
sed -i 's/name: "fashion_mnist"/name: "fashion_mnist_altered"/' \
  ntk/specs/theory_fashion_mnist.textproto
expect "the name of the theory's data" \
  "Preprocess TheoryStudy Figures Claims Report"
mkdir -p "$work/data/fashion-mnist"
cp -L "$work"/output/external/*fashion_mnist/*.gz "$work/data/fashion-mnist"
export ROBBENCH_DATA=$work/data
expect "the same data in another place" ""
images=$work/data/fashion-mnist/train-images-idx3-ubyte
chmod u+w "$images.gz"
gunzip "$images.gz"
byte=$((16 + 14 * 28 + 14))  # in the middle of the first image
value=$(od -An -tu1 -j $byte -N 1 "$images")
printf "\\x$(printf %02x $((value ^ 128)))" |
  dd of="$images" bs=1 seek=$byte conv=notrunc status=none
gzip -n "$images"
expect "a byte of the data" "Preprocess NtkScore TheoryStudy $after_training"
expect "gaps of the table allowed" "Collect" --//tools:allow_missing
# 1835 is in one shard of records, 894 and 893 in another.
expect "one cell added" "NtkScore=2 Train=2 Evaluate=3 CollectShard=1 Collect=1 \
Statistics=1 Figures=1 Claims=1 Report=1" --//tools:cells=1835,894,893
expect "another numeric profile" "NtkScore $after_training" \
  --//tools:numeric_profile=native
echo "incrementality: $passed passed, $failed failed"
exit $((failed > 0))
