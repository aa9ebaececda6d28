// Tests what needs a CUDA device. Without one the tests are skipped by name.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "nas/network/cuda_devices.h"
#include "nas/network/device.h"
#include "nas/network/folded_network.h"
#include "nas/network/libtorch_backend.h"
#include "nas/network/network.h"
#include "nas/network_plan.h"
#include "training/attack/pgd_attack.h"
#include "training/augmentation.h"
#include "training/cuda/resident_images.h"
#include "training/dataset/dataset.h"
#include "training/dataset/image_tensors.h"
#include "training/parity/parity_case.h"
#include "training/trainer.h"

namespace robbench {
namespace {

class CudaTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto devices = FindCudaDevices();
    if (!devices.ok()) GTEST_SKIP() << devices.status().message();
    absl::StatusOr<NumericDevice> device = EnterDevice("cuda", "cuda");
    ASSERT_TRUE(device.ok()) << device.status();
    device_ = *std::move(device);
  }

  at::Device OnDevice() const { return at::Device(device_.name); }

  NumericDevice device_;
};

// The losses of `epochs` epochs, and the state after them on the CPU.
struct Training {
  std::vector<double> losses;
  std::vector<at::Tensor> state;
  int64_t replays = 0;
};

Training Train(const char* cell, int epochs, const TrainerOptions& options) {
  const Dataset dataset = ParityDataset();
  Trainer trainer(ParityPlan(cell), dataset, ParityRecipe(), kParitySeed,
                  options);
  Training run;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const std::vector<int64_t> order =
        ShuffledOrder(dataset.train.count(), kParitySeed, epoch);
    for (int step = 0; step < trainer.steps_per_epoch(); ++step) {
      const absl::StatusOr<StepResult> result =
          trainer.Step(epoch, step, trainer.Batch(order, step));
      EXPECT_TRUE(result.ok()) << result.status();
      if (!result.ok()) return run;
      run.losses.push_back(result->loss);
    }
  }
  run.state = ToDevice(trainer.state(), at::kCPU);
  run.replays = trainer.replays();
  return run;
}

TEST_F(CudaTest, AugmentsAndScalesAsTheProcessor) {
  const Dataset dataset = ParityDataset();
  const AugmentationOptions options{.crop_padding = 2, .flip_probability = 0.5};
  const ResidentImages resident(dataset, options, OnDevice());
  std::vector<int64_t> indices = Range(5, 30);
  const at::Tensor images = resident.Augmented(indices, 3, 1);
  ASSERT_TRUE(images.is_cuda());
  const std::string bytes = AugmentedImages(dataset, indices, options, 3, 1);
  const at::Tensor numbers =
      PixelTensor(bytes, 30, dataset.channels, dataset.image_size);
  EXPECT_TRUE(PixelTensor(images, at::kFloat).cpu().equal(numbers));
  EXPECT_TRUE(resident.Labels(indices).cpu().equal(
      LabelTensor(dataset.train, indices)));
}

// The processor follows PyTorch (trainer_test), the device the processor.
TEST_F(CudaTest, TrainsAsTheProcessorInFloat64) {
  for (const char* cell : kParityCells) {
    const Training host = Train(cell, 8, {.dtype = at::kDouble});
    const Training device =
        Train(cell, 8, {.dtype = at::kDouble, .device = OnDevice()});
    ASSERT_EQ(device.losses.size(), 24);
    // Two shapes a run, whole and last batch: two steps each without a graph.
    EXPECT_EQ(device.replays, 24 - 4) << cell;
    for (size_t i = 0; i < host.losses.size(); ++i) {
      EXPECT_NEAR(device.losses[i], host.losses[i], 1e-8 * host.losses[i])
          << cell << " step " << i;
    }
    for (size_t p = 0; p < host.state.size(); ++p) {
      const double size = host.state[p].norm().item<double>();
      EXPECT_NEAR((device.state[p] - host.state[p]).norm().item<double>(), 0,
                  1e-8 * size + 1e-12)
          << cell << " parameter " << p;
    }
  }
}

