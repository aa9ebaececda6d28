// A small network and images for the tests of attacks. The tests' parameter is
// the type, float64 or float32. In float32 the CPU engine computes the network,
// in float64 LibTorch does.
#ifndef TRAINING_ATTACK_ATTACK_FIXTURE_H_
#define TRAINING_ATTACK_ATTACK_FIXTURE_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "nas/base/philox.h"
#include "nas/cell.h"
#include "nas/network/cpu_backend.h"
#include "nas/network/folded_network.h"
#include "nas/network/network.h"
#include "nas/network_plan.h"
#include "training/attack/attack_streams.h"
#include "training/attack/cross_entropy.h"

namespace robbench {

// Returns the largest absolute value of a tensor's elements.
inline double Largest(const at::Tensor& tensor) {
  return tensor.abs().max().item<double>();
}

// Cell 323133 with 8 channels, one cell a stage, four classes and initial
// weights; `count` images of 3x8x8 uniform pixels, image i with label i mod 4.
class AttackFixture : public testing::TestWithParam<at::ScalarType> {
 protected:
  explicit AttackFixture(int64_t count = 6)
      : plan_(MakeNetworkPlan(*Cell::FromCode("323133"), {.channels = 8,
                                                          .cells_per_stage = 1,
                                                          .image_channels = 3,
                                                          .image_size = 8,
                                                          .classes = 4})
                  .value()),
        state_(InitialState(plan_, 5, GetParam())),
        owned_network_(CpuBackend().MakeFoldedNetwork(
            plan_, {{125, 123, 114}, {63, 62, 67}}, state_)),
        network_(*owned_network_) {
    PhiloxStream stream(1, Purpose::kTest);
    images_ = at::empty({count, 3, 8, 8}, at::kFloat);
    for (int64_t i = 0; i < images_.numel(); ++i) {
      images_.data_ptr<float>()[i] = stream.Uniform();
    }
    images_ = images_.to(GetParam());
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < count; ++i) labels.push_back(i % 4);
    labels_ = at::tensor(labels, at::kLong);
  }

  // The cross-entropy of each image, [B], and the sum over the images.
  at::Tensor Losses(const at::Tensor& images) const {
    return CrossEntropy(network_.Logits(images), labels_);
  }
  double Loss(const at::Tensor& images) const {
    return Losses(images).sum().item<double>();
  }

  // The gradient of that sum in the images, [B, C, H, W].
  at::Tensor LossGradient(const at::Tensor& images) const {
    return network_.ImageGradient(images, [&](const at::Tensor& logits) {
      return CrossEntropyGradient(logits, labels_);
    });
  }

  // Says which images the network classifies wrongly, bool [B].
  at::Tensor Fooled(const at::Tensor& images) const {
    return network_.Logits(images).argmax(1).ne(labels_);
  }

  // Streams for images at these positions, with a seed of their own.
  AttackStreams Streams(std::vector<int64_t> samples) const {
    return {.seed = 9, .samples = std::move(samples)};
  }

  // Expects examples within epsilon of the images, up to rounding in float32,
  // and in [0, 1].
  void ExpectInBall(const at::Tensor& attacked, double epsilon) const {
    EXPECT_LE(Largest(attacked - images_), epsilon + 1e-7);
    EXPECT_GE(attacked.min().item<double>(), 0);
    EXPECT_LE(attacked.max().item<double>(), 1);
  }

  NetworkPlan plan_;
  std::vector<at::Tensor> state_;
  const std::unique_ptr<FoldedNetwork> owned_network_;
  const FoldedNetwork& network_;
  at::Tensor images_;
  at::Tensor labels_;
};

}  // namespace robbench

#endif  // TRAINING_ATTACK_ATTACK_FIXTURE_H_
