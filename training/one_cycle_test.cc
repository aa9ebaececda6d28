#include "training/one_cycle.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "nas/base/safetensors.h"

namespace robbench {
namespace {

TEST(OneCycleTest, EqualsPyTorchAtEveryStep) {
  // The cases of testdata/make_one_cycle_golden.py.
  const std::pair<const char*, OneCycleOptions> cases[] = {
      {"paper_shape", {0.1, 25, 1e4, 0.3, 0.95, 0.85}},
      {"mini", {0.1, 25, 1e4, 0.3, 0.95, 0.85}},
      {"short", {0.1, 25, 1e4, 0.3, 0.95, 0.85}},
      {"other", {0.4, 10, 100, 0.45, 0.9, 0.8}},
  };
  const SafetensorsFile file =
      SafetensorsFile::Read("training/testdata/one_cycle_golden.safetensors")
          .value();
  for (const auto& [name, options] : cases) {
    const TensorEntry entry = file.Get(name, DType::kF64, {-1, 2}).value();
    std::vector<double> golden(entry.NumElements());
    std::memcpy(golden.data(), entry.data.data(), entry.data.size());
    const int64_t steps = entry.shape[0];
    const OneCycleSchedule schedule(options, steps);
    for (int64_t step = 0; step < steps; ++step) {
      EXPECT_NEAR(schedule.LearningRate(step), golden[2 * step], 1e-12)
          << name << " step " << step;
      EXPECT_NEAR(schedule.Momentum(step), golden[2 * step + 1], 1e-12)
          << name << " step " << step;
    }
  }
}

TEST(OneCycleTest, EndsOfThePapersSchedule) {
  // 50 epochs of 196 steps: from 0.004 over 0.1 to 4e-7.
  const OneCycleSchedule schedule({}, 50 * 196);
  EXPECT_DOUBLE_EQ(schedule.LearningRate(0), 0.004);
  EXPECT_NEAR(schedule.LearningRate(50 * 196 - 1), 4e-7, 1e-15);
  EXPECT_NEAR(schedule.LearningRate(2939), 0.1, 1e-12);
  EXPECT_NEAR(schedule.Momentum(2939), 0.85, 1e-12);
  EXPECT_DOUBLE_EQ(schedule.Momentum(0), 0.95);
}

TEST(OneCycleTest, TooShortToRiseStartsAtThePeak) {
  for (int64_t steps : {1, 2, 3}) {
    const OneCycleSchedule schedule({}, steps);
    EXPECT_DOUBLE_EQ(schedule.LearningRate(0), 0.1) << steps;
  }
}

}  // namespace
}  // namespace robbench
