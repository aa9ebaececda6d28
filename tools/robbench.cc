// The robbench command: looks at cells, benchmark tables and artifacts.
#include <cstddef>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "analysis/benchmark_table.h"
#include "analysis/table_export.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/network_plan.h"
#include "tools/robbench_describe.h"
#include "tools/robbench_format.h"
#include "tools/robbench_inspect.h"
#include "tools/robbench_plan.h"
#include "tools/robbench_query.h"
#include "tools/robbench_search.h"
#include "tools/robbench_verify.h"

ABSL_FLAG(
    std::string, format, "text",
    "output: text or json; of export: json, csv or sqlite; of plan: text, "
    "json or cells");
ABSL_FLAG(
    std::string, table, "robbench-report/tables/table.binpb",
    "query, compare, top, correlate, search, export: the benchmark table");
ABSL_FLAG(std::string, dataset, "",
          "query, compare, top, correlate, search, plan: only this data set");
ABSL_FLAG(std::string, metric, "",
          "query, compare: only this metric, by our name or the authors'; "
          "search: the one to search by");
ABSL_FLAG(int, count, 10, "top: how many cells");
ABSL_FLAG(bool, lowest, false, "top: the lowest first");
ABSL_FLAG(std::string, spec, "",
          "search: a SearchSpec as textproto; without it the paper's");
ABSL_FLAG(int, queries, 0, "search: in place of the spec's");
ABSL_FLAG(int, repeats, 0, "search: in place of the spec's");
ABSL_FLAG(std::vector<std::string>, cells, {},
          "plan: these cells; without it all 6,466 representatives");
ABSL_FLAG(int, seeds, 0, "plan: of each cell, in place of the paper's 3");
ABSL_FLAG(double, multiply_adds_per_second, 0,
          "plan: throughput of one device, for its hours");
ABSL_FLAG(int, shards, 1, "plan: split the cells into as many, of equal cost");
ABSL_FLAG(int, shard, 0, "plan: only this one of them, from 1");
ABSL_FLAG(std::string, out, "",
          "export: the file to write; without it standard output");
ABSL_FLAG(int, channels, 16, "describe: channels of the first stage");
ABSL_FLAG(int, cells_per_stage, 5, "describe: cells in each of the 3 stages");
ABSL_FLAG(int, image_channels, 3, "describe: channels of the image");
ABSL_FLAG(int, image_size, 32, "describe: height and width of the image");
ABSL_FLAG(int, classes, 10, "describe: number of classes");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Looks at cells, benchmark tables and artifacts.

  robbench describe CELL             a cell's names, class and cost
  robbench query CELL...             what a table says of cells: mean, spread
                                     over seeds, every seed
  robbench compare CELL CELL         their differences, with standard errors
  robbench top METRIC                the best cells by a metric
  robbench correlate METRIC METRIC   rank correlation over all cells
  robbench search                    what search algorithms find in a table of
                                     all cells (Table 2 of the paper)
  robbench export                    the table as JSON (the authors' layout),
                                     CSV or SQLite
  robbench inspect FILE              any artifact: records (.binpb), tensors
                                     (.safetensors), databases (.sqlite)
  robbench verify DIR                a report, file by file, by its manifest
  robbench plan                      what the paper's runs cost: multiply-adds,
                                     device hours, bytes; shards of equal cost

CELL is an official index, a six-digit code or an architecture string of any
of the 15,625 cells. METRIC is clean, fgsm_8, pgd_8, autoattack, ..., an
authors' name such as val_pgd_8.0_acc, or robust_average, the mean of the FGSM
and PGD accuracies; for correlate also DATASET/METRIC.

Examples:
  robbench query 2581 --dataset=cifar10
  robbench query 15620 --metric=val_pgd_8.0_acc --format=json
  robbench compare 2581 333333
  robbench top robust_average --count=5
  robbench top multiply_adds --lowest --dataset=cifar10
  robbench correlate clean pgd_8
  robbench correlate cifar10/pgd_8 imagenet/pgd_8
  robbench search --metric=pgd_8 --dataset=cifar10 --queries=150
  robbench export --format=sqlite --out=table.sqlite
  robbench verify robbench-report
  robbench plan --dataset=cifar10 --multiply_adds_per_second=4e11
  robbench plan --dataset=cifar10 --shards=8 --shard=1 --format=cells

The table is the one of the report in this directory, or --table=FILE.
Exit codes: 0 done, 1 wrong input or a failed check, 2 usage.)";

using Arguments = std::vector<std::string>;

absl::StatusOr<BenchmarkTable> ReadTable() {
  const std::string path = absl::GetFlag(FLAGS_table);
  auto table = BenchmarkTable::Read(path);
  if (absl::IsNotFound(table.status())) {
    return absl::NotFoundError(absl::StrCat(
        table.status().message(),
        "; make a report here (bazel run //:reproduce) or give --table"));
  }
  return table;
}

TableSelection Selection() {
  return {absl::GetFlag(FLAGS_dataset), absl::GetFlag(FLAGS_metric)};
}

absl::StatusOr<OutputFormat> Format() {
  return ParseOutputFormat(absl::GetFlag(FLAGS_format));
}

absl::StatusOr<std::string> Describe(const Arguments& cells) {
  const SkeletonSize size = {
      .channels = absl::GetFlag(FLAGS_channels),
      .cells_per_stage = absl::GetFlag(FLAGS_cells_per_stage),
      .image_channels = absl::GetFlag(FLAGS_image_channels),
      .image_size = absl::GetFlag(FLAGS_image_size),
      .classes = absl::GetFlag(FLAGS_classes)};
  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format, Format());
  return DescribeCell(cells[0], size, format);
}

