#include "tools/robbench/plan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/table/name_resolver.h"
#include "analysis/text/number_format.h"
#include "analysis/published/published_table.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/isomorphism.h"
#include "nlohmann/json.hpp"
#include "ntk/ntk.pb.h"
#include "tools/robbench/format.h"
#include "tools/robbench/run_cost.h"
#include "tools/robbench/text.h"
#include "training/evaluation/attack_suite.h"
#include "training/attack_suite.pb.h"
#include "training/dataset_spec.pb.h"
#include "training/recipe.pb.h"

namespace robbench {
namespace {

struct SpecText {
  const char* path;
  const char* text;
};

struct BenchmarkText {
  const char* name;
  SpecText dataset;
  SpecText recipe;
};

struct SuiteText {
  SuiteRole role;
  SpecText suite;
};

// kPaperSeeds, kBenchmarkTexts, kSuiteTexts, kNtkText.
#include "tools/robbench/paper_specs.inc"

constexpr int kMaxSeeds = 1000;
constexpr int kMaxShards = 100'000;

template <typename T>
absl::StatusOr<T> Parse(const SpecText& spec) {
  T message;
  ROBBENCH_RETURN_IF_ERROR(ParseTextProto(spec.path, spec.text, &message));
  return message;
}

// The numbers of images and their size are the published ones: the paper's
// specs take all of them, as they are.
absl::StatusOr<PlannedImages> PublishedImages(const SpecText& spec) {
  ROBBENCH_ASSIGN_OR_RETURN(const auto dataset, Parse<DatasetSpec>(spec));
  for (const PublishedDataset& published : kPublishedDatasets) {
    if (published.name != dataset.name()) continue;
    const auto images = [](uint32_t asked, int there) {
      return asked == 0 ? there : static_cast<int>(asked);
    };
    return PlannedImages{
        .name = dataset.name(),
        .classes = static_cast<int>(dataset.classes()),
        .channels = dataset.mean_size(),
        .size = (published.image_size + 2 * static_cast<int>(dataset.pad())) /
                static_cast<int>(dataset.downsample()),
        .train_images = images(dataset.train_images(), published.train_images),
        .test_images = images(dataset.test_images(), published.test_images)};
  }
  return absl::InternalError(
      absl::StrCat(spec.path, ": name: expected a published data set, found \"",
                   dataset.name(), "\""));
}

absl::StatusOr<std::vector<Cell>> Cells(const std::vector<std::string>& names) {
  std::vector<Cell> cells;
  if (names.empty()) {
    for (const int index : IsomorphismClasses::Get().representatives()) {
      cells.push_back(*Cell::FromIndex(index));
    }
    return cells;
  }
  std::set<Cell> seen;
  for (const std::string& name : names) {
    ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, ParseCell(name));
    if (!seen.insert(cell).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--cells: expected each cell once, found ", name, " again"));
    }
    cells.push_back(cell);
  }
  return cells;
}

absl::Status CheckOptions(const PlanOptions& options) {
  const auto in_range = [](absl::string_view flag, int value, int least,
                           int most) -> absl::Status {
    if (value >= least && value <= most) return absl::OkStatus();
    return UsageError(absl::StrCat(flag, ": expected ", least, " to ", most,
                                   ", found ", value));
  };
  ROBBENCH_RETURN_IF_ERROR(in_range("--seeds", options.seeds, 0, kMaxSeeds));
  ROBBENCH_RETURN_IF_ERROR(in_range("--shards", options.shards, 1, kMaxShards));
  ROBBENCH_RETURN_IF_ERROR(
      in_range("--shard", options.shard, 0, options.shards));
  // Also refuses NaN.
  if (!(options.multiply_adds_per_second >= 0)) {
    return UsageError(
        absl::StrCat("--multiply_adds_per_second: expected 0 or more, found ",
                     options.multiply_adds_per_second));
  }
  return absl::OkStatus();
}

struct Shard {
  std::vector<Cell> cells;
  absl::uint128 multiply_adds = 0;
};

struct WholePlan {
  std::vector<BenchmarkPlan> benchmarks;
  Sums sums;
};

absl::StatusOr<WholePlan> MakeWholePlan(
    const std::vector<PlannedBenchmark>& benchmarks,
    const std::vector<Cell>& cells, const std::vector<uint32_t>& seeds) {
  WholePlan whole;
  for (const PlannedBenchmark& benchmark : benchmarks) {
    ROBBENCH_ASSIGN_OR_RETURN(BenchmarkPlan plan,
                              MakeBenchmarkPlan(benchmark, cells, seeds));
    whole.sums.runs += plan.sums.runs;
    whole.sums.multiply_adds += plan.sums.multiply_adds;
    whole.sums.bytes += plan.sums.bytes;
    whole.benchmarks.push_back(std::move(plan));
  }
  return whole;
}

// By the cost of a cell on all data sets with all seeds.
std::vector<Shard> MakeShards(const WholePlan& whole,
                              const std::vector<Cell>& cells, int count) {
  std::vector<absl::uint128> costs(cells.size());
  for (const BenchmarkPlan& plan : whole.benchmarks) {
    for (size_t i = 0; i < cells.size(); ++i) costs[i] += plan.cell_costs[i];
  }
  std::vector<Shard> shards;
  for (const std::vector<int>& positions : SplitEqually(costs, count)) {
    Shard& shard = shards.emplace_back();
    for (const int position : positions) {
      shard.cells.push_back(cells[position]);
      shard.multiply_adds += costs[position];
    }
  }
  return shards;
}

double Number(absl::uint128 value) { return static_cast<double>(value); }

class Printer {
 public:
  explicit Printer(const PlanOptions& options)
      : per_second_(options.multiply_adds_per_second) {}

