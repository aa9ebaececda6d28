// Compares 24 steps of our trainer with PyTorch's own run from the same
// weights, batches and attack starts
// (training/parity/testdata/make_parity_golden.py).
#include "training/trainer.h"

#include <ATen/core/Tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/base/safetensors.h"
#include "nas/network_plan.h"
#include "training/augmentation.h"
#include "training/dataset/dataset.h"
#include "training/parity/parity_case.h"
#include "training/parity/parity_golden.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using testing::HasSubstr;

TEST(TrainerTest, FollowsPyTorchInFloat64) {
  const SafetensorsFile file =
      SafetensorsFile::Read(
          "training/parity/testdata/parity_golden.safetensors")
          .value();
  const Dataset dataset = ParityDataset();
  const Recipe recipe = ParityRecipe();
  for (const std::string cell : kParityCells) {
    const NetworkPlan plan = ParityPlan(cell.c_str());
    const std::vector<double> losses = Golden(file, cell + ".losses");
    const std::vector<double> states = Golden(file, cell + ".state");
    ASSERT_EQ(states.size(), 3 * plan.parameters.size() * 3);
    Trainer trainer(plan, dataset, recipe, kParitySeed, {.dtype = at::kDouble});
    int step = 0;
    int checkpoint = 0;
    for (int epoch = 0; epoch < 8; ++epoch) {
      const std::vector<int64_t> order =
          ShuffledOrder(dataset.train.count(), kParitySeed, epoch);
      for (int i = 0; i < 3; ++i) {
        const absl::StatusOr<StepResult> result =
            trainer.Step(epoch, i, trainer.Batch(order, i));
        ASSERT_TRUE(result.ok()) << result.status();
        EXPECT_NEAR(result->loss, losses[step], 1e-9 * losses[step])
            << cell << " step " << step;
        ++step;
        if (step != 1 && step != 12 && step != 24) continue;
        const Deviation found =
            CompareState(plan, kFloat64Parity, trainer.state(),
                         &states[checkpoint * plan.parameters.size() * 3]);
        EXPECT_LT(found.units, 1)
            << cell << " step " << step << " " << found.tensor;
        ++checkpoint;
      }
    }
    EXPECT_EQ(step, 24);
    EXPECT_EQ(checkpoint, 3);
  }
}

TEST(TrainerTest, Float32StartsAsFloat64) {
  const SafetensorsFile file =
      SafetensorsFile::Read(
          "training/parity/testdata/parity_golden.safetensors")
          .value();
  const Dataset dataset = ParityDataset();
  for (const std::string cell : kParityCells) {
    Trainer trainer(ParityPlan(cell.c_str()), dataset, ParityRecipe(),
                    kParitySeed);
    const std::vector<int64_t> order =
        ShuffledOrder(dataset.train.count(), kParitySeed, 0);
    const double golden = Golden(file, cell + ".losses")[0];
    const absl::StatusOr<StepResult> result =
        trainer.Step(0, 0, trainer.Batch(order, 0));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_NEAR(result->loss, golden, 1e-4 * golden) << cell;
  }
}

TEST(TrainerTest, EpochKeepsThePartialBatch) {
  const Dataset dataset = ParityDataset();
  Trainer trainer(ParityPlan("323133"), dataset, ParityRecipe(), kParitySeed);
  EXPECT_EQ(trainer.steps_per_epoch(), 3);
  std::vector<int64_t> steps;
  std::optional<EpochRecord> record;
  while (!record.has_value()) {
    const absl::StatusOr<TrainingProgress> progress = trainer.NextStep();
    ASSERT_TRUE(progress.ok()) << progress.status();
    EXPECT_EQ(progress->epoch, 1);
    EXPECT_EQ(progress->steps_per_epoch, 3);
    steps.push_back(progress->step);
    record = progress->finished;
  }
  EXPECT_THAT(steps, testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(record->epoch(), 1);
  EXPECT_GT(record->loss(), 0);
  const std::vector<int64_t> order =
      ShuffledOrder(dataset.train.count(), kParitySeed, 0);
  EXPECT_EQ(trainer.Batch(order, 2).size(), 8);
}

TEST(TrainerTest, StopsAtNumbersThatAreNotFinite) {
  const Dataset dataset = ParityDataset();
  Recipe recipe = ParityRecipe();
  recipe.mutable_schedule()->set_max_learning_rate(1e30);
  recipe.mutable_schedule()->set_start_divisor(1);
  Trainer trainer(ParityPlan("323133"), dataset, recipe, kParitySeed);
  absl::Status status;
  while (status.ok() && !trainer.Done()) status = trainer.NextStep().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("epoch 1 step "));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("expected finite numbers, found NaN or infinity"));
}

TEST(CheckRecipeTest, NamesFileAndField) {
  EXPECT_TRUE(CheckRecipe("r", ParityRecipe()).ok());
  Recipe recipe = ParityRecipe();
  recipe.set_batch_size(0);
  EXPECT_EQ(CheckRecipe("r", recipe).message(),
            "r: field batch_size: expected 1 to 65536, found 0");
  recipe = ParityRecipe();
  recipe.mutable_attack()->set_epsilon(-1);
  EXPECT_EQ(CheckRecipe("r", recipe).message(),
            "r: field attack.epsilon: expected 0 to 255, found -1");
  recipe = ParityRecipe();
  recipe.mutable_augmentation()->set_flip_probability(
      std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(CheckRecipe("r", recipe).ok());
}

}  // namespace
}  // namespace robbench
