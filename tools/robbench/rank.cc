// robbench top and correlate.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/number_format.h"
#include "nas/base/status_macros.h"
#include "nas/cell.pb.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/columns.h"
#include "tools/robbench/format.h"
#include "tools/robbench/query.h"
#include "tools/robbench/text.h"

namespace robbench {
namespace {

using Json = nlohmann::ordered_json;

// The rows that have a value, best first; equal ones stay by index.
std::vector<int> Ranked(const Column& column, bool lowest) {
  std::vector<int> order;
  for (int i = 0; i < column.mean_size(); ++i) {
    if (!std::isnan(column.mean(i))) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return lowest ? column.mean(a) < column.mean(b)
                  : column.mean(a) > column.mean(b);
  });
  return order;
}

Json JsonTop(const BenchmarkTable& table, const Column& column,
             const std::vector<int>& order, int count) {
  Json cells = Json::array();
  for (int rank = 0; rank < count; ++rank) {
    Json cell = {{"rank", rank + 1}};
    cell.update(JsonIdentity(table.cell(order[rank])));
    cell["value"] = JsonNumber(column.mean(order[rank]));
    cells.push_back(std::move(cell));
  }
  return {{"dataset", column.key().dataset()},
          {"metric", column.key().metric()},
          {"cells", std::move(cells)}};
}

// The metric, then the other accuracies, which a reader wants to see with it.
std::string TextTop(const BenchmarkTable& table, const Column& column,
                    const std::vector<int>& order, int count) {
  std::vector<const Column*> columns = {&column};
  for (const Column* other :
       table.Columns(column.key().dataset(), Column::ACCURACY)) {
    if (other->key().metric() != column.key().metric()) {
      columns.push_back(other);
    }
  }
  std::vector<TextTable::Head> heads = {{"rank"}, {"index"}, {"code"}};
  for (const Column* shown : columns) heads.push_back({shown->key().metric()});
  TextTable lines(std::move(heads));
  for (int rank = 0; rank < count; ++rank) {
    const CellIdentity& cell = table.cell(order[rank]);
    std::vector<std::string> line = {absl::StrCat(rank + 1),
                                     absl::StrCat(cell.index()), cell.code()};
    for (const Column* shown : columns) {
      line.push_back(ValueText(*shown, shown->mean(order[rank])));
    }
    lines.Add(std::move(line));
  }
  return absl::StrCat(column.key().dataset(), ", by ", column.key().metric(),
                      ", ", count, " of ", Grouped(order.size()), " cells\n",
                      lines.Print());
}

// "cifar10/pgd_8", or "pgd_8" of every data set of a selection.
absl::StatusOr<std::vector<Column>> NamedColumns(
    const BenchmarkTable& table, const std::string& name,
    const TableSelection& selection) {
  TableSelection wanted = selection;
  const size_t slash = name.find('/');
  std::string metric = name;
  if (slash != std::string::npos) {
    wanted.dataset = name.substr(0, slash);
    metric = name.substr(slash + 1);
  }
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<std::string> datasets,
                            SelectedDatasets(table, wanted));
  std::vector<Column> columns;
  for (const std::string& dataset : datasets) {
    ROBBENCH_ASSIGN_OR_RETURN(Column column,
                              MetricColumn(table, dataset, metric));
    columns.push_back(std::move(column));
  }
  return columns;
}

std::string KeyText(const Column& column) {
  return absl::StrCat(column.key().dataset(), "/", column.key().metric());
}

}  // namespace

absl::StatusOr<std::string> TopCells(const BenchmarkTable& table,
                                     const TableSelection& selection,
                                     const TopOptions& options,
                                     OutputFormat format) {
  ROBBENCH_ASSIGN_OR_RETURN(
      const std::vector<Column> columns,
      NamedColumns(table, selection.metric, {selection.dataset, ""}));
  Json json = Json::array();
  std::string text;
  for (const Column& column : columns) {
    const std::vector<int> order = Ranked(column, options.lowest);
    const int count = std::min<int>(options.count, order.size());
    if (format == OutputFormat::kJson) {
      json.push_back(JsonTop(table, column, order, count));
    } else {
      absl::StrAppend(&text, text.empty() ? "" : "\n",
                      TextTop(table, column, order, count));
    }
  }
  return format == OutputFormat::kJson ? Dump(json) : text;
}

absl::StatusOr<std::string> CorrelateMetrics(const BenchmarkTable& table,
                                             const std::string& first,
                                             const std::string& second,
                                             const TableSelection& selection,
                                             OutputFormat format) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<Column> ones,
                            NamedColumns(table, first, selection));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<Column> twos,
                            NamedColumns(table, second, selection));
  Json json = Json::array();
  TextTable lines({{"first", false},
                   {"second", false},
                   {"cells"},
                   {"Spearman"},
                   {"95 % interval"},
                   {"Kendall"}});
  const auto text = [](const std::optional<double>& value) {
    return value ? absl::StrFormat("%.4f", *value) : std::string("–");
  };
  const auto number = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  // Without data sets in the names, each data set with itself.
  const bool pairwise = ones.size() == twos.size();
  for (size_t i = 0; i < ones.size(); ++i) {
    for (size_t j = 0; j < twos.size(); ++j) {
      if (pairwise && i != j) continue;
      std::vector<double> x, y;
      for (int cell = 0; cell < table.num_cells(); ++cell) {
        const double a = ones[i].mean(cell), b = twos[j].mean(cell);
        if (std::isnan(a) || std::isnan(b)) continue;
        x.push_back(a);
        y.push_back(b);
      }
      const auto spearman = Spearman(x, y);
      const auto kendall = KendallTauB(x, y);
      std::optional<std::pair<double, double>> interval;
      if (spearman) interval = SpearmanInterval(*spearman, x.size());
      json.push_back(
          {{"first", KeyText(ones[i])},
           {"second", KeyText(twos[j])},
           {"cells", x.size()},
           {"spearman", number(spearman)},
           {"spearman_low", interval ? Json(interval->first) : Json(nullptr)},
           {"spearman_high", interval ? Json(interval->second) : Json(nullptr)},
           {"kendall", number(kendall)}});
      lines.Add({KeyText(ones[i]), KeyText(twos[j]), Grouped(x.size()),
                 text(spearman),
                 interval ? absl::StrCat(text(interval->first), " … ",
                                         text(interval->second))
                          : "–",
                 text(kendall)});
    }
  }
  return format == OutputFormat::kJson ? Dump(json) : lines.Print();
}

}  // namespace robbench
