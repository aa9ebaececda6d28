// What the engines do alike with a program's instructions (cpu_program.h): the
// kernels without numbers of the network, the linear layer of the head, and
// the normalised image.
#ifndef NAS_CPU_PROGRAM_KERNELS_H_
#define NAS_CPU_PROGRAM_KERNELS_H_

#include <cstdint>
#include <vector>

#include "nas/cpu/cpu_program.h"

namespace robbench {

// Of pixels in [0, 1], by channel.
struct PixelNormalizer {
  std::vector<float> mean;
  std::vector<float> inverse_deviation;
};

// A planar image [C, H, W], normalised, into the inside of `out`, which has a
// border.
void NormalizeImage(const float* image, const PixelNormalizer& normalizer,
                    int channels, int size, float* out);

// Zero, Add, Relu and pooling of one image, and their adjoints. CHECKs that it
// is one of them. `masks`: the image's; `scratch`: as CpuProgram says.
void RunForward(const Instruction& instruction, const float* in, float* out,
                uint8_t* masks, float* scratch);
void RunBackward(const Instruction& instruction, const float* in, float* out,
                 const uint8_t* masks, float* scratch);

// A linear layer of one image: `weight` is [classes, channels].
struct LinearLayer {
  const float* weight;
  const float* bias;
  int classes;
  int channels;

  void Forward(const float* features, float* logits) const;
  // Overwrites `feature_gradient`.
  void Backward(const float* logit_gradient, float* feature_gradient) const;
};

}  // namespace robbench

#endif  // NAS_CPU_PROGRAM_KERNELS_H_
