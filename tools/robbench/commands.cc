#include "tools/robbench/commands.h"

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
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table_export.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/version.h"
#include "nas/network_plan.h"
#include "tools/robbench/command_line.h"
#include "tools/robbench/describe.h"
#include "tools/robbench/format.h"
#include "tools/robbench/inspect.h"
#include "tools/robbench/plan.h"
#include "tools/robbench/query.h"
#include "tools/robbench/search.h"
#include "tools/robbench/verify.h"

namespace robbench {
namespace {

using Arguments = std::vector<std::string>;
using Text = absl::StatusOr<std::string>;

constexpr char kFooter[] = R"(
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
  robbench describe 2581 --dataset=imagenet16_120
  robbench export --format=sqlite --out=table.sqlite
  robbench verify robbench-report
  robbench plan --dataset=cifar10 --multiply_adds_per_second=4e11
  robbench plan --dataset=cifar10 --shards=8 --shard=1 --format=cells

The table is the one of the report in this directory, or --table=FILE.
Exit codes: 0 done, 1 wrong input or a failed check, 2 usage.)";

// Cells as people list them: an argument each, or several with blanks or commas
// between them; no name of a cell has either.
Arguments SplitCells(const Arguments& arguments) {
  Arguments cells;
  for (const std::string& argument : arguments) {
    for (const absl::string_view cell : absl::StrSplit(
             argument, absl::ByAnyChar(", \t\r\n\v\f"), absl::SkipEmpty())) {
      cells.emplace_back(cell);
    }
  }
  return cells;
}

absl::Status CheckCells(absl::string_view command, absl::string_view expected,
                        const Arguments& cells, size_t least, size_t most) {
  if (cells.size() >= least && cells.size() <= most) return absl::OkStatus();
  return UsageError(absl::StrCat(command, ": expected ", expected, ", found ",
                                 cells.size(), " cells"));
}

// Of every command that reads a table.
struct TableFlags {
  std::string table = "robbench-report/tables/table.binpb";
  std::string format = "text";
  TableSelection selection;
};

absl::StatusOr<BenchmarkTable> ReadTable(const std::string& path) {
  auto table = BenchmarkTable::Read(path);
  if (absl::IsNotFound(table.status())) {
    return absl::NotFoundError(absl::StrCat(
        table.status().message(),
        "; make a report here (bazel run //:reproduce) or give --table"));
  }
  return table;
}

void AddFormat(CommandLine::Subcommand& command, std::string& format) {
  command.Flag("format", format, "output: text or json");
}

void AddTable(CommandLine::Subcommand& command, TableFlags& flags) {
  command.Flag("table", flags.table, "the benchmark table");
  AddFormat(command, flags.format);
  command.Flag("dataset", flags.selection.dataset, "only this data set");
}

void AddDescribe(CommandLine& line) {
  struct Flags {
    std::string format = "text", dataset;
    SkeletonSize size;
  };
  auto flags = std::make_shared<Flags>();
  CommandLine::Subcommand& command =
      line.Add({.name = "describe",
                .arguments = "one CELL",
                .least = 1,
                .most = 1,
                .help = "a cell's names, class and cost",
                .run = [flags](const Arguments& arguments) -> Text {
                  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                            ParseOutputFormat(flags->format));
                  if (!flags->dataset.empty()) {
                    ROBBENCH_RETURN_IF_ERROR(
                        SetPublishedSize(flags->dataset, flags->size));
                  }
                  return DescribeCell(arguments[0], flags->size, format);
                }});
  AddFormat(command, flags->format);
  command
      .Flag("dataset", flags->dataset,
            "in the paper's network for this data set: sets image_channels, "
            "image_size and classes")
      .Flag("channels", flags->size.channels, "channels of the first stage")
      .Flag("cells_per_stage", flags->size.cells_per_stage,
            "cells in each of the 3 stages")
      .Flag("image_channels", flags->size.image_channels,
            "channels of the image")
      .Flag("image_size", flags->size.image_size,
            "height and width of the image")
      .Flag("classes", flags->size.classes, "number of classes")
      .Exclude("dataset", "image_channels")
      .Exclude("dataset", "image_size")
      .Exclude("dataset", "classes");
}

