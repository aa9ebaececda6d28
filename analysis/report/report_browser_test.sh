#!/bin/bash
# The report in a browser: two pages from synthetic records, one of twenty
# cells with two seeds beside a published table (which is its own), one of 450
# cells, whose tables have pages; and the time
# to open one of all 6,466 classes. Skipped where there is no Chromium.
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

# What cannot be seen from inside of a frame: the time to open the page of all
# cells, by a real clock, motion, paper.
report all --cells=6466 || { echo "FAILED: the report all"; exit 1; }
{
  cat all/index.html
  echo '<script>addEventListener("load", () => setTimeout(() => {
    document.documentElement.dataset.opened = Math.round(
        performance.getEntriesByType("navigation")[0].loadEventEnd);
    document.documentElement.dataset.motion =
        getComputedStyle(document.documentElement).scrollBehavior;
  }))</script>'
} >all/timed.html
opened() {  # FLAG...: the opening tag of the page
  browse "$@" --timeout=10000 --dump-dom "file://$PWD/all/timed.html" 2>log |
    grep -m 1 -o '<html[^>]*>'
}
# A second of a core: more by the clock where others want the cores too.
best=99999
for try in 1 2 3; do
  busy=$(cut -d . -f 1 /proc/loadavg)
  limit=$((1000 * (busy + 1) / $(nproc --all)))
  [ $limit -lt 1000 ] && limit=1000
  tag=$(opened)
  time=$(sed -n 's/.*data-opened="\([0-9]*\)".*/\1/p' <<<"$tag")
  if [ -n "$time" ] && [ "$time" -lt $best ]; then best=$time; fi
  [ $best -lt $limit ] && break
done
if [ $best -lt $limit ]; then
  echo "passed: all: open in $best ms (limit $limit ms, load $busy)"
else
  echo "FAILED: all: open in $best ms (limit $limit ms, load $busy): $tag"
  failures=1
fi
for motion in smooth auto; do
  flag=--no-first-run
  [ $motion = auto ] && flag=--force-prefers-reduced-motion
  if opened $flag | grep -q "data-motion=\"$motion\""; then
    echo "passed: all: scrolls $motion"
  else
    echo "FAILED: all: does not scroll $motion: $(opened $flag)"
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
