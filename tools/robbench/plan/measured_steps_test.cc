// Throughputs by hand: one speed for all cells, times on a straight line, runs
// side by side; and refusals that name file, benchmark and field.
#include "tools/robbench/plan/measured_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string Row(absl::string_view name, double cost, double speed) {
  return absl::StrCat(R"({"name": ")", name, R"(", "items_per_second": )",
                      speed, R"(, "multiply_adds": )", cost, "}");
}

std::string Steps(double first, double second) {
  return absl::StrCat(R"({"context": {}, "benchmarks": [)",
                      Row("TrainingStep/paper_1835/real_time", 1e7, first), ",",
                      Row("TrainingStep/mini_111111", 5, 7), ",",
                      Row("TrainingStep/paper_2581", 3e7, second), "]}");
}

std::string Refusal(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (size_t i = 0; i < texts.size(); ++i) {
    names.push_back(absl::StrCat(i, ".json"));
  }
  const auto steps = ReadMeasuredSteps(names, texts);
  EXPECT_EQ(steps.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(steps.status().message());
}

TEST(MeasuredStepsTest, ReadsThePapersCells) {
  const auto steps = ReadMeasuredSteps({"a.json"}, {Steps(1000, 500)});
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps, ElementsAre(Pair(1e7, 1000), Pair(3e7, 500)));
}

TEST(MeasuredStepsTest, RunsSideBySideAddUp) {
  const auto steps = ReadMeasuredSteps({"a.json", "b.json"},
                                       {Steps(1000, 500), Steps(600, 300)});
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps, ElementsAre(Pair(1e7, 1600), Pair(3e7, 800)));
}

TEST(MeasuredStepsTest, ThroughputByHand) {
  // 17 passes of 1e7 at 1,000 images a second, for any cost.
  EXPECT_DOUBLE_EQ(MeanThroughput({{1e7, 1000}}, {1'000, 50'000'000}), 1.7e11);
  const MeasuredSteps steps = {{1e7, 1000}, {3e7, 500}};
  // An image takes 1 ms at 1e7 and 2 ms at 3e7, so 1.5 ms at 2e7.
  EXPECT_DOUBLE_EQ(MeanThroughput(steps, {20'000'000}), 17 * 2e7 / 1.5e-3);
  // Beyond the ends the rate stays: half a millisecond, and 4.
  EXPECT_DOUBLE_EQ(MeanThroughput(steps, {5'000'000}), 17 * 5e6 / 0.5e-3);
  EXPECT_DOUBLE_EQ(MeanThroughput(steps, {60'000'000}), 17 * 6e7 / 4e-3);
  // Work over time, not the mean of the rates.
  EXPECT_DOUBLE_EQ(MeanThroughput(steps, {10'000'000, 30'000'000}),
                   17 * 4e7 / 3e-3);
}

TEST(MeasuredStepsTest, CostsAreThoseOfTheSearchSpace) {
  const std::vector<int64_t> costs = RepresentativeCosts();
  ASSERT_EQ(costs.size(), 6466);
  EXPECT_EQ(*std::min_element(costs.begin(), costs.end()), 7'783'040);
  EXPECT_EQ(*std::max_element(costs.begin(), costs.end()), 220'119'680);
}

TEST(MeasuredStepsTest, RefusalsNameTheBenchmark) {
  EXPECT_THAT(Refusal({"cells"}),
              HasSubstr("0.json: field benchmarks: expected the list that "
                        "--benchmark_format=json prints, found text that is "
                        "not JSON"));
  EXPECT_THAT(Refusal({"{}"}), HasSubstr("found none"));
  EXPECT_THAT(Refusal({R"({"benchmarks": []})"}),
              HasSubstr("one or more named TrainingStep/paper_CELL"));
  EXPECT_THAT(Refusal({R"({"benchmarks": [3]})"}),
              HasSubstr("a name in each, found number"));
  // A value is not shown, as it may be as deep as its file is long.
  const std::string deep(100'000, '[');
  EXPECT_THAT(Refusal({absl::StrCat(R"({"benchmarks": [)", deep,
                                    std::string(deep.size(), ']'), "]}")}),
              HasSubstr("found array"));
  EXPECT_THAT(Refusal({Steps(0, 500)}),
              HasSubstr("TrainingStep/paper_1835/real_time.items_per_second: "
                        "expected more than 0, found 0"));
  EXPECT_THAT(
      Refusal({absl::StrReplaceAll(Steps(1, 1), {{"multiply_adds", "cost"}})}),
      HasSubstr("multiply_adds: expected a number, found none"));
  EXPECT_THAT(
      Refusal({absl::StrReplaceAll(
          Steps(1, 1), {{"\"multiply_adds\": 3e+07",
                         R"("multiply_adds": 3e+07, "error_occurred": "yes",
 "x": 3)"}})}),
      HasSubstr("paper_2581: expected a step that was measured, found an "
                "error"));
  EXPECT_THAT(
      Refusal({Steps(1, 1),
               absl::StrCat(R"({"benchmarks": [)",
                            Row("TrainingStep/paper_1", 1e7, 1), "]}")}),
      HasSubstr("1.json: field benchmarks: expected the 2 cells of "
                "0.json, found 1"));
}

}  // namespace
}  // namespace robbench
