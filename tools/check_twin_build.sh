#!/usr/bin/env bash
# Same commit, same inputs, same numeric profile: the same bytes. Builds a part
# of the mini benchmark here, and again from scratch in a clone with another
# path, output base, home, user, locale, time zone, umask and number of jobs,
# and compares the SHA-256 of every declared output, tools included.
# Usage: tools/check_twin_build.sh [BAZEL_FLAG ...]   (flags of the first build)
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
clone=$work/another-place/with/a/longer/path
part=(--//tools:cells=1835,45,10 --//tools:seeds=0,1)

digests() {  # of a bazel-bin directory
  (cd "$1" && find -L . \( -path './mini*' -o -path './theory_*' -o -name '*_study.binpb' -o -name train -o -name evaluate \
    -o -name score -o -name collect -o -name figures -o -name report \) \
    -type f ! -path '*.runfiles*' ! -path './paper*' ! -name '*.params' ! -name '*.d' -print0 |
    sort -z | xargs -0 sha256sum)
}

git clone -q . "$clone"
mkdir -p "$work/home"
twin() {
  (cd "$clone" && umask 077 && env -i PATH="$PATH" HOME="$work/home" \
    USER=somebody LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 TZ=Asia/Kathmandu \
    OMP_NUM_THREADS=3 ./bazelw "--output_base=$work/output" "$@")
}
trap 'twin shutdown >/dev/null 2>&1; chmod -R u+w "$work"; rm -rf "$work"' EXIT

./bazelw build //:mini "${part[@]}" "$@"
digests bazel-bin/ | grep -E 'cell_(1835|45|10)_|mini_table/(table|shards/(0|14)\.)|mini_(dataset|statistics|figures|report)|/theory_(dataset|figures)|_study.binpb$|/(train|evaluate|score|collect|figures|report)$' >"$work/first"
twin build --jobs=3 //:mini "${part[@]}"
digests "$clone/bazel-bin/" >"$work/second"
count=$(wc -l <"$work/first")
if [[ $count -lt 50 ]]; then
  echo "FAILED: only $count outputs found"
  exit 1
fi
if ! diff "$work/first" "$work/second"; then
  echo "FAILED: outputs differ between the twin builds"
  exit 1
fi
echo "twin builds: all $count outputs equal"
