// What all engines do alike with the instructions of a program (cpu_program.h):
// the kernels that need no numbers of the network, the linear layer of the
// head, and the normalisation of the image.
#ifndef NAS_CPU_PROGRAM_KERNELS_H_
#define NAS_CPU_PROGRAM_KERNELS_H_

#include <cstdint>
#include <vector>

#include "nas/cpu/cpu_program.h"

namespace robbench {

// The mean and 1 / standard deviation of pixels in [0, 1], by channel.
struct PixelNormalizer {
  std::vector<float> mean;
  std::vector<float> inverse_deviation;
};

// Normalises a planar image [C, H, W] of pixels in [0, 1] and writes it to the
// inside of `out`, which has a border and `channels` floats a pixel.
void NormalizeImage(const float* image, const PixelNormalizer& normalizer,
                    int channels, int size, float* out);

// Runs an instruction on one image, or its adjoint. CHECKs that it is Zero
// (forward only), Add, Relu or a pooling. `masks` has CpuProgram::mask_bytes of
// this image, which the forward pass writes and the backward pass reads;
// `scratch` has CpuProgram::scratch_floats.
void RunForward(const Instruction& instruction, const float* in, float* out,
                uint8_t* masks, float* scratch);
void RunBackward(const Instruction& instruction, const float* in, float* out,
                 const uint8_t* masks, float* scratch);

// A linear layer on one image: `weight` is [classes, channels] and `bias`
// [classes]. It does not own them.
struct LinearLayer {
  const float* weight;
  const float* bias;
  int classes;
  int channels;

  // logits[classes] = weight * features[channels] + bias.
  void Forward(const float* features, float* logits) const;
  // feature_gradient[channels] = weight^T * logit_gradient[classes].
  void Backward(const float* logit_gradient, float* feature_gradient) const;
};

}  // namespace robbench

#endif  // NAS_CPU_PROGRAM_KERNELS_H_
