#include "tools/robbench/plan/plan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/published/published_table.h"
#include "analysis/table/name_resolver.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/isomorphism.h"
#include "ntk/ntk.pb.h"
#include "tools/robbench/format.h"
#include "tools/robbench/plan/device_cost.h"
#include "tools/robbench/plan/paper_specs.embed.h"
#include "tools/robbench/plan/plan_print.h"
#include "tools/robbench/plan/run_cost.h"
#include "training/attack_suite.pb.h"
#include "training/dataset_spec.pb.h"
#include "training/evaluation/attack_suite.h"
#include "training/recipe.pb.h"

namespace robbench {
namespace {

constexpr std::pair<SuiteRole, SpecText> kSuites[] = {
    {SuiteRole::kEverySeed, kEverySeedSuite},
    {SuiteRole::kFirstSeed, kFirstSeedSuite},
    {SuiteRole::kInstead, kInsteadSuite}};

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
  return absl::OkStatus();
}

absl::StatusOr<WholePlan> MakeWholePlan(
    const std::vector<PlannedBenchmark>& benchmarks,
    const std::vector<Cell>& cells, const std::vector<uint32_t>& seeds) {
  WholePlan whole{.cells = static_cast<int64_t>(cells.size()),
                  .seeds = static_cast<int64_t>(seeds.size())};
  for (const PlannedBenchmark& benchmark : benchmarks) {
    whole.images.push_back(benchmark.images);
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
std::vector<PlannedShard> MakeShards(const WholePlan& whole,
                                     const std::vector<Cell>& cells,
                                     int count) {
  std::vector<absl::uint128> costs(cells.size());
  for (const BenchmarkPlan& plan : whole.benchmarks) {
    for (size_t i = 0; i < cells.size(); ++i) costs[i] += plan.cell_costs[i];
  }
  std::vector<PlannedShard> shards;
  for (const std::vector<int>& positions : SplitEqually(costs, count)) {
    PlannedShard& shard = shards.emplace_back();
    for (const int position : positions) {
      shard.cells.push_back(cells[position]);
      shard.multiply_adds += costs[position];
    }
  }
  return shards;
}

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
    ROBBENCH_ASSIGN_OR_RETURN(benchmark.ntk, Parse<NtkSpec>(kNtkSpec));
    for (const auto& [role, suite] : kSuites) {
      PlannedSuite& planned = benchmark.suites.emplace_back();
      planned.role = role;
      ROBBENCH_ASSIGN_OR_RETURN(planned.suite, Parse<AttackSuite>(suite));
      ROBBENCH_RETURN_IF_ERROR(CheckAttackSuite(suite.path, planned.suite,
                                                benchmark.images.classes));
    }
  }
  return benchmarks;
}

absl::StatusOr<std::string> PlanBenchmarks(const PlanOptions& options,
                                           absl::string_view format,
                                           const Terminal& terminal) {
  if (format != "text" && format != "json" && format != "csv" &&
      format != "cells") {
    return UsageError(absl::StrCat(
        "plan --format: expected text, json, csv or cells, found \"", format,
        "\""));
  }
  ROBBENCH_RETURN_IF_ERROR(CheckOptions(options));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<PlannedDevice> devices,
                            PlannedDevices(options.devices));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<PlannedBenchmark> benchmarks,
                            PaperBenchmarks(options.dataset));
  ROBBENCH_ASSIGN_OR_RETURN(std::vector<Cell> cells, Cells(options.cells));
  std::vector<uint32_t> seeds(options.seeds == 0 ? kPaperSeeds : options.seeds);
  for (size_t i = 0; i < seeds.size(); ++i) seeds[i] = i;

  ROBBENCH_ASSIGN_OR_RETURN(WholePlan whole,
                            MakeWholePlan(benchmarks, cells, seeds));
  std::vector<PlannedShard> shards = MakeShards(whole, cells, options.shards);
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
  } else if (options.shards > 1) {
    whole.shards = std::move(shards);
  }
  whole.devices = devices;
  return format == "json"  ? PlanJson(whole)
         : format == "csv" ? PlanCsv(whole)
                           : PlanText(whole, terminal);
}

}  // namespace robbench