void AddQuery(CommandLine& line) {
  auto flags = std::make_shared<TableFlags>();
  CommandLine::Subcommand& command = line.Add(
      {.name = "query",
       .arguments = "CELL...",
       .least = 1,
       .most = CommandLine::kAnyNumber,
       .help = "what a table says of cells: mean, spread over seeds, every "
               "seed; - reads the cells from standard input",
       .run = [flags](const Arguments& arguments) -> Text {
         Arguments cells = SplitCells(arguments);
         if (cells == Arguments{"-"}) {
           const std::string input((std::istreambuf_iterator<char>(std::cin)),
                                   std::istreambuf_iterator<char>());
           cells = SplitCells({input});
         }
         ROBBENCH_RETURN_IF_ERROR(
             CheckCells("query", "CELL...", cells, 1, CommandLine::kAnyNumber));
         ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                   ParseOutputFormat(flags->format));
         ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                                   ReadTable(flags->table));
         return QueryCells(table, cells, flags->selection, format);
       }});
  AddTable(command, *flags);
  command.Flag("metric", flags->selection.metric,
               "only this metric, by our name or the authors'");
}

void AddCompare(CommandLine& line) {
  auto flags = std::make_shared<TableFlags>();
  CommandLine::Subcommand& command =
      line.Add({.name = "compare",
                .arguments = "two CELLs",
                .least = 1,
                .most = 2,
                .help = "the differences of two cells, with standard errors",
                .run = [flags](const Arguments& arguments) -> Text {
                  const Arguments cells = SplitCells(arguments);
                  ROBBENCH_RETURN_IF_ERROR(
                      CheckCells("compare", "two CELLs", cells, 2, 2));
                  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                            ParseOutputFormat(flags->format));
                  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                                            ReadTable(flags->table));
                  return CompareCells(table, cells[0], cells[1],
                                      flags->selection, format);
                }});
  AddTable(command, *flags);
  command.Flag("metric", flags->selection.metric,
               "only this metric, by our name or the authors'");
}

void AddTop(CommandLine& line) {
  struct Flags {
    TableFlags table;
    TopOptions options;
  };
  auto flags = std::make_shared<Flags>();
  CommandLine::Subcommand& command = line.Add(
      {.name = "top",
       .arguments = "one METRIC",
       .least = 1,
       .most = 1,
       .help = "the best cells by a metric",
       .run = [flags](const Arguments& metrics) -> Text {
         ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                   ParseOutputFormat(flags->table.format));
         if (flags->options.count < 1) {
           return UsageError(absl::StrCat("--count: expected 1 or more, found ",
                                          flags->options.count));
         }
         ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                                   ReadTable(flags->table.table));
         return TopCells(table, {flags->table.selection.dataset, metrics[0]},
                         flags->options, format);
       }});
  AddTable(command, flags->table);
  command.Flag("count", flags->options.count, "how many cells")
      .Flag("lowest", flags->options.lowest, "the lowest first");
}

void AddCorrelate(CommandLine& line) {
  auto flags = std::make_shared<TableFlags>();
  CommandLine::Subcommand& command =
      line.Add({.name = "correlate",
                .arguments = "two METRICs",
                .least = 2,
                .most = 2,
                .help = "rank correlation of two metrics over all cells",
                .run = [flags](const Arguments& metrics) -> Text {
                  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                            ParseOutputFormat(flags->format));
                  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                                            ReadTable(flags->table));
                  return CorrelateMetrics(table, metrics[0], metrics[1],
                                          flags->selection, format);
                }});
  AddTable(command, *flags);
}

void AddSearch(CommandLine& line) {
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
       .run = [flags](const Arguments&) -> Text {
         ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                   ParseOutputFormat(flags->table.format));
         if (flags->options.queries < 0 || flags->options.repeats < 0) {
           return UsageError("--queries and --repeats: expected 1 or more");
         }
         ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                                   ReadTable(flags->table.table));
         return SearchTable(flags->table.table, table, flags->options,
                            flags->table.selection, format);
       }});
  AddTable(command, flags->table);
  command
      .Flag("metric", flags->table.selection.metric, "the metric to search by")
      .Flag("spec", flags->options.spec_path,
            "a SearchSpec as textproto; without it the paper's")
      .Flag("queries", flags->options.queries, "in place of the spec's")
      .Flag("repeats", flags->options.repeats, "in place of the spec's");
}

