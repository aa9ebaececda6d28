#!/usr/bin/env bash
# --config=download: a data set that is nowhere else comes from its pinned
# archive by SHA-256, here by way of --distdir; without the flag, with another
# SHA-256 or without the archive its target fails and says how to get it.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
bazel=(bazel "--output_base=$work/base")
trap 'cd "$work/check" && "${bazel[@]}" shutdown; chmod -R u+w "$work"
  rm -rf "$work"' EXIT
unset ROBBENCH_DATA

# A repository of its own with the rule, the flag and a small archive.
mkdir -p "$work"/{check/third_party,archives,data/set,pack/set}
cd "$work/check" || exit 1
cp "$root/third_party/dataset.bzl" third_party
cp -r "$root/third_party/bazel" .
grep '^build:download' "$root/.bazelrc" >.bazelrc
echo packed >"$work/pack/set/file"
echo own >"$work/data/set/file"
tar -C "$work/pack" -czf "$work/archives/set.tar.gz" set
sha256=$(sha256sum "$work/archives/set.tar.gz" | cut -d ' ' -f 1)
touch BUILD third_party/BUILD
cat >WORKSPACE <<END
local_repository(name = "rules_cc", path = "bazel/rules_cc")
local_repository(name = "rules_java", path = "bazel/rules_java")
local_repository(
    name = "remote_coverage_tools",
    path = "bazel/remote_coverage_tools",
)
load("//third_party:dataset.bzl", "dataset")
[dataset(
    name = name,
    directories = ["set"],
    files = ["file"],
    how = "ask nobody",
    sha256 = sha256,
    # Nothing listens there.
    url = "http://localhost:1/" + archive,
) for name, archive, sha256 in [
    ("good", "set.tar.gz", "$sha256"),
    ("other", "set.tar.gz", "${sha256//[0-9]/0}"),
    ("gone", "gone.tar.gz", "$sha256"),
]]
END

# build NAME REPOSITORY EXPECTED ARGUMENT...: what the set's file holds, or a
# part of the message of the failure.
status=0
build() {
  local name=$1 repository=$2 expected=$3 output
  shift 3
  if output=$("${bazel[@]}" build --noshow_progress --repository_cache= \
    "--distdir=$work/archives" "@$repository//:raw" "$@" 2>&1); then
    output=$(cat "$work/base/external/$repository/file")
  fi
  if [[ $output == *"$expected"* ]]; then
    echo "passed: $name"
  else
    echo "FAILED: $name: expected '$expected', found: $output"
    status=1
  fi
}

build "no flag, no data set" good \
  "looked for file in (ROBBENCH_DATA is not set); --config=download, or ask"
build "the archive, by its SHA-256" good packed --config=download
ROBBENCH_DATA=$work/data build "ROBBENCH_DATA comes first" good own \
  --config=download
ROBBENCH_DATA=../data build "a relative ROBBENCH_DATA" good own
build "another SHA-256" other "data set set is not on this machine" \
  --config=download
build "no archive" gone "data set set is not on this machine" --config=download
exit $status