absl::StatusOr<std::string> Query(const Arguments& cells) {
  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format, Format());
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table, ReadTable());
  return QueryCells(table, cells, Selection(), format);
}

absl::StatusOr<std::string> Compare(const Arguments& cells) {
  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format, Format());
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table, ReadTable());
  return CompareCells(table, cells[0], cells[1], Selection(), format);
}

absl::StatusOr<std::string> Top(const Arguments& metrics) {
  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format, Format());
  const TopOptions options = {.count = absl::GetFlag(FLAGS_count),
                              .lowest = absl::GetFlag(FLAGS_lowest)};
  if (options.count < 1) {
    return UsageError(
        absl::StrCat("--count: expected 1 or more, found ", options.count));
  }
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table, ReadTable());
  return TopCells(table, {absl::GetFlag(FLAGS_dataset), metrics[0]}, options,
                  format);
}

absl::StatusOr<std::string> Correlate(const Arguments& metrics) {
  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format, Format());
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table, ReadTable());
  return CorrelateMetrics(table, metrics[0], metrics[1], Selection(), format);
}

absl::StatusOr<std::string> SearchCells(const Arguments&) {
  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format, Format());
  const SearchOptions options = {.spec_path = absl::GetFlag(FLAGS_spec),
                                 .queries = absl::GetFlag(FLAGS_queries),
                                 .repeats = absl::GetFlag(FLAGS_repeats)};
  if (options.queries < 0 || options.repeats < 0) {
    return UsageError("--queries and --repeats: expected 1 or more");
  }
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table, ReadTable());
  return SearchTable(absl::GetFlag(FLAGS_table), table, options, Selection(),
                     format);
}

absl::StatusOr<std::string> Export(const Arguments&) {
  const std::string format = absl::GetFlag(FLAGS_format);
  const std::string out = absl::GetFlag(FLAGS_out);
  if (format != "json" && format != "csv" && format != "sqlite") {
    return UsageError(
        absl::StrCat("export --format: expected json, csv or sqlite, found \"",
                     format, "\""));
  }
  if (format == "sqlite" && out.empty()) {
    return UsageError("export --format=sqlite needs --out=FILE");
  }
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({out}, {absl::GetFlag(FLAGS_table)}));
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table, ReadTable());
  std::string bytes;
  if (format == "sqlite") {
    ROBBENCH_ASSIGN_OR_RETURN(bytes, TableSqlite(table.proto()));
  } else {
    bytes =
        format == "json" ? TableJson(table.proto()) : TableCsv(table.proto());
  }
  if (out.empty()) return bytes;
  outputs.Add(out, std::move(bytes));
  ROBBENCH_RETURN_IF_ERROR(outputs.Commit());
  return std::string();
}

absl::StatusOr<std::string> Inspect(const Arguments& files) {
  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format, Format());
  ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(files[0]));
  return InspectArtifact(files[0], std::move(bytes), format);
}

absl::Status Print(const std::string& text) {
  std::cout << text << std::flush;
  if (!std::cout) return absl::DataLossError("standard output: cannot write");
  return absl::OkStatus();
}

absl::StatusOr<std::string> Verify(const Arguments& directories) {
  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format, Format());
  ROBBENCH_ASSIGN_OR_RETURN(const VerifiedReport report,
                            VerifyReportDirectory(directories[0], format));
  if (report.status.ok()) return report.text;
  // What was found is the result; that something was found is the error.
  ROBBENCH_RETURN_IF_ERROR(Print(report.text));
  return report.status;
}

absl::StatusOr<std::string> Plan(const Arguments&) {
  return PlanBenchmarks({.dataset = absl::GetFlag(FLAGS_dataset),
                         .cells = absl::GetFlag(FLAGS_cells),
                         .seeds = absl::GetFlag(FLAGS_seeds),
                         .multiply_adds_per_second =
                             absl::GetFlag(FLAGS_multiply_adds_per_second),
                         .shards = absl::GetFlag(FLAGS_shards),
                         .shard = absl::GetFlag(FLAGS_shard)},
                        absl::GetFlag(FLAGS_format));
}

struct Command {
  absl::string_view name;
  absl::string_view arguments;
  size_t least, most;
  absl::StatusOr<std::string> (*run)(const Arguments& arguments);
};

constexpr Command kCommands[] = {
    {"describe", "one CELL", 1, 1, Describe},
    {"query", "CELL...", 1, 1000, Query},
    {"compare", "two CELLs", 2, 2, Compare},
    {"top", "one METRIC", 1, 1, Top},
    {"correlate", "two METRICs", 2, 2, Correlate},
    {"search", "no argument", 0, 0, SearchCells},
    {"export", "no argument", 0, 0, Export},
    {"inspect", "one FILE", 1, 1, Inspect},
    {"verify", "one DIR", 1, 1, Verify},
    {"plan", "no argument", 0, 0, Plan},
};

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string names = absl::StrJoin(
      kCommands, ", ", [](std::string* out, const Command& command) {
        absl::StrAppend(out, command.name);
      });
  if (arguments.empty()) {
    return UsageError(
        absl::StrCat("a command is required: ", names, "; see --help"));
  }
  const Arguments rest(arguments.begin() + 1, arguments.end());
  for (const Command& command : kCommands) {
    if (command.name != arguments[0]) continue;
    if (rest.size() < command.least || rest.size() > command.most) {
      return UsageError(absl::StrCat(command.name, ": expected ",
                                     command.arguments, ", found ", rest.size(),
                                     " arguments"));
    }
    ROBBENCH_ASSIGN_OR_RETURN(const std::string text, command.run(rest));
    return Print(text);
  }
  return UsageError(absl::StrCat("command: expected one of ", names,
                                 ", found \"", arguments[0], "\""));
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
