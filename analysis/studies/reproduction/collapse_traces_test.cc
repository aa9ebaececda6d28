// Tests what analysis/studies/reproduction/README.md says of the traces of cell
// 199's collapse ("How a training collapses"). They continue one training from
// one checkpoint, 29 steps before its loss rose in epoch 26.
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/text_proto.h"
#include "training/trace/step_trace.pb.h"

namespace robbench {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// On the plateau the loss is 2.2 to 2.3, and before it was 1.7 to 1.9.
constexpr double kCollapsed = 2.1;
// The loss of the training itself rises from this step on.
constexpr int kRise = 4925;

std::vector<StepTrace> ReadTraces() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(
           "analysis/studies/reproduction/collapse")) {
    paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<StepTrace> traces;
  for (const std::string& path : paths) {
    const auto file = ReadTextProto<StepTrace>(path);
    EXPECT_TRUE(file.ok()) << file.status();
    traces.push_back(file->message);
  }
  return traces;
}

double LossOfLastTen(const StepTrace& trace) {
  double sum = 0;
  for (int i = trace.steps_size() - 10; i < trace.steps_size(); ++i) {
    sum += trace.steps(i).loss();
  }
  return sum / 10;
}

// Returns the first step at which something is above a limit.
std::optional<int> FirstAbove(const StepTrace& trace,
                              double (TracedStep::*number)() const,
                              double limit) {
  for (const TracedStep& step : trace.steps()) {
    if ((step.*number)() > limit) return step.step();
  }
  return std::nullopt;
}

TEST(CollapseTraces, HowManyCollapse) {
  std::map<std::string, std::pair<int, int>> collapsed;  // of all
  for (const StepTrace& trace : ReadTraces()) {
    EXPECT_EQ(trace.cell().index(), 199);
    EXPECT_EQ(trace.seed(), 0);
    EXPECT_EQ(trace.steps(0).step(), 4896);
    EXPECT_GE(trace.steps_size(), 50);
    auto& [some, all] = collapsed[trace.arithmetic()];
    some += LossOfLastTen(trace) > kCollapsed;
    ++all;
  }
  EXPECT_THAT(collapsed,
              UnorderedElementsAre(Pair("float32_engines", Pair(4, 4)),
                                   Pair("float32_libtorch", Pair(1, 4)),
                                   Pair("float64_libtorch", Pair(1, 1))));
}

// The batch's variances part from the running ones, which the attack sees, in
// the step before the gradient's norm rises. The loss follows, and the gain of
// the shortcuts after it.
TEST(CollapseTraces, StatisticsPartFirst) {
  for (const StepTrace& trace : ReadTraces()) {
    const bool collapses = LossOfLastTen(trace) > kCollapsed;
    double calm_norm = 0, calm_gain = 0;
    for (const TracedStep& step : trace.steps()) {
      if (step.step() >= kRise - 1) break;
      calm_norm = std::max(calm_norm, step.gradient_norm());
      calm_gain = std::max(calm_gain, step.shortcut_gain());
    }
    EXPECT_LT(calm_norm, 2);
    // No variance was more than exp(2) times off before, except in one step
    // twenty steps earlier.
    int first_gap = 0;
    for (const TracedStep& step : trace.steps()) {
      if (step.step() > 4910 && step.variance_gap() > 2) {
        first_gap = static_cast<int>(step.step());
        break;
      }
    }
    EXPECT_THAT(first_gap, ::testing::AnyOf(kRise - 1, kRise));
    if (!collapses) continue;
    EXPECT_EQ(first_gap, kRise - 1);
    EXPECT_EQ(FirstAbove(trace, &TracedStep::gradient_norm, 3), kRise);
    const auto gain =
        FirstAbove(trace, &TracedStep::shortcut_gain, 1.1 * calm_gain);
    ASSERT_TRUE(gain.has_value());
    EXPECT_GT(*gain, kRise);
    // The layer is not the BatchNorm before the classifier, but an earlier one.
    for (const TracedStep& step : trace.steps()) {
      if (step.step() == kRise - 1) {
        EXPECT_LT(step.last_variance_gap(), 1.1);
      }
    }
  }
}

}  // namespace
}  // namespace robbench
