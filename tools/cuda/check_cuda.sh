#!/usr/bin/env bash
# Checks robbench on the CUDA device of this machine, and measures it:
#
#   check_cuda.sh LIBTORCH [OUT]
#
# LIBTORCH is the `torch` directory of a PyTorch wheel for CUDA, of the version
# that the bundle was built with; the CUDA libraries lie in ../nvidia of it. The
# machine has glibc 2.34 and GCC 12's libstdc++ or later (Debian 12, Ubuntu
# 22.04). OUT (default: cuda_report) is a directory to make; it gets
#
#   report.txt            what was checked and measured
#   throughput.textproto  for robbench plan --throughput=FILE --device=NAME
#   steps, logs           what the programs printed
#
# Takes at most six minutes; what they do not suffice for is named. Of several
# devices it takes the first that CUDA_VISIBLE_DEVICES allows. Without a device
# it does all that a processor can do, says so, and fails. Exit codes: 0 all
# checks passed, 1 not, 2 usage.
set -uo pipefail
unset CDPATH NVIDIA_TF32_OVERRIDE
for variable in $(compgen -e GTEST_; compgen -e BENCHMARK_); do
  unset "$variable"
done
here=$(cd "$(dirname "$0")" && pwd)
if (($# < 1 || $# > 2)) || [[ $1 == -* ]]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
if [[ ! -e $1/lib/libtorch_cuda.so ]]; then
  echo "check_cuda.sh: expected $1 to be a PyTorch wheel's torch directory, found no lib/libtorch_cuda.so in it" >&2
  exit 2
fi
libtorch=$(cd "$1" && pwd)
built_with=$(<"$here/LIBTORCH_VERSION")
found=$(sed -nE "s/^__version__ = '([0-9.]+).*/\1/p" \
  "$libtorch/version.py" 2>/dev/null)
if [[ -n $found && $found != "$built_with" ]]; then
  echo "check_cuda.sh: expected the LibTorch that the bundle was built with, $built_with, found $found in $1" >&2
  exit 2
fi
out=${2:-cuda_report}
if [[ -e $out ]]; then
  echo "check_cuda.sh: $out is there already; name another directory" >&2
  exit 2
fi
mkdir -p -- "$out/steps" "$out/logs" "$out/files" || exit 2
out=$(cd -- "$out" && pwd)
exec > >(tee "$out/report.txt") 2>&1
tee=$!
# The report is whole only when tee has ended.
trap 'exec >&- 2>&-; wait "$tee"' EXIT
deadline=$((SECONDS + 350))
bin=$here/bin
specs=$here/specs
images=$here/images
# The wheel's libraries first: what both have must be what LibTorch expects.
libraries=$libtorch/lib
for folder in "$libtorch"/../nvidia/*/lib; do
  [[ -d $folder ]] && libraries+=:$folder
done
libraries+=:$here/lib
passed=0
failed=0

pass() {
  echo "passed: $*"
  passed=$((passed + 1))
}
fail() {
  echo "FAILED: $*"
  failed=$((failed + 1))
}

# Runs a program of the bundle. Arguments: most seconds, command.
limited() {
  local limit=$1
  shift
  ((limit <= deadline - SECONDS)) || limit=$((deadline - SECONDS))
  if ((limit <= 0)); then
    echo "no time is left" >&2
    return 124
  fi
  LD_LIBRARY_PATH=$libraries timeout --kill-after=5 "$limit" "$@"
}

# Runs a program; its output goes into a log, of which the end is shown where it
# fails. Arguments: name, most seconds, command.
run() {
  local name=$1 limit=$2 start=$SECONDS code=0
  shift 2
  limited "$limit" "$@" >"$out/logs/$name.log" 2>&1 || code=$?
  if ((code == 0)); then
    pass "$name ($((SECONDS - start)) s)"
    return 0
  fi
  fail "$name (exit code $code, $((SECONDS - start)) s)"
  tail -n 15 "$out/logs/$name.log" | cut -c1-300
  return 1
}

same_bytes() {  # NAME FILE FILE
  if cmp -s "$2" "$3"; then
    pass "$1: the same bytes twice"
  else
    fail "$1: the same bytes twice"
  fi
}

# The numbers of a field in a record, in order, on one line.
numbers() {  # RECORD FIELD
  limited 20 "$bin/robbench" inspect "$1" | sed -nE "s/^ *$2: ([-+.0-9einfa]+)$/\1/p" |
    tr '\n' ' '
}

# Compares the numbers of a field in the processor's and the device's record.
near() {  # NAME RECORD RECORD FIELD LARGEST_DIFFERENCE relative|absolute
  local a b
  a=$(numbers "$2" "$4")
  b=$(numbers "$3" "$4")
  echo "  $4 on the processor: $a"
  echo "  $4 on the device:    $b"
  if awk -v a="$a" -v b="$b" -v most="$5" -v kind="$6" 'BEGIN {
      n = split(a, x, " "); m = split(b, y, " ")
      if (n == 0 || n != m) exit 1
      for (i = 1; i <= n; ++i) {
        if (x[i] y[i] ~ /[^-+.0-9e]/) exit 1  # NaN, infinity
        size = kind == "relative" ? (x[i] < 0 ? -x[i] : x[i]) : 1
        difference = x[i] < y[i] ? y[i] - x[i] : x[i] - y[i]
        if (!(difference <= most * size)) exit 1
      }
    }'; then
    pass "$1 on the device as on the processor, $6 difference at most $5"
  else
    fail "$1 on the device as on the processor, $6 difference at most $5"
  fi
}

echo "== programs and LibTorch"
if [[ -e $libtorch/version.py ]]; then
  sed -nE "s/^(__version__|cuda).* = '(.*)'$/LibTorch \1 \2/p" \
    "$libtorch/version.py"
fi
for program in "$bin"/*; do
  if missing=$(LD_LIBRARY_PATH=$libraries ldd "$program" 2>&1) &&
    ! grep -q 'not found' <<<"$missing"; then
    pass "libraries of $(basename "$program")"
  else
    fail "libraries of $(basename "$program"): $(grep 'not' <<<"$missing")"
  fi
done

echo "== on the processor"
run preprocess 60 "$bin/preprocess" --spec="$specs/fashion_mnist_subset.textproto" \
  --input="$images/train-images-idx3-ubyte" \
  --input="$images/train-labels-idx1-ubyte" \
  --input="$images/t10k-images-idx3-ubyte" \
  --input="$images/t10k-labels-idx1-ubyte" \
  --dataset_out="$out/files/small.safetensors"
run preprocess_cifar 60 "$bin/preprocess" \
  --spec="$specs/cifar_format.textproto" \
  --input="$images/cifar_format_train.bin" \
  --input="$images/cifar_format_test.bin" \
  --dataset_out="$out/files/large.safetensors"

# The programs on one device. Arguments: its name in file names, the value of
# --device. The networks that are attacked are those that the processor trained,
# if it has done so, so that records can be compared.
programs() {
  local name=$1 device=$2
  run "train_$name" 120 "$bin/train" --device="$device" --cell=1000 \
    --dataset="$out/files/small.safetensors" \
    --recipe="$specs/mini_recipe.textproto" \
    --weights_out="$out/files/$name.weights.safetensors" \
    --record_out="$out/files/$name.train.binpb"
  run "evaluate_$name" 120 "$bin/evaluate" --device="$device" --cell=1000 \
    --dataset="$out/files/small.safetensors" \
    --weights="$out/files/cpu.weights.safetensors" \
    --attacks="$specs/mini_suite.textproto" \
    --record_out="$out/files/$name.eval.binpb"
  run "score_$name" 120 "$bin/score" --device="$device" --cell=1000 \
    --dataset="$out/files/small.safetensors" --spec="$specs/ntk/mini.textproto" \
    --record_out="$out/files/$name.ntk.binpb"
}
programs cpu cpu
run plan 60 "$bin/robbench" plan --device=h100

echo "== CUDA's device"
# The same one for every program, and for nvidia-smi.
export CUDA_DEVICE_ORDER=PCI_BUS_ID
export CUDA_VISIBLE_DEVICES=${CUDA_VISIBLE_DEVICES-0}
CUDA_VISIBLE_DEVICES=${CUDA_VISIBLE_DEVICES%%,*}
query=name,driver_version,memory.total,clocks.max.sm,power.limit
gpu=$(timeout 20 nvidia-smi -i "$CUDA_VISIBLE_DEVICES" --query-gpu=$query \
  --format=csv,noheader 2>/dev/null) || gpu=
echo "${gpu:-nvidia-smi says nothing}"
# A benchmark's list needs the device, and nothing else.
if ! limited 60 "$bin/pgd_benchmark" --device=cuda:0 --benchmark_list_tests \
  >"$out/logs/device.log" 2>&1; then
  tail -n 3 "$out/logs/device.log"
  echo "$passed passed, $failed failed; nothing was checked on a device, as none can be used"
  exit 1
fi
taken=$(grep -m 1 -i 'cuda' "$out/logs/device.log")
echo "$taken"
description=${gpu%%,*}
description=${description:-${taken:-a CUDA device}}

run cuda_test 90 "$bin/cuda_test"
run gradient_kernel_test 60 "$bin/gradient_kernel_test" \
  --gtest_filter='*Cuda*'
run captured_function_test 30 "$bin/captured_function_test"
run resident_images_test 30 "$bin/resident_images_test"
# A test that finds no device skips itself, which is no success here.
for test in cuda_test gradient_kernel_test; do
  if grep -q '^\[  SKIPPED' "$out/logs/$test.log" ||
    ! grep -q '^\[  PASSED  \] [1-9]' "$out/logs/$test.log"; then
    fail "$test: $(grep -m 1 'CUDA' "$out/logs/$test.log" || echo 'no test ran')"
  fi
  grep 'relative error' "$out/logs/$test.log"
done

programs cuda cuda:0
programs cuda_again cuda:0
same_bytes "a training of 4 epochs" "$out/files/cuda.weights.safetensors" \
  "$out/files/cuda_again.weights.safetensors"
same_bytes "its record" "$out/files/cuda.train.binpb" \
  "$out/files/cuda_again.train.binpb"
same_bytes "an evaluation" "$out/files/cuda.eval.binpb" \
  "$out/files/cuda_again.eval.binpb"
same_bytes "an NTK score" "$out/files/cuda.ntk.binpb" \
  "$out/files/cuda_again.ntk.binpb"
near "losses of a training of 4 epochs" "$out/files/cpu.train.binpb" \
  "$out/files/cuda.train.binpb" loss 0.05 relative
near "images of 500 that stay correct" "$out/files/cpu.eval.binpb" \
  "$out/files/cuda.eval.binpb" correct 5 absolute
near "largest eigenvalues" "$out/files/cpu.ntk.binpb" \
  "$out/files/cuda.ntk.binpb" max_eigenvalue 0.01 relative
run kernel_benchmark 30 "$bin/kernel_benchmark" --device=cuda:0 \
  --benchmark_filter='AllKernels/cell:1000' &&
  grep 'AllKernels' "$out/logs/kernel_benchmark.log"
run train_paper 60 "$bin/train" --device=cuda:0 --cell=2581 \
  --dataset="$out/files/large.safetensors" --recipe="$specs/recipe.textproto" \
  --weights_out="$out/files/paper.weights.safetensors" \
  --record_out="$out/files/paper.train.binpb"

echo "== speed of a PGD-7 training step, batch 256"
# Side by side a cell takes eight seconds, so that only three are measured.
six='paper_(1835|1000|2581|6109|7921|1462)/'
three='paper_(1835|1000|2581)/'

# Measures steps, prints them and adds them to the throughputs. Arguments: name,
# number of processes side by side, cells, flags.
steps() {
  local name=$1 count=$2 cells=$3 number ok=1
  shift 3
  local -a ids=() files=()
  local -a flags=(--batch=256 --benchmark_filter="$cells" "$@")
  # Time enough for every process to start, one after the other.
  ((count == 1)) || flags+=(--start_at=$(($(date +%s) + 8 + 2 * count)))
  for ((number = 1; number <= count; ++number)); do
    files+=("$out/steps/$name.$number.json")
    limited 80 "$bin/pgd_benchmark" --device=cuda:0 "${flags[@]}" \
      --benchmark_format=json >"$out/steps/$name.$number.json" \
      2>"$out/logs/steps_$name.$number.log" &
    ids+=($!)
  done
  for number in "${ids[@]}"; do
    wait "$number" || ok=0
  done
  ((!ok)) || limited 20 "$bin/device_throughput" "${files[@]/#/--steps=}" \
    --name="$name" --description="$description" \
    --command="pgd_benchmark --device=cuda:0 ${flags[*]}" \
    --conditions="$count side by side; ${gpu:-$taken}; $(date -u +%F)" \
    --throughput_out="$out/steps/$name.textproto" \
    2>>"$out/logs/steps_$name.1.log" || ok=0
  if ((!ok)); then
    fail "steps $name"
    tail -q -n 3 "$out/logs/steps_$name".*.log | cut -c1-300
    return 1
  fi
  pass "steps $name"
  cat "$out/steps/$name.textproto" >>"$out/throughput.textproto"
  # Images a second and memory of all processes; share of the peak of one.
  awk -v name="$name" -v count="$count" '
    function value(line) { sub(/.*: /, "", line); sub(/,$/, "", line); return line }
    FNR == 1 { ++file }
    /"name": "TrainingStep/ { cell = $0; sub(/.*paper_/, "", cell); sub(/[\/"].*/, "", cell)
                              if (file == 1) order[++n] = cell }
    /"items_per_second"/ { speed[cell] += value($0) }
    /"share_of_fp32_peak"/ { share[cell] = value($0) }
    /"peak_bytes"/ { bytes[cell] += value($0) }
    /"replays"/ { replays[cell] += value($0) }
    END { for (i = 1; i <= n; ++i) {
      cell = order[i]
      printf "  %-20s cell %4s: %9.1f images/s, %5.1f GB", name, cell, speed[cell], bytes[cell] / 1e9
      if (count == 1) printf ", %5.1f %% of the peak of matrix products", 100 * share[cell]
      print (replays[cell] > 0 ? ", by graphs" : ", without graphs")
    } }
  ' "${files[@]}" | tee "$out/steps/$name.txt"
  if [[ $* != *nographs* ]] && grep -q 'without graphs' "$out/steps/$name.txt"; then
    fail "steps $name by graphs"
  fi
}
steps cuda_1 1 "$six"
steps cuda_fast_1 1 "$six" --numeric_profile=cuda_fast
for count in 2 4 8; do
  steps cuda_$count $count "$three"
done
steps cuda_1_nographs 1 "$six" --nographs
steps cuda_fast_1_nographs 1 "$six" --numeric_profile=cuda_fast --nographs
# What others beside it gain for each cell.
for count in 2 4 8; do
  [[ -s $out/steps/cuda_$count.txt && -s $out/steps/cuda_1.txt ]] || continue
  awk -v count="$count" '
    { cell = $3; sub(/:/, "", cell) }
    FNR == NR { one[cell] = $4; next }
    { printf "  %d side by side, cell %4s: %.2f times the images of one\n",
        count, cell, $4 / one[cell] }
  ' "$out/steps/cuda_1.txt" "$out/steps/cuda_$count.txt"
done

echo "== the whole benchmark"
# Throughputs side by side are those of three cells, the others' of six.
names=$(sed -nE 's/^  name: "(.*)"$/\1/p' "$out/throughput.textproto" |
  paste -s -d ,)
run hours 60 "$bin/robbench" plan --throughput="$out/throughput.textproto" \
  --device="$names" &&
  sed -n '/^device /,/^$/p' "$out/logs/hours.log"
echo "$passed passed, $failed failed"
exit $((failed > 0))
