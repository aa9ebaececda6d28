// The benchmark table in memory: a checked Table and ways to look into it.
//
//   ROBBENCH_ASSIGN_OR_RETURN(const auto table, BenchmarkTable::Read(path));
//   ROBBENCH_ASSIGN_OR_RETURN(const Column* pgd,
//                             table.Get("cifar10", "val_pgd_8.0_acc"));
//   double accuracy = pgd->mean(*table.Position(cell));
#ifndef ANALYSIS_BENCHMARK_TABLE_H_
#define ANALYSIS_BENCHMARK_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/table.pb.h"
#include "nas/cell.h"

namespace robbench {

class BenchmarkTable {
 public:
  // Refuses a table whose parts do not fit together (cells out of order or
  // with a wrong identity, columns of another length, positions out of range,
  // accuracies outside 0 ... 1), naming `path`, field, expected and found.
  static absl::StatusOr<BenchmarkTable> Make(const std::string& path,
                                             Table table);

  // Also returns the file's bytes in *bytes unless null, for their digest.
  static absl::StatusOr<BenchmarkTable> Read(const std::string& path,
                                             std::string* bytes = nullptr);

  const Table& proto() const { return table_; }
  int num_cells() const { return table_.cells_size(); }
  const CellIdentity& cell(int position) const {
    return table_.cells(position);
  }

  // A column by our name or the authors'; null when there is none.
  const Column* Find(absl::string_view dataset, absl::string_view metric) const;

  // The same; NotFound names the nearest metric that there is.
  absl::StatusOr<const Column*> Get(absl::string_view dataset,
                                    absl::string_view metric) const;

  // The columns of one data set and kind, in the table's order.
  std::vector<const Column*> Columns(absl::string_view dataset,
                                     Column::Kind kind) const;

  // The row of a cell; absent when the table does not have it.
  std::optional<int> Position(const Cell& cell) const;

 private:
  explicit BenchmarkTable(Table table) : table_(std::move(table)) {}
  absl::Status Check(const std::string& path);

  Table table_;
  absl::flat_hash_map<std::string, int> column_;  // "dataset/metric"
};

}  // namespace robbench

#endif  // ANALYSIS_BENCHMARK_TABLE_H_
