#!/bin/bash
# The report in a browser: two pages from synthetic records, one of twenty
# cells with two seeds, one of 450 cells, whose tables have pages. Skipped
# where there is no Chromium.
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
  local name=$1
  shift
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
      --figures="$name/figures" --out_dir="$name"
}

for name in twenty many; do
  if [ $name = twenty ]; then report $name; else report $name --cells=450; fi ||
    { echo "FAILED: the report $name"; exit 1; }
  {
    echo '<!DOCTYPE html><meta charset="utf-8"><body>'
    for width in 1280 400; do
      echo "<iframe src=\"index.html\" style=\"width:${width}px;height:900px;\
border:0\"></iframe>"
    done
    echo '<script>'
    cat "$here/report/report_browser_test.js"
    echo '</script>'
  } >$name/test.html
  "$chromium" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --no-first-run --hide-scrollbars --allow-file-access-from-files \
    --user-data-dir="$PWD/profile" --enable-logging=stderr --v=0 \
    --virtual-time-budget=20000 --window-size=1700,1000 \
    --dump-dom "file://$PWD/$name/test.html" >$name/dom 2>$name/log
  grep -E '^(passed|FAILED): ' $name/dom | sed "s/^\([a-zA-Z]*\): /\1: $name: /"
  if ! grep -q '^end of the test' $name/dom; then
    echo "FAILED: $name: the test did not end"
    tail -n 20 $name/log
    failures=1
  fi
  grep -q '^FAILED: ' $name/dom && failures=1
  [ "$(grep -c '^passed: ' $name/dom)" -ge 40 ] || failures=1
  # The browser's own pages have theirs.
  if grep CONSOLE $name/log | grep -v "source: chrome://"; then
    echo "FAILED: $name: the page complains to the console"
    failures=1
  fi
done
exit $failures
