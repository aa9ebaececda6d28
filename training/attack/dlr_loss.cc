#include "training/attack/dlr_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/zeros_like.h>

#include <tuple>

#include "training/attack/predictions.h"

namespace robbench {
namespace {

// The loss -N / D, and its gradient -dN / D + N dD / D^2, where N is the logit
// at `labels` minus the one at `others`, and D a sum of logits, each with a
// weight.
class Ratio {
 public:
  Ratio(const at::Tensor& logits, const at::Tensor& labels,
        const at::Tensor& others)
      : logits_(logits),
        numerator_(Unit(labels).sub_(Unit(others))),
        denominator_(at::zeros_like(logits)) {}

  void AddToDenominator(const at::Tensor& classes, double weight) {
    denominator_ += Unit(classes).mul_(weight);
  }

  LossAndGradient Finish() const {
    const at::Tensor inverse = (denominator_ * logits_)
                                   .sum(1, /*keepdim=*/true)
                                   .add_(1e-12)
                                   .reciprocal_();
    const at::Tensor ratio =
        (numerator_ * logits_).sum(1, /*keepdim=*/true).mul_(inverse);
    return {-ratio.squeeze(1),
            (denominator_ * ratio).sub_(numerator_).mul_(inverse)};
  }

 private:
  at::Tensor Unit(const at::Tensor& classes) const {
    return OneHot(classes, logits_).to(logits_.scalar_type());
  }

  const at::Tensor& logits_;
  const at::Tensor numerator_;  // the logits' weights in N
  at::Tensor denominator_;      // and in D
};

// The classes of each image by falling logit.
at::Tensor Order(const at::Tensor& logits) {
  return std::get<1>(at::sort(logits, 1, /*descending=*/true));
}

}  // namespace

LossAndGradient DlrLoss(const at::Tensor& logits, const at::Tensor& labels) {
  const at::Tensor order = Order(logits);
  Ratio ratio(logits, labels,
              LikeliestOtherClasses(logits, labels, 1).squeeze(1));
  ratio.AddToDenominator(order.select(1, 0), 1);
  ratio.AddToDenominator(order.select(1, 2), -1);
  return ratio.Finish();
}

LossAndGradient TargetedDlrLoss(const at::Tensor& logits,
                                const at::Tensor& labels,
                                const at::Tensor& targets) {
  const at::Tensor order = Order(logits);
  Ratio ratio(logits, labels, targets);
  ratio.AddToDenominator(order.select(1, 0), 1);
  ratio.AddToDenominator(order.select(1, 2), -0.5);
  ratio.AddToDenominator(order.select(1, 3), -0.5);
  return ratio.Finish();
}

}  // namespace robbench
