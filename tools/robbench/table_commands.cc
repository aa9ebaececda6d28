#include "tools/robbench/table_commands.h"

#include <cstddef>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "analysis/published/published_table.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/export/table_export.h"
#include "analysis/table/predictor_name.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/utf8.h"
#include "tools/robbench/find_report.h"
#include "tools/robbench/query/conditions.h"
#include "tools/robbench/query/predictor_top.h"
#include "tools/robbench/query/query.h"
#include "tools/robbench/query/search.h"

namespace robbench {
namespace {

using Arguments = std::vector<std::string>;
using Text = absl::StatusOr<std::string>;

// Returns the metrics that a shell completes: the published table's, and those
// that are computed.
std::vector<std::string> MetricWords() {
  return {"clean",      "fgsm_3",       "fgsm_8",     "pgd_3",
          "pgd_8",      "apgd_t",       "autoattack", "robust_average",
          "parameters", "multiply_adds"};
}

absl::Status CheckCells(absl::string_view command, absl::string_view expected,
                        const Arguments& cells, size_t least, size_t most) {
  if (cells.size() >= least && cells.size() <= most) return absl::OkStatus();
  return UsageError(absl::StrCat(command, ": expected ", expected, ", found ",
                                 cells.size(), " cells"));
}

// Says where a table is.
struct TablePlace {
  std::string table, report;
};

// Holds the flags of every command that reads a table.
struct TableFlags {
  TablePlace place;
  std::string format = "text";
  TableSelection selection;
};

// Says on standard error which table it is, so that CSV and JSON stay clean.
absl::StatusOr<std::string> TablePath(const TablePlace& place) {
  ROBBENCH_ASSIGN_OR_RETURN(const FoundPath found,
                            FindTable(place.table, place.report));
  if (!found.note.empty()) std::cerr << found.note << std::endl;
  return found.path;
}

absl::StatusOr<BenchmarkTable> ReadTable(const TablePlace& place) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string path, TablePath(place));
  return BenchmarkTable::Read(path);
}

void AddPlace(CommandLine::Subcommand& command, TablePlace& place) {
  command
      .Flag("table", place.table,
            "the benchmark table; without it that of a report",
            {.is_file = true})
      .Flag("report", place.report,
            "the report's directory; without it robbench-report, else "
            "robbench-paper",
            {.is_file = true})
      .Exclude("table", "report");
}

void AddTable(CommandLine::Subcommand& command, TableFlags& flags) {
  AddPlace(command, flags.place);
  command
      .Flag("format", flags.format, "output: text, json or csv", FormatValues())
      .Flag("dataset", flags.selection.dataset, "only this data set",
            DatasetValues());
}

void AddQuery(const Terminal& terminal, CommandLine& line) {
  auto flags = std::make_shared<TableFlags>();
  CommandLine::Subcommand& command = line.Add(
      {.name = "query",
       .arguments = "CELL...",
       .positional = "CELL",
       .least = 1,
       .most = CommandLine::kAnyNumber,
       .help = "what a table says of cells: mean, spread over seeds, every "
               "seed; - reads the cells from standard input",
       .examples = {"query 2581 --dataset=cifar10",
                    "query 323133 000211 --metric=pgd_8 --format=csv",
                    "query 15620 --metric=val_pgd_8.0_acc --format=json",
                    "query - <cells.txt"},
       .run = [flags, terminal](const Arguments& arguments) -> Text {
         Arguments cells = SplitCells(arguments);
         if (cells == Arguments{"-"}) {
           const std::string input((std::istreambuf_iterator<char>(std::cin)),
                                   std::istreambuf_iterator<char>());
           absl::string_view text = input;
           absl::ConsumePrefix(&text, kByteOrderMark);
           cells = SplitCells({std::string(text)});
         }
         ROBBENCH_RETURN_IF_ERROR(
             CheckCells("query", "CELL...", cells, 1, CommandLine::kAnyNumber));
         ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                   ParseOutputFormat(flags->format));
         ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                                   ReadTable(flags->place));
         return QueryCells(table, cells, flags->selection, {format, terminal});
       }});
  AddTable(command, *flags);
  command.Flag("metric", flags->selection.metric,
               "only this metric, by our name or the authors'",
               {.words = MetricWords()});
}

void AddCompare(const Terminal& terminal, CommandLine& line) {
  auto flags = std::make_shared<TableFlags>();
  CommandLine::Subcommand& command =
      line.Add({.name = "compare",
                .arguments = "two CELLs",
                .positional = "CELL",
                .least = 1,
                .most = 2,
                .help = "the differences of two cells, with standard errors, "
                        "and which of them are resolved",
                .examples = {"compare 2581 333333",
                             "compare 2581 333333 --metric=pgd_8"},
                .run = [flags, terminal](const Arguments& arguments) -> Text {
                  const Arguments cells = SplitCells(arguments);
                  ROBBENCH_RETURN_IF_ERROR(
                      CheckCells("compare", "two CELLs", cells, 2, 2));
                  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                            ParseOutputFormat(flags->format));
                  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                                            ReadTable(flags->place));
                  return CompareCells(table, cells[0], cells[1],
                                      flags->selection, {format, terminal});
                }});
  AddTable(command, *flags);
  command.Flag("metric", flags->selection.metric,
               "only this metric, by our name or the authors'",
               {.words = MetricWords()});
}

