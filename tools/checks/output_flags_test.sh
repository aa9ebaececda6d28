#!/usr/bin/env bash
# Tests every output flag of every program with whatever its path may lead to: a
# device, a FIFO, a link, a folder that is missing or may not be written to, a file
# that is written to twice or read as well, a full disk.
# Usage: output_flags_test.sh SOURCE... (the sources of all programs; an output
# flag that is defined there and not tested here is a failure)
set -uo pipefail
programs=$PWD
sources=("$@")
work=$TEST_TMPDIR/work
mkdir -p "$work" && cd "$work" || exit 1
failures=0
flags_found=0
tested=" "

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# run PROGRAM ARGUMENT...: sets code and message.
run() {
  message=$("$programs/$1" "${@:2}" 2>&1 >/dev/null)
  code=$?
}

# refused TEXT PROGRAM ARGUMENT...: expects exit code 1, a message that names
# TEXT, and nothing in out/. The programs' inputs are not there, so a message
# about an output shows that it came first.
refused() {
  local text=$1
  shift
  run "$@"
  [[ $code == 1 ]] || fail "$*: exit code $code: $message"
  [[ $message == *"$text"* && $message == *"cannot write"* ]] ||
    fail "$*: expected $text, said: $message"
  [[ -z $(ls -A out) ]] || fail "$*: left $(ls -A out)"
  rm -rf out && mkdir out
}

