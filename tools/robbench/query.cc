#include "tools/robbench/query.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/collect/training_course.h"
#include "analysis/statistics/seed_variance.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "nas/base/status_macros.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/columns.h"
#include "tools/robbench/text.h"

namespace robbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// "cell 15624  444444  |avg...|" and, for a cell without a row of its own,
// whose numbers follow.
std::string CellHead(const BenchmarkTable& table, const CellMatch& match) {
  std::string text =
      absl::StrCat("cell ", match.cell.Index(), "  ", match.cell.Code(), "  ",
                   match.cell.Architecture(), "\n");
  if (!match.is_own_row) {
    const CellIdentity& row = table.cell(match.position);
    absl::StrAppend(&text, "  same class as cell ", row.index(), "  ",
                    row.code(), ", whose numbers these are\n");
  }
  return text;
}

Json JsonMatch(const BenchmarkTable& table, const CellMatch& match) {
  Json json = JsonIdentity(MakeCellIdentity(match.cell));
  json["row"] = table.cell(match.position).index();
  return json;
}

Json JsonKey(const Column& column) {
  return {{"dataset", column.key().dataset()},
          {"metric", column.key().metric()},
          {"authors_metric", AuthorsMetric(column.key().metric())},
          {"kind", absl::AsciiStrToLower(Column::Kind_Name(column.kind()))}};
}

Json JsonValue(const Column& column, int position) {
  const MetricValue value = ValueOf(column, position);
  Json json = JsonKey(column);
  json["mean"] = JsonNumber(value.mean);
  json["spread"] = JsonNumber(value.spread);
  json["seeds"] = value.seeds;
  Json& by_seed = json["by_seed"] = Json::object();
  for (const auto& [seed, found] : value.by_seed) {
    by_seed[absl::StrCat(seed)] = JsonNumber(found);
  }
  return json;
}

// The trainings behind a row's values of these data sets.
std::vector<const CellRun*> Trainings(
    const BenchmarkTable& table, int position,
    const std::vector<const Column*>& columns) {
  std::vector<const CellRun*> runs;
  for (const CellRun& run : table.proto().runs()) {
    if (run.cell().index() != table.cell(position).index() ||
        !run.has_final_loss()) {
      continue;
    }
    for (const Column* column : columns) {
      if (column->key().dataset() != run.dataset()) continue;
      runs.push_back(&run);
      break;
    }
  }
  return runs;
}

Json JsonTraining(const CellRun& run) {
  Json json = {{"dataset", run.dataset()},
               {"seed", run.seed()},
               {"final_loss", JsonNumber(run.final_loss())},
               {"escape_epoch", nullptr},
               {"collapse_epochs", Json::array()},
               {"ended_on_plateau", run.ended_on_plateau()}};
  if (run.has_escape_epoch()) json["escape_epoch"] = run.escape_epoch();
  for (const uint32_t epoch : run.collapse_epochs()) {
    json["collapse_epochs"].push_back(epoch);
  }
  return json;
}

}  // namespace

absl::StatusOr<std::string> QueryCells(const BenchmarkTable& table,
                                       const std::vector<std::string>& cells,
                                       const TableSelection& selection,
                                       OutputFormat format) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<const Column*> columns,
                            SelectedColumns(table, selection));
  Json json = Json::array();
  std::string text;
  for (const std::string& name : cells) {
    ROBBENCH_ASSIGN_OR_RETURN(const CellMatch match, table.FindCell(name));
    if (format == OutputFormat::kJson) {
      Json& cell = json.emplace_back(JsonMatch(table, match));
      Json& values = cell["values"] = Json::array();
      for (const Column* column : columns) {
        values.push_back(JsonValue(*column, match.position));
      }
      Json& trainings = cell["trainings"] = Json::array();
      for (const CellRun* run : Trainings(table, match.position, columns)) {
        trainings.push_back(JsonTraining(*run));
      }
      continue;
    }
    TextTable lines({{"data set", false},
                     {"metric", false},
                     {"mean"},
                     {"spread"},
                     {"seeds"},
                     {"by seed", false}});
    for (const Column* column : columns) {
      const MetricValue value = ValueOf(*column, match.position);
      if (std::isnan(value.mean)) continue;
      lines.Add({column->key().dataset(), column->key().metric(),
                 ValueText(*column, value.mean),
                 ValueText(*column, value.spread, true),
                 value.seeds == 0 ? "–" : absl::StrCat(value.seeds),
                 absl::StrJoin(value.by_seed, "  ",
                               [&](std::string* out, const auto& seed) {
                                 absl::StrAppend(
                                     out, seed.first, ": ",
                                     ValueText(*column, seed.second));
                               })});
    }
    absl::StrAppend(&text, text.empty() ? "" : "\n", CellHead(table, match),
                    lines.Print());
    for (const CellRun* run : Trainings(table, match.position, columns)) {
      absl::StrAppend(&text, "training on ", run->dataset(), ", seed ",
                      run->seed(), ": ", CourseText(CourseOf(*run)), "\n");
    }
  }
  return format == OutputFormat::kJson ? Dump(json) : text;
}

