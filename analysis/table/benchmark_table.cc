#include "analysis/table/benchmark_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/table/name_resolver.h"
#include "analysis/table/table_names.h"
#include "nas/base/field_error.h"
#include "nas/base/file.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/cell.pb.h"
#include "nas/isomorphism.h"

namespace robbench {
namespace {

absl::Status CheckColumn(const std::string& path, const Column& column,
                         int num_cells) {
  const std::string field = absl::StrCat("columns[", column.key().dataset(),
                                         "/", column.key().metric(), "]");
  const auto check = [&](const std::string& name, const auto& values) {
    if (values.size() != num_cells) {
      return FieldError(path, absl::StrCat(field, ".", name),
                        absl::StrCat(num_cells, " values"),
                        absl::StrCat(values.size()));
    }
    const bool is_share = column.kind() == Column::ACCURACY ||
                          column.kind() == Column::STANDARD_ACCURACY;
    const bool is_predictor = column.kind() == Column::PREDICTOR;
    for (const double value : values) {  // NaN stands for a missing value
      if ((is_share && (value < 0 || value > 1)) ||
          (is_predictor && std::isinf(value))) {
        return FieldError(path, absl::StrCat(field, ".", name),
                          is_share ? "0 ... 1" : "finite values",
                          absl::StrCat(value));
      }
    }
    return absl::OkStatus();
  };
  ROBBENCH_RETURN_IF_ERROR(check("mean", column.mean()));
  int64_t last = -1;
  for (const Column::Seed& seed : column.seeds()) {
    const std::string name = absl::StrCat("seeds[", seed.seed(), "]");
    if (seed.seed() <= last) {
      return FieldError(path, absl::StrCat(field, ".", name), "ascending seeds",
                        absl::StrCat(seed.seed()));
    }
    last = seed.seed();
    ROBBENCH_RETURN_IF_ERROR(check(name, seed.value()));
  }
  return absl::OkStatus();
}

// Refuses files that are easily mistaken for table.binpb.
absl::Status CheckKind(const std::string& path, absl::string_view bytes) {
  const char* found = nullptr;
  if (absl::StartsWith(bytes, "SQLite format 3")) {
    found = "an SQLite database";
  } else if (absl::StartsWith(bytes, "{") || absl::StartsWith(bytes, "[")) {
    found = "JSON";
  } else if (absl::StartsWith(bytes, "acc=")) {
    found =
        "the published table, which //analysis/published:import_published "
        "reads";
  }
  if (found == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": expected a benchmark table (table.binpb), found ", found));
}

}  // namespace

MetricValue ValueOf(const Column& column, int position) {
  MetricValue value;
  value.mean = column.mean(position);
  value.spread = std::numeric_limits<double>::quiet_NaN();
  value.seeds = std::isnan(value.mean) ? 0 : column.mean_of();
  double squares = 0;
  for (const Column::Seed& seed : column.seeds()) {
    const double found = seed.value(position);
    if (std::isnan(found)) continue;
    value.by_seed.emplace_back(seed.seed(), found);
    squares += (found - value.mean) * (found - value.mean);
    ++value.seeds;
  }
  if (value.by_seed.size() > 1) {
    value.spread = std::sqrt(squares / (value.by_seed.size() - 1));
  }
  return value;
}

CellKey MakeCellKey(const CellIdentity& cell) {
  CellKey key;
  key.set_index(cell.index());
  key.set_code(cell.code());
  return key;
}

