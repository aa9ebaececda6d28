// The benchmark table in memory: a checked Table and ways to look into it.
//
//   ROBBENCH_ASSIGN_OR_RETURN(const auto table, BenchmarkTable::Read(path));
//   ROBBENCH_ASSIGN_OR_RETURN(const Column* pgd,
//                             table.Get("cifar10", "val_pgd_8.0_acc"));
//   ROBBENCH_ASSIGN_OR_RETURN(const CellMatch cell, table.FindCell("323133"));
//   const MetricValue value = ValueOf(*pgd, cell.position);
//   value.mean; value.spread; value.by_seed;
#ifndef ANALYSIS_TABLE_BENCHMARK_TABLE_H_
#define ANALYSIS_TABLE_BENCHMARK_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/table/table.pb.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"

namespace robbench {

// The row that speaks for a cell: its own, or that of another cell of its
// isomorphism class, as tables hold one cell a class.
struct CellMatch {
  Cell cell;  // the one asked for
  int position;
  bool is_own_row;
};

// What a column says of one row. Missing numbers are NaN.
struct MetricValue {
  double mean;
  double spread;  // standard deviation over seeds, divisor seeds - 1; NaN for
                  // fewer than two
  int seeds;      // that `mean` is over; 0 where seeds play no role
  std::vector<std::pair<uint32_t, double>> by_seed;  // ascending; only those
                                                     // that have a value
};
MetricValue ValueOf(const Column& column, int position);

// The name of a row's cell.
CellKey MakeCellKey(const CellIdentity& cell);

class BenchmarkTable {
 public:
  // Refuses a table whose parts do not fit together (cells out of order or
  // with a wrong identity, columns of another length, positions out of range,
  // accuracies outside 0 ... 1) or whose names are none (table_names.h), naming
  // `path`, field, expected and found.
  static absl::StatusOr<BenchmarkTable> Make(const std::string& path,
                                             Table table);

  // The same from a file, and what else may lie there by mistake (JSON, an
  // SQLite database) refused by its kind. Also returns the file's bytes in
  // *bytes unless null, for their digest.
  static absl::StatusOr<BenchmarkTable> Read(const std::string& path,
                                             std::string* bytes = nullptr);

  const Table& proto() const { return table_; }
  int num_cells() const { return table_.cells_size(); }
  const CellIdentity& cell(int position) const {
    return table_.cells(position);
  }

  // A column by any names that analysis/table/name_resolver.h finds; null when
  // there is none.
  const Column* Find(absl::string_view dataset, absl::string_view metric) const;

  // The same; NotFound names the nearest data sets or metrics and all that
  // there are.
  absl::StatusOr<const Column*> Get(absl::string_view dataset,
                                    absl::string_view metric) const;

  // The names of a data set's columns, in the table's order.
  std::vector<std::string> Metrics(absl::string_view dataset) const;

  // The columns of one data set and kind, in the table's order.
  std::vector<const Column*> Columns(absl::string_view dataset,
                                     Column::Kind kind) const;

  // The row of a cell; absent when the table does not have it.
  std::optional<int> Position(const Cell& cell) const;

  // The same by the key that CellRun, statistics and searches have; absent too
  // where index and code are not of one cell.
  std::optional<int> PositionOf(const CellKey& key) const;

  // By index, code or architecture string of any of the 15,625 cells.
  // InvalidArgument for other text, NotFound when the table has no member of
  // the cell's class.
  absl::StatusOr<CellMatch> FindCell(absl::string_view name) const;

  // The data sets that the table has columns of, sorted.
  std::vector<std::string> Datasets() const;

 private:
  explicit BenchmarkTable(Table table) : table_(std::move(table)) {}
  absl::Status Check(const std::string& path);

  Table table_;
  absl::flat_hash_map<std::string, int> column_;  // "dataset/metric"
  // The row of a class, by its representative.
  absl::flat_hash_map<int, int> class_row_;
};

}  // namespace robbench

#endif  // ANALYSIS_TABLE_BENCHMARK_TABLE_H_
