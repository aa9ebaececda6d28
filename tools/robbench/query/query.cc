#include "tools/robbench/query/query.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/collect/training_course.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/query/columns.h"
#include "tools/robbench/query/value_error.h"
#include "tools/robbench/text.h"

namespace robbench {
namespace {

using Json = nlohmann::ordered_json;

// Returns "cell 15624  444444  |avg...|" and, for a cell without a row of its
// own, the cell whose numbers follow.
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

// Returns the trainings behind a row's values of these data sets.
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

// Adds a row of CSV for each value of a cell, with a head "seed_N" for each
// seed.
void AddCsvRows(const Json& cell, Json& rows,
                std::set<std::string>& seed_heads) {
  for (const Json& value : cell["values"]) {
    Json row = cell;
    row.erase("values");
    row.erase("trainings");
    row.update(value);
    for (const auto& [seed, found] : value["by_seed"].items()) {
      const std::string head = absl::StrCat("seed_", seed);
      row[head] = found;
      seed_heads.insert(head);
    }
    rows.push_back(std::move(row));
  }
}

// Finds each cell once, where it is named first.
absl::StatusOr<std::vector<CellMatch>> FindCells(
    const BenchmarkTable& table, const std::vector<std::string>& names) {
  std::vector<CellMatch> found;
  std::set<Cell> seen;
  for (const std::string& name : names) {
    ROBBENCH_ASSIGN_OR_RETURN(const CellMatch match, table.FindCell(name));
    if (seen.insert(match.cell).second) found.push_back(match);
  }
  return found;
}

std::string TextOfCell(const BenchmarkTable& table, const CellMatch& match,
                       const std::vector<const Column*>& columns,
                       const Terminal& terminal) {
  TextTable lines({{"data set", false},
                   {"metric", false},
                   {"mean"},
                   {"spread"},
                   {"seeds"},
                   {"by seed", false}},
                  /*keys=*/2);
  for (const Column* column : columns) {
    const MetricValue value = ValueOf(*column, match.position);
    if (std::isnan(value.mean)) continue;
    lines.Add({column->key().dataset(), column->key().metric(),
               ValueText(*column, value.mean),
               ValueText(*column, value.spread, true),
               value.seeds == 0 ? "–" : absl::StrCat(value.seeds),
               absl::StrJoin(value.by_seed, "  ",
                             [&](std::string* out, const auto& seed) {
                               absl::StrAppend(out, seed.first, ": ",
                                               ValueText(*column, seed.second));
                             })});
  }
  std::string text =
      absl::StrCat(CellHead(table, match), lines.Print(terminal));
  for (const CellRun* run : Trainings(table, match.position, columns)) {
    absl::StrAppend(&text, "training on ", run->dataset(), ", seed ",
                    run->seed(), ": ", CourseText(CourseOf(*run)), "\n");
  }
  return text;
}

Json JsonOfCell(const BenchmarkTable& table, const CellMatch& match,
                const std::vector<const Column*>& columns,
                bool leave_out_absent) {
  Json cell = JsonMatch(table, match);
  Json& values = cell["values"] = Json::array();
  for (const Column* column : columns) {
    if (leave_out_absent && IsAbsentPredictor(*column, {match.position})) {
      continue;
    }
    values.push_back(JsonValue(*column, match.position));
  }
  Json& trainings = cell["trainings"] = Json::array();
  for (const CellRun* run : Trainings(table, match.position, columns)) {
    trainings.push_back(JsonTraining(*run));
  }
  return cell;
}

}  // namespace

absl::StatusOr<std::string> QueryCells(const BenchmarkTable& table,
                                       const std::vector<std::string>& cells,
                                       const TableSelection& selection,
                                       const Output& output) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<const Column*> columns,
                            SelectedColumns(table, selection));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<CellMatch> matches,
                            FindCells(table, cells));
  std::string text;
  Json json = Json::array(), rows = Json::array();
  std::set<std::string> seed_heads;
  for (const CellMatch& match : matches) {
    if (output.format == OutputFormat::kText) {
      absl::StrAppend(&text, text.empty() ? "" : "\n",
                      TextOfCell(table, match, columns, output.terminal));
      continue;
    }
    Json cell = JsonOfCell(table, match, columns, selection.metric.empty());
    if (output.format == OutputFormat::kCsv) {
      AddCsvRows(cell, rows, seed_heads);
    } else {
      json.push_back(std::move(cell));
    }
  }
  if (output.format == OutputFormat::kText) return text;
  if (output.format == OutputFormat::kJson) return Dump(json);
  std::vector<std::string> heads = {
      "index", "code",    "architecture", "representative",
      "row",   "dataset", "metric",       "authors_metric",
      "kind",  "mean",    "spread",       "seeds"};
  heads.insert(heads.end(), seed_heads.begin(), seed_heads.end());
  return Csv(heads, rows);
}