absl::StatusOr<std::string> CompareCells(const BenchmarkTable& table,
                                         const std::string& first,
                                         const std::string& second,
                                         const TableSelection& selection,
                                         OutputFormat format) {
  ROBBENCH_ASSIGN_OR_RETURN(const CellMatch a, table.FindCell(first));
  ROBBENCH_ASSIGN_OR_RETURN(const CellMatch b, table.FindCell(second));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<const Column*> columns,
                            SelectedColumns(table, selection));
  Json rows = Json::array();
  TextTable lines({{"data set", false},
                   {"metric", false},
                   {absl::StrCat(a.cell.Index())},
                   {absl::StrCat(b.cell.Index())},
                   {"difference"},
                   {"± std. error"},
                   {"", false}});
  bool unknown = false;
  for (const Column* column : columns) {
    const MetricValue one = ValueOf(*column, a.position);
    const MetricValue two = ValueOf(*column, b.position);
    const double difference = one.mean - two.mean;
    const auto variance = MeasureSeedVariance(*column);
    double error = kNaN;
    if (a.position == b.position || column->kind() == Column::COST) {
      error = 0;
    } else if (variance && one.seeds > 0 && two.seeds > 0) {
      error =
          std::sqrt(variance->variance * (1.0 / one.seeds + 1.0 / two.seeds));
    }
    if (std::isnan(difference)) error = kNaN;
    const bool known = std::isfinite(error) && std::isfinite(difference);
    const bool apart =
        known && difference != 0 && std::abs(difference) > 1.96 * error;
    if (format == OutputFormat::kJson) {
      Json row = JsonKey(*column);
      row["first"] = JsonNumber(one.mean);
      row["second"] = JsonNumber(two.mean);
      row["difference"] = JsonNumber(difference);
      row["standard_error"] = JsonNumber(error);
      row["apart"] = known ? Json(apart) : Json(nullptr);
      rows.push_back(std::move(row));
      continue;
    }
    if (std::isnan(one.mean) && std::isnan(two.mean)) continue;
    unknown |= !known;
    lines.Add(
        {column->key().dataset(), column->key().metric(),
         ValueText(*column, one.mean), ValueText(*column, two.mean),
         ValueText(*column, difference, true),
         column->kind() == Column::COST ? "" : ValueText(*column, error, true),
         column->kind() == Column::COST ? ""
         : apart                        ? "apart"
         : known                        ? "not resolved"
                                        : ""});
  }
  if (format == OutputFormat::kJson) {
    return Dump({{"first", JsonMatch(table, a)},
                 {"second", JsonMatch(table, b)},
                 {"same_row", a.position == b.position},
                 {"metrics", std::move(rows)}});
  }
  std::string text = absl::StrCat(CellHead(table, a), CellHead(table, b));
  if (a.position == b.position) {
    text += "One class: the table has the same numbers for both.\n";
  }
  absl::StrAppend(&text, lines.Print());
  if (unknown) {
    text += "No standard error where the table has no values by seed.\n";
  }
  return text;
}

}  // namespace robbench