Text Export(const std::string& table_path, const std::string& format,
            const std::string& out) {
  if (format != "json" && format != "csv" && format != "sqlite") {
    return UsageError(
        absl::StrCat("export --format: expected json, csv or sqlite, found \"",
                     format, "\""));
  }
  if (format == "sqlite" && out.empty()) {
    return UsageError("export --format=sqlite needs --out=FILE");
  }
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({out}, {table_path}));
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table, ReadTable(table_path));
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
    std::string table = TableFlags().table, format, out;
  };
  auto flags = std::make_shared<Flags>();
  line.Add({.name = "export",
            .arguments = "no argument",
            .help = "the table as JSON (the authors' layout), CSV or SQLite",
            .run =
                [flags](const Arguments&) {
                  return Export(flags->table, flags->format, flags->out);
                }})
      .Flag("table", flags->table, "the benchmark table")
      .Flag("format", flags->format, "json, csv or sqlite (required)")
      .Flag("out", flags->out, "the file to write; without it standard output");
}

void AddInspect(CommandLine& line) {
  auto format = std::make_shared<std::string>("text");
  CommandLine::Subcommand& command = line.Add(
      {.name = "inspect",
       .arguments = "one FILE",
       .least = 1,
       .most = 1,
       .help = "any artifact: records (.binpb), tensors (.safetensors), "
               "databases (.sqlite)",
       .run = [format](const Arguments& files) -> Text {
         ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat parsed,
                                   ParseOutputFormat(*format));
         ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(files[0]));
         return InspectArtifact(files[0], std::move(bytes), parsed);
       }});
  AddFormat(command, *format);
}

void AddVerify(CommandLine& line) {
  auto format = std::make_shared<std::string>("text");
  CommandLine::Subcommand& command =
      line.Add({.name = "verify",
                .arguments = "one DIR",
                .least = 1,
                .most = 1,
                .help = "a report, file by file, by its manifest",
                .run = [format](const Arguments& directories) -> Text {
                  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat parsed,
                                            ParseOutputFormat(*format));
                  ROBBENCH_ASSIGN_OR_RETURN(
                      const VerifiedReport report,
                      VerifyReportDirectory(directories[0], parsed));
                  if (report.status.ok()) return report.text;
                  // What was found is the result; that something was found is
                  // the error.
                  std::cout << report.text << std::flush;
                  return report.status;
                }});
  AddFormat(command, *format);
}

void AddPlan(CommandLine& line) {
  struct Flags {
    PlanOptions options;
    std::string format = "text", cells;
  };
  auto flags = std::make_shared<Flags>();
  line.Add({.name = "plan",
            .arguments = "no argument",
            .help = "what the paper's runs cost: multiply-adds, device hours, "
                    "bytes; shards of equal cost",
            .run =
                [flags](const Arguments&) {
                  flags->options.cells = SplitCells({flags->cells});
                  return PlanBenchmarks(flags->options, flags->format);
                }})
      .Flag("format", flags->format, "output: text, json or cells")
      .Flag("dataset", flags->options.dataset, "only this data set")
      .Flag("cells", flags->cells,
            "these cells, with commas; without it all 6,466 representatives")
      .Flag("seeds", flags->options.seeds,
            "of each cell, in place of the paper's 3")
      .Flag("multiply_adds_per_second", flags->options.multiply_adds_per_second,
            "throughput of one device, for its hours")
      .Flag("shards", flags->options.shards,
            "split the cells into as many, of equal cost")
      .Flag("shard", flags->options.shard, "only this one of them, from 1");
}

}  // namespace

std::unique_ptr<CommandLine> RobbenchCommands() {
  auto line = std::make_unique<CommandLine>(
      "robbench", kVersion, "Looks at cells, benchmark tables and artifacts.",
      kFooter);
  AddDescribe(*line);
  AddQuery(*line);
  AddCompare(*line);
  AddTop(*line);
  AddCorrelate(*line);
  AddSearch(*line);
  AddExport(*line);
  AddInspect(*line);
  AddVerify(*line);
  AddPlan(*line);
  return line;
}

}  // namespace robbench
