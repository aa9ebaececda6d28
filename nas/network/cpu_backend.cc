#include "nas/network/cpu_backend.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "nas/cpu/image_gradient_engine.h"
#include "nas/cpu/image_threads.h"
#include "nas/cpu/training_engine.h"
#include "nas/network/folded_network.h"
#include "nas/network/folded_steps.h"
#include "nas/network/libtorch_backend.h"
#include "nas/network/network_constants.h"
#include "nas/network/normalizer.h"
#include "nas/network/training_pass.h"

namespace robbench {
namespace {

using at::Tensor;

bool IsFloatOnCpu(const std::vector<Tensor>& state) {
  return state[0].is_cpu() && state[0].scalar_type() == at::kFloat;
}

std::vector<float> Floats(const Tensor& tensor) {
  if (!tensor.defined()) return {};
  const Tensor flat = tensor.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

// The folded numbers of each layer of the plan; empty for layers without.
std::vector<FoldedNumbers> Numbers(const NetworkPlan& plan,
                                   const std::vector<Tensor>& state) {
  at::NoGradGuard no_graph;
  std::vector<FoldedNumbers> numbers(plan.layers.size());
  for (const FoldedStep& step : Fold(plan, state)) {
    numbers[step.layer] = {Floats(step.weight), Floats(step.bias)};
  }
  return numbers;
}

std::vector<const float*> Pointers(const std::vector<at::Tensor>& tensors) {
  std::vector<const float*> pointers;
  for (const at::Tensor& tensor : tensors) {
    TORCH_CHECK(tensor.is_contiguous());
    pointers.push_back(tensor.data_ptr<float>());
  }
  return pointers;
}

class EngineNetwork : public FoldedNetwork {
 public:
  EngineNetwork(const NetworkPlan& plan, const Normalizer& normalizer,
                const std::vector<Tensor>& state)
      : size_(plan.size),
        engine_(plan, PixelNormalizerOf(normalizer), Numbers(plan, state)) {}

  Tensor Logits(const Tensor& images) const override {
    at::NoGradGuard no_graph;
    Tensor masks;
    return Forward(images.contiguous(), masks);
  }

  Tensor ImageGradient(const Tensor& images,
                       const LogitGradient& logit_gradient) const override {
    at::NoGradGuard no_graph;
    Tensor masks;
    const Tensor logits = Forward(images.contiguous(), masks);
    return Backward(masks, logit_gradient(logits).contiguous());
  }

 private:
  Tensor Forward(const Tensor& images, Tensor& masks) const;
  Tensor Backward(const Tensor& masks, const Tensor& logit_gradient) const;

  const SkeletonSize size_;
  const ImageGradientEngine engine_;
};

Tensor EngineNetwork::Forward(const Tensor& images, Tensor& masks) const {
  const int64_t count = images.size(0);
  masks = at::empty({count, engine_.mask_bytes()}, at::kByte);
  Tensor logits = at::empty({count, engine_.classes()}, at::kFloat);
  const float* in = images.data_ptr<float>();
  float* out = logits.data_ptr<float>();
  uint8_t* mask = masks.data_ptr<uint8_t>();
  RunImages(count, [&](ImageQueue& queue) {
    ImageGradientEngine::Workspace workspace = engine_.MakeWorkspace();
    std::vector<ImageGradientEngine::ForwardImage> group;
    while (const std::optional<int64_t> i = queue.Next()) {
      group.push_back({in + *i * engine_.image_floats(),
                       out + *i * engine_.classes(),
                       mask + *i * engine_.mask_bytes()});
      if (group.size() < ImageGradientEngine::kGroup) continue;
      engine_.Forward(group, workspace);
      group.clear();
    }
    if (!group.empty()) engine_.Forward(group, workspace);
  });
  return logits;
}

Tensor EngineNetwork::Backward(const Tensor& masks,
                               const Tensor& logit_gradient) const {
  const int64_t count = masks.size(0);
  Tensor gradient = at::empty(
      {count, size_.image_channels, size_.image_size, size_.image_size},
      at::kFloat);
  const float* in = logit_gradient.data_ptr<float>();
  const uint8_t* mask = masks.data_ptr<uint8_t>();
  float* out = gradient.data_ptr<float>();
  RunImages(count, [&](ImageQueue& queue) {
    ImageGradientEngine::Workspace workspace = engine_.MakeWorkspace();
    std::vector<ImageGradientEngine::BackwardImage> group;
    while (const std::optional<int64_t> i = queue.Next()) {
      const float* row = in + *i * engine_.classes();
      float* image = out + *i * engine_.image_floats();
      if (std::all_of(row, row + engine_.classes(),
                      [](float g) { return g == 0; })) {
        std::fill_n(image, engine_.image_floats(), 0.0f);
        continue;
      }
      group.push_back({row, mask + *i * engine_.mask_bytes(), image});
      if (group.size() < ImageGradientEngine::kGroup) continue;
      engine_.Backward(group, workspace);
      group.clear();
    }
    if (!group.empty()) engine_.Backward(group, workspace);
  });
  return gradient;
}

class EnginePass : public TrainingPass {
 public:
  EnginePass(const NetworkPlan& plan, const Normalizer& normalizer)
      : plan_(plan), engine_(plan, PixelNormalizerOf(normalizer)) {}

  Tensor Forward(const std::vector<Tensor>& state,
                 const Tensor& images) override {
    at::NoGradGuard no_graph;
    const Tensor planar = images.contiguous();
    Tensor logits = at::empty({images.size(0), plan_.size.classes}, at::kFloat);
    engine_.Forward(planar.data_ptr<float>(), images.size(0), Pointers(state),
                    logits.data_ptr<float>());
    return logits;
  }

  std::vector<Tensor> Backward(const std::vector<Tensor>& state,
                               const Tensor& logit_gradient) override {
    at::NoGradGuard no_graph;
    std::vector<Tensor> gradients(state.size());
    std::vector<float*> pointers(state.size(), nullptr);
    for (size_t p = 0; p < state.size(); ++p) {
      if (IsBuffer(plan_.parameters[p].kind)) continue;
      gradients[p] = at::empty(state[p].sizes(), at::kFloat);
      pointers[p] = gradients[p].data_ptr<float>();
    }
    const Tensor contiguous = logit_gradient.contiguous();
    engine_.Backward(contiguous.data_ptr<float>(), Pointers(state), pointers);
    return gradients;
  }

  void UpdateRunningStatistics(std::vector<Tensor>& state) const override {
    constexpr float kKept = 1 - kBatchNormMomentum;
    constexpr float kTaken = kBatchNormMomentum;
    for (size_t p = 0; p < plan_.parameters.size(); ++p) {
      const Parameter& parameter = plan_.parameters[p];
      if (!IsBuffer(parameter.kind)) continue;
      const TrainingEngine::Statistics& statistics =
          engine_.statistics(parameter.layer);
      const std::vector<float>& batch =
          parameter.kind == ParameterKind::kRunningMean ? statistics.mean
                                                        : statistics.variance;
      float* running = state[p].data_ptr<float>();
      for (size_t c = 0; c < batch.size(); ++c) {
        running[c] = kKept * running[c] + kTaken * batch[c];
      }
    }
  }

 private:
  const NetworkPlan plan_;
  TrainingEngine engine_;
};

class TheCpuBackend : public Backend {
 public:
  std::unique_ptr<FoldedNetwork> MakeFoldedNetwork(
      const NetworkPlan& plan, const Normalizer& normalizer,
      const std::vector<Tensor>& state) const override {
    if (!HasImageGradientEngine(plan, state)) {
      return LibtorchBackend().MakeFoldedNetwork(plan, normalizer, state);
    }
    return std::make_unique<EngineNetwork>(plan, normalizer, state);
  }

  std::unique_ptr<TrainingPass> MakeTrainingPass(
      const NetworkPlan& plan, const Normalizer& normalizer,
      const std::vector<Tensor>& state) const override {
    if (!IsFloatOnCpu(state) || !TrainingEngine::Supports(plan)) {
      return LibtorchBackend().MakeTrainingPass(plan, normalizer, state);
    }
    return std::make_unique<EnginePass>(plan, normalizer);
  }
};

}  // namespace

const Backend& CpuBackend() {
  static const TheCpuBackend& backend = *new TheCpuBackend;
  return backend;
}

PixelNormalizer PixelNormalizerOf(const Normalizer& normalizer) {
  PixelNormalizer pixels;
  for (double mean : normalizer.mean) {
    pixels.mean.push_back(static_cast<float>(mean / 255));
  }
  for (double deviation : normalizer.standard_deviation) {
    pixels.inverse_deviation.push_back(static_cast<float>(255 / deviation));
  }
  return pixels;
}

bool HasImageGradientEngine(const NetworkPlan& plan,
                            const std::vector<Tensor>& state) {
  return IsFloatOnCpu(state) && ImageGradientEngine::Supports(plan);
}

}  // namespace robbench
