// Costs by hand for a small case, the paper's numbers for the whole, and
// shards: their sum, their balance, the same each time.
#include "tools/robbench/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "nas/isomorphism.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/plan/benchmark_plan.h"

namespace robbench {
namespace {

using ::nlohmann::json;
using ::testing::HasSubstr;

json PlanJson(const PlanOptions& options) {
  const auto text = PlanBenchmarks(options, "json");
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? json::parse(*text) : json();
}

std::string Refusal(const PlanOptions& options,
                    absl::string_view format = "text") {
  const auto text = PlanBenchmarks(options, format);
  EXPECT_FALSE(text.ok());
  return std::string(text.status().message());
}

// Cell 1835, skips only: what is left of the skeleton is the stem, the two
// residual blocks and the classifier.
constexpr double kSkeletonMultiplyAdds =
    32 * 32 * (3 * 16 * 9) +                                  // stem
    16 * 16 * (16 * 32 * 9 + 32 * 32 * 9 + 16 * 32) +         // first block
    8 * 8 * (32 * 64 * 9 + 64 * 64 * 9 + 32 * 64) + 64 * 10;  // second, linear
constexpr double kSkeletonParameters =
    (3 * 16 * 9 + 2 * 16) +
    (16 * 32 * 9 + 2 * 32 + 32 * 32 * 9 + 2 * 32 + 16 * 32) +
    (32 * 64 * 9 + 2 * 64 + 64 * 64 * 9 + 2 * 64 + 32 * 64) + 2 * 64 +
    (64 * 10 + 10);

TEST(PlanTest, OneCellByHand) {
  const json plan = PlanJson({.dataset = "cifar10",
                              .cells = {"1835"},
                              .seeds = 2,
                              .devices = {.multiply_adds_per_second = 1e10}});
  const json& benchmark = plan["benchmarks"][0];
  EXPECT_EQ(benchmark["dataset"], "cifar10");
  EXPECT_EQ(benchmark["mean_multiply_adds"], kSkeletonMultiplyAdds);
  ASSERT_EQ(benchmark["stages"].size(), 5);

  const json& training = benchmark["stages"][0];
  EXPECT_EQ(training["name"], "training");
  EXPECT_EQ(training["runs"], 2);
  // 50 epochs of 7 steps there and back, and three passes for the update.
  const double training_cost =
      2 * 50000.0 * 50 * (7 * 2 + 3) * kSkeletonMultiplyAdds;
  EXPECT_EQ(training["multiply_adds"], training_cost);
  EXPECT_DOUBLE_EQ(training["device_hours"].get<double>(),
                   training_cost / 1e10 / 3600);

  const json& paper = benchmark["stages"][1];
  EXPECT_EQ(paper["name"], "paper");
  EXPECT_EQ(paper["runs"], 2);
  EXPECT_FALSE(paper["upper_bound"].get<bool>());
  const double paper_cost =
      2 * (10000.0 * 91 + 256 * 14) * kSkeletonMultiplyAdds;
  EXPECT_EQ(paper["multiply_adds"], paper_cost);

  const json& autoattack = benchmark["stages"][2];
  EXPECT_EQ(autoattack["name"], "autoattack_authors");
  EXPECT_EQ(autoattack["runs"], 1);  // of the first seed
  EXPECT_TRUE(autoattack["upper_bound"].get<bool>());
  const double autoattack_cost =
      (10000.0 * (1 + 23 + 191 + 371 + 5003 + 2) + 256 * 23) *
      kSkeletonMultiplyAdds;
  EXPECT_EQ(autoattack["multiply_adds"], autoattack_cost);

  const json& standard = benchmark["stages"][3];
  EXPECT_EQ(standard["name"], "autoattack_standard");
  EXPECT_FALSE(standard["in_sum"].get<bool>());

  const json& ntk = benchmark["stages"][4];
  EXPECT_EQ(ntk["runs"], 2);
  // Clean images, and at two epsilons x~ and x^: four attacks of 20 steps,
  // gradients of five sets, nine kernels.
  const double ntk_cost =
      2 * (64.0 * (4 * 20 * 2 + 5 * 3) * kSkeletonMultiplyAdds +
           9 * 64.0 * 64 * kSkeletonParameters);
  EXPECT_EQ(ntk["multiply_adds"], ntk_cost);

  EXPECT_DOUBLE_EQ(benchmark["multiply_adds"].get<double>(),
                   training_cost + paper_cost + autoattack_cost + ntk_cost);
  EXPECT_EQ(benchmark["runs"], 2 + 2 + 1 + 2);
  EXPECT_EQ(benchmark["dataset_bytes"], 60000 * (3 * 32 * 32 + 8));
}

// The paper: 58,194 runs; 64.5 M multiply-adds on average, on CIFAR-10.
TEST(PlanTest, ThePaper) {
  const json plan = PlanJson({});
  ASSERT_EQ(plan["benchmarks"].size(), 3);
  int64_t trainings = 0;
  for (const json& benchmark : plan["benchmarks"]) {
    trainings += benchmark["stages"][0]["runs"].get<int64_t>();
    EXPECT_EQ(benchmark["stages"][2]["runs"], 6466);
  }
  EXPECT_EQ(trainings, 58194);
  EXPECT_NEAR(plan["benchmarks"][0]["mean_multiply_adds"].get<double>(), 64.5e6,
              0.05e6);
  // A quarter of the pixels.
  EXPECT_NEAR(plan["benchmarks"][2]["mean_multiply_adds"].get<double>(),
              64.5e6 / 4, 0.05e6);
  const double training =
      plan["benchmarks"][0]["stages"][0]["multiply_adds"].get<double>();
  EXPECT_NEAR(training / (3.0 * 6466 * 50000 * 850), 64.5e6, 0.05e6);
}

TEST(PlanTest, ShardsAreEqualAndHaveEveryCellOnce) {
  const json whole = PlanJson({.dataset = "cifar100", .seeds = 1, .shards = 7});
  ASSERT_EQ(whole["shards"].size(), 7);
  std::vector<int> cells;
  double least = INFINITY, most = 0, sum = 0;
  for (const json& shard : whole["shards"]) {
    const double cost = shard["multiply_adds"].get<double>();
    least = std::min(least, cost);
    most = std::max(most, cost);
    sum += cost;
    for (const json& cell : shard["cells"]) cells.push_back(cell.get<int>());
  }
  std::sort(cells.begin(), cells.end());
  const auto all_cells = IsomorphismClasses::Get().representatives();
  EXPECT_EQ(cells, std::vector<int>(all_cells.begin(), all_cells.end()));
  EXPECT_NEAR(sum / whole["multiply_adds"].get<double>(), 1, 1e-12);
  // 900 cells a shard: the difference is far below one cell's cost.
  EXPECT_LT(most / least, 1.0005);
}

TEST(PlanTest, AShardIsAPlanOfItsCells) {
  PlanOptions options = {.seeds = 2, .shards = 3};
  for (int index = 0; index < 20; ++index) {
    options.cells.push_back(absl::StrCat(index));
  }
  const json whole = PlanJson(options);
  int64_t runs = 0, bytes = 0;
  for (int k = 1; k <= 3; ++k) {
    options.shard = k;
    const json part = PlanJson(options);
    EXPECT_EQ(part["multiply_adds"], whole["shards"][k - 1]["multiply_adds"]);
    runs += part["runs"].get<int64_t>();
    bytes += part["bytes_kept"].get<int64_t>();
    const auto list = PlanBenchmarks(options, "cells");
    ASSERT_TRUE(list.ok()) << list.status();
    std::vector<int> listed;
    for (const absl::string_view index : absl::StrSplit(
             absl::string_view(*list).substr(0, list->size() - 1), ',')) {
      listed.push_back(0);
      ASSERT_TRUE(absl::SimpleAtoi(index, &listed.back())) << index;
    }
    EXPECT_EQ(whole["shards"][k - 1]["cells"].get<std::vector<int>>(), listed);
  }
  EXPECT_EQ(runs, whole["runs"].get<int64_t>());
  // Each shard has the data sets.
  int64_t datasets = 0;
  for (const json& benchmark : whole["benchmarks"]) {
    datasets += benchmark["dataset_bytes"].get<int64_t>();
  }
  EXPECT_EQ(bytes, whole["bytes_kept"].get<int64_t>() + 2 * datasets);
}

TEST(PlanTest, SplitIsBoundedByTheDearest) {
  std::vector<absl::uint128> costs;
  for (int i = 0; i < 50; ++i) costs.push_back(1 + (i * 7919) % 101);
  const absl::uint128 sum =
      std::accumulate(costs.begin(), costs.end(), absl::uint128());
  const absl::uint128 dearest = *std::max_element(costs.begin(), costs.end());
  for (const int count : {1, 2, 3, 10, 50, 60}) {
    std::multiset<int> positions;
    const auto shards = SplitEqually(costs, count);
    ASSERT_EQ(shards.size(), count);
    for (const std::vector<int>& shard : shards) {
      EXPECT_TRUE(std::is_sorted(shard.begin(), shard.end()));
      absl::uint128 cost = 0;
      for (const int position : shard) {
        positions.insert(position);
        cost += costs[position];
      }
      EXPECT_LE(cost * count, sum + dearest * count);
    }
    EXPECT_EQ(positions.size(), costs.size());
    EXPECT_EQ(std::set<int>(positions.begin(), positions.end()).size(),
              costs.size());
  }
  // The dearest first: 5 | 4 + 1 | 3 + 2.
  EXPECT_EQ(SplitEqually({1, 2, 3, 4, 5}, 3),
            (std::vector<std::vector<int>>{{4}, {0, 3}, {1, 2}}));
}

TEST(PlanTest, TextForPeople) {
  const auto text = PlanBenchmarks(
      {.devices = {.multiply_adds_per_second = 3.8e11}, .shards = 2}, "text");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_THAT(*text,
              HasSubstr("cifar10: 6,466 cells, seeds: 3, mean forward pass "
                        "64.5 M multiply-adds;\n50,000 + 10,000 images of "
                        "3x32x32, 184.8 MB\n"));
  EXPECT_THAT(*text,
              HasSubstr("training                19,398            850.0"));
  EXPECT_THAT(*text, HasSubstr("or autoattack_standard   6,466"));
  EXPECT_THAT(*text, HasSubstr("device hours"));
  EXPECT_THAT(*text, HasSubstr("\nshard  cells"));
}

// Peak and share of the file, by hand: 67e12 / 2 x 0.094.
TEST(PlanTest, HoursEnergyAndCo2OfNamedDevices) {
  const PlanOptions options = {.dataset = "cifar10",
                               .cells = {"1835"},
                               .seeds = 1,
                               .devices = {.names = {"H100", "epyc_zen4_core"},
                                           .watts = 500,
                                           .grams_per_kwh = 400}};
  const json plan = PlanJson(options);
  const double sum = plan["multiply_adds"].get<double>();
  ASSERT_EQ(plan["devices"].size(), 2);
  const json& h100 = plan["devices"][0];
  EXPECT_EQ(h100["name"], "h100");
  EXPECT_EQ(h100["measured"], false);
  EXPECT_DOUBLE_EQ(h100["multiply_adds_per_second"].get<double>(),
                   67e12 / 2 * 0.094);
  const double hours = sum / (67e12 / 2 * 0.094) / 3600;
  EXPECT_DOUBLE_EQ(h100["hours"].get<double>(), hours);
  EXPECT_DOUBLE_EQ(h100["kwh"].get<double>(), hours * 0.5);
  EXPECT_DOUBLE_EQ(h100["kg_co2"].get<double>(), hours * 0.5 * 0.4);
  EXPECT_EQ(plan["devices"][1]["measured"], true);
  EXPECT_DOUBLE_EQ(plan["devices"][1]["hours"].get<double>(),
                   sum / 6.3e10 / 3600);
  const json& training = plan["benchmarks"][0]["stages"][0];
  EXPECT_DOUBLE_EQ(
      training["hours_h100"].get<double>(),
      training["multiply_adds"].get<double>() / (67e12 / 2 * 0.094) / 3600);

  // Without --watts the file's, where it has them.
  const json own = PlanJson(
      {.cells = {"1835"}, .devices = {.names = {"h100", "epyc_zen4_core"}}});
  EXPECT_EQ(own["devices"][0]["watts"], 700);
  EXPECT_TRUE(own["devices"][1]["kwh"].is_null());
  EXPECT_TRUE(own["devices"][0]["kg_co2"].is_null());

  // The text says what the numbers rest on.
  const auto text = PlanBenchmarks(options, "text");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_THAT(*text, HasSubstr("h100: throughput assumed, not measured: 9.4 % "
                               "of the peak of 67 TFLOP/s of NVIDIA H100 SXM"));
  EXPECT_THAT(*text, HasSubstr("power given by --watts; 400 g CO2 a kWh"));
  EXPECT_THAT(*text, HasSubstr("epyc_zen4_core: throughput measured on"));
  EXPECT_THAT(*text, HasSubstr("h100 hours saved, at most"));
}

TEST(PlanTest, ThroughputsOfAFile) {
  const std::string path = ::testing::TempDir() + "/throughputs";
  const auto write = [&path](const std::string& text) {
    std::ofstream(path) << text;
  };
  const PlanOptions options = {
      .dataset = "cifar10",
      .cells = {"1835"},
      .devices = {.names = {"mine"}, .throughput_path = path}};
  write(R"(devices { name: "mine" description: "d"
             measured { multiply_adds_per_second: 2e9 command: "c"
                        conditions: "e" } })");
  EXPECT_EQ(PlanJson(options)["devices"][0]["multiply_adds_per_second"], 2e9);
  write(R"(devices { name: "yours" description: "d"
             measured { multiply_adds_per_second: 2e9 command: "c"
                        conditions: "e" } })");
  EXPECT_THAT(Refusal(options), HasSubstr("has no device \"mine\"; "));
  write(R"(devices { name: "mine" description: "d" })");
  EXPECT_THAT(
      Refusal(options),
      HasSubstr("field devices[\"mine\"].basis: expected measured or assumed"));
  write(R"(devices { name: "mine" description: "d"
             assumed { peak_flops: 1e12 source: "s" share: 1.5
                       reason: "r" } })");
  EXPECT_THAT(Refusal(options),
              HasSubstr("assumed.share: expected above 0 to 1, found 1.5"));
  write("devices { name: \"mine\" }");
  EXPECT_THAT(Refusal(options), HasSubstr("description"));
  EXPECT_THAT(Refusal({.devices = {.throughput_path = path + "/absent"}}),
              HasSubstr("absent"));
}

