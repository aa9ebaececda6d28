// Chooses columns of a table for the robbench command, and prints their values.
#ifndef TOOLS_ROBBENCH_QUERY_COLUMNS_H_
#define TOOLS_ROBBENCH_QUERY_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "nas/cell.pb.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/query/query.h"

namespace robbench {

// Returns the data sets of a selection: all, or the one that it names.
absl::StatusOr<std::vector<std::string>> SelectedDatasets(
    const BenchmarkTable& table, const TableSelection& selection);

// Returns the columns of a selection, at least one. Errors are those of
// BenchmarkTable::Get.
absl::StatusOr<std::vector<const Column*>> SelectedColumns(
    const BenchmarkTable& table, const TableSelection& selection);

// Returns a column by name. `robust_average` is computed where the table has
// none.
absl::StatusOr<Column> MetricColumn(const BenchmarkTable& table,
                                    const std::string& dataset,
                                    const std::string& metric);

// Returns the column that a data set's cells are judged by: its own, else the
// predictor of that name that another data set has. A score is of images of
// that data set, and may be held against any accuracy.
absl::StatusOr<Column> ColumnForDataset(const BenchmarkTable& table,
                                        const std::string& dataset,
                                        const std::string& metric);

// Whether values of a column have no error: costs and counts of the cell.
bool IsExact(const Column& column);

// Whether the column is a predictor without a value in any of these rows. A
// list of all metrics leaves it out.
bool IsAbsentPredictor(const Column& column, const std::vector<int>& positions);

// Returns a value of a column for people: accuracies in per cent, or in points
// if `is_difference` is true, as for spreads.
std::string ValueText(const Column& column, double value,
                      bool is_difference = false);

// Returns a number as every JSON here has it: infinite ones as the texts
// "Infinity" and "-Infinity", and null for NaN, which is a missing value.
nlohmann::ordered_json JsonNumber(double value);

// Returns an object of index, code, architecture and representative.
nlohmann::ordered_json JsonIdentity(const CellIdentity& cell);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_QUERY_COLUMNS_H_
