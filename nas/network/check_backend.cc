#include "nas/network/check_backend.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/network/folded_network.h"
#include "nas/network/network.h"
#include "nas/network/normalizer.h"
#include "nas/network/status_exception.h"
#include "nas/network/training_pass.h"
#include "nas/network_plan.h"

namespace robbench {
namespace {

using at::Tensor;

// The numbers of calls so far, over all networks and passes of a backend.
struct Counters {
  std::atomic<int> logits{0};
  std::atomic<int> gradients{0};
  std::atomic<int> passes{0};
};

double Norm(const Tensor& tensor) {
  return tensor.to(at::kDouble).norm().item<double>();
}

// Throws unless |found - expected| <= tolerance * (|expected| + scale).
void Compare(absl::string_view what, const Tensor& found,
             const Tensor& expected, double tolerance, double scale = 0) {
  const double difference =
      Norm(found.to(at::kDouble) - expected.to(at::kDouble));
  const double size = Norm(expected) + scale;
  // Where the expected numbers are not finite, the run has diverged, which the
  // caller finds and reports.
  if (difference <= tolerance * size || !std::isfinite(size)) return;
  throw StatusException(absl::InternalError(absl::StrCat(
      "--backend=check: ", what, ": expected the reference backend's within ",
      tolerance, " of their norm, found ", difference / size)));
}

class CheckedNetwork : public FoldedNetwork {
 public:
  CheckedNetwork(std::unique_ptr<FoldedNetwork> tested,
                 std::unique_ptr<FoldedNetwork> reference,
                 const CheckBackendOptions& options,
                 std::shared_ptr<Counters> counters)
      : tested_(std::move(tested)),
        reference_(std::move(reference)),
        options_(options),
        counters_(std::move(counters)) {}

  Tensor Logits(const Tensor& images) const override {
    Tensor logits = tested_->Logits(images);
    const int batch = ++counters_->logits;
    if (batch <= options_.batches) {
      Compare(absl::StrCat("logits of batch ", batch), logits,
              reference_->Logits(images), options_.logits_tolerance);
    }
    return logits;
  }

  // The reference's backward pass starts from the logits' gradient that the
  // tested network was given, so that one difference is not counted twice.
  Tensor ImageGradient(const Tensor& images,
                       const LogitGradient& logit_gradient) const override {
    const int batch = ++counters_->gradients;
    if (batch > options_.batches) {
      return tested_->ImageGradient(images, logit_gradient);
    }
    Tensor logits, given;
    const Tensor gradient =
        tested_->ImageGradient(images, [&](const Tensor& found) {
          logits = found;
          given = logit_gradient(found);
          return given;
        });
    const Tensor expected =
        reference_->ImageGradient(images, [&](const Tensor& reference) {
          Compare(absl::StrCat("logits of image gradient ", batch), logits,
                  reference, options_.logits_tolerance);
          return given;
        });
    Compare(absl::StrCat("image gradient ", batch), gradient, expected,
            options_.gradient_tolerance);
    return gradient;
  }

 private:
  const std::unique_ptr<FoldedNetwork> tested_;
  const std::unique_ptr<FoldedNetwork> reference_;
  const CheckBackendOptions options_;
  const std::shared_ptr<Counters> counters_;
};

class CheckedPass : public TrainingPass {
 public:
  CheckedPass(const NetworkPlan& plan, std::unique_ptr<TrainingPass> tested,
              std::unique_ptr<TrainingPass> reference,
              const CheckBackendOptions& options,
              std::shared_ptr<Counters> counters)
      : plan_(plan),
        tested_(std::move(tested)),
        reference_(std::move(reference)),
        options_(options),
        counters_(std::move(counters)) {}

  Tensor Forward(const std::vector<Tensor>& state,
                 const Tensor& images) override {
    batch_ = ++counters_->passes;
    Tensor logits = tested_->Forward(state, images);
    if (IsCompared()) {
      Compare(absl::StrCat("logits of training pass ", batch_), logits,
              reference_->Forward(state, images), options_.logits_tolerance);
    }
    return logits;
  }