absl::Status BenchmarkTable::Check(const std::string& path) {
  ROBBENCH_RETURN_IF_ERROR(CheckTableNames(path, table_));
  int64_t last = -1;
  int row = 0;
  for (const CellIdentity& identity : table_.cells()) {
    const std::string field = absl::StrCat("cells[", identity.index(), "]");
    if (identity.index() <= last) {
      return FieldError(path, field, "ascending indices",
                        absl::StrCat(identity.index()));
    }
    last = identity.index();
    const auto cell = Cell::FromCode(identity.code());
    if (!cell.ok() || cell->Index() != identity.index()) {
      return FieldError(path, absl::StrCat(field, ".code"),
                        absl::StrCat("the code of index ", identity.index()),
                        identity.code());
    }
    // The first row of a class is taken for its other members.
    class_row_.emplace(identity.representative(), row++);
  }
  for (int i = 0; i < table_.columns_size(); ++i) {
    const Column& column = table_.columns(i);
    ROBBENCH_RETURN_IF_ERROR(CheckColumn(path, column, table_.cells_size()));
    column_.emplace(
        absl::StrCat(column.key().dataset(), "/", column.key().metric()), i);
  }
  for (const CellRun& run : table_.runs()) {
    if (!PositionOf(run.cell())) {
      return FieldError(
          path, "runs.cell", "index and code of a cell of the table",
          absl::StrCat(run.cell().index(), ", ",
                       absl::CHexEscape(run.cell().code().substr(0, 40))));
    }
    for (const RecordSource& source : run.sources()) {
      for (const uint32_t input : source.inputs()) {
        if (input >= table_.inputs_size()) {
          return FieldError(path, "runs.sources.inputs",
                            absl::StrCat("below ", table_.inputs_size()),
                            absl::StrCat(input));
        }
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<BenchmarkTable> BenchmarkTable::Make(const std::string& path,
                                                    Table table) {
  BenchmarkTable result(std::move(table));
  ROBBENCH_RETURN_IF_ERROR(result.Check(path));
  return result;
}

absl::StatusOr<BenchmarkTable> BenchmarkTable::Read(const std::string& path,
                                                    std::string* bytes) {
  ROBBENCH_ASSIGN_OR_RETURN(std::string content, ReadFile(path));
  ROBBENCH_RETURN_IF_ERROR(CheckKind(path, content));
  Table table;
  ROBBENCH_RETURN_IF_ERROR(ParseRecord(path, content, &table));
  ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, table.provenance()));
  if (bytes != nullptr) *bytes = std::move(content);
  return Make(path, std::move(table));
}

std::vector<std::string> BenchmarkTable::Metrics(
    absl::string_view dataset) const {
  std::vector<std::string> metrics;
  for (const Column& column : table_.columns()) {
    if (column.key().dataset() == dataset) {
      metrics.push_back(column.key().metric());
    }
  }
  return metrics;
}

const Column* BenchmarkTable::Find(absl::string_view dataset,
                                   absl::string_view metric) const {
  const auto found = column_.find(absl::StrCat(dataset, "/", metric));
  if (found != column_.end()) return &table_.columns(found->second);
  const auto column = Get(dataset, metric);
  return column.ok() ? *column : nullptr;
}

absl::StatusOr<const Column*> BenchmarkTable::Get(
    absl::string_view dataset, absl::string_view metric) const {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string known_dataset,
                            ResolveDataset("the table", dataset, Datasets()));
  ROBBENCH_ASSIGN_OR_RETURN(const std::string known_metric,
                            ResolveMetric("the table", known_dataset, metric,
                                          Metrics(known_dataset)));
  return &table_.columns(
      column_.at(absl::StrCat(known_dataset, "/", known_metric)));
}

std::vector<const Column*> BenchmarkTable::Columns(absl::string_view dataset,
                                                   Column::Kind kind) const {
  std::vector<const Column*> result;
  for (const Column& column : table_.columns()) {
    if (column.key().dataset() == dataset && column.kind() == kind) {
      result.push_back(&column);
    }
  }
  return result;
}

std::optional<int> BenchmarkTable::Position(const Cell& cell) const {
  CellKey key;
  key.set_index(cell.Index());
  key.set_code(cell.Code());
  return PositionOf(key);
}

std::optional<int> BenchmarkTable::PositionOf(const CellKey& key) const {
  const auto found = std::lower_bound(
      table_.cells().begin(), table_.cells().end(), key.index(),
      [](const CellIdentity& identity, uint32_t wanted) {
        return identity.index() < wanted;
      });
  if (found == table_.cells().end() || found->index() != key.index() ||
      found->code() != key.code()) {
    return std::nullopt;
  }
  return found - table_.cells().begin();
}

absl::StatusOr<CellMatch> BenchmarkTable::FindCell(
    absl::string_view name) const {
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, ParseCell(name));
  if (const auto own = Position(cell)) return CellMatch{cell, *own, true};
  const int representative =
      IsomorphismClasses::Get().Representative(cell.Index());
  if (const auto row = class_row_.find(representative);
      row != class_row_.end()) {
    return CellMatch{cell, row->second, false};
  }
  return absl::NotFoundError(absl::StrCat(
      "the table has no cell ", cell.Index(), " (", cell.Code(),
      ") and none of its class, whose representative is ", representative));
}

std::vector<std::string> BenchmarkTable::Datasets() const {
  std::set<std::string> names;
  for (const Column& column : table_.columns()) {
    names.insert(column.key().dataset());
  }
  return {names.begin(), names.end()};
}

}  // namespace robbench
