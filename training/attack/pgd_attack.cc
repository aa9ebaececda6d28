#include "training/attack/pgd_attack.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/where.h>

#include <cstdint>

#include "training/attack/cross_entropy.h"

namespace robbench {
namespace {

// Keeps of each image the candidate that fools the network, and of several
// such, or of none, the one of the highest loss; the first of equal losses.
class StrongestExamples {
 public:
  explicit StrongestExamples(const at::Tensor& labels) : labels_(labels) {}

  void Add(const at::Tensor& candidates, const at::Tensor& logits) {
    const at::Tensor loss = CrossEntropy(logits, labels_);
    const at::Tensor fooled = logits.argmax(1).ne(labels_);
    if (!examples_.defined()) {
      examples_ = candidates;
      loss_ = loss;
      fooled_ = fooled;
      return;
    }
    const at::Tensor stronger = fooled.eq(fooled_)
                                    .logical_and_(loss.gt(loss_))
                                    .logical_or_(fooled.gt(fooled_));
    examples_ = at::where(stronger.view({-1, 1, 1, 1}), candidates, examples_);
    loss_ = at::where(stronger, loss, loss_);
    fooled_ = fooled_.logical_or(fooled);
  }

  const at::Tensor& examples() const { return examples_; }

 private:
  const at::Tensor& labels_;
  at::Tensor examples_, loss_, fooled_;
};

}  // namespace

at::Tensor RandomStart(const at::Tensor& images, double epsilon,
                       const AttackStreams& streams) {
  return UniformNoise(images, streams).mul_(epsilon).add_(images).clamp_(0, 1);
}

at::Tensor PgdStep(const at::Tensor& images, const at::Tensor& iterate,
                   const at::Tensor& gradient, double epsilon,
                   double step_size) {
  return (gradient.sign().mul_(step_size).add_(iterate).sub_(images))
      .clamp_(-epsilon, epsilon)
      .add_(images)
      .clamp_(0, 1);
}

at::Tensor RunPgdFrom(const FoldedNetwork& network, const at::Tensor& images,
                      const at::Tensor& labels, const at::Tensor& start,
                      const PgdOptions& options) {
  at::NoGradGuard no_graph;
  const auto logit_gradient = [&](const at::Tensor& logits) {
    return CrossEntropyGradient(logits, labels);
  };
  at::Tensor iterate = start;
  for (int step = 0; step < options.steps; ++step) {
    const at::Tensor gradient = network.ImageGradient(iterate, logit_gradient);
    iterate =
        PgdStep(images, iterate, gradient, options.epsilon, options.step_size);
  }
  return iterate;
}

at::Tensor RunPgd(const FoldedNetwork& network, const at::Tensor& images,
                  const at::Tensor& labels, const PgdOptions& options,
                  const AttackStreams& streams) {
  at::NoGradGuard no_graph;
  const auto start = [&](int restart) {
    if (!options.random_start) return images;
    AttackStreams run = streams;
    run.step += static_cast<uint32_t>(restart);
    return RandomStart(images, options.epsilon, run);
  };
  if (options.restarts == 1 && !options.best_iterate) {
    return RunPgdFrom(network, images, labels, start(0), options);
  }
  PgdOptions one_step = options;
  one_step.steps = 1;
  StrongestExamples strongest(labels);
  for (int restart = 0; restart < options.restarts; ++restart) {
    at::Tensor iterate = start(restart);
    if (options.best_iterate) {
      for (int step = 0; step < options.steps; ++step) {
        strongest.Add(iterate, network.Logits(iterate));
        iterate = RunPgdFrom(network, images, labels, iterate, one_step);
      }
    } else {
      iterate = RunPgdFrom(network, images, labels, iterate, options);
    }
    strongest.Add(iterate, network.Logits(iterate));
  }
  return strongest.examples();
}

}  // namespace robbench
