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

// The row that has the values of a cell. It is the cell's own row, or that of
// another cell of its isomorphism class, as tables may hold one cell a class.
struct CellMatch {
  Cell cell;        // the one asked for
  int position;     // of the row in Table.cells
  bool is_own_row;  // the row is that of `cell` itself
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
// The values of a column in the row at `position`.
MetricValue ValueOf(const Column& column, int position);

// The key of a row's cell, by which other messages name it.
CellKey MakeCellKey(const CellIdentity& cell);

// A table that has passed all checks; it does not change. Rows and columns are
// named by their positions in Table.cells and Table.columns.
class BenchmarkTable {
 public:
  // Checks a table; `path` is only for messages. InvalidArgument, naming path,
  // field, expected and found, for a table whose parts do not fit together
  // (cells out of order or with a wrong identity, columns of another length,
  // positions out of range, accuracies outside 0 ... 1), or whose names are not
  // allowed (table_names.h).
  static absl::StatusOr<BenchmarkTable> Make(const std::string& path,
                                             Table table);

  // Does the same from a file. What else may lie there by mistake, JSON or an
  // SQLite database, is refused by its kind. Sets *bytes to the file's bytes,
  // for their digest, unless it is null.
  static absl::StatusOr<BenchmarkTable> Read(const std::string& path,
                                             std::string* bytes = nullptr);

  const Table& proto() const { return table_; }
  int num_cells() const { return table_.cells_size(); }
  const CellIdentity& cell(int position) const {
    return table_.cells(position);
  }

  // Finds a column by any names that analysis/table/name_resolver.h knows.
  // Returns null when there is none; the table owns the column.
  const Column* Find(absl::string_view dataset, absl::string_view metric) const;

  // Does the same, but returns NotFound, naming the nearest data sets or
  // metrics and all that there are.
  absl::StatusOr<const Column*> Get(absl::string_view dataset,
                                    absl::string_view metric) const;

  // The names of a data set's columns, in the table's order.
  std::vector<std::string> Metrics(absl::string_view dataset) const;

  // The columns of one data set and kind, in the table's order.
  std::vector<const Column*> Columns(absl::string_view dataset,
                                     Column::Kind kind) const;

  // The cell's own row; nullopt when the table does not have it.
  std::optional<int> Position(const Cell& cell) const;

  // Does the same by the key that CellRun, statistics and searches have. Also
  // nullopt where index and code are not those of one cell.
  std::optional<int> PositionOf(const CellKey& key) const;

  // Finds the row for any of the 15,625 cells by index, code or architecture
  // string. InvalidArgument for other text; NotFound when the table has no
  // member of the cell's class.
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