TEST_F(CudaTest, TrainsToTheSameBytesTwice) {
  for (const char* cell : kParityCells) {
    const Training first = Train(cell, 8, {.device = OnDevice()});
    const Training second = Train(cell, 8, {.device = OnDevice()});
    EXPECT_EQ(first.replays, 24 - 4) << cell;
    EXPECT_EQ(first.losses, second.losses) << cell;
    for (size_t p = 0; p < first.state.size(); ++p) {
      EXPECT_TRUE(first.state[p].equal(second.state[p]))
          << cell << " parameter " << p;
    }
  }
}

// The loss of a first step, and its gradients in one vector on the CPU.
struct Step {
  double loss = 0;
  at::Tensor gradients;
};

Step FirstStep(const char* cell, const TrainerOptions& options) {
  const Dataset dataset = ParityDataset();
  Trainer trainer(ParityPlan(cell), dataset, ParityRecipe(), kParitySeed,
                  options);
  const absl::StatusOr<StepResult> result =
      trainer.Step(0, 0, Range(0, dataset.train.count()));
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return {};
  std::vector<at::Tensor> parts;
  for (const at::Tensor& gradient : trainer.last_gradients()) {
    parts.push_back(gradient.cpu().to(at::kDouble).flatten());
  }
  return {result->loss, at::cat(parts)};
}

// What rounding to float32 does, the processor says: the device may be ten
// times as far from float64, and a little where the processor happens to be
// exact. The attack's steps follow signs, so that a pixel whose gradient is
// nearly zero may go the other way.
TEST_F(CudaTest, StepsInFloat32AsTheProcessor) {
  for (const char* cell : kParityCells) {
    const Step exact = FirstStep(cell, {.dtype = at::kDouble});
    const Step host = FirstStep(cell, {});
    const Step device = FirstStep(cell, {.device = OnDevice()});
    EXPECT_NEAR(device.loss, exact.loss,
                10 * std::abs(host.loss - exact.loss) + 1e-4 * exact.loss)
        << cell;
    const double size = exact.gradients.norm().item<double>();
    const auto error = [&](const Step& step) {
      return (step.gradients - exact.gradients).norm().item<double>() / size;
    };
    std::cout << cell
              << ": relative error of the gradients in float32: " << error(host)
              << " on the processor, " << error(device) << " on the device\n";
    EXPECT_LE(error(device), 10 * error(host) + 1e-3) << cell;
  }
}

// Evaluations run PGD on the folded network, here 8/255 in 7 steps.
TEST_F(CudaTest, AttacksAsTheProcessor) {
  const Dataset dataset = ParityDataset();
  const std::vector<int64_t> samples = Range(0, dataset.train.count());
  const at::Tensor images =
      PixelTensor(dataset.train.pixels, dataset.train.count(), dataset.channels,
                  dataset.image_size);
  const at::Tensor labels = LabelTensor(dataset.train, samples);
  for (const at::ScalarType dtype : {at::kDouble, at::kFloat}) {
    for (const char* cell : kParityCells) {
      const NetworkPlan plan = ParityPlan(cell);
      const std::vector<at::Tensor> state =
          InitialState(plan, kParitySeed, dtype);
      const auto attack = [&](const at::Device& device) {
        const std::unique_ptr<FoldedNetwork> network =
            LibtorchBackend().MakeFoldedNetwork(
                plan, {dataset.mean, dataset.standard_deviation},
                ToDevice(state, device));
        const at::Tensor adversarial =
            RunPgd(*network, images.to(dtype).to(device), labels.to(device), {},
                   {.seed = kParitySeed, .samples = samples});
        return std::pair(adversarial.cpu().to(at::kDouble),
                         network->Logits(adversarial).cpu().to(at::kDouble));
      };
      const auto [host_images, host_logits] = attack(at::kCPU);
      const auto [device_images, device_logits] = attack(OnDevice());
      // In float64 no sign differs. In float32 one pixel in a hundred may.
      const double moved = (device_images - host_images)
                               .abs()
                               .gt(1e-6)
                               .to(at::kDouble)
                               .mean()
                               .item<double>();
      const bool is_exact = dtype == at::kDouble;
      EXPECT_LE(moved, is_exact ? 0 : 0.01) << cell;
      EXPECT_LE((device_logits - host_logits).norm().item<double>(),
                (is_exact ? 1e-9 : 0.02) * host_logits.norm().item<double>())
          << cell;
    }
  }
}

}  // namespace
}  // namespace robbench
