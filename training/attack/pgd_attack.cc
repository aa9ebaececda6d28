#include "training/attack/pgd_attack.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include "training/attack/cross_entropy.h"

namespace robbench {

at::Tensor RandomStart(const at::Tensor& images, double epsilon,
                       const AttackStreams& streams) {
  const int64_t count = images.size(0);
  const int64_t pixels = count == 0 ? 0 : images.numel() / count;
  at::Tensor noise = at::empty(images.sizes(), at::kFloat);
  float* data = noise.data_ptr<float>();
  for (int64_t i = 0; i < count; ++i) {
    PhiloxStream stream(streams.seed, streams.purpose, streams.epoch,
                        streams.step,
                        static_cast<uint32_t>(streams.samples[i]));
    for (int64_t k = 0; k < pixels; ++k) {
      *data++ = 2.0f * stream.Uniform() - 1.0f;
    }
  }
  return noise.to(images.options()).mul_(epsilon).add_(images).clamp_(0, 1);
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
  const auto logit_gradient = [&](const at::Tensor& logits, int64_t first) {
    return CrossEntropyGradient(logits,
                                labels.narrow(0, first, logits.size(0)));
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
  return RunPgdFrom(network, images, labels,
                    options.random_start
                        ? RandomStart(images, options.epsilon, streams)
                        : images,
                    options);
}

}  // namespace robbench
