#!/usr/bin/env bash
# Checks where data sets come from. With --config=download, a set that is nowhere
# else comes from its archive, pinned by SHA-256, here by way of --distdir.
# Without the flag, with another SHA-256 or without the archive, its target fails
# and says how to get it. If only a part of a set is there, an error names the
# missing file, and `build //...` succeeds all the same.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
bazel=(bazel "--output_base=$work/base")
trap 'cd "$work/check" && "${bazel[@]}" shutdown; chmod -R u+w "$work"
  rm -rf "$work"' EXIT
unset ROBBENCH_DATA

# Makes a repository of its own with the rule, the flag and a small archive.
mkdir -p "$work"/{check/third_party,archives,data/set,pack/set,system}
cd "$work/check" || exit 1
cp "$root/third_party/dataset.bzl" third_party
cp -r "$root/third_party/bazel" .
grep '^build:download' "$root/.bazelrc" >.bazelrc
echo packed >"$work/pack/set/file"
echo own >"$work/data/set/file"
for name in one two three; do
  echo "$name of the system" >"$work/system/$name"
done
tar -C "$work/pack" -czf "$work/archives/set.tar.gz" set
sha256=$(sha256sum "$work/archives/set.tar.gz" | cut -d ' ' -f 1)
touch third_party/BUILD
cat >BUILD <<END
genrule(
    name = "of_parts",
    srcs = ["@parts//:raw"],
    outs = ["of_parts.txt"],
    cmd = "cat \$(SRCS) > \$@",
    tags = ["manual"],
)

genrule(
    name = "other",
    outs = ["other.txt"],
    cmd = "echo other > \$@",
)
END
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
    directory = "set",
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
dataset(
    name = "parts",
    directory = "parts",
    files = ["one", "two.gz|two", "three"],
    how = "ask nobody",
    system = ["$work/system"],
)
END

# build NAME REPOSITORY EXPECTED ARGUMENT...: checks what the set's file holds,
# or a part of the message of the failure.
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

# parts NAME EXPECTED: checks what //:of_parts holds, or a part of its failure's
# message, with the folder parts as it is now. //... must succeed in any case.
parts() {
  local name=$1 expected=$2 output
  # A server does not look again for what it has found.
  "${bazel[@]}" shutdown
  if output=$(ROBBENCH_DATA=$work/data "${bazel[@]}" build \
    --noshow_progress //:of_parts 2>&1); then
    output=$(xargs <bazel-bin/of_parts.txt)
  fi
  if [[ $output != *"$expected"* ]]; then
    echo "FAILED: $name: expected '$expected', found: $output"
    status=1
  elif ! output=$(ROBBENCH_DATA=$work/data "${bazel[@]}" build \
    --noshow_progress //... 2>&1); then
    echo "FAILED: $name: //... beside it: $output"
    status=1
  else
    echo "passed: $name"
  fi
}

folder=$work/data/parts
# The path is as ROBBENCH_DATA's, for the message.
parts "no folder: the system's" "one of the system two of the system"
mkdir "$folder"
parts "an empty folder is none of the set" "one of the system"
for name in one two three; do echo "own $name" >"$folder/$name"; done
parts "all of it" "own one own two own three"
part="data set parts: only a part of it is there: $folder"
rm "$folder/two"
parts "a file is missing" "$part/two.gz is missing"
: >"$folder/two"
parts "a file is empty" "$part/two is empty"
rm "$folder/two" && mkdir "$folder/two"
parts "a file is a directory" "$part/two is a directory"
rmdir "$folder/two" && ln -s nowhere "$folder/two"
parts "a link to nothing" "$part/two is a link to a file that is not there"
rm "$folder/two" && echo "own two" >"$folder/two" && chmod 0 "$folder/two"
if [[ -r $folder/two ]]; then
  echo "SKIPPED: a file that cannot be read (root reads all)"
else
  parts "a file that cannot be read" "$part/two cannot be read"
fi
chmod 644 "$folder/two"
parts "mended" "own one own two own three"
exit $status