  std::vector<Tensor> Backward(const std::vector<Tensor>& state,
                               const Tensor& logit_gradient) override {
    std::vector<Tensor> gradients = tested_->Backward(state, logit_gradient);
    if (!IsCompared()) return gradients;
    const std::vector<Tensor> expected =
        reference_->Backward(state, logit_gradient);
    // Rounding in a gradient that is zero in exact arithmetic is of the order
    // of the others.
    double largest = 0;
    for (const Tensor& gradient : expected) {
      if (gradient.defined()) largest = std::max(largest, Norm(gradient));
    }
    for (size_t p = 0; p < expected.size(); ++p) {
      if (!expected[p].defined()) continue;
      Compare(absl::StrCat("gradient of ", plan_.parameters[p].name,
                           " of training pass ", batch_),
              gradients[p], expected[p], options_.gradient_tolerance,
              kShareOfLargest * largest);
    }
    return gradients;
  }

  void UpdateRunningStatistics(std::vector<Tensor>& state) const override {
    if (!IsCompared()) return tested_->UpdateRunningStatistics(state);
    std::vector<Tensor> expected;
    for (const Tensor& tensor : state) expected.push_back(tensor.clone());
    tested_->UpdateRunningStatistics(state);
    reference_->UpdateRunningStatistics(expected);
    for (size_t p = 0; p < state.size(); ++p) {
      const ParameterKind kind = plan_.parameters[p].kind;
      if (!IsBuffer(kind)) continue;
      // A mean may be zero in exact arithmetic, so its error is measured by the
      // standard deviation, whose square follows it in the state.
      const double deviation = kind == ParameterKind::kRunningMean
                                   ? Norm(expected[p + 1].sqrt())
                                   : 0;
      Compare(absl::StrCat(plan_.parameters[p].name, " after training pass ",
                           batch_),
              state[p], expected[p], options_.logits_tolerance, deviation);
    }
  }

 private:
  static constexpr double kShareOfLargest = 1e-2;

  bool IsCompared() const { return batch_ <= options_.batches; }

  const NetworkPlan plan_;
  const std::unique_ptr<TrainingPass> tested_;
  const std::unique_ptr<TrainingPass> reference_;
  const CheckBackendOptions options_;
  const std::shared_ptr<Counters> counters_;
  int batch_ = 0;
};

class CheckBackend : public Backend {
 public:
  CheckBackend(const Backend& tested, const Backend& reference,
               const CheckBackendOptions& options)
      : tested_(tested), reference_(reference), options_(options) {}

  std::unique_ptr<FoldedNetwork> MakeFoldedNetwork(
      const NetworkPlan& plan, const Normalizer& normalizer,
      const std::vector<Tensor>& state) const override {
    return std::make_unique<CheckedNetwork>(
        tested_.MakeFoldedNetwork(plan, normalizer, state),
        reference_.MakeFoldedNetwork(plan, normalizer, state), options_,
        counters_);
  }

  std::unique_ptr<TrainingPass> MakeTrainingPass(
      const NetworkPlan& plan, const Normalizer& normalizer,
      const std::vector<Tensor>& state) const override {
    return std::make_unique<CheckedPass>(
        plan, tested_.MakeTrainingPass(plan, normalizer, state),
        reference_.MakeTrainingPass(plan, normalizer, state), options_,
        counters_);
  }

 private:
  const Backend& tested_;
  const Backend& reference_;
  const CheckBackendOptions options_;
  const std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
};

}  // namespace

std::unique_ptr<const Backend> MakeCheckBackend(
    const Backend& tested, const Backend& reference,
    const CheckBackendOptions& options) {
  return std::make_unique<CheckBackend>(tested, reference, options);
}

}  // namespace robbench
