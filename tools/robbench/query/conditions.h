// Conditions on the cells of a table: --min and --max of robbench top.
#ifndef TOOLS_ROBBENCH_QUERY_CONDITIONS_H_
#define TOOLS_ROBBENCH_QUERY_CONDITIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "nlohmann/json.hpp"

namespace robbench {

// A condition on a cell's value of a metric: "METRIC=NUMBER" of --min or --max.
struct Condition {
  std::string metric;
  double bound;
  bool is_least;  // bound or more; otherwise bound or less
};

// Parses a condition. `flag` is "--min" or "--max". NUMBER may be a share in
// per cent ("70%"). A usage error, naming the flag, for other text.
absl::StatusOr<Condition> ParseCondition(const std::string& flag,
                                         const std::string& text);

// A condition on the cells of one data set.
struct Bound {
  Column column;
  double bound;
  bool is_least;

  // Whether the row at `position` meets it. One without a value does not.
  bool Holds(int position) const;
  // "clean ≥ 70.00 %".
  std::string Text() const;
};

// Finds the columns of conditions for a data set, as ColumnForDataset
// (columns.h) does. InvalidArgument for a bound of an accuracy that is no
// share.
absl::StatusOr<std::vector<Bound>> BoundsOf(
    const BenchmarkTable& table, const std::string& dataset,
    const std::vector<Condition>& conditions);

// Whether the row at `position` meets all of them.
bool HoldAll(const std::vector<Bound>& bounds, int position);

// " with clean ≥ 70.00 % and parameters ≤ 1,000"; "" without bounds.
std::string BoundsText(const std::vector<Bound>& bounds);

// An array of {"metric": ..., "min" or "max": ...}.
nlohmann::ordered_json JsonBounds(const std::vector<Bound>& bounds);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_QUERY_CONDITIONS_H_