absl::StatusOr<std::string> CompareCells(const BenchmarkTable& table,
                                         const std::string& first,
                                         const std::string& second,
                                         const TableSelection& selection,
                                         const Output& output) {
  ROBBENCH_ASSIGN_OR_RETURN(const CellMatch a, table.FindCell(first));
  ROBBENCH_ASSIGN_OR_RETURN(const CellMatch b, table.FindCell(second));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<const Column*> columns,
                            SelectedColumns(table, selection));
  const Twins twins = FindTwins(table);
  Json rows = Json::array();
  TextTable lines({{"data set", false},
                   {"metric", false},
                   {absl::StrCat(a.cell.Index())},
                   {absl::StrCat(b.cell.Index())},
                   {"difference"},
                   {"± std. error"},
                   {"95 % interval"},
                   {"", false}},
                  /*keys=*/2);
  bool unknown = false;
  std::set<ValueError::Source> sources;
  for (const Column* column : columns) {
    if (selection.metric.empty() &&
        IsAbsentPredictor(*column, {a.position, b.position})) {
      continue;
    }
    const double one = column->mean(a.position);
    const double two = column->mean(b.position);
    const double difference = one - two;
    const ValueError errors(table, twins, *column);
    const double error = errors.OfDifference(a.position, b.position);
    const std::optional<bool> resolved = IsResolved(difference, error);
    const double low = difference - kNormal975 * error;
    const double high = difference + kNormal975 * error;
    if (output.format != OutputFormat::kText) {
      Json row = {{"first_index", a.cell.Index()},
                  {"first_code", a.cell.Code()},
                  {"second_index", b.cell.Index()},
                  {"second_code", b.cell.Code()}};
      if (output.format == OutputFormat::kJson) row = Json::object();
      row.update(JsonKey(*column));
      row["first"] = JsonNumber(one);
      row["second"] = JsonNumber(two);
      row["difference"] = JsonNumber(difference);
      row["standard_error"] = JsonNumber(error);
      row["low"] = JsonNumber(low);
      row["high"] = JsonNumber(high);
      row["error_from"] =
          resolved ? Json(SourceName(errors.source())) : Json(nullptr);
      row["apart"] = resolved ? Json(*resolved) : Json(nullptr);
      rows.push_back(std::move(row));
      continue;
    }
    if (std::isnan(one) && std::isnan(two)) continue;
    const bool is_cost = IsExact(*column);
    unknown |= !resolved;
    if (resolved && !is_cost) sources.insert(errors.source());
    lines.Add({column->key().dataset(), column->key().metric(),
               ValueText(*column, one), ValueText(*column, two),
               ValueText(*column, difference, true),
               is_cost ? "" : ValueText(*column, error, true),
               is_cost || !resolved
                   ? ""
                   : absl::StrCat(ValueText(*column, low, true), " … ",
                                  ValueText(*column, high, true)),
               is_cost || !resolved ? ""
               : *resolved          ? "resolved"
                                    : "not resolved"});
  }
  if (output.format == OutputFormat::kCsv) {
    return Csv(
        {"first_index", "first_code", "second_index", "second_code", "dataset",
         "metric", "authors_metric", "kind", "first", "second", "difference",
         "standard_error", "low", "high", "error_from", "apart"},
        rows);
  }
  if (output.format == OutputFormat::kJson) {
    return Dump({{"first", JsonMatch(table, a)},
                 {"second", JsonMatch(table, b)},
                 {"same_row", a.position == b.position},
                 {"metrics", std::move(rows)}});
  }
  std::string text = absl::StrCat(CellHead(table, a), CellHead(table, b));
  if (a.position == b.position) {
    text += "One class: the table has the same numbers for both.\n";
  }
  absl::StrAppend(&text, lines.Print(output.terminal));
  if (!sources.empty() && a.position != b.position) {
    absl::StrAppend(&text, kResolvedRule, "\n");
    for (const ValueError::Source source : sources) {
      absl::StrAppend(&text, SourceRule(source), "\n");
    }
  }
  if (unknown) {
    text +=
        "No standard error where the table has no values by seed and no "
        "network that was trained more than once.\n";
  }
  return text;
}

}  // namespace robbench
