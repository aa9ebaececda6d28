#include "ntk/gradient_kernel.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ntk/sample_gradients.h"

namespace robbench {
namespace {

bool IsWeight(ParameterKind kind) {
  return kind == ParameterKind::kConvolutionWeight ||
         kind == ParameterKind::kBatchNormWeight ||
         kind == ParameterKind::kLinearWeight;
}

class KernelSum {
 public:
  KernelSum(const NetworkPlan& plan, const std::vector<at::Tensor>& state,
            const std::vector<ImageSet>& sets, const at::Tensor& labels,
            const std::vector<KernelPair>& pairs,
            const GradientKernelOptions& options)
      : plan_(plan),
        sets_(sets),
        labels_(labels),
        pairs_(pairs),
        options_(options),
        images_(sets[0].images.size(0)) {
    for (size_t k = 0; k < pairs.size(); ++k) {
      kernels_.push_back(
          at::zeros({images_, images_}, state[0].options().dtype(at::kDouble)));
    }
  }

  bool Wants(int parameter) const {
    return !options_.weights_only || IsWeight(plan_.parameters[parameter].kind);
  }

  // Adds the part of one parameter: `gradients` [sets * N, numel].
  void Add(int parameter, const at::Tensor& gradients) {
    const at::Tensor wide = gradients.to(at::kDouble);
    status_.Update(CheckFinite(parameter, wide));
    for (size_t k = 0; k < pairs_.size(); ++k) {
      const auto [first, second] = pairs_[k];
      kernels_[k].addmm_(wide.narrow(0, first * images_, images_),
                         wide.narrow(0, second * images_, images_).t());
    }
  }

  absl::StatusOr<std::vector<at::Tensor>> Finish() {
    if (!status_.ok()) return status_;
    for (size_t k = 0; k < pairs_.size(); ++k) {
      // Matrix products need not round both halves alike.
      if (pairs_[k].first == pairs_[k].second) {
        kernels_[k] = (kernels_[k] + kernels_[k].t()) / 2;
      }
      kernels_[k] = kernels_[k].cpu();
    }
    return std::move(kernels_);
  }

 private:
  absl::Status CheckFinite(int parameter, const at::Tensor& gradients) const {
    // Infinities of both signs give NaN: nothing cancels.
    const at::Tensor finite = gradients.sum(1).isfinite();
    if (finite.all().item<bool>()) return absl::OkStatus();
    const int64_t row = finite.to(at::kInt).argmin().item<int64_t>();
    return absl::FailedPreconditionError(absl::StrCat(
        "gradient of ", plan_.parameters[parameter].name,
        ": expected finite numbers, found NaN or infinity at image ",
        row % images_, " of set ", sets_[row / images_].name));
  }

  const NetworkPlan& plan_;
  const std::vector<ImageSet>& sets_;
  const at::Tensor& labels_;
  const std::vector<KernelPair>& pairs_;
  const GradientKernelOptions& options_;
  const int64_t images_;
  std::vector<at::Tensor> kernels_;
  absl::Status status_;
};

// Gradients of every image of a set through BatchNorm's batch statistics:
// [N, numel] a parameter.
std::vector<at::Tensor> BatchGradients(const NetworkPlan& plan,
                                       const Normalizer& normalizer,
                                       const std::vector<at::Tensor>& state,
                                       const Trace& trace,
                                       const at::Tensor& logit_gradients) {
  const int64_t images = logit_gradients.size(0);
  std::vector<at::Tensor> rows(plan.parameters.size());
  for (int64_t i = 0; i < images; ++i) {
    at::Tensor one = at::zeros_like(logit_gradients);
    one[i] = logit_gradients[i];
    const Gradients gradients = Backward(plan, normalizer, state, trace, one);
    for (size_t p = 0; p < rows.size(); ++p) {
      const at::Tensor& gradient = gradients.parameters[p];
      if (!gradient.defined()) continue;
      if (!rows[p].defined()) {
        rows[p] = at::empty({images, gradient.numel()}, gradient.options());
      }
      rows[p][i] = gradient.flatten();
    }
  }
  return rows;
}

}  // namespace

absl::StatusOr<std::vector<at::Tensor>> GradientKernels(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const std::vector<at::Tensor>& state, const std::vector<ImageSet>& sets,
    const at::Tensor& labels, const std::vector<KernelPair>& pairs,
    const GradientKernelOptions& options) {
  KernelSum sum(plan, state, sets, labels, pairs, options);
  const int64_t scalars = ScalarCount(options.scalar, plan.size.classes);
  if (options.batch_statistics) {
    std::vector<Trace> traces;
    for (const ImageSet& set : sets) {
      traces.push_back(Forward(plan, normalizer, state,
                               set.images.to(state[0].options()),
                               NetworkMode::kTrain));
    }
    for (int64_t scalar = 0; scalar < scalars; ++scalar) {
      std::vector<std::vector<at::Tensor>> rows;
      for (const Trace& trace : traces) {
        rows.push_back(BatchGradients(
            plan, normalizer, state, trace,
            LogitGradients(options.scalar, scalar, trace.logits(), labels)));
      }
      for (size_t p = 0; p < plan.parameters.size(); ++p) {
        if (!rows[0][p].defined() || !sum.Wants(p)) continue;
        std::vector<at::Tensor> parts;
        for (const auto& set : rows) parts.push_back(set[p]);
        sum.Add(p, at::cat(parts));
      }
    }
    return sum.Finish();
  }
  std::vector<at::Tensor> images;
  for (const ImageSet& set : sets) images.push_back(set.images);
  const at::Tensor batch = at::cat(images);
  const at::Tensor repeated =
      labels.repeat({static_cast<int64_t>(sets.size())});
  for (int64_t scalar = 0; scalar < scalars; ++scalar) {
    VisitSampleGradients(
        plan, normalizer, state, batch,
        [&](const at::Tensor& logits) {
          return LogitGradients(options.scalar, scalar, logits, repeated);
        },
        [&](int parameter, const at::Tensor& gradients) {
          if (sum.Wants(parameter)) sum.Add(parameter, gradients);
        });
  }
  return sum.Finish();
}

}  // namespace robbench