  std::string Text(const WholePlan& whole,
                   const std::vector<PlannedBenchmark>& benchmarks,
                   size_t cells, size_t seeds,
                   const std::vector<Shard>& shards) const {
    std::string text;
    for (size_t i = 0; i < benchmarks.size(); ++i) {
      const PlannedImages& images = benchmarks[i].images;
      const BenchmarkPlan& plan = whole.benchmarks[i];
      absl::StrAppendFormat(
          &text,
          "%s: %s cells, seeds: %d, mean forward pass %.1f M multiply-adds;\n"
          "%s + %s images of %dx%dx%d, %s\n",
          plan.dataset, Grouped(cells), seeds, plan.mean_multiply_adds / 1e6,
          Grouped(images.train_images), Grouped(images.test_images),
          images.channels, images.size, images.size, Bytes(plan.dataset_bytes));
      TextTable table({{"stage", false},
                       {"runs"},
                       {"passes an image"},
                       {"multiply-adds"},
                       {"device hours"},
                       {"weights"},
                       {"records"}});
      bool bounds = false;
      for (const StagePlan& stage : plan.stages) {
        const std::string bound = stage.upper_bound ? "<= " : "";
        bounds |= stage.upper_bound;
        table.Add(
            {absl::StrCat(stage.instead ? "or " : "", stage.name),
             Grouped(stage.runs),
             absl::StrFormat("%s%.1f", bound, stage.passes),
             absl::StrFormat("%s%.3e", bound, Number(stage.multiply_adds)),
             Hours(stage.multiply_adds),
             stage.weights_bytes == 0 ? "" : Bytes(stage.weights_bytes),
             Bytes(stage.record_bytes)});
      }
      const std::string bound = bounds ? "<= " : "";
      table.Add(
          {"sum", Grouped(plan.sums.runs), "",
           absl::StrFormat("%s%.3e", bound, Number(plan.sums.multiply_adds)),
           Hours(plan.sums.multiply_adds), "", ""});
      absl::StrAppend(&text, table.Print(), "kept: ", Bytes(plan.sums.bytes),
                      "\n\n");
    }
    if (benchmarks.size() > 1) {
      absl::StrAppendFormat(
          &text, "all: %s runs, at most %.3e multiply-adds%s, %s\n",
          Grouped(whole.sums.runs), Number(whole.sums.multiply_adds),
          per_second_ > 0 ? absl::StrCat(", ", Hours(whole.sums.multiply_adds),
                                         " device hours")
                          : "",
          Bytes(whole.sums.bytes));
    }
    if (shards.size() > 1) {
      TextTable table(
          {{"shard"}, {"cells"}, {"multiply-adds"}, {"device hours"}});
      for (size_t i = 0; i < shards.size(); ++i) {
        table.Add({absl::StrCat(i + 1), Grouped(shards[i].cells.size()),
                   absl::StrFormat("%.6e", Number(shards[i].multiply_adds)),
                   Hours(shards[i].multiply_adds)});
      }
      absl::StrAppend(&text, "\n", table.Print());
    }
    return text;
  }

  std::string Json(const WholePlan& whole, size_t cells, size_t seeds,
                   const std::vector<Shard>& shards) const {
    nlohmann::ordered_json json;
    json["cells"] = cells;
    json["seeds"] = seeds;
    for (const BenchmarkPlan& plan : whole.benchmarks) {
      nlohmann::ordered_json benchmark;
      benchmark["dataset"] = plan.dataset;
      benchmark["mean_multiply_adds"] = plan.mean_multiply_adds;
      for (const StagePlan& stage : plan.stages) {
        nlohmann::ordered_json added;
        added["name"] = stage.name;
        added["in_sum"] = !stage.instead;
        added["runs"] = stage.runs;
        added["images"] = stage.images;
        added["forward_passes"] = stage.passes;
        added["upper_bound"] = stage.upper_bound;
        AddCost(stage.multiply_adds, added);
        added["weights_bytes"] = stage.weights_bytes;
        added["record_bytes"] = stage.record_bytes;
        benchmark["stages"].push_back(std::move(added));
      }
      benchmark["dataset_bytes"] = plan.dataset_bytes;
      AddSums(plan.sums, benchmark);
      json["benchmarks"].push_back(std::move(benchmark));
    }
    AddSums(whole.sums, json);
    for (const Shard& shard : shards) {
      nlohmann::ordered_json added;
      for (const Cell& cell : shard.cells) {
        added["cells"].push_back(cell.Index());
      }
      AddCost(shard.multiply_adds, added);
      json["shards"].push_back(std::move(added));
    }
    return Dump(json);
  }

