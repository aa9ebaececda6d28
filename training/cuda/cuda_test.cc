// Tests what needs a CUDA device. Without one the tests are skipped by name.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "nas/network/cuda_devices.h"
#include "nas/network/device.h"
#include "nas/network/network.h"
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

}  // namespace
}  // namespace robbench
