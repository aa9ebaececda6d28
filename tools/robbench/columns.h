// Columns of a table as the robbench command chooses and prints them.
#ifndef TOOLS_ROBBENCH_COLUMNS_H_
#define TOOLS_ROBBENCH_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "nas/cell.pb.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/query.h"

namespace robbench {

// The data sets of a selection: all, or the one.
absl::StatusOr<std::vector<std::string>> SelectedDatasets(
    const BenchmarkTable& table, const TableSelection& selection);

// The columns of a selection; at least one.
absl::StatusOr<std::vector<const Column*>> SelectedColumns(
    const BenchmarkTable& table, const TableSelection& selection);

// A column by name; `robust_average` is computed where the table has none.
absl::StatusOr<Column> MetricColumn(const BenchmarkTable& table,
                                    const std::string& dataset,
                                    const std::string& metric);

// A value of a column for people; `is_difference` for spreads and the like.
std::string ValueText(const Column& column, double value,
                      bool is_difference = false);

// A number as every JSON here has it: "Infinity" and "-Infinity" are text, null
// is no value.
nlohmann::ordered_json JsonNumber(double value);

// index, code, architecture, representative.
nlohmann::ordered_json JsonIdentity(const CellIdentity& cell);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_COLUMNS_H_