TEST(PlanTest, WhatASharedCacheSaves) {
  const json plan = PlanJson({.dataset = "cifar10", .seeds = 3});
  const json& stages = plan["benchmarks"][0]["stages"];
  const double sum = plan["multiply_adds"].get<double>();
  const auto of = [&](const char* after) {
    for (const json& saving : plan["shared_cache"]) {
      if (saving["after"] == after) return saving;
    }
    return json();
  };
  EXPECT_EQ(of("same")["runs"], 0);
  EXPECT_EQ(of("same")["saved"]["multiply_adds"], sum);
  EXPECT_EQ(of("attack_suite")["runs"], stages[1]["runs"]);
  EXPECT_EQ(of("attack_suite")["multiply_adds"], stages[1]["multiply_adds"]);
  EXPECT_EQ(of("ntk_spec")["multiply_adds"], stages[4]["multiply_adds"]);
  EXPECT_NEAR(of("recipe")["saved"]["multiply_adds"].get<double>() /
                  stages[4]["multiply_adds"].get<double>(),
              1, 1e-12);
  // Training, evaluation and NTK of one seed; AutoAttack is of the first.
  EXPECT_EQ(of("seed")["runs"], 3 * 6466);
  EXPECT_EQ(of("seed")["saved"]["multiply_adds"], sum);
  for (const char* after : {"same", "attack_suite", "ntk_spec", "recipe"}) {
    EXPECT_NEAR((of(after)["multiply_adds"].get<double>() +
                 of(after)["saved"]["multiply_adds"].get<double>()) /
                    sum,
                1, 1e-12)
        << after;
  }
}

