#include "ntk/gradient_kernel.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ntk/sample_gradients.h"

namespace robbench {
namespace {

// `gradients` [sets * images, numel].
absl::Status CheckFinite(const std::string& parameter,
                         const at::Tensor& gradients, int64_t images) {
  // Infinities of both signs give NaN: nothing cancels.
  const at::Tensor finite = gradients.sum(1).isfinite();
  if (finite.all().item<bool>()) return absl::OkStatus();
  const int64_t row = finite.to(at::kInt).argmin().item<int64_t>();
  return absl::FailedPreconditionError(absl::StrCat(
      "gradient of ", parameter, ": expected finite numbers, found NaN or ",
      "infinity at image ", row % images, " of set ", row / images));
}

}  // namespace

absl::StatusOr<std::vector<at::Tensor>> GradientKernels(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const std::vector<at::Tensor>& state,
    const std::vector<at::Tensor>& image_sets,
    const at::Tensor& logit_gradients, const std::vector<KernelPair>& pairs) {
  const int64_t images = image_sets[0].size(0);
  const int64_t sets = static_cast<int64_t>(image_sets.size());
  std::vector<at::Tensor> kernels;
  for (size_t k = 0; k < pairs.size(); ++k) {
    kernels.push_back(
        at::zeros({images, images}, state[0].options().dtype(at::kDouble)));
  }
  absl::Status status;
  const auto accumulate = [&](int parameter, const at::Tensor& gradients) {
    const at::Tensor wide = gradients.to(at::kDouble);
    status.Update(CheckFinite(plan.parameters[parameter].name, wide, images));
    for (size_t k = 0; k < pairs.size(); ++k) {
      const auto [first, second] = pairs[k];
      kernels[k].addmm_(wide.narrow(0, first * images, images),
                        wide.narrow(0, second * images, images).t());
    }
  };
  VisitSampleGradients(plan, normalizer, state, at::cat(image_sets),
                       logit_gradients.repeat({sets, 1}), accumulate);
  if (!status.ok()) return status;
  for (size_t k = 0; k < pairs.size(); ++k) {
    // Matrix products need not round both halves alike.
    if (pairs[k].first == pairs[k].second) {
      kernels[k] = (kernels[k] + kernels[k].t()) / 2;
    }
    kernels[k] = kernels[k].cpu();
  }
  return kernels;
}

}  // namespace robbench