# early PROGRAM "FLAG..." ARGUMENT...: tests what is found before work begins.
# One of the arguments names the file input.
early() {
  local program=$1 flags=$2 flag
  shift 2
  tested+="$program:${flags// / $program:} "
  for flag in $flags; do
    local rest=() other twice=
    for other in $flags; do
      if [[ $other != "$flag" && $other != shard_out && $flag != shard_out ]]; then
        rest+=("--$other=out/$other")
        twice=$other
      fi
    done
    refused "there is no folder" "$program" "$@" "${rest[@]}" "--$flag=no/x"
    refused "/proc/x" "$program" "$@" "${rest[@]}" "--$flag=/proc/x"
    refused "it is a folder" "$program" "$@" "${rest[@]}" "--$flag=folder"
    if (($#)); then
      refused "it is the input" "$program" "$@" "${rest[@]}" \
        "--$flag=link_to_input"
    fi
    if [[ -n $twice ]]; then
      refused "the same file" "$program" "$@" "${rest[@]}" \
        "--$flag=./out/../out/$twice"
    fi
    if ((shut)); then
      refused "Permission denied" "$program" "$@" "${rest[@]}" "--$flag=shut/x"
    fi
  done
}

# early_directory PROGRAM NAME ARGUMENT...: tests the same of --out_dir. The
# program writes the file NAME there.
early_directory() {
  local program=$1 name=$2
  shift 2
  tested+="$program:out_dir "
  refused "there is no folder" "$program" "$@" --out_dir=no
  refused "cannot write" "$program" "$@" --out_dir=/proc
  refused "input is no folder" "$program" "$@" --out_dir=input
  mkdir "out/$name"
  run "$program" "$@" --out_dir=out
  [[ $code == 1 && $message == *"$name: cannot write: it is a folder"* ]] ||
    fail "$program: a folder named $name: $code: $message"
  rm -rf out && mkdir out
}

mkdir folder shut out
echo absent >input
ln -s input link_to_input
printf 'name\tabsent\n' >named
printf 'a\tinput\n' >input_list
chmod 500 shut
shut=1
(: >shut/x) 2>/dev/null && shut=0  # root; /proc/x then stands for it

early training/dataset/preprocess dataset_out --spec=absent --input=input
early training/train "weights_out record_out" --dataset=input --cell=1 \
  --recipe=absent
early training/evaluation/evaluate "record_out predictions_out" --dataset=input --cell=1 \
  --weights=absent --attacks=absent
early training/trace/trace_training trace_out --dataset=input --cell=1 \
  --recipe=absent --checkpoint=absent
early training/evaluation/evaluate_corruptions record_out --dataset=absent --cell=1 \
  --weights=absent --labels=absent --corruptions=input
early ntk/score "record_out kernels_out" --dataset=absent --cell=1 --spec=input
early ntk/proxies/score_proxies record_out --dataset=absent --cell=1 --spec=input
early ntk/theory/width_study "record_out kernels_out" --dataset=absent --spec=input
early ntk/theory/bound_study "record_out kernels_out" --dataset=absent --spec=input
early analysis/collect/collect "table_out json_out csv_out sqlite_out shard_out" \
  --dataset_spec=absent --records_from=input
early analysis/published/import_published "table_out json_out csv_out sqlite_out" \
  --input=input
early analysis/statistics/statistics "statistics_out json_out" --table=input --spec=absent
early analysis/claims/claims "claims_out json_out" --table=input \
  --statistics=absent
early analysis/search/search "search_out json_out" --table=input --spec=absent
early analysis/studies/ntk/correlate_ntk "study_out json_out" --table=absent \
  --spec=absent --scores=input
early analysis/studies/ntk/collect_ntk_scores scores_out --setting=s --records_from=input
early analysis/studies/predictor/study_predictors "study_out json_out" --table=absent \
  --spec=absent --scores=input
early analysis/studies/predictor/collect_predictor_scores scores_out --records_from=input
early analysis/studies/predictor/short/add_short_training scores_out --scores=input \
  --name=short_3000 --table=absent
early analysis/studies/reproduction/accept_reproduction out --training=absent --evaluations=input
early analysis/report/judge_reproduction "markdown_out json_out" --published=absent \
  --dataset_spec=absent --reproduction=input
early analysis/table/search_space "meta_out csv_out"
early analysis/report/write_manifest manifest_out --inputs=named --outputs=input_list
early tools/robbench/plan/device_throughput throughput_out --steps=input --name=n \
  --description=d --command=c --conditions=c
early tools/cuda/write_cifar_format "train_out test_out" --dataset=input
early tools/robbench/robbench out export --format=csv --table=input
early_directory analysis/report/report index.html --table=absent --statistics=absent \
  --claims=absent --figures=absent
early_directory analysis/figures/figures figures.textproto --table=absent \
  --statistics=absent --style=absent
early_directory analysis/figures/figures figures.textproto --group=paper \
  --table=absent --statistics=absent --search=absent --style=absent
early_directory analysis/figures/figures figures.textproto --group=theory \
  --width_study=absent --bound_study=absent --style=absent
early_directory analysis/figures/figures figures.textproto --group=reproduction \
  --reproduction=absent --reproduction_dataset_spec=absent \
  --style=absent
early_directory analysis/figures/figures figures.textproto --group=ntk_study \
  --study=absent --style=absent
early_directory analysis/figures/figures figures.textproto --group=predictor_study \
  --study=absent --style=absent

# Prints the programs that have the flags of a source.
programs_of() {  # SOURCE
  local program=${1%.cc}
  program=${program%_main}
  case $program in
  nas/network/device_flags)
    of=(training/train training/evaluation/evaluate
      training/evaluation/evaluate_corruptions ntk/score
      ntk/proxies/score_proxies)
    ;;
  nas/network/numeric_run)
    of=(training/train training/evaluation/evaluate ntk/score)
    ;;
  ntk/theory/study) of=(ntk/theory/width_study ntk/theory/bound_study) ;;
  analysis/table/table_analysis)
    of=(analysis/search/search analysis/statistics/statistics
      analysis/studies/ntk/correlate_ntk
      analysis/studies/predictor/study_predictors)
    ;;
  tools/robbench/plan/device_throughput*) of=("$program") ;;
  tools/robbench/*) of=(tools/robbench/robbench) ;;
  analysis/collect/write_synthetic_records) of=() ;;  # for tests
  *) of=("$program") ;;
  esac
}

# The sources define no other flag of an output.
for source in "${sources[@]}"; do
  programs_of "$source"
  # These are Abseil's flags, and those of robbench's commands.
  while IFS= read -r flag; do
    for program in "${of[@]}"; do
      [[ $tested == *" $program:$flag "* ]] ||
        fail "$source: --$flag of $program is not tested"
    done
    ((++flags_found))
  done < <(tr -d '\n' <"$programs/$source" |
    grep -oE 'ABSL_FLAG\([^,]*, *[a-z_]*|\.Flag\("[a-z_]*' |
    sed 's/.*, *//; s/.*"//' | grep -E '(^|_)out(_|$)')
done
((flags_found > 25)) || fail "only $flags_found flags are found in the sources"

