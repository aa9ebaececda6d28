// Implements `robbench top` and `robbench correlate`.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/number_format.h"
#include "nas/base/status_macros.h"
#include "nas/cell.pb.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/format.h"
#include "tools/robbench/query/columns.h"
#include "tools/robbench/query/conditions.h"
#include "tools/robbench/query/query.h"
#include "tools/robbench/query/value_error.h"
#include "tools/robbench/text.h"

namespace robbench {
namespace {

using Json = nlohmann::ordered_json;

// Holds the ranked cells of a data set.
struct Ranking {
  const BenchmarkTable& table;
  const Column& column;
  std::vector<Bound> bounds;
  std::vector<int> order;  // rows that have a value and meet all conditions
  int count = 0;           // that are printed
  ValueError errors;

  // Returns nullopt if no error is known.
  std::optional<bool> ResolvedFromFirst(int rank) const {
    return IsResolved(column.mean(order[0]) - column.mean(order[rank]),
                      errors.OfDifference(order[0], order[rank]));
  }
  // Counts all of `order` but the first. Returns nullopt if no error is known.
  std::optional<int> UnresolvedFromFirst() const {
    std::optional<int> unresolved;
    for (size_t rank = 1; rank < order.size(); ++rank) {
      const auto resolved = ResolvedFromFirst(rank);
      if (resolved) unresolved = unresolved.value_or(0) + !*resolved;
    }
    return unresolved;
  }
};

// Ranks the best first; equal ones stay in order of index.
absl::StatusOr<Ranking> Rank(const BenchmarkTable& table, const Twins& twins,
                             const Column& column, const TopOptions& options) {
  Ranking ranking{.table = table,
                  .column = column,
                  .errors = ValueError(table, twins, column)};
  ROBBENCH_ASSIGN_OR_RETURN(
      ranking.bounds,
      BoundsOf(table, column.key().dataset(), options.conditions));
  for (int i = 0; i < column.mean_size(); ++i) {
    if (std::isnan(column.mean(i))) continue;
    if (HoldAll(ranking.bounds, i)) ranking.order.push_back(i);
  }
  std::stable_sort(ranking.order.begin(), ranking.order.end(),
                   [&](int a, int b) {
                     return options.lowest ? column.mean(a) < column.mean(b)
                                           : column.mean(a) > column.mean(b);
                   });
  ranking.count = std::min<int>(options.count, ranking.order.size());
  return ranking;
}

Json JsonTop(const Ranking& ranking) {
  const Column& column = ranking.column;
  Json cells = Json::array();
  for (int rank = 0; rank < ranking.count; ++rank) {
    const int row = ranking.order[rank];
    Json cell = {{"rank", rank + 1}};
    cell.update(JsonIdentity(ranking.table.cell(row)));
    cell["value"] = JsonNumber(column.mean(row));
    cell["difference_from_first"] =
        JsonNumber(column.mean(row) - column.mean(ranking.order[0]));
    cell["standard_error"] =
        JsonNumber(ranking.errors.OfDifference(ranking.order[0], row));
    const auto resolved = ranking.ResolvedFromFirst(rank);
    cell["resolved_from_first"] = resolved ? Json(*resolved) : Json(nullptr);
    cells.push_back(std::move(cell));
  }
  const auto unresolved = ranking.UnresolvedFromFirst();
  const char* source = SourceName(ranking.errors.source());
  return {
      {"dataset", column.key().dataset()},
      {"metric", column.key().metric()},
      {"conditions", JsonBounds(ranking.bounds)},
      {"of_cells", ranking.order.size()},
      {"error_from", *source == 0 ? Json(nullptr) : Json(source)},
      {"unresolved_from_first", unresolved ? Json(*unresolved) : Json(nullptr)},
      {"cells", std::move(cells)}};
}

// Says what the marks of a ranking by this metric mean.
std::string MarkText(const Ranking& ranking) {
  const auto unresolved = ranking.UnresolvedFromFirst();
  if (!unresolved || ranking.errors.source() == ValueError::Source::kExact) {
    return "";
  }
  std::string text = absl::StrCat("≈ ", Grouped(*unresolved),
                                  *unresolved == 1 ? " cell is" : " cells are",
                                  " not resolved from the first");
  const double error =
      ranking.order.size() < 2
          ? 0
          : ranking.errors.OfDifference(ranking.order[0], ranking.order[1]);
  if (std::isfinite(error) && error > 0) {
    absl::StrAppend(&text, " (std. error of the first two's difference ",
                    ValueText(ranking.column, error, /*is_difference=*/true),
                    ")");
  }
  return text + ".\n";
}

// Prints the metric, then those of the conditions and the other accuracies,
// which a reader wants to see with it.
std::string TextTop(const Ranking& ranking, const Terminal& terminal) {
  const Column& column = ranking.column;
  std::vector<const Column*> columns = {&column};
  const auto add = [&](const Column& other) {
    if (std::none_of(columns.begin(), columns.end(), [&](const Column* shown) {
          return shown->key().metric() == other.key().metric();
        })) {
      columns.push_back(&other);
    }
  };
  for (const Bound& bound : ranking.bounds) add(bound.column);
  for (const Column* other :
       ranking.table.Columns(column.key().dataset(), Column::ACCURACY)) {
    add(*other);
  }
  std::vector<TextTable::Head> heads = {
      {"rank"}, {"index"}, {"code"}, {"", false}};
  for (const Column* shown : columns) heads.push_back({shown->key().metric()});
  TextTable lines(std::move(heads), /*keys=*/4);
  for (int rank = 0; rank < ranking.count; ++rank) {
    const int row = ranking.order[rank];
    const CellIdentity& cell = ranking.table.cell(row);
    const bool is_tie =
        rank > 0 && !ranking.ResolvedFromFirst(rank).value_or(true);
    std::vector<std::string> line = {absl::StrCat(rank + 1),
                                     absl::StrCat(cell.index()), cell.code(),
                                     is_tie ? "≈" : ""};
    for (const Column* shown : columns) {
      line.push_back(ValueText(*shown, shown->mean(row)));
    }
    lines.Add(std::move(line));
  }
  return absl::StrCat(column.key().dataset(), ", by ", column.key().metric(),
                      ", ", ranking.count, " of ",
                      Grouped(ranking.order.size()), " cells",
                      BoundsText(ranking.bounds), "\n", lines.Print(terminal),
                      MarkText(ranking));
}

// Finds "cifar10/pgd_8", or "pgd_8" of every data set of a selection.
// `find_column` is MetricColumn or ColumnForDataset.
absl::StatusOr<std::vector<Column>> NamedColumns(
    const BenchmarkTable& table, const std::string& name,
    const TableSelection& selection,
    decltype(MetricColumn)& find_column = ColumnForDataset) {
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
                              find_column(table, dataset, metric));
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
                                     const Output& output) {
  // Where every data set is asked for, a predictor that one of them has is
  // ranked once.
  ROBBENCH_ASSIGN_OR_RETURN(
      std::vector<Column> columns,
      selection.dataset.empty()
          ? NamedColumns(table, selection.metric, {})
          : NamedColumns(table, selection.metric, {selection.dataset, ""},
                         MetricColumn));
  std::set<std::string> seen;
  columns.erase(std::remove_if(columns.begin(), columns.end(),
                               [&](const Column& column) {
                                 return !seen.insert(KeyText(column)).second;
                               }),
                columns.end());
  const Twins twins = FindTwins(table);
  Json json = Json::array(), rows = Json::array();
  std::string text;
  std::set<ValueError::Source> sources;
  for (const Column& column : columns) {
    ROBBENCH_ASSIGN_OR_RETURN(const Ranking ranking,
                              Rank(table, twins, column, options));
    if (output.format == OutputFormat::kText) {
      absl::StrAppend(&text, text.empty() ? "" : "\n",
                      TextTop(ranking, output.terminal));
      if (ranking.UnresolvedFromFirst()) {
        sources.insert(ranking.errors.source());
      }
      continue;
    }
    Json top = JsonTop(ranking);
    for (Json row : top["cells"]) {
      row["dataset"] = top["dataset"];
      row["metric"] = top["metric"];
      rows.push_back(std::move(row));
    }
    json.push_back(std::move(top));
  }
  if (output.format == OutputFormat::kJson) return Dump(json);
  if (output.format == OutputFormat::kCsv) {
    return Csv({"dataset", "metric", "rank", "index", "code", "architecture",
                "representative", "value", "difference_from_first",
                "standard_error", "resolved_from_first"},
               rows);
  }
  sources.erase(ValueError::Source::kExact);
  if (!sources.empty()) absl::StrAppend(&text, "\n", kResolvedRule, "\n");
  for (const ValueError::Source source : sources) {
    absl::StrAppend(&text, SourceRule(source), "\n");
  }
  return text;
}

absl::StatusOr<std::string> CorrelateMetrics(const BenchmarkTable& table,
                                             const std::string& first,
                                             const std::string& second,
                                             const TableSelection& selection,
                                             const Output& output) {
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
                   {"Kendall"}},
                  /*keys=*/2);
  const auto text = [](const std::optional<double>& value) {
    return value ? absl::StrFormat("%.4f", *value) : std::string("–");
  };
  const auto number = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  // If the names have no data set, each data set is compared with itself.
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
  if (output.format == OutputFormat::kJson) return Dump(json);
  if (output.format == OutputFormat::kCsv) {
    return Csv({"first", "second", "cells", "spearman", "spearman_low",
                "spearman_high", "kendall"},
               json);
  }
  return lines.Print(output.terminal);
}

}  // namespace robbench