TEST(PlanTest, Csv) {
  const auto stages = PlanBenchmarks(
      {.dataset = "cifar10", .cells = {"1835"}, .devices = {.names = {"t4"}}},
      "csv");
  ASSERT_TRUE(stages.ok()) << stages.status();
  EXPECT_THAT(
      *stages,
      HasSubstr("dataset,stage,in_sum,runs,images,forward_passes,upper_bound,"
                "multiply_adds,hours_t4,weights_bytes,record_bytes\n"
                "cifar10,training,true,3,50000,850,false,"));
  const auto shards = PlanBenchmarks(
      {.dataset = "cifar10", .cells = {"1835", "45"}, .shards = 2}, "csv");
  ASSERT_TRUE(shards.ok()) << shards.status();
  EXPECT_THAT(*shards, HasSubstr("shard,cells,multiply_adds\n1,1,"));
}

TEST(PlanTest, BadInput) {
  EXPECT_THAT(Refusal({.devices = {.names = {"h101"}}}),
              HasSubstr("--device: devices.textproto has no device \"h101\"; "
                        "did you mean h100"));
  EXPECT_THAT(Refusal({.devices = {.names = {"t4", "T4"}}}),
              HasSubstr("expected each device once, found t4 again"));
  EXPECT_THAT(Refusal({.devices = {.watts = 5}}), HasSubstr("need hours"));
  EXPECT_THAT(
      Refusal({.devices = {.names = {"epyc_zen4_core"}, .grams_per_kwh = 400}}),
      HasSubstr("needs the power of epyc_zen4_core: give --watts"));
  EXPECT_THAT(Refusal({.devices = {.names = {"t4"}, .watts = -1}}),
              HasSubstr("--watts: expected 0 or more"));

  EXPECT_THAT(
      Refusal({.dataset = "mnist"}),
      HasSubstr("--dataset: the paper has no data set \"mnist\"; it has "
                "cifar10, cifar100 and imagenet16_120"));
  EXPECT_THAT(Refusal({.cells = {"15625"}}), HasSubstr("0 to 15624"));
  EXPECT_THAT(Refusal({.cells = {"2581", "323133"}}),
              HasSubstr("--cells: expected each cell once, found 323133"));
  EXPECT_THAT(Refusal({.seeds = -1}), HasSubstr("--seeds: expected 0 to"));
  EXPECT_THAT(Refusal({.shards = 0}), HasSubstr("--shards: expected 1 to"));
  EXPECT_THAT(Refusal({.shards = 2, .shard = 3}),
              HasSubstr("--shard: expected 0 to 2, found 3"));
  EXPECT_THAT(Refusal({.cells = {"0"}, .shards = 2, .shard = 2}),
              HasSubstr("shard 2 of 2 has no cell"));
  EXPECT_THAT(Refusal({.devices = {.multiply_adds_per_second = NAN}}),
              HasSubstr("--multiply_adds_per_second"));
  EXPECT_THAT(Refusal({}, "xml"), HasSubstr("text, json, csv or cells"));
}

}  // namespace
}  // namespace robbench