# --help lists every flag, those too that several programs share. For robbench's
# commands, //tools/robbench:command_line_test checks it.
helped=0
for source in "${sources[@]}"; do
  programs_of "$source"
  [[ ${of[*]} == tools/robbench/robbench ]] && continue
  mapfile -t flags < <(tr -d '\n' <"$programs/$source" |
    grep -oE 'ABSL_FLAG\([^,]*, *[a-z0-9_]+' | sed 's/.*, *//')
  ((${#flags[@]} > 0)) || continue
  for program in "${of[@]}"; do
    help=$("$programs/$program" --help)
    for flag in "${flags[@]}"; do
      [[ $help == *"    --$flag ("* ]] || fail "$program --help: no --$flag"
      ((++helped))
    done
  done
done
((helped > 100)) || fail "only $helped flags are looked for in --help"

# Makes real inputs, for what happens at the end.
mkdir in
"$programs/analysis/collect/write_synthetic_records" --out_dir=in || fail "records"
style=$programs/analysis/specs/figure_style.textproto
"$programs/analysis/collect/collect" --dataset_spec=in/dataset.textproto \
  --records_from=in/records.txt --table_out=table.binpb || fail "table"
"$programs/analysis/statistics/statistics" --table=table.binpb \
  --spec=in/statistics.textproto --statistics_out=statistics.binpb ||
  fail "statistics"

byte() { printf "\\x$(printf %x "$1")"; }
idx() {  # COUNT [SIZE]: images of noise, or labels
  printf '\0\0\x8'
  if (($# == 2)); then
    printf '\x3\0\0\0' && byte "$1"
    printf '\0\0\0' && byte "$2"
    printf '\0\0\0' && byte "$2"
    seq 100000 | head -c $(($1 * $2 * $2))
  else
    local i
    printf '\x1\0\0\0' && byte "$1"
    for ((i = 0; i < $1; ++i)); do byte $((i % 4)); done
  fi
}
idx 40 8 >train_images
idx 40 >train_labels
idx 20 8 >test_images
idx 20 >test_labels
cat >spec <<'END'
name: "tiny" format: IDX classes: 4 train_images: 40 test_images: 0 pad: 0
downsample: 1 mean: 120 standard_deviation: 70
END
cat >recipe <<'END'
skeleton { channels: 4 cells_per_stage: 1 }
epochs: 1 batch_size: 20 weight_decay: 5e-4
schedule { max_learning_rate: 0.1 start_divisor: 25 end_divisor: 1e4
  rise_share: 0.3 max_momentum: 0.95 min_momentum: 0.85 }
attack { epsilon: 8 step_size: 2 steps: 1 random_start: true }
augmentation { crop_padding: 1 flip_probability: 0.5 }
END
echo 'name: "tiny" batch_size: 20 attacks { name: "clean" clean {} }' >suite
cat >ntk <<'END'
skeleton { channels: 4 cells_per_stage: 1 } images: 4 image_choice: FIRST
attack { epsilon: 8 relative_step_size: 0.25 steps: 1 random_start: true }
twice: false scalar: SUM_OF_LOGITS parameters: ALL batch_norm: EVAL
END
raw=(--spec=spec --input=train_images --input=train_labels --input=test_images
  --input=test_labels)
"$programs/training/dataset/preprocess" "${raw[@]}" --dataset_out=dataset 2>/dev/null ||
  fail "data set"
run_of=(--dataset=dataset --cell=323133)
"$programs/training/train" "${run_of[@]}" --recipe=recipe --weights_out=weights \
  --record_out=record 2>/dev/null || fail "weights"

# end PROGRAM "FLAG..." ARGUMENT...: tests what is found when all is computed,
# and that the rest is as it should be.
end() {
  local program=$1 flags=$2 flag i shift_by
  shift 2
  local names=($flags)
  for flag in $flags; do
    local all=()
    local other
    for other in $flags; do
      if [[ $other == "$flag" ]]; then
        all+=("--$other=/dev/full")
      else
        all+=("--$other=out/$other")
      fi
    done
    run "$program" "$@" "${all[@]}"
    [[ $code == 1 && $message == *"/dev/full: cannot write: No space"* ]] ||
      fail "$program --$flag=/dev/full: $code: $message"
    [[ -z $(ls -A out) ]] || fail "$program --$flag=/dev/full: left $(ls -A out)"
    rm -rf out && mkdir out
  done
  # The limit on the size of files stands for a full disk.
  local all=()
  for flag in $flags; do all+=("--$flag=out/$flag"); done
  message=$(ulimit -f 0; "$programs/$program" "$@" "${all[@]}" 2>&1 >/dev/null)
  code=$?
  [[ $code == 1 && $message == *"cannot write: File too large"* ]] ||
    fail "$program on a full disk: $code: $message"
  [[ -z $(ls -A out) ]] || fail "$program on a full disk: left $(ls -A out)"
  rm -rf out && mkdir out
  # The outputs are plain files, then each flag once is a device, a FIFO and a
  # link.
  run "$program" "$@" "${all[@]}"
  [[ $code == 0 ]] || fail "$program: $code: $message"
  mv out plain && mkdir out
  for shift_by in 0 1 2; do
    all=()
    echo old >out/target && chmod 640 out/target
    ln -s target out/link && mkfifo out/fifo
    local linked= piped= reader=
    for ((i = 0; i < ${#names[@]}; ++i)); do
      case $(((i + shift_by) % 3)) in
      0) if [[ -z $linked ]]; then
          linked=${names[i]}
          all+=("--${names[i]}=out/link")
        else
          all+=("--${names[i]}=out/${names[i]}")
        fi ;;
      1) all+=("--${names[i]}=/dev/null") ;;
      2) if [[ -z $piped ]]; then
          piped=${names[i]}
          all+=("--${names[i]}=out/fifo")
          cat out/fifo >piped &
          reader=$!
        else
          all+=("--${names[i]}=out/${names[i]}")
        fi ;;
      esac
    done
    run "$program" "$@" "${all[@]}"
    [[ $code == 0 ]] || fail "$program ${all[*]}: $code: $message"
    if [[ -n $piped ]]; then
      ((code == 0)) || kill "$reader"  # which may wait for a writer
      wait
      cmp piped "plain/$piped" || fail "$program --$piped to a FIFO"
      [[ -p out/fifo ]] || fail "$program --$piped: no FIFO any more"
    fi
    if [[ -n $linked ]]; then
      cmp out/target "plain/$linked" || fail "$program --$linked to a link"
      [[ -L out/link && $(stat -c %a out/target) == 640 ]] ||
        fail "$program --$linked: the link or the mode is lost"
    fi
    [[ -c /dev/null ]] || fail "$program: /dev/null is no device any more"
    rm -rf out && mkdir out
  done
  rm -rf plain
}

end training/dataset/preprocess dataset_out "${raw[@]}"
end training/train "weights_out record_out" "${run_of[@]}" --recipe=recipe
end training/evaluation/evaluate "record_out predictions_out" "${run_of[@]}" --weights=weights \
  --attacks=suite
"$programs/training/evaluation/evaluate" "${run_of[@]}" --weights=weights \
  --attacks=suite --record_out=evaluation || fail "evaluation"
# These two programs start themselves anew in their numeric profile, but a
# warning comes once.
once() {  # PROGRAM FLAG...
  local program=$1
  "$programs/$program" "${run_of[@]}" "${@:2}" --record_out=warned \
    2>warnings || fail "$program: $(tail -n 1 warnings)"
  (($(grep -c '^warning: fraction: attack.*epsilon' warnings) == 1)) ||
    fail "$program: not one warning: $(<warnings)"
}
sed 's/epsilon: [0-9.]*/epsilon: 0.5/' recipe >fraction
once training/train --recipe=fraction --weights_out=warned_weights
echo 'name: "f" batch_size: 8 attacks { name: "f" fgsm { epsilon: 0.5 } }' >fraction
once training/evaluation/evaluate --weights=weights --attacks=fraction
end ntk/score "record_out kernels_out" "${run_of[@]}" --spec=ntk
echo 'skeleton { channels: 4 cells_per_stage: 1 } images: 4 score: SNIP' >proxies
end ntk/proxies/score_proxies record_out "${run_of[@]}" --spec=proxies
end analysis/collect/collect "table_out json_out csv_out sqlite_out" \
  --dataset_spec=in/dataset.textproto --records_from=in/records.txt
end analysis/collect/collect shard_out --dataset_spec=in/dataset.textproto \
  --records_from=in/records.txt
end analysis/statistics/statistics "statistics_out json_out" --table=table.binpb \
  --spec=in/statistics.textproto
end analysis/claims/claims "claims_out json_out" --table=table.binpb \
  --statistics=statistics.binpb
end analysis/table/search_space "meta_out csv_out"
end analysis/report/write_manifest manifest_out --inputs=input_list \
  --outputs=input_list
end analysis/studies/reproduction/accept_reproduction out --training=record \
  --evaluations=evaluation
end tools/robbench/robbench out export --format=csv --table=table.binpb

if ((failures == 0)); then echo "all as expected"; fi
exit $((failures > 0))