// Returns the short names of the predictors that a table may have, for a shell
// to complete.
std::vector<std::string> PredictorWords() {
  std::vector<std::string> words = CountNames();
  for (std::string& score : ScoreNames()) words.push_back(std::move(score));
  return words;
}

// Holds the flags of top.
struct TopFlags {
  TableFlags table;
  TopOptions options;
  std::string predictor, by;
  std::vector<std::string> least, most;
};

Text Top(const Arguments& metrics, const Terminal& terminal, TopFlags& flags) {
  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                            ParseOutputFormat(flags.table.format));
  if (flags.options.count < 1) {
    return UsageError(absl::StrCat("--count: expected 1 or more, found ",
                                   flags.options.count));
  }
  const bool has_predictor = !flags.predictor.empty();
  if (has_predictor && !metrics.empty()) {
    return UsageError(absl::StrCat(
        "top: expected a METRIC or --predictor, found both; --by=", metrics[0],
        " judges a predictor"));
  }
  if (!has_predictor && metrics.empty()) {
    return UsageError("top: expected one METRIC or --predictor, found none");
  }
  if (!has_predictor && !flags.by.empty()) {
    return UsageError("--by goes with --predictor");
  }
  if (has_predictor && flags.options.lowest) {
    return UsageError(
        "--lowest goes with a METRIC: a predictor has a direction of its own");
  }
  std::vector<Condition>& conditions = flags.options.conditions;
  for (const std::string& text : flags.least) {
    ROBBENCH_ASSIGN_OR_RETURN(conditions.emplace_back(),
                              ParseCondition("--min", text));
  }
  for (const std::string& text : flags.most) {
    ROBBENCH_ASSIGN_OR_RETURN(conditions.emplace_back(),
                              ParseCondition("--max", text));
  }
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                            ReadTable(flags.table.place));
  const std::string& dataset = flags.table.selection.dataset;
  const Output output(format, terminal);
  if (!has_predictor) {
    return TopCells(table, {dataset, metrics[0]}, flags.options, output);
  }
  PredictorTopOptions options{.predictor = flags.predictor};
  if (!flags.by.empty()) options.by = flags.by;
  options.count = flags.options.count;
  options.conditions = conditions;
  return TopByPredictor(table, dataset, options, output);
}

void AddTop(const Terminal& terminal, CommandLine& line) {
  auto flags = std::make_shared<TopFlags>();
  CommandLine::Subcommand& command = line.Add(
      {.name = "top",
       .arguments = "one METRIC, or --predictor",
       .positional = "METRIC",
       .least = 0,
       .most = 1,
       .help = "the best cells by a metric, those that meet conditions, and "
               "which are not resolved from the first (≈); or those that a "
               "predictor ranks first, and what that choice is worth",
       .examples = {"top robust_average --count=5",
                    "top multiply_adds --lowest --dataset=cifar10",
                    "top pgd_8 --max=multiply_adds=50e6 --min=clean=0.7",
                    "top --predictor=parameters --by=pgd_8",
                    "top --predictor=snip_pgd_8 --dataset=cifar10"},
       .values = {.words = MetricWords()},
       .run = [flags, terminal](const Arguments& metrics) -> Text {
         return Top(metrics, terminal, *flags);
       }});
  AddTable(command, flags->table);
  command.Flag("count", flags->options.count, "how many cells")
      .Flag("lowest", flags->options.lowest, "the lowest first")
      .Flag("predictor", flags->predictor,
            "the cells that this score, count or cost ranks first, in the "
            "direction that it promises",
            {.words = PredictorWords()})
      .Flag("by", flags->by,
            "with --predictor: the metric that judges it; without it "
            "robust_average",
            {.words = MetricWords()})
      .Flag("min", flags->least,
            "only cells with so much or more: METRIC=NUMBER, also several")
      .Flag("max", flags->most,
            "only cells with so much or less: METRIC=NUMBER, also several");
}

