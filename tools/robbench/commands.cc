#include "tools/robbench/commands.h"

#include <stdio.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "nas/base/file.h"
#include "nas/base/status_macros.h"
#include "nas/base/version.h"
#include "nas/network_plan.h"
#include "tools/robbench/command_line.h"
#include "tools/robbench/completion.h"
#include "tools/robbench/describe.h"
#include "tools/robbench/find_report.h"
#include "tools/robbench/format.h"
#include "tools/robbench/inspect.h"
#include "tools/robbench/plan/device_cost.h"
#include "tools/robbench/plan/plan.h"
#include "tools/robbench/table_commands.h"
#include "tools/robbench/verify.h"

namespace robbench {
namespace {

using Arguments = std::vector<std::string>;
using Text = absl::StatusOr<std::string>;

constexpr char kFormatHelp[] = "output: text, json or csv";

constexpr char kFooter[] = R"text(
CELL is an official index, a six-digit code or an architecture string of any
of the 15,625 cells. METRIC is clean, fgsm_8, pgd_8, autoattack, ..., an
authors' name such as val_pgd_8.0_acc, or robust_average, the mean of the FGSM
and PGD accuracies.

Examples:
  robbench help query
  robbench describe 2581
  robbench query 2581 --dataset=cifar10
  robbench top robust_average --count=5 --max=multiply_adds=50e6
  eval "$(robbench completion bash)"

The table is that of the report in this directory (robbench-report, else
robbench-paper; standard error says which), of --report=DIR, or --table=FILE.
Exit codes: 0 done, 1 wrong input or a failed check, 2 usage.)text";

// Returns the commit of the checkout that `bazel run` has just built this
// program from. The commit is no part of the program, as a program that came
// from a cache is the same.
std::string Commit() {
  std::string commit;
  if (getenv("BUILD_WORKSPACE_DIRECTORY") != nullptr) {
    // The checkout may be no repository and lie inside another one.
    FILE* git = popen(
        "GIT_OPTIONAL_LOCKS=0 "
        "GIT_CEILING_DIRECTORIES=\"$(dirname "
        "\"$BUILD_WORKSPACE_DIRECTORY\")\" git -C "
        "\"$BUILD_WORKSPACE_DIRECTORY\" describe --always --dirty "
        "--abbrev=12 --exclude='*' 2>/dev/null",
        "r");
    if (git != nullptr) {
      char buffer[64];
      if (fgets(buffer, sizeof(buffer), git) != nullptr) commit = buffer;
      if (pclose(git) != 0) commit.clear();
    }
  }
  absl::StripAsciiWhitespace(&commit);
  return commit.empty() ? "unknown" : commit;
}

void AddDescribe(const Terminal& terminal, CommandLine& line) {
  struct Flags {
    std::string format = "text", dataset;
    SkeletonSize size;
  };
  auto flags = std::make_shared<Flags>();
  CommandLine::Subcommand& command = line.Add(
      {.name = "describe",
       .arguments = "one CELL",
       .positional = "CELL",
       .least = 1,
       .most = 1,
       .help = "a cell's names, class and cost",
       .examples = {"describe 2581", "describe 323133 --dataset=imagenet16_120",
                    "describe 323133 --format=csv"},
       .run = [flags, terminal](const Arguments& arguments) -> Text {
         ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                                   ParseOutputFormat(flags->format));
         if (!flags->dataset.empty()) {
           ROBBENCH_RETURN_IF_ERROR(
               SetPublishedSize(flags->dataset, flags->size));
         }
         return DescribeCell(arguments[0], flags->size, {format, terminal});
       }});
  command.Flag("format", flags->format, kFormatHelp, FormatValues())
      .Flag("dataset", flags->dataset,
            "in the paper's network for this data set: sets image_channels, "
            "image_size and classes",
            DatasetValues())
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

void AddInspect(const Terminal& terminal, CommandLine& line) {
  auto format = std::make_shared<std::string>("text");
  CommandLine::Subcommand& command = line.Add(
      {.name = "inspect",
       .arguments = "one FILE",
       .positional = "FILE",
       .least = 1,
       .most = 1,
       .help = "any artifact: records (.binpb), tensors (.safetensors), "
               "databases (.sqlite)",
       .examples = {"inspect robbench-report/tables/table.binpb",
                    "inspect weights.safetensors --format=csv"},
       .values = {.is_file = true},
       .run = [format, terminal](const Arguments& files) -> Text {
         ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat parsed,
                                   ParseOutputFormat(*format));
         ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(files[0]));
         return InspectArtifact(files[0], std::move(bytes), {parsed, terminal});
       }});
  command.Flag("format", *format, kFormatHelp, FormatValues());
}