 private:
  std::string Hours(absl::uint128 multiply_adds) const {
    if (per_second_ == 0) return "";
    const double hours = Number(multiply_adds) / per_second_ / 3600;
    return hours < 100 ? ReadableNumber(hours)
                       : Grouped(static_cast<long long>(hours + 0.5));
  }

  static std::string Bytes(int64_t bytes) {
    constexpr std::pair<double, const char*> kUnits[] = {
        {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}};
    for (const auto& [size, name] : kUnits) {
      if (bytes >= size) return absl::StrFormat("%.1f %s", bytes / size, name);
    }
    return absl::StrCat(bytes, " B");
  }

  void AddCost(absl::uint128 multiply_adds,
               nlohmann::ordered_json& json) const {
    json["multiply_adds"] = Number(multiply_adds);
    if (per_second_ == 0) return;
    json["device_hours"] = Number(multiply_adds) / per_second_ / 3600;
  }

  void AddSums(const Sums& sums, nlohmann::ordered_json& json) const {
    json["runs"] = sums.runs;
    AddCost(sums.multiply_adds, json);
    json["bytes_kept"] = sums.bytes;
  }

  const double per_second_;
};

}  // namespace

absl::StatusOr<std::vector<PlannedBenchmark>> PaperBenchmarks(
    absl::string_view dataset) {
  std::vector<std::string> names;
  for (const BenchmarkText& text : kBenchmarkTexts) names.push_back(text.name);
  if (!dataset.empty()) {
    const auto name = ResolveDataset("--dataset: the paper", dataset, names);
    if (!name.ok()) return UsageError(name.status().message());
    names = {*name};
  }
  std::vector<PlannedBenchmark> benchmarks;
  for (const BenchmarkText& text : kBenchmarkTexts) {
    if (std::count(names.begin(), names.end(), text.name) == 0) continue;
    PlannedBenchmark& benchmark = benchmarks.emplace_back();
    ROBBENCH_ASSIGN_OR_RETURN(benchmark.images, PublishedImages(text.dataset));
    ROBBENCH_ASSIGN_OR_RETURN(benchmark.recipe, Parse<Recipe>(text.recipe));
    ROBBENCH_ASSIGN_OR_RETURN(benchmark.ntk, Parse<NtkSpec>(kNtkText));
    for (const SuiteText& suite : kSuiteTexts) {
      PlannedSuite& planned = benchmark.suites.emplace_back();
      planned.role = suite.role;
      ROBBENCH_ASSIGN_OR_RETURN(planned.suite, Parse<AttackSuite>(suite.suite));
      ROBBENCH_RETURN_IF_ERROR(CheckAttackSuite(suite.suite.path, planned.suite,
                                                benchmark.images.classes));
    }
  }
  return benchmarks;
}

absl::StatusOr<std::string> PlanBenchmarks(const PlanOptions& options,
                                           absl::string_view format) {
  if (format != "text" && format != "json" && format != "cells") {
    return UsageError(absl::StrCat(
        "plan --format: expected text, json or cells, found \"", format, "\""));
  }
  ROBBENCH_RETURN_IF_ERROR(CheckOptions(options));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<PlannedBenchmark> benchmarks,
                            PaperBenchmarks(options.dataset));
  ROBBENCH_ASSIGN_OR_RETURN(std::vector<Cell> cells, Cells(options.cells));
  std::vector<uint32_t> seeds(options.seeds == 0 ? kPaperSeeds : options.seeds);
  for (size_t i = 0; i < seeds.size(); ++i) seeds[i] = i;

  ROBBENCH_ASSIGN_OR_RETURN(WholePlan whole,
                            MakeWholePlan(benchmarks, cells, seeds));
  std::vector<Shard> shards = MakeShards(whole, cells, options.shards);
  if (options.shard > 0) {
    cells = shards[options.shard - 1].cells;
    if (cells.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--shard: shard ", options.shard, " of ", options.shards,
                       " has no cell"));
    }
  }
  if (format == "cells") {
    return absl::StrCat(absl::StrJoin(cells, ",",
                                      [](std::string* out, const Cell& cell) {
                                        absl::StrAppend(out, cell.Index());
                                      }),
                        "\n");
  }
  if (options.shard > 0) {
    ROBBENCH_ASSIGN_OR_RETURN(whole, MakeWholePlan(benchmarks, cells, seeds));
  }
  if (options.shard > 0 || options.shards == 1) shards.clear();
  const Printer printer(options);
  return format == "json"
             ? printer.Json(whole, cells.size(), seeds.size(), shards)
             : printer.Text(whole, benchmarks, cells.size(), seeds.size(),
                            shards);
}

}  // namespace robbench