void AddCorrelate(const Terminal& terminal, CommandLine& line) {
  auto flags = std::make_shared<TableFlags>();
  CommandLine::Subcommand& command =
      line.Add({.name = "correlate",
                .arguments = "two METRICs",
                .positional = "METRIC",
                .least = 2,
                .most = 2,
                .help = "rank correlation of two metrics over all cells; a "
                        "METRIC may be DATASET/METRIC",
                .examples = {"correlate clean pgd_8",
                             "correlate cifar10/pgd_8 imagenet/pgd_8"},
                .values = {.words = MetricWords()},
                .run = [flags, terminal](const Arguments& metrics) -> Text {
                  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                            ParseOutputFormat(flags->format));
                  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                                            ReadTable(flags->place));
                  return CorrelateMetrics(table, metrics[0], metrics[1],
                                          flags->selection, {format, terminal});
                }});
  AddTable(command, *flags);
}

void AddSearch(const Terminal& terminal, CommandLine& line) {
  struct Flags {
    TableFlags table;
    SearchOptions options;
  };
  auto flags = std::make_shared<Flags>();
  CommandLine::Subcommand& command = line.Add(
      {.name = "search",
       .arguments = "no argument",
       .help = "what search algorithms find in a table of all cells (Table 2 "
               "of the paper)",
       .examples = {"search",
                    "search --metric=pgd_8 --dataset=cifar10 --queries=150"},
       .run = [flags, terminal](const Arguments&) -> Text {
         ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                   ParseOutputFormat(flags->table.format));
         if (flags->options.queries < 0 || flags->options.repeats < 0) {
           return UsageError("--queries and --repeats: expected 1 or more");
         }
         ROBBENCH_ASSIGN_OR_RETURN(const std::string path,
                                   TablePath(flags->table.place));
         ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                                   BenchmarkTable::Read(path));
         return SearchTable(path, table, flags->options, flags->table.selection,
                            {format, terminal});
       }});
  AddTable(command, flags->table);
  command
      .Flag("metric", flags->table.selection.metric, "the metric to search by",
            {.words = MetricWords()})
      .Flag("spec", flags->options.spec_path,
            "a SearchSpec as textproto; without it the paper's",
            {.is_file = true})
      .Flag("queries", flags->options.queries, "in place of the spec's")
      .Flag("repeats", flags->options.repeats, "in place of the spec's");
}

Text Export(const TablePlace& place, const std::string& format,
            const std::string& out) {
  if (format != "json" && format != "csv" && format != "sqlite") {
    return UsageError(
        absl::StrCat("export --format: expected json, csv or sqlite, found \"",
                     format, "\""));
  }
  if (format == "sqlite" && out.empty()) {
    return UsageError("export --format=sqlite needs --out=FILE");
  }
  ROBBENCH_ASSIGN_OR_RETURN(const std::string table_path, TablePath(place));
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({out}, {table_path}));
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                            BenchmarkTable::Read(table_path));
  std::string bytes;
  if (format == "sqlite") {
    ROBBENCH_ASSIGN_OR_RETURN(bytes, TableSqlite(table.proto()));
  } else {
    ROBBENCH_ASSIGN_OR_RETURN(bytes, format == "json"
                                         ? TableJson(table.proto())
                                         : TableCsv(table.proto()));
  }
  if (out.empty()) return bytes;
  outputs.Add(out, std::move(bytes));
  ROBBENCH_RETURN_IF_ERROR(outputs.Commit());
  return std::string();
}

void AddExport(CommandLine& line) {
  struct Flags {
    TablePlace place;
    std::string format, out;
  };
  auto flags = std::make_shared<Flags>();
  CommandLine::Subcommand& command = line.Add(
      {.name = "export",
       .arguments = "no argument",
       .help = "the table as JSON (the authors' layout), CSV or SQLite",
       .examples = {"export --format=csv --out=table.csv",
                    "export --format=sqlite --out=table.sqlite"},
       .run = [flags](const Arguments&) {
         return Export(flags->place, flags->format, flags->out);
       }});
  AddPlace(command, flags->place);
  command
      .Flag("format", flags->format, "json, csv or sqlite (required)",
            {.words = {"json", "csv", "sqlite"}})
      .Flag("out", flags->out, "the file to write; without it standard output",
            {.is_file = true});
}

}  // namespace

CommandLine::Values FormatValues() {
  return {.words = {"text", "json", "csv"}};
}

CommandLine::Values DatasetValues() {
  CommandLine::Values values;
  for (const PublishedDataset& dataset : kPublishedDatasets) {
    values.words.push_back(dataset.name);
  }
  return values;
}

std::vector<std::string> SplitCells(const std::vector<std::string>& arguments) {
  std::vector<std::string> cells;
  for (const std::string& argument : arguments) {
    for (const absl::string_view cell : absl::StrSplit(
             argument, absl::ByAnyChar(", \t\r\n\v\f"), absl::SkipEmpty())) {
      cells.emplace_back(cell);
    }
  }
  return cells;
}

void AddTableCommands(const Terminal& terminal, CommandLine& line) {
  AddQuery(terminal, line);
  AddCompare(terminal, line);
  AddTop(terminal, line);
  AddCorrelate(terminal, line);
  AddSearch(terminal, line);
  AddExport(line);
}

}  // namespace robbench
