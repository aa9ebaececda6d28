// Tests that a wrong engine is caught on the first batches, whatever it gets
// wrong, and that a right one passes with its own bits.
#include "nas/network/check_backend.h"

#include <ATen/ATen.h>
#include <ATen/core/Tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "nas/cell.h"
#include "nas/network/backend.h"
#include "nas/network/cpu_backend.h"
#include "nas/network/folded_network.h"
#include "nas/network/libtorch_backend.h"
#include "nas/network/network.h"
#include "nas/network/normalizer.h"
#include "nas/network/torch_boundary.h"
#include "nas/network/training_pass.h"
#include "nas/network_plan.h"

namespace robbench {
namespace {

using at::Tensor;
using testing::HasSubstr;
using testing::StartsWith;

// What an engine gets wrong.
enum class Fault {
  kNone,
  kLogits,         // of one image
  kImageGradient,  // of one image
  kPassLogits,
  kParameterGradient,  // one of the stem's
  kStatistics,
  kNotANumber,
};

class WrongNetwork : public FoldedNetwork {
 public:
  WrongNetwork(std::unique_ptr<FoldedNetwork> right, Fault fault)
      : right_(std::move(right)), fault_(fault) {}

  Tensor Logits(const Tensor& images) const override {
    Tensor logits = right_->Logits(images);
    if (fault_ == Fault::kLogits) logits[1] *= 1.1;
    return logits;
  }

  Tensor ImageGradient(const Tensor& images,
                       const LogitGradient& logit_gradient) const override {
    Tensor gradient = right_->ImageGradient(images, logit_gradient);
    if (fault_ == Fault::kImageGradient) gradient[1] *= -1;
    if (fault_ == Fault::kNotANumber) gradient[0][0][0][0] = NAN;
    return gradient;
  }

 private:
  const std::unique_ptr<FoldedNetwork> right_;
  const Fault fault_;
};

class WrongPass : public TrainingPass {
 public:
  WrongPass(std::unique_ptr<TrainingPass> right, Fault fault)
      : right_(std::move(right)), fault_(fault) {}

  Tensor Forward(const std::vector<Tensor>& state,
                 const Tensor& images) override {
    Tensor logits = right_->Forward(state, images);
    if (fault_ == Fault::kPassLogits) logits += 0.1;
    return logits;
  }

  std::vector<Tensor> Backward(const std::vector<Tensor>& state,
                               const Tensor& logit_gradient) override {
    std::vector<Tensor> gradients = right_->Backward(state, logit_gradient);
    if (fault_ == Fault::kParameterGradient) gradients[0][2] *= 1.5;
    return gradients;
  }

  void UpdateRunningStatistics(std::vector<Tensor>& state) const override {
    right_->UpdateRunningStatistics(state);
    if (fault_ == Fault::kStatistics) state[4] *= 1.01;
  }

 private:
  const std::unique_ptr<TrainingPass> right_;
  const Fault fault_;
};

class WrongBackend : public Backend {
 public:
  explicit WrongBackend(Fault fault) : fault_(fault) {}

  std::unique_ptr<FoldedNetwork> MakeFoldedNetwork(
      const NetworkPlan& plan, const Normalizer& normalizer,
      const std::vector<Tensor>& state) const override {
    return std::make_unique<WrongNetwork>(
        CpuBackend().MakeFoldedNetwork(plan, normalizer, state), fault_);
  }

  std::unique_ptr<TrainingPass> MakeTrainingPass(
      const NetworkPlan& plan, const Normalizer& normalizer,
      const std::vector<Tensor>& state) const override {
    return std::make_unique<WrongPass>(
        CpuBackend().MakeTrainingPass(plan, normalizer, state), fault_);
  }

 private:
  const Fault fault_;
};

class CheckBackendTest : public testing::Test {
 protected:
  CheckBackendTest()
      : plan_(MakeNetworkPlan(*Cell::FromCode("323133"), {.channels = 8,
                                                          .cells_per_stage = 1,
                                                          .image_channels = 3,
                                                          .image_size = 8,
                                                          .classes = 10})
                  .value()),
        state_(InitialState(plan_, 3)) {
    at::manual_seed(1);
    images_ = at::rand({4, 3, 8, 8});
    direction_ = at::randn({4, 10});
  }

