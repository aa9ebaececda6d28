#!/bin/bash
# The report in a browser: two pages from synthetic records, one of twenty
# cells with two seeds beside a published table (which is its own), one of 450
# cells, whose tables have pages; and the cost of opening one of all 6,466
# classes. Skipped where there is no Chromium.
set -u
here=$PWD/analysis
chromium=$(command -v chromium || command -v chromium-headless-shell) || {
  echo "SKIPPED: //analysis/report:report_browser_test (chromium is not installed)"
  exit 0
}
cd "$TEST_TMPDIR" || exit 1
export HOME=$PWD XDG_CONFIG_HOME=$PWD XDG_CACHE_HOME=$PWD
failures=0

report() {  # NAME FLAG...: NAME/index.html
  local name=$1 published=()
  shift
  [ $name = twenty ] && published=("--published=$name/table.binpb")
  mkdir -p "$name/in" "$name/figures"
  "$here/collect/write_synthetic_records" --out_dir="$name/in" "$@" &&
    "$here/collect/collect" --dataset_spec="$name/in/dataset.textproto" \
      --records_from="$name/in/records.txt" --table_out="$name/table.binpb" &&
    "$here/statistics/statistics" --table="$name/table.binpb" \
      --spec="$name/in/statistics.textproto" \
      --statistics_out="$name/statistics.binpb" &&
    "$here/figures/figures" --table="$name/table.binpb" \
      --statistics="$name/statistics.binpb" \
      --style="$here/specs/figure_style.textproto" --out_dir="$name/figures" &&
    "$here/claims/claims" --table="$name/table.binpb" \
      --statistics="$name/statistics.binpb" \
      --claims_out="$name/claims.binpb" &&
    "$here/report/report" --table="$name/table.binpb" \
      --statistics="$name/statistics.binpb" --claims="$name/claims.binpb" \
      --figures="$name/figures" "${published[@]}" --out_dir="$name"
}

browse() {  # FLAG... URL: the page as it is after its scripts
  "$chromium" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --no-first-run --hide-scrollbars --allow-file-access-from-files \
    --user-data-dir="$PWD/profile" "$@"
}

for name in twenty many; do
  if [ $name = twenty ]; then report $name; else report $name --cells=450; fi ||
    { echo "FAILED: the report $name"; exit 1; }
  {
    echo '<!DOCTYPE html><meta charset="utf-8"><body>'
    echo '<script>'
    cat "$here/report/report_browser_test.js"
    echo '</script>'
  } >$name/test.html
  browse --enable-logging=stderr --v=0 --virtual-time-budget=100000000 \
    --window-size=1700,1000 --dump-dom "file://$PWD/$name/test.html" \
    >$name/dom 2>$name/log
  grep -E '^(passed|FAILED): ' $name/dom | sed "s/^\([a-zA-Z]*\): /\1: $name: /"
  if ! grep -q '^end of the test' $name/dom; then
    echo "FAILED: $name: the test did not end"
    tail -n 20 $name/log
    failures=1
  fi
  grep -q '^FAILED: ' $name/dom && failures=1
  [ "$(grep -c '^passed: ' $name/dom)" -ge 150 ] || {
    echo "FAILED: $name: only $(grep -c '^passed: ' $name/dom) tests"
    failures=1
  }
  # The browser's own pages have theirs.
  if grep CONSOLE $name/log | grep -v "source: chrome://"; then
    echo "FAILED: $name: the page complains to the console"
    failures=1
  fi
done

# What cannot be seen from inside of a frame: what it costs to open the page of
# all cells, motion, paper.
report all --cells=6466 || { echo "FAILED: the report all"; exit 1; }
echo '<!DOCTYPE html><title>empty</title>' >empty.html
# Seconds of processor time from the start to the picture of the first screen,
# by all threads of one process: those of the clock depend on who else wants the
# cores.
TIMEFORMAT='%U %S'
cost() {  # PAGE
  { time browse --single-process --window-size=1440,900 \
    --screenshot="$PWD/screen.png" "file://$PWD/$1" >log 2>&1; } 2>times
  if [ -s screen.png ]; then tail -n 1 times; else echo "no picture of $1"; fi
  rm -f screen.png
}
costs=$(for try in 1 2 3; do
  echo "$(cost empty.html) $(cost all/index.html)"
done)
# The least of three tries each. What the page costs above an empty one is
# measured by that, so that neither a slow machine nor a busy one matters.
if ! grep -q picture <<<"$costs" && spent=$(awk '
  NR == 1 || $1 + $2 < empty { empty = $1 + $2 }
  NR == 1 || $3 + $4 < page { page = $3 + $4 }
  END {
    printf "%.2f s of a core, above %.2f s of an empty page", page - empty, empty
    exit !(page > empty && page - empty < 1.4 * empty)
  }' <<<"$costs"); then
  echo "passed: all: opens in $spent (limit 1.4 times that)"
else
  echo "FAILED: all: opens in ${spent-nothing} (limit 1.4 times that): $costs"
  failures=1
fi
motion() {  # FLAG...: how the page scrolls
  browse "$@" --timeout=10000 --dump-dom "file://$PWD/motion.html" 2>log |
    grep -m 1 -o '<html[^>]*>'
}
{
  cat twenty/index.html
  echo '<script>addEventListener("load", () => setTimeout(() => {
    document.documentElement.dataset.motion =
        getComputedStyle(document.documentElement).scrollBehavior;
  }))</script>'
} >motion.html
for wanted in smooth auto; do
  flag=--no-first-run
  [ $wanted = auto ] && flag=--force-prefers-reduced-motion
  if motion $flag | grep -q "data-motion=\"$wanted\""; then
    echo "passed: twenty: scrolls $wanted"
  else
    echo "FAILED: twenty: does not scroll $wanted: $(motion $flag)"
    failures=1
  fi
done
browse --print-to-pdf="$PWD/twenty.pdf" "file://$PWD/twenty/index.html" 2>log
pages=$(grep -ac '/Type */Page\b' twenty.pdf)
if [ "$pages" -ge 4 ] && [ "$pages" -le 60 ]; then
  echo "passed: twenty: $pages pages on paper"
else
  echo "FAILED: twenty: $pages pages on paper"
  failures=1
fi
exit $failures
