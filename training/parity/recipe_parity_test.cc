// Compares our trainer, at the paper's size, with PyTorch's own run of the same
// recipe from the same weights, batches and attack starts
// (testdata/make_parity_golden.py).
//
// Float64 runs freely: nothing is set back on the way, and loss and every
// tensor agree to 1e-9 (parity_golden.h says of what). 412232 does so for 39
// steps. In the 40th the attack pushes image 7 where the other classes'
// probabilities sum to 1.76e-16, so that the derivative p - 1 of the true class
// is rounding: 1 + 1.76e-16 is 1 where the terms are added one by one, and
// 1 + 2^-52 where they are added first. PyTorch has 0 there, its gradient is
// below 2.4e-18 in each of the image's 3,072 pixels, and 2,703 of them get
// another sign from ours; all pixels of the other 31 images agree.
//
// Float32 cannot. PGD takes signs, ReLU has a kink: where rounding decides, a
// pixel moves by two steps of the attack. One pixel of the 98,304 of a batch
// changes BatchNorm's biases by 2 % of their first step, and PyTorch's own
// first step of 412232 in float32 has four such pixels (ours one) and biases up
// to 6 % from its own in float64 (ours 3 %). Nine steps on, its loss is 16 %
// away. A step from our state in float64 is compared instead, to 1e-3, where
// no such pixel matters: ten of 124110.
#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nas/base/safetensors.h"
#include "nas/network_plan.h"
#include "training/dataset/dataset.h"
#include "training/parity/parity_case.h"
#include "training/parity/parity_golden.h"
#include "training/trainer.h"

namespace robbench {
namespace {

constexpr int kWholeRun = 50;
constexpr int kCheckpoints[] = {1, 2, 5, 10, 20, 30, 40, kWholeRun};

int Float32Steps(const std::string& cell) { return cell == "124110" ? 10 : 0; }

// A step in float64 takes 7.5 s of a processor for 323133, 3.3 s for 412232 and
// 0.6 s for the others. recipe_parity_whole_test runs all that can be compared.
int Float64Steps(const std::string& cell) {
  const bool whole = std::getenv("PARITY_WHOLE") != nullptr;
  if (cell == "412232") return whole ? 39 : 20;
  if (cell == "323133") return whole ? kWholeRun : 2;
  return kWholeRun;
}

std::vector<at::Tensor> Copies(const std::vector<at::Tensor>& tensors,
                               at::ScalarType dtype) {
  std::vector<at::Tensor> copies;
  for (const at::Tensor& tensor : tensors) {
    copies.push_back(tensor.to(dtype, /*non_blocking=*/false, /*copy=*/true));
  }
  return copies;
}

// Of one step in float32.
constexpr Tolerance kFloat32Parity = {1e-3, 1e-4};

class RecipeParityTest : public testing::TestWithParam<const char*> {};

TEST_P(RecipeParityTest, FollowsPyTorch) {
  const std::string cell = GetParam();
  const SafetensorsFile file =
      SafetensorsFile::Read(
          "training/parity/testdata/paper_parity_golden.safetensors")
          .value();
  const Dataset dataset = PaperParityDataset();
  const NetworkPlan plan = PaperParityPlan(cell.c_str());
  const std::vector<double> losses = Golden(file, cell + ".losses");
  const std::vector<double> states = Golden(file, cell + ".state");
  ASSERT_EQ(losses.size(), kWholeRun);
  ASSERT_EQ(states.size(),
            std::size(kCheckpoints) * plan.parameters.size() * 3);
  Trainer trainer(plan, dataset, PaperParityRecipe(), kParitySeed,
                  {.dtype = at::kDouble});
  Trainer single(plan, dataset, PaperParityRecipe(), kParitySeed);
  int checkpoint = 0;
  Deviation largest, largest_single;
  for (int step = 0; step < Float64Steps(cell); ++step) {
    if (step < Float32Steps(cell)) {
      single.Resume(Copies(trainer.state(), at::kFloat),
                    Copies(trainer.optimizer().velocity(), at::kFloat),
                    trainer.position());
    }
    const absl::StatusOr<TrainingProgress> progress = trainer.NextStep();
    ASSERT_TRUE(progress.ok()) << progress.status();
    Deviation found = {std::abs(progress->loss / losses[step] - 1) / 1e-9,
                       "loss"};
    if (step + 1 == kCheckpoints[checkpoint]) {
      const double* golden = &states[checkpoint++ * plan.parameters.size() * 3];
      Raise(found, CompareState(plan, kFloat64Parity, trainer.state(), golden));
    }
    EXPECT_LT(found.units, 1)
        << "float64 step " << step + 1 << " " << found.tensor;
    Raise(largest, found);

    if (step >= Float32Steps(cell)) continue;
    const absl::StatusOr<TrainingProgress> coarse = single.NextStep();
    ASSERT_TRUE(coarse.ok()) << coarse.status();
    found = {std::abs(coarse->loss / progress->loss - 1) / 1e-3, "loss"};
    Raise(found,
          CompareStates(plan, kFloat32Parity, single.state(), trainer.state()));
    EXPECT_LT(found.units, 1)
        << "float32 step " << step + 1 << " " << found.tensor;
    Raise(largest_single, found);
  }
  // For a person to read.
  std::cout << cell << ": " << checkpoint << " checkpoints in "
            << Float64Steps(cell)
            << " steps; largest difference, in units of the tolerance: "
            << largest.units << " in float64 (" << largest.tensor << "), "
            << largest_single.units << " in float32 (" << largest_single.tensor
            << ")\n";
}

INSTANTIATE_TEST_SUITE_P(Cells, RecipeParityTest,
                         testing::ValuesIn(kPaperParityCells),
                         [](const auto& info) {
                           return std::string(info.param);
                         });

}  // namespace
}  // namespace robbench
