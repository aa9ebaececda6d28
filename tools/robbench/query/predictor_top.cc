#include "tools/robbench/query/predictor_top.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/studies/ntk/ntk_study.h"
#include "analysis/studies/predictor/statistics/predictor_statistics.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/number_format.h"
#include "nas/base/status_macros.h"
#include "nas/cell.pb.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/query/columns.h"
#include "tools/robbench/query/query.h"
#include "tools/robbench/text.h"

namespace robbench {
namespace {

using Json = nlohmann::ordered_json;

bool IsAccuracy(const Column& column) {
  return column.kind() == Column::ACCURACY ||
         column.kind() == Column::STANDARD_ACCURACY;
}

// Whether the lowest value is expected to be the best.
bool IsLowestFirst(const Column& column) {
  switch (column.kind()) {
    case Column::PREDICTOR:
      return column.lowest_first();
    case Column::NTK_SCORE:
      return PredictedSign(column.score()) < 0;
    case Column::ACCURACY:
    case Column::STANDARD_ACCURACY:
    case Column::COST:
      return false;
  }
  return false;
}

absl::StatusOr<Column> FindPredictor(const BenchmarkTable& table,
                                     const std::string& dataset,
                                     const std::string& name) {
  ROBBENCH_ASSIGN_OR_RETURN(Column column,
                            ColumnForDataset(table, dataset, name));
  if (!IsAccuracy(column)) return column;
  const std::string& metric = column.key().metric();
  return absl::InvalidArgumentError(absl::StrCat(
      "--predictor: expected a score, a count or a cost, found the accuracy ",
      metric, "; --by=", metric, " judges a predictor by it, and top ", metric,
      " ranks by it"));
}

// Holds a predictor's choice on one data set. Values are by position in
// `cells`, higher is better.
struct Choice {
  const BenchmarkTable& table;
  std::string dataset;
  Column predictor, metric;
  std::vector<Bound> bounds;
  std::vector<int> cells;  // rows that have both values and meet the conditions
  std::vector<double> predicted, measured;
  std::vector<int> order;  // positions in `cells`, best first
  int count = 0;           // of the order that are chosen
  std::optional<TopCut> cut;

