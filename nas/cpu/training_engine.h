// The engine for training: a forward and a backward pass in train mode on the
// CPU without LibTorch. BatchNorm couples the images of a batch, so a pass has
// phases that end where a BatchNorm needs the whole batch: forward for its
// statistics, backward for the two sums of its gradient. Inside a phase image
// after image runs through all layers, on data in the cache. A value that lives
// in one phase only needs memory for one image.
//
//   TrainingEngine engine(plan, normalizer);
//   engine.Forward(images, batch, state, logits);
//   engine.Backward(logit_gradient, state, gradients);
//
// Numbers are float32. One object serves one thread.
// nas/network/network_test.cc compares it with LibTorch's operations.
#ifndef NAS_CPU_TRAINING_ENGINE_H_
#define NAS_CPU_TRAINING_ENGINE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "nas/cpu/aligned_floats.h"
#include "nas/cpu/convolution_calls.h"
#include "nas/cpu/cpu_program.h"
#include "nas/cpu/program_kernels.h"
#include "nas/network_plan.h"

namespace robbench {

class TrainingEngine {
 public:
  // Whether the engine can run the network on this processor: it needs AVX2 and
  // numbers of channels that are multiples of 8.
  static bool Supports(const NetworkPlan& plan) {
    return ProgramSupports(plan, ProgramPurpose::kTraining);
  }

  // CHECKs Supports(plan). Memory for a batch is taken at the first pass and
  // kept; a larger batch takes more.
  TrainingEngine(const NetworkPlan& plan, const PixelNormalizer& normalizer);

  // The statistics of a BatchNorm layer over the last batch, by channel.
  struct Statistics {
    std::vector<float> mean;
    std::vector<float> variance;  // unbiased; 0 for a single value
    // 1 / sqrt(biased variance + epsilon), which normalised the batch.
    std::vector<float> inverse_deviation;
  };
  // `layer` is a position in plan.layers of a BatchNorm.
  const Statistics& statistics(int layer) const {
    return norms_[layer].statistics;
  }

  // Computes the logits [batch, classes] of images, planar [batch, C, H, W] in
  // [0, 1]. `state` points to the data of each of plan.parameters. Running
  // statistics are neither read nor changed.
  void Forward(const float* images, int64_t batch,
               const std::vector<const float*>& state, float* logits);

  // Computes the gradients of sum(logit_gradient * logits) of the last Forward.
  // It must be called with the same state, and once only, as it overwrites what
  // Forward has kept. `gradients` says where to put the gradient of each
  // parameter, of its shape; null for buffers. Parameters of dead layers get
  // zeros.
  void Backward(const float* logit_gradient,
                const std::vector<const float*>& state,
                const std::vector<float*>& gradients);

 private:
  // What a convolution works with during a phase.
  struct Convolution {
    std::vector<ConvolutionCall> forward;
    std::vector<ConvolutionCall> backward;
    AlignedFloats total;  // gradient of the weights
    AlignedFloats one;    // the same of one image
  };

  struct Norm {
    Statistics statistics;
    // Output = scale * input + shift.
    std::vector<float> scale;
    std::vector<float> shift;
    // Over the images so far: the mean and the squares about it; in the
    // backward pass, the sums of the gradient and of its product with the input
    // less its mean.
    std::vector<double> mean;
    std::vector<double> deviations;
    std::vector<double> sums;
    std::vector<double> products;
    // d input = a * gradient + b * (input - mean) + d.
    std::vector<float> a;
    std::vector<float> b;
    std::vector<float> d;
  };

  // The arguments of a pass.
  struct Pass {
    const float* images;
    float* logits;
    const float* logit_gradient;
    const std::vector<const float*>& state;
    const std::vector<float*>* gradients;
  };

  float* Image(int slot, int64_t image) {
    return slot < 0 ? nullptr : slots_->Image(slot, image);
  }
  uint8_t* Masks(int64_t image) { return &masks_[image * program_.mask_bytes]; }
  LinearLayer Linear(int layer, const std::vector<const float*>& state) const;

  // What is done before a phase's images, on each of them, and after them.
  void BeginForward(const Instruction& instruction, const Pass& pass);
  void ForwardImage(const Instruction& instruction, const Pass& pass,
                    int64_t b);
  void EndForward(const Instruction& instruction);
  void BeginBackward(const Instruction& instruction, const Pass& pass);
  void BackwardImage(const Instruction& instruction, const Pass& pass,
                     int64_t b);
  void EndBackward(const Instruction& instruction, const Pass& pass);

  void AddStatistics(const Instruction& instruction, int64_t b);
  void InputGradient(const Norm& norm, const float* gradient,
                     const float* input, int channels, int size,
                     bool accumulate, float* out) const;
  void ConvolutionGradient(const Instruction& instruction, int norm, int64_t b);
  void HeadGradient(const Instruction& instruction, const Pass& pass,
                    int64_t b);

  const NetworkPlan plan_;
  const PixelNormalizer normalizer_;
  const CpuProgram program_;
  const std::vector<int> first_parameter_;  // by layer
  int64_t batch_ = 0;
  int64_t capacity_ = 0;
  std::optional<SlotMemory> slots_;  // for `capacity_` images
  std::vector<uint8_t> masks_;
  std::vector<Convolution> convolutions_;  // by layer
  std::vector<Norm> norms_;                // by layer
  std::vector<float> features_;            // [batch, channels]
  std::vector<float> feature_gradients_;   // [channels]
  std::vector<double> feature_sums_;       // [channels]
};

}  // namespace robbench

#endif  // NAS_CPU_TRAINING_ENGINE_H_