void AddVerify(const Terminal& terminal, CommandLine& line) {
  auto format = std::make_shared<std::string>("text");
  CommandLine::Subcommand& command = line.Add(
      {.name = "verify",
       .arguments = "at most one DIR",
       .positional = "DIR",
       .most = 1,
       .help = "a report, file by file, by its manifest; without DIR the one "
               "that is here",
       .examples = {"verify", "verify robbench-paper"},
       .values = {.is_file = true},
       .run = [format, terminal](const Arguments& directories) -> Text {
         ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat parsed,
                                   ParseOutputFormat(*format));
         ROBBENCH_ASSIGN_OR_RETURN(
             const FoundPath found,
             FindReport(directories.empty() ? "" : directories[0]));
         if (!found.note.empty()) std::cerr << found.note << std::endl;
         ROBBENCH_ASSIGN_OR_RETURN(
             const VerifiedReport report,
             VerifyReportDirectory(found.path, {parsed, terminal}));
         if (report.status.ok()) return report.text;
         // What was found is the result, and that something was found is the
         // error.
         std::cout << report.text << std::flush;
         return report.status;
       }});
  command.Flag("format", *format, kFormatHelp, FormatValues());
}

void AddPlan(const Terminal& terminal, CommandLine& line) {
  struct Flags {
    PlanOptions options;
    std::string format = "text", cells;
  };
  auto flags = std::make_shared<Flags>();
  line.Add({.name = "plan",
            .arguments = "no argument",
            .help = "what the paper's runs cost: multiply-adds, device hours, "
                    "energy, bytes, what a shared cache saves; shards of equal "
                    "cost",
            .examples =
                {"plan", "plan --device=h100,t4 --grams_co2_per_kwh=400",
                 "plan --dataset=cifar10 --multiply_adds_per_second=4e11 "
                 "--watts=70",
                 "plan --dataset=cifar10 --shards=8 --shard=1 --format=cells"},
            .run =
                [flags, terminal](const Arguments&) {
                  flags->options.cells = SplitCells({flags->cells});
                  return PlanBenchmarks(flags->options, flags->format,
                                        terminal);
                }})
      .Flag("format", flags->format, "output: text, json, csv or cells",
            {.words = {"text", "json", "csv", "cells"}})
      .Flag("dataset", flags->options.dataset, "only this data set",
            DatasetValues())
      .Flag("cells", flags->cells,
            "these cells, with commas; without it all 6,466 representatives")
      .Flag("seeds", flags->options.seeds,
            "of each cell, in place of the paper's 3")
      .Flag("device", flags->options.devices.names,
            "hours and energy of these devices, with commas: a name in the "
            "file of --throughput",
            {.words = KnownDevices()})
      .Flag("throughput", flags->options.devices.throughput_path,
            "devices as textproto (tools/robbench/plan/throughput.proto), in "
            "place "
            "of those that are built in",
            {.is_file = true})
      .Flag("multiply_adds_per_second",
            flags->options.devices.multiply_adds_per_second,
            "throughput of a device without a name, for its hours")
      .Flag("watts", flags->options.devices.watts,
            "power of a device, for kWh; 0: the file's")
      .Flag("grams_co2_per_kwh", flags->options.devices.grams_per_kwh,
            "carbon intensity of the power, for CO2")
      .Flag("shards", flags->options.shards,
            "split the cells into as many, of equal cost")
      .Flag("shard", flags->options.shard, "only this one of them, from 1");
}

void AddCompletion(CommandLine& line) {
  line.Add({.name = "completion",
            .arguments = "bash or zsh",
            .positional = "SHELL",
            .least = 1,
            .most = 1,
            .help = "a script with which a shell completes commands and flags",
            .examples = {"completion bash", "completion zsh"},
            .values = {.words = {"bash", "zsh"}},
            .run = [&line](const Arguments& shells) {
              return CompletionScript(line, shells[0]);
            }});
}

}  // namespace

std::unique_ptr<CommandLine> RobbenchCommands(const Terminal& terminal) {
  auto line = std::make_unique<CommandLine>(
      "robbench",
      [] {
        return absl::StrCat("robbench ", kVersion, ", commit ", Commit(), "\n");
      },
      "Looks at cells, benchmark tables and artifacts.", kFooter);
  AddDescribe(terminal, *line);
  AddTableCommands(terminal, *line);
  AddInspect(terminal, *line);
  AddVerify(terminal, *line);
  AddPlan(terminal, *line);
  AddCompletion(*line);
  return line;
}

}  // namespace robbench
