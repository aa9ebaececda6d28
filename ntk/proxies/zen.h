// Zen-score (Lin, Wang, Sun, Chen, Sun, Qian, Li, Jin: "Zen-NAS: a zero-shot
// NAS for high-performance image recognition", ICCV 2021):
//
//   log E|f(x) - f(x + 0.01 e)| + sum over BatchNorm layers of
//     log sqrt(mean over channels of the variance before it)
//
// with weights, images x and disturbances e of standard normal numbers, f the
// features before the global pooling, |.| an image's Euclidean norm and the
// variance that of x's batch (unbiased). Every BatchNorm layer counts, those of
// dead layers too, as in the authors' program (which sums the features'
// absolute differences instead of their squares), but for those whose input
// does not vary because it comes from a node without input. In nats. Minus
// infinity for a dead cell, whose features do not vary.
//
// Random numbers: weights from PhiloxStream(seed, kInitialWeights, 1, tensor),
// images and disturbances from PhiloxStream(seed, kNtkImages, 1, 0 or 1,
// image), by the method of Box and Muller.
#ifndef NTK_PROXIES_ZEN_H_
#define NTK_PROXIES_ZEN_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "nas/base/philox.h"
#include "nas/network/network.h"
#include "nas/network/normalizer.h"
#include "nas/network_plan.h"
#include "ntk/proxies/network_pass.h"
#include "ntk/proxies/synflow.h"

namespace robbench {
namespace internal {

// Fills `count` float64 numbers: two of a pair of words u, v, radius
// sqrt(-2 log(1 - u)) and angle 2 pi v, cosine first.
inline void FillNormal(PhiloxStream stream, double* numbers, int64_t count) {
  constexpr double kTwoPi = 6.283185307179586;
  for (int64_t i = 0; i < count; i += 2) {
    const double radius = std::sqrt(-2 * std::log(1 - stream.UniformDouble()));
    const double angle = kTwoPi * stream.UniformDouble();
    numbers[i] = radius * std::cos(angle);
    if (i + 1 < count) numbers[i + 1] = radius * std::sin(angle);
  }
}

// `images` images of standard normal numbers, float64 [images, C, H, W].
inline at::Tensor NormalImages(const SkeletonSize& size, int64_t images,
                               uint32_t seed, uint32_t step) {
  const at::Tensor noise =
      at::empty({images, size.image_channels, size.image_size, size.image_size},
                at::kDouble);
  const int64_t each = noise.numel() / images;
  for (int64_t i = 0; i < images; ++i) {
    FillNormal(PhiloxStream(seed, Purpose::kNtkImages, 1, step,
                            static_cast<uint32_t>(i)),
               noise.data_ptr<double>() + i * each, each);
  }
  return noise;
}

}  // namespace internal

// `images` is the size of the batch of noise. The network's own weights are not
// read, only their types and shapes.
inline double Zen(const UntrainedNetwork& network, int64_t images,
                  uint32_t seed) {
  constexpr double kMixture = 0.01;
  const NetworkPlan& plan = network.plan;
  std::vector<at::Tensor> state;
  for (size_t p = 0; p < plan.parameters.size(); ++p) {
    const Parameter& parameter = plan.parameters[p];
    const at::Tensor& like = network.state[p];
    if (parameter.kind == ParameterKind::kBatchNormWeight) {
      state.push_back(at::ones_like(like));
    } else if (parameter.kind == ParameterKind::kConvolutionWeight) {
      const at::Tensor weight = at::empty(parameter.shape, at::kDouble);
      internal::FillNormal(PhiloxStream(seed, Purpose::kInitialWeights, 1,
                                        static_cast<uint32_t>(p)),
                           weight.data_ptr<double>(), weight.numel());
      state.push_back(weight.to(like.options()));
    } else {  // biases and statistics; the classifier's part is not read
      state.push_back(at::zeros_like(like));
    }
  }
  const at::Tensor x = internal::NormalImages(plan.size, images, seed, 0);
  const at::Tensor e = internal::NormalImages(plan.size, images, seed, 1);
  const at::TensorOptions options = network.state.front().options();
  const Normalizer identity = IdentityNormalizer(plan.size.image_channels);
  const auto run = [&](const at::Tensor& noise) {
    return Forward(plan, identity, state, noise.to(options),
                   NetworkMode::kTrain);
  };
  int features = 0;
  for (const Layer& layer : plan.layers) {
    if (layer.kind == LayerKind::kGlobalAveragePool) features = layer.inputs[0];
  }
  const Trace trace = run(x);
  const at::Tensor difference =
      trace.values[features] - run(x + kMixture * e).values[features];
  double score = std::log(difference.to(at::kDouble)
                              .reshape({images, -1})
                              .norm(2, 1)
                              .mean()
                              .item<double>());
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    if (plan.layers[i].kind != LayerKind::kBatchNorm) continue;
    const at::Tensor& variances = trace.batch_variance[i];
    const double mean = Sum(variances) / static_cast<double>(variances.numel());
    if (mean > 0) score += std::log(mean) / 2;
  }
  return score;
}

}  // namespace robbench

#endif  // NTK_PROXIES_ZEN_H_
