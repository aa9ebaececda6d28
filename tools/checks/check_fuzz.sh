#!/usr/bin/env bash
# Usage: check_fuzz.sh [--seed=N] [SECONDS [TARGET ...]]
# Runs every *_fuzz.cc, or the targets named (as nas/cell), under ASan and UBSan
# for so many seconds (60), two at a time, with golden files as first inputs.
# There must be no crash and no leak, and memory must stay within the bound of
# nas/base/fuzz.h. libFuzzer's random numbers follow from the seed (1), so that a
# commit is judged by much the same inputs each time; --seed=0 draws new ones.
# Needs clang and libclang-rt-dev.
set -uo pipefail
cd "$(dirname "$0")/../.."
random_seed=1
if [[ ${1-} == --seed=* ]]; then
  random_seed=${1#--seed=}
  shift
fi
seconds=${1-60}
shift $(($# > 0))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flags=(-std=c++20 -O1 -g -fno-omit-frame-pointer -I. "-I$work"
  -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all)
echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, long) { return 0; }' \
  >"$work/empty.cc"
if ! clang++ "${flags[@]}" -fsanitize=fuzzer "$work/empty.cc" \
  -o "$work/empty" 2>/dev/null; then
  echo "SKIPPED: fuzz (clang++ with libFuzzer is not here)"
  exit 0
fi

# Prints each target and what it is linked with: the sources of every header that
# it includes, directly or not, and messages with what they import.
needs() {
  git ls-files '*_fuzz.cc' | python3 -c '
import os, re, sys

def needs(start):
    files, found = [start], set()
    while files:
        path = files.pop()
        if path in found or not os.path.exists(path):
            continue
        found.add(path)
        with open(path) as file:
            text = file.read()
        for name in re.findall(r"""^(?:#include|import) "(.*)";?$""", text, re.M):
            files += [name, re.sub(r"\.pb\.h$", ".proto", name),
                      re.sub(r"\.h$", ".cc", name)]
    return sorted(re.sub(r"\.proto$", ".pb", path).replace(".cc", "")
                  for path in found if path.endswith((".cc", ".proto")))

for line in sys.stdin:
    print(line.strip().replace("_fuzz.cc", ""), *needs(line.strip()))'
}
declare -A sources
while read -r target needed; do
  sources[$target]=$needed
done < <(needs)
# The messages that any of them needs.
mapfile -t messages < <(printf '%s\n' ${sources[*]} | sed -n 's/\.pb$/.proto/p' | sort -u)
protoc "--cpp_out=$work" "${messages[@]}" || exit 1
# Headers that the rule `embed` makes of files.
mapfile -t embedded < <(printf '%s.cc\n' ${sources[*]} | sort -u |
  xargs grep -shoE '^#include ".*\.embed\.h"' |
  sed -E 's/^#include "(.*)\/(.*)\.embed\.h"/\/\/\1:\2/' | sort -u)
if ((${#embedded[@]})); then
  ./bazelw build --noshow_progress "${embedded[@]}" >"$work/embed" 2>&1 ||
    { cat "$work/embed" && exit 1; }
  flags+=(-Ibazel-bin)
fi
for target in "$@"; do
  [[ -n ${sources[$target]-} ]] || {
    echo "FAILED: fuzz: $target: expected one of ${!sources[*]}"
    exit 1
  }
done
# Keeps only the targets that are asked for.
for target in "${!sources[@]}"; do
  [[ $# -eq 0 || " $* " == *" $target "* ]] || unset "sources[$target]"
done

# Each source becomes an object, with two compilers at a time.
compile() {
  local object=$work/${1//\//_}.o source=$1.cc
  [[ -e $source ]] || source=$work/$source
  [[ -e $object ]] ||
    clang++ "${flags[@]}" -fsanitize=fuzzer-no-link -c "$source" -o "$object"
}
{
  for target in "${!sources[@]}"; do
    printf '%s\n' ${sources[$target]}
  done
} | sort -u >"$work/objects"
status=0
while read -r name; do
  (($(jobs -rp | wc -l) < 2)) || wait -n || status=1
  compile "$name" &
done <"$work/objects"
while [[ -n $(jobs -rp) ]]; do wait -n || status=1; done
if ((status != 0)); then
  echo "FAILED: fuzz targets do not compile"
  exit 1
fi

# Writes the seeds of a target into a folder.
seed() {
  case $1 in
  analysis/published/authors_json)
    printf '{"cifar10": {"2581": {"val_acc": {"777": 0.79, "888": 0.8, "999":
      0.795, "threeseed": 0.795}, "val_pgd_8.0_acc": {"threeseed": 0.4811},
      "autoattack": 0.44}}, "ImageNet16-120": {"12": {"val_acc": {"1": null}}}}' \
      >"$2/table"
    printf '{"ids": {"3": {"nb201-string": "|none~0|", "isomorph": "3"}}}' \
      >"$2/meta"
    ;;
  analysis/table/name_resolver)
    printf val_pgd_8.0_acc >"$2/pgd"
    printf ntk_mixed_8_0.5_trace >"$2/ntk"
    printf fgsm_8 >"$2/fgsm"
    printf imagenet >"$2/dataset"
    ;;
  analysis/published/page_table)
    printf 'acc={"": ["cifar10#val_acc"], "0": [0.5], "72": "3"}' >"$2/own"
    printf 'acc={"0":[0.856,0.186],"72":3,"":["cifar10#clean"]}' >"$2/jung"
    ;;
  nas/base/safetensors) cp nas/base/testdata/*.safetensors "$2" ;;
  nas/cell)
    echo -n 323133 >"$2/code"
    echo -n 2581 >"$2/index"
    echo -n '|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|skip_connect~0|avg_pool_3x3~1|none~2|' \
      >"$2/architecture"
    ;;
  training/text_proto) cp training/specs/*.textproto "$2" ;;
  training/dataset/cifar)
    head -c 6146 /dev/zero >"$2/ten"
    head -c 6148 /dev/zero >"$2/hundred"
    ;;
  training/dataset/idx)
    printf '\0\0\x8\3\0\0\0\2\0\0\0\2\0\0\0\3abcdefghijkl' >"$2/plain"
    gzip -nc "$2/plain" >"$2/gzipped"
    # These expand to much more than they are.
    head -c 100000000 /dev/zero | gzip -nc >"$2/bomb"
    ;;
  training/dataset/npy) cp training/dataset/testdata/*.npy "$2" ;;
  training/dataset/pickle/pickle)
    cp training/dataset/testdata/*.pickle "$2"
    # This has as many lists, tuples and memo entries as the reader takes.
    local repeated many=0
    for repeated in ']' 'N\x85' 'N\x94' ')\x94'; do
      {
        printf '\x80\4'
        yes "$(printf "$repeated")" | tr -d '\n' | head -c 1048500
      } >"$2/many_$((++many))"
    done
    ;;
  esac
}

# Runs one target and prints its outcome as a line.
fuzz() {
  local target=$1 name=${1//\//_}
  local log=$work/$name.log corpus=$work/$name.corpus
  mkdir "$corpus"
  seed "$target" "$corpus"
  if [[ -z $(ls -A "$corpus") ]]; then
    echo "FAILED: fuzz $target: $0 has no first inputs for it"
    return 1
  fi
  if ! clang++ "${flags[@]}" -fsanitize=fuzzer $(
    for source in ${sources[$target]}; do
      echo "$work/${source//\//_}.o"
    done
  ) -o "$work/$name" -Wl,--start-group \
    /usr/lib/x86_64-linux-gnu/libabsl_*.a -Wl,--end-group \
    -lprotobuf -lglog -lz -lcrypto -lpthread >"$log" 2>&1; then
    cat "$log"
    echo "FAILED: fuzz $target does not link"
    return 1
  fi
  # Runs the seeds once, whatever their size, and then mutations of the small
  # ones.
  if "$work/$name" -rss_limit_mb=1024 "$corpus"/* >"$log" 2>&1 &&
    find "$corpus" -size +64k -delete &&
    "$work/$name" "-max_total_time=$seconds" "-seed=$random_seed" -max_len=65536 \
      -rss_limit_mb=1024 -timeout=10 -print_final_stats=1 \
      "-artifact_prefix=$work/$name-" "$corpus" >"$log" 2>&1; then
    echo "passed: fuzz $target," \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    return
  fi
  tail -n 60 "$log"
  for input in "$work/$name"-*; do
    [[ -e $input ]] && echo "input, base64: $(base64 -w 0 "$input")"
  done
  echo "FAILED: fuzz $target"
  return 1
}

while read -r target; do
  (($(jobs -rp | wc -l) < 2)) || wait -n || status=1
  fuzz "$target" &
done < <(printf '%s\n' "${!sources[@]}" | sort)
while [[ -n $(jobs -rp) ]]; do wait -n || status=1; done
exit $status