  double PredictorValue(int rank) const {
    return predictor.mean(cells[order[rank]]);
  }
  double MetricValue(int rank) const { return metric.mean(cells[order[rank]]); }
  int RankByMetric(int rank) const {
    const double value = measured[order[rank]];
    return 1 + std::count_if(measured.begin(), measured.end(),
                             [&](double other) { return other > value; });
  }
  double BestMetricValue() const {
    const auto best = std::max_element(measured.begin(), measured.end());
    return metric.mean(cells[best - measured.begin()]);
  }
  bool HasTieAtTheCut() const {
    return cut && PredictorValue(count - 1) == PredictorValue(count);
  }
};

absl::StatusOr<Choice> Choose(const BenchmarkTable& table,
                              const std::string& dataset,
                              const PredictorTopOptions& options) {
  Choice choice{.table = table, .dataset = dataset};
  ROBBENCH_ASSIGN_OR_RETURN(choice.predictor,
                            FindPredictor(table, dataset, options.predictor));
  ROBBENCH_ASSIGN_OR_RETURN(choice.metric,
                            ColumnForDataset(table, dataset, options.by));
  ROBBENCH_ASSIGN_OR_RETURN(choice.bounds,
                            BoundsOf(table, dataset, options.conditions));
  const double sign = IsLowestFirst(choice.predictor) ? -1 : 1;
  const double metric_sign = IsLowestFirst(choice.metric) ? -1 : 1;
  for (int i = 0; i < table.num_cells(); ++i) {
    if (std::isnan(choice.predictor.mean(i)) ||
        std::isnan(choice.metric.mean(i)) || !HoldAll(choice.bounds, i)) {
      continue;
    }
    choice.order.push_back(static_cast<int>(choice.cells.size()));
    choice.cells.push_back(i);
    choice.predicted.push_back(sign * choice.predictor.mean(i));
    choice.measured.push_back(metric_sign * choice.metric.mean(i));
  }
  std::stable_sort(choice.order.begin(), choice.order.end(), [&](int a, int b) {
    return choice.predicted[a] > choice.predicted[b];
  });
  choice.count = std::min<int>(options.count, choice.order.size());
  choice.cut = JudgeTop(choice.predicted, choice.measured, options.count);
  return choice;
}

Json JsonChoice(const Choice& choice) {
  Json cells = Json::array();
  for (int rank = 0; rank < choice.count; ++rank) {
    Json cell = {{"rank", rank + 1}};
    cell.update(
        JsonIdentity(choice.table.cell(choice.cells[choice.order[rank]])));
    cell["predictor_value"] = JsonNumber(choice.PredictorValue(rank));
    cell["value"] = JsonNumber(choice.MetricValue(rank));
    cell["rank_by_metric"] = choice.RankByMetric(rank);
    cells.push_back(std::move(cell));
  }
  const auto& cut = choice.cut;
  return {{"dataset", choice.dataset},
          {"predictor", choice.predictor.key().metric()},
          {"predictor_dataset", choice.predictor.key().dataset()},
          {"lowest_first", IsLowestFirst(choice.predictor)},
          {"metric", choice.metric.key().metric()},
          {"conditions", JsonBounds(choice.bounds)},
          {"of_cells", choice.cells.size()},
          {"all_cells", choice.table.num_cells()},
          {"precision", cut ? Json(cut->precision) : Json(nullptr)},
          {"regret", cut ? JsonNumber(cut->regret) : Json(nullptr)},
          {"cells", std::move(cells)}};
}

// Says in words what the choice is worth.
std::string WorthText(const Choice& choice) {
  if (!choice.cut) return "No choice among so few cells.\n";
  const Column& metric = choice.metric;
  const std::string of = Grouped(choice.cells.size());
  std::string text = absl::StrFormat(
      "Precision %.3f: the share of these %d that are among the %d best of the "
      "%s by %s; random cells have %.3f.\n",
      choice.cut->precision, choice.count, choice.count, of,
      metric.key().metric(),
      static_cast<double>(choice.count) / choice.cells.size());
  absl::StrAppend(&text, "Regret ",
                  ValueText(metric, choice.cut->regret, /*is_difference=*/true),
                  IsAccuracy(metric) ? " points" : "", ": the best of the ", of,
                  " has ", ValueText(metric, choice.BestMetricValue()),
                  ", the best of these so much less.\n");
  if (choice.HasTieAtTheCut()) {
    text +=
        "Cells tie for the last places by the predictor: precision and regret "
        "are means over all choices among them.\n";
  }
  return text;
}

std::string TextChoice(const Choice& choice, const Terminal& terminal) {
  const std::string& predictor = choice.predictor.key().metric();
  const std::string& metric = choice.metric.key().metric();
  TextTable lines({{"rank"},
                   {"index"},
                   {"code"},
                   {predictor},
                   {metric},
                   {absl::StrCat("rank by ", metric)}},
                  /*keys=*/3);
  for (int rank = 0; rank < choice.count; ++rank) {
    const CellIdentity& cell =
        choice.table.cell(choice.cells[choice.order[rank]]);
    lines.Add({absl::StrCat(rank + 1), absl::StrCat(cell.index()), cell.code(),
               ValueText(choice.predictor, choice.PredictorValue(rank)),
               ValueText(choice.metric, choice.MetricValue(rank)),
               absl::StrCat(choice.RankByMetric(rank))});
  }
  const std::string& from = choice.predictor.key().dataset();
  return absl::StrCat(choice.dataset, ", by the predictor ", predictor,
                      from == choice.dataset ? "" : absl::StrCat(" of ", from),
                      IsLowestFirst(choice.predictor) ? " (lowest first), "
                                                      : " (highest first), ",
                      choice.count, " of ", Grouped(choice.cells.size()),
                      " cells that have a value, of ",
                      Grouped(choice.table.num_cells()),
                      BoundsText(choice.bounds), "\n", lines.Print(terminal),
                      WorthText(choice));
}

}  // namespace

absl::StatusOr<std::string> TopByPredictor(const BenchmarkTable& table,
                                           const std::string& dataset,
                                           const PredictorTopOptions& options,
                                           const Output& output) {
  ROBBENCH_ASSIGN_OR_RETURN(
      const std::vector<std::string> datasets,
      SelectedDatasets(table, TableSelection{dataset, ""}));
  Json json = Json::array(), rows = Json::array();
  std::string text;
  for (const std::string& name : datasets) {
    ROBBENCH_ASSIGN_OR_RETURN(const Choice choice,
                              Choose(table, name, options));
    if (output.format == OutputFormat::kText) {
      absl::StrAppend(&text, text.empty() ? "" : "\n",
                      TextChoice(choice, output.terminal));
      continue;
    }
    Json chosen = JsonChoice(choice);
    for (Json row : chosen["cells"]) {
      for (const char* key : {"dataset", "predictor", "metric"}) {
        row[key] = chosen[key];
      }
      rows.push_back(std::move(row));
    }
    json.push_back(std::move(chosen));
  }
  if (output.format == OutputFormat::kJson) return Dump(json);
  if (output.format == OutputFormat::kCsv) {
    return Csv({"dataset", "predictor", "metric", "rank", "index", "code",
                "architecture", "representative", "predictor_value", "value",
                "rank_by_metric"},
               rows);
  }
  return text;
}

}  // namespace robbench
