#include "training/attack/fab_attack.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include "training/attack/hyperplane_projection.h"
#include "training/attack/predictions.h"

namespace robbench {
namespace {

using at::Tensor;

// z_t - z_y, its gradient with respect to the images, and which images are
// misclassified.
struct Boundary {
  Tensor margin;    // [b]
  Tensor gradient;  // [b, C, H, W]
  Tensor fooled;    // bool [b]
};

class FabRun {
 public:
  FabRun(const FoldedNetwork& network, const FabOptions& options,
         const Tensor& positions, const Tensor& images, const Tensor& labels,
         const Tensor& targets)
      : network_(network),
        options_(options),
        positions_(positions),
        images_(images),
        labels_(labels),
        targets_(targets),
        iterate_(images) {}

  // Makes the run. Writes to the rows of `result` of images that it fools, and
  // returns the positions of the others.
  Tensor Run(Tensor& result) {
    for (int step = 0; step <= options_.steps; ++step) {
      const bool last = step == options_.steps;
      Boundary boundary = BoundaryAt(iterate_, labels_, targets_,
                                     last ? Need::kNothing : Need::kCorrect);
      if (boundary.fooled.any().item<bool>()) {
        boundary = TakeFooled(boundary, last, result);
      }
      if (last || positions_.numel() == 0) break;
      Move(boundary);
    }
    return positions_;
  }

 private:
  // The images whose gradients are needed. The others get zeros, which cost no
  // backward pass.
  enum class Need { kNothing, kCorrect, kAll };

  Boundary BoundaryAt(const Tensor& images, const Tensor& labels,
                      const Tensor& targets, Need need) const {
    Boundary boundary;
    boundary.gradient =
        network_.ImageGradient(images, [&](const Tensor& logits) {
          boundary.fooled = logits.argmax(1).ne(labels);
          Tensor gradient =
              OneHot(targets, logits)
                  .to(logits.scalar_type())
                  .sub_(OneHot(labels, logits).to(logits.scalar_type()));
          boundary.margin = (gradient * logits).sum(1);
          if (need == Need::kNothing) return at::zeros_like(logits);
          if (need == Need::kCorrect) {
            gradient.masked_fill_(boundary.fooled.unsqueeze(1), 0);
          }
          return gradient;
        });
    return boundary;
  }

  // An image that is misclassified within epsilon is done. One that is
  // misclassified farther off goes back towards the clean image, and needs the
  // boundary there.
  Boundary TakeFooled(const Boundary& found, bool last, Tensor& result) {
    const Tensor near = (iterate_ - images_)
                            .abs_()
                            .amax({1, 2, 3})
                            .le(options_.epsilon)
                            .logical_and_(found.fooled);
    const Tensor done = Positions(near);
    result.index_copy_(0, positions_.index_select(0, done),
                       iterate_.index_select(0, done));
    const Tensor others = Positions(near.logical_not());
    for (Tensor* tensor :
         {&positions_, &images_, &labels_, &targets_, &iterate_}) {
      *tensor = tensor->index_select(0, others);
    }
    Boundary boundary{found.margin.index_select(0, others),
                      found.gradient.index_select(0, others),
                      found.fooled.index_select(0, others)};
    const Tensor far = Positions(boundary.fooled);
    if (last || far.numel() == 0) return boundary;
    const Tensor images = images_.index_select(0, far);
    const Tensor back =
        images + (iterate_.index_select(0, far) - images) * options_.beta;
    iterate_.index_copy_(0, far, back);
    const Boundary again =
        BoundaryAt(back, labels_.index_select(0, far),
                   targets_.index_select(0, far), Need::kAll);
    boundary.margin.index_copy_(0, far, again.margin);
    boundary.gradient.index_copy_(0, far, again.gradient);
    return boundary;
  }

  void Move(const Boundary& boundary) {
    const Tensor x = iterate_.flatten(1);
    const Tensor x0 = images_.flatten(1);
    const Tensor w = boundary.gradient.flatten(1);
    // The linearisation at x is <w, .> - b. These are its values at x and at
    // x0.
    const Tensor excess = boundary.margin;
    const Tensor excess0 = boundary.margin + (w * (x0 - x)).sum(1);
    const Tensor d = StepToHyperplane(x, w, excess);
    const Tensor d0 = StepToHyperplane(x0, w, excess0);
    const auto norm = [](const Tensor& step) {
      return step.abs().amax(1, /*keepdim=*/true).clamp_min_(1e-8);
    };
    const Tensor alpha =
        (norm(d) / (norm(d) + norm(d0))).clamp_max_(options_.alpha_max);
    iterate_ = ((x + d * options_.eta) * (1 - alpha) +
                (x0 + d0 * options_.eta) * alpha)
                   .clamp_(0, 1)
                   .view_as(images_);
  }

  const FoldedNetwork& network_;
  const FabOptions& options_;
  // The images that are still to be fooled.
  Tensor positions_, images_, labels_, targets_, iterate_;
};

}  // namespace

at::Tensor RunFab(const FoldedNetwork& network, const at::Tensor& images,
                  const at::Tensor& labels, const FabOptions& options) {
  at::NoGradGuard no_graph;
  const Tensor logits = network.Logits(images);
  const Tensor targets = LikeliestOtherClasses(logits, labels, options.targets);
  Tensor result = images.clone();
  Tensor positions = CorrectImages(logits, labels);
  for (int run = 0; run < options.targets && positions.numel() > 0; ++run) {
    positions =
        FabRun(network, options, positions, images.index_select(0, positions),
               labels.index_select(0, positions),
               targets.select(1, run).index_select(0, positions))
            .Run(result);
  }
  return result;
}

}  // namespace robbench
