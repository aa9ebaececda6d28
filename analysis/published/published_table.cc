#include "analysis/published/published_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

// A value may be this far from a whole count. The authors' sums of float32
// values are off by at most 1e-3 counts, and neighbouring counts are 1 apart.
constexpr double kRounding = 0.01;

std::string ColumnName(int column) {
  const int metrics = kPublishedMetrics.size();
  return absl::StrCat(kPublishedDatasets[column / metrics].authors_name, "#",
                      kPublishedMetrics[column % metrics].authors_name);
}

}  // namespace

int PublishedTotal(int column) {
  const int metrics = kPublishedMetrics.size();
  return kPublishedDatasets[column / metrics].test_images *
         kPublishedMetrics[column % metrics].seeds;
}

absl::StatusOr<PublishedTable> ParsePublishedTable(const std::string& path,
                                                   absl::string_view bytes) {
  PageFormat format;
  for (int column = 0; column < kNumPublishedColumns; ++column) {
    format.columns.push_back(
        {ColumnName(column), PublishedTotal(column), kRounding});
  }
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<PageRow> rows,
                            ParsePageTable(path, bytes, format));
  PublishedTable table;
  for (const PageRow& row : rows) {
    PublishedRow& out = table.rows.emplace_back();
    out.index = row.index;
    std::copy(row.counts.begin(), row.counts.end(), out.correct.begin());
  }
  return table;
}

absl::StatusOr<StandardTable> ParseStandardTable(const std::string& path,
                                                 absl::string_view bytes) {
  PageFormat format;
  format.numeric_pointers = true;
  for (const StandardColumn& column : kStandardColumns) {
    format.columns.push_back(
        {column.authors_name, kStandardParts, /*rounding=*/1e-6});
  }
  ROBBENCH_ASSIGN_OR_RETURN(std::vector<PageRow> rows,
                            ParsePageTable(path, bytes, format));
  return StandardTable{std::move(rows)};
}

}  // namespace robbench