  // The network's two functions, then a training step.
  absl::Status Run(const Backend& backend) {
    return CatchTorchErrors("the run", [&]() -> absl::Status {
      const auto network =
          backend.MakeFoldedNetwork(plan_, normalizer_, state_);
      logits_ = network->Logits(images_);
      gradient_ = network->ImageGradient(
          images_, [&](const Tensor&) { return direction_; });
      const auto pass = backend.MakeTrainingPass(plan_, normalizer_, state_);
      pass->Forward(state_, images_);
      gradients_ = pass->Backward(state_, direction_);
      after_.clear();
      for (const Tensor& tensor : state_) after_.push_back(tensor.clone());
      pass->UpdateRunningStatistics(after_);
      return absl::OkStatus();
    });
  }

  const NetworkPlan plan_;
  const Normalizer normalizer_{{125, 123, 114}, {63, 62, 67}};
  const std::vector<Tensor> state_;
  Tensor images_, direction_;
  Tensor logits_, gradient_;
  std::vector<Tensor> gradients_, after_;
};

TEST_F(CheckBackendTest, TheRightEngineKeepsItsBits) {
  ASSERT_TRUE(Run(CpuBackend()).ok());
  const Tensor logits = logits_, gradient = gradient_;
  const std::vector<Tensor> gradients = gradients_, after = after_;
  const auto check = MakeCheckBackend(CpuBackend(), LibtorchBackend());
  const absl::Status status = Run(*check);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(logits_.equal(logits));
  EXPECT_TRUE(gradient_.equal(gradient));
  for (size_t p = 0; p < state_.size(); ++p) {
    EXPECT_TRUE(after_[p].equal(after[p])) << plan_.parameters[p].name;
    if (IsBuffer(plan_.parameters[p].kind)) continue;
    EXPECT_TRUE(gradients_[p].equal(gradients[p])) << plan_.parameters[p].name;
  }
}

TEST_F(CheckBackendTest, AWrongEngineIsCaught) {
  const std::vector<std::pair<Fault, std::string>> faults = {
      {Fault::kLogits, "logits of batch 1: "},
      {Fault::kImageGradient, "image gradient 1: "},
      {Fault::kNotANumber, "image gradient 1: "},
      {Fault::kPassLogits, "logits of training pass 1: "},
      {Fault::kParameterGradient,
       "gradient of stem.0.weight of training pass 1: "},
      {Fault::kStatistics, "stem.1.running_var after training pass 1: "},
  };
  for (const auto& [fault, what] : faults) {
    const WrongBackend wrong(fault);
    ASSERT_TRUE(Run(wrong).ok()) << what;
    const absl::Status status =
        Run(*MakeCheckBackend(wrong, LibtorchBackend()));
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << what;
    EXPECT_THAT(std::string(status.message()),
                StartsWith("the run: --backend=check: " + what + "expected"));
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("expected the reference backend's within"));
  }
}

TEST_F(CheckBackendTest, ComparesTheFirstBatchesOnly) {
  const WrongBackend right(Fault::kNone);
  const WrongBackend wrong(Fault::kImageGradient);
  EXPECT_TRUE(
      Run(*MakeCheckBackend(wrong, LibtorchBackend(), {.batches = 0})).ok());
  // The count is the backend's, over all networks that it makes.
  const auto check = MakeCheckBackend(wrong, right, {.batches = 2});
  const auto run = [&] {
    return CatchTorchErrors("gradient", [&]() -> absl::Status {
      check->MakeFoldedNetwork(plan_, normalizer_, state_)
          ->ImageGradient(images_, [&](const Tensor&) { return direction_; });
      return absl::OkStatus();
    });
  };
  EXPECT_FALSE(run().ok());
  EXPECT_FALSE(run().ok());
  EXPECT_TRUE(run().ok());
}

// A run that diverges ends with an error of its own, so it is not compared.
TEST_F(CheckBackendTest, AReferenceThatIsNotFiniteIsNotCompared) {
  const WrongBackend not_finite(Fault::kNotANumber);
  const absl::Status status = Run(*MakeCheckBackend(CpuBackend(), not_finite));
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace robbench
