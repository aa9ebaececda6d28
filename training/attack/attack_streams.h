// The random numbers of an attack: a stream for each image, by its position in
// the split, so that neither the batch split nor the images beside it matter.
#ifndef TRAINING_ATTACK_ATTACK_STREAMS_H_
#define TRAINING_ATTACK_ATTACK_STREAMS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nas/base/philox.h"

namespace robbench {

struct AttackStreams {
  uint32_t seed = 0;
  Purpose purpose = Purpose::kEvaluationAttack;
  uint32_t epoch = 0;
  uint32_t step = 0;             // an attack counts its runs from here
  std::vector<int64_t> samples;  // one an image

  PhiloxStream Stream(int64_t image) const {
    return PhiloxStream(seed, purpose, epoch, step,
                        static_cast<uint32_t>(samples[image]));
  }
};

// The streams of the images at `index` (int64 [b]) in run `run`.
AttackStreams SelectStreams(const AttackStreams& streams,
                            const at::Tensor& index, int run = 0);

// Uniform in [-1, 1), drawn in [C, H, W] order; of the shape and type of
// `images` [B, C, H, W].
at::Tensor UniformNoise(const at::Tensor& images, const AttackStreams& streams);

}  // namespace robbench

#endif  // TRAINING_ATTACK_ATTACK_STREAMS_H_
