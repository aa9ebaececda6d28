#!/usr/bin/env bash
# Checks that the same commit, inputs and numeric profile give the same bytes. It
# builds a part of the mini benchmark here, and again from scratch in a clone with
# another path, output base, user, home, host name, locale, time zone, umask,
# number of jobs, CPU affinity and year. Then it compares the SHA-256 of every
# declared output, tools included. It needs root or sudo, and installs faketime,
# and diffoscope where outputs differ.
# Usage: tools/checks/check_twin_build.sh [BAZEL_FLAG ...]   (flags of the first build)
set -euo pipefail
part=(--//tools:cells=1835,45,10 --//tools:seeds=0,1)

# Runs the second build in namespaces of its own (below). The server of Bazel is
# started first, so that what comes after it is one year ahead, and so is every
# action. Tools are compiled on all processors, and what they make is made on
# one.
if [[ ${1-} == --inside ]]; then
  work=$2
  cd "$3"
  hostname twin
  twin() {
    env -i PATH="$PATH" HOME="$work/home" USER=nobody LOGNAME=nobody \
      LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 TZ=Asia/Kathmandu OMP_NUM_THREADS=3 \
      setpriv --reuid=nobody --regid=nogroup --clear-groups \
      ./bazelw "--output_base=$work/output" "$@"
  }
  trap 'twin shutdown >/dev/null 2>&1' EXIT
  umask 077
  server=$(twin info server_pid)
  this_year=$(date +%Y)
  find /usr/lib -name libfaketime.so.1 | head -n 1 >"$work/ld.so.preload"
  echo "+1y" >"$work/faketimerc"
  mount --bind "$work/faketimerc" /etc/faketimerc
  mount --bind "$work/ld.so.preload" /etc/ld.so.preload
  if [[ $(date +%Y) != "$((this_year + 1))" ]]; then
    echo "FAILED: faketime does not take effect"
    exit 1
  fi
  twin build --jobs=3 //training:train //training/evaluation:evaluate //ntk:score \
    //analysis/collect //analysis/figures //analysis/report \
    //analysis/claims
  taskset --all-tasks --pid --cpu-list 0 "$server" >/dev/null
  taskset --pid --cpu-list 0 $$ >/dev/null
  twin build --jobs=3 //:mini "${part[@]}"
  exit
fi

cd "$(dirname "$0")/../.."
work=$(mktemp -d)
clone=$work/another-place/with/a/longer/path
as_root=()
[[ $EUID -eq 0 ]] || as_root=(sudo)
created=()
trap '"${as_root[@]}" rm -rf "$work" "${created[@]}"' EXIT

install_packages() {
  "${as_root[@]}" apt-get install -y --no-install-recommends "$@" \
    >"$work/install" 2>&1 || {
    "${as_root[@]}" apt-get update &&
      "${as_root[@]}" apt-get install -y --no-install-recommends "$@"
  } >"$work/install" 2>&1
}

outputs() {  # of a bazel-bin directory
  (cd "$1" && find -L . \( -path './mini*' -o -path './theory_*' \
    -o -name '*_study.binpb' -o -name train -o -name evaluate -o -name score \
    -o -name collect -o -name figures -o -name claims -o -name report \) -type f \
    ! -path '*.runfiles*' ! -path './paper*' ! -name '*.params' \
    ! -name '*.d' -print0 | sort -z | xargs -0 sha256sum)
}
kept='cell_(1835|45|10)_|mini_table/(table|shards/(0|14)\.)'
kept+='|mini_(dataset|statistics|figures|claims|report)'
kept+='|/theory_(dataset|figures)|_study.binpb$'
kept+='|/(train|evaluate|score|collect|figures|claims|report)$'

if ! install_packages faketime; then
  cat "$work/install"
  echo "FAILED: faketime cannot be installed"
  exit 1
fi
git clone -q . "$clone"
mkdir "$work/home" "$work/output"
chmod 755 "$work"

# This output base is used for nothing else. That of the checkout may hold
# outputs of targets that no longer exist, which Bazel does not delete.
./bazelw "--output_base=$work/first.output" build //:mini "${part[@]}" \
  --symlink_prefix="$work/first." "$@"
outputs "$work/first.bin/" | grep -E "$kept" >"$work/first"
./bazelw "--output_base=$work/first.output" shutdown
"${as_root[@]}" chown -R nobody:nogroup "$work/home" "$work/output" \
  "$work/another-place"
# There must be something to mount over.
for file in /etc/ld.so.preload /etc/faketimerc; do
  [[ -e $file ]] && continue
  "${as_root[@]}" touch "$file"
  created+=("$file")
done
"${as_root[@]}" unshare --mount --uts "$PWD/tools/checks/check_twin_build.sh" \
  --inside "$work" "$clone"
outputs "$clone/bazel-bin/" >"$work/second"
count=$(wc -l <"$work/first")
if [[ $count -lt 50 ]]; then
  echo "FAILED: only $count outputs found"
  exit 1
fi
if ! diff "$work/first" "$work/second"; then
  echo "FAILED: outputs differ between the twin builds"
  if install_packages diffoscope-minimal; then
    diff "$work/first" "$work/second" | sed -n 's/^< [0-9a-f]*  //p' |
      head -n 3 | while IFS= read -r file; do
      diffoscope --max-report-size=20000 "$work/first.bin/$file" \
        "$clone/bazel-bin/$file" || true
    done
  fi
  exit 1
fi
echo "twin builds: all $count outputs equal"
