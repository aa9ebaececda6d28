#include "tools/robbench/plan/benchmark_plan.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "nas/base/status_macros.h"
#include "nas/cost.h"
#include "training/evaluation/attack_cost.h"
#include "training/records.pb.h"

namespace robbench {

absl::StatusOr<BenchmarkPlan> MakeBenchmarkPlan(
    const PlannedBenchmark& benchmark, absl::Span<const Cell> cells,
    absl::Span<const uint32_t> seeds) {
  const PlannedImages& images = benchmark.images;
  const Recipe& recipe = benchmark.recipe;
  NetworkSizes trained(recipe.skeleton(), images);
  NetworkSizes scored(benchmark.ntk.skeleton(), images);
  BenchmarkPlan plan{.dataset = images.name,
                     .dataset_bytes = images.Bytes(),
                     .cell_costs = std::vector<absl::uint128>(cells.size())};
  std::vector<Cost> costs;
  double sum = 0;
  for (const Cell& cell : cells) {
    ROBBENCH_ASSIGN_OR_RETURN(const Cost cost, trained.CostOf(cell));
    costs.push_back(cost);
    sum += static_cast<double>(cost.multiply_adds);
  }
  plan.mean_multiply_adds = sum / static_cast<double>(cells.size());

  // One more run of the stage with the cell at `position`.
  const auto add_run = [&plan](StagePlan& stage, size_t position,
                               absl::uint128 multiply_adds) {
    ++stage.runs;
    stage.multiply_adds += multiply_adds;
    if (!stage.instead) plan.cell_costs[position] += multiply_adds;
  };

  StagePlan training{.name = "training", .images = images.train_images};
  const int64_t training_passes = TrainingPasses(recipe) * images.train_images;
  training.passes = static_cast<double>(TrainingPasses(recipe));
  TrainRecord train_record = RecordOfTraining(images, recipe);
  for (size_t i = 0; i < cells.size(); ++i) {
    for (const uint32_t seed : seeds) {
      add_run(training, i,
              absl::uint128(training_passes) * costs[i].multiply_adds);
      ROBBENCH_ASSIGN_OR_RETURN(const int64_t bytes,
                                trained.WeightsBytes(cells[i], seed));
      training.weights_bytes += bytes;
      training.record_bytes +=
          RecordBytes(cells[i], seed, costs[i], train_record);
    }
  }
  plan.stages.push_back(std::move(training));

  for (const PlannedSuite& planned : benchmark.suites) {
    const AttackSuite& suite = planned.suite;
    const int64_t passes =
        MostForwardPasses(suite, images.classes, images.test_images);
    StagePlan stage{.name = suite.name(),
                    .instead = planned.role == SuiteRole::kInstead,
                    .every_seed = planned.role == SuiteRole::kEverySeed,
                    .upper_bound = IsUpperBound(suite),
                    .images = images.test_images,
                    .passes = static_cast<double>(passes) /
                              static_cast<double>(images.test_images)};
    EvaluationRecord record = RecordOfEvaluation(images, recipe, suite);
    const auto used = seeds.subspan(
        0, planned.role == SuiteRole::kEverySeed ? seeds.size() : 1);
    for (size_t i = 0; i < cells.size(); ++i) {
      for (const uint32_t seed : used) {
        add_run(stage, i, absl::uint128(passes) * costs[i].multiply_adds);
        stage.record_bytes += RecordBytes(cells[i], seed, record);
      }
    }
    plan.stages.push_back(std::move(stage));
  }

  StagePlan ntk{.name = "ntk", .images = benchmark.ntk.images()};
  double passes = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    ROBBENCH_ASSIGN_OR_RETURN(const Cost cost, scored.CostOf(cells[i]));
    const absl::uint128 multiply_adds =
        NtkMultiplyAdds(benchmark.ntk, images.classes, cost);
    passes += static_cast<double>(multiply_adds) /
              (static_cast<double>(cost.multiply_adds) * ntk.images);
    for (size_t s = 0; s < seeds.size(); ++s) {
      add_run(ntk, i, multiply_adds);
      ntk.record_bytes += NtkRecordBytes(benchmark.ntk);
    }
  }
  ntk.passes = passes / static_cast<double>(cells.size());
  plan.stages.push_back(std::move(ntk));

  plan.sums.bytes = plan.dataset_bytes;
  for (const StagePlan& stage : plan.stages) {
    if (stage.instead) continue;
    plan.sums.runs += stage.runs;
    plan.sums.multiply_adds += stage.multiply_adds;
    plan.sums.bytes += stage.weights_bytes + stage.record_bytes;
  }
  return plan;
}

std::vector<std::vector<int>> SplitEqually(
    absl::Span<const absl::uint128> costs, int count) {
  std::vector<int> order(costs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return costs[a] > costs[b]; });
  std::vector<std::vector<int>> shards(count);
  std::vector<absl::uint128> sums(count);
  for (const int position : order) {
    const auto cheapest =
        std::min_element(sums.begin(), sums.end()) - sums.begin();
    shards[cheapest].push_back(position);
    sums[cheapest] += costs[position];
  }
  for (std::vector<int>& shard : shards) std::sort(shard.begin(), shard.end());
  return shards;
}

}  // namespace robbench
