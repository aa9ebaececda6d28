// The random numbers of an attack. Each image has a stream that is named by its
// position in the split, so that an image's numbers depend neither on how the
// images are cut into batches nor on the other images.
#ifndef TRAINING_ATTACK_ATTACK_STREAMS_H_
#define TRAINING_ATTACK_ATTACK_STREAMS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nas/base/philox.h"

namespace robbench {

// The names of the streams of a batch (nas/base/philox.h).
struct AttackStreams {
  uint32_t seed = 0;
  Purpose purpose = Purpose::kEvaluationAttack;
  uint32_t epoch = 0;
  uint32_t step = 0;             // an attack counts its runs from here
  std::vector<int64_t> samples;  // the position of each image of the batch

  // The stream of the batch's image number `image`.
  PhiloxStream Stream(int64_t image) const {
    return PhiloxStream(seed, purpose, epoch, step,
                        static_cast<uint32_t>(samples[image]));
  }
};

// Returns the streams of the batch's images at `index` (int64 [b], on any
// device) for run number `run` of an attack.
AttackStreams SelectStreams(const AttackStreams& streams,
                            const at::Tensor& index, int run = 0);

// Returns numbers uniform in [-1, 1), of the shape, type and device of `images`
// [B, C, H, W]. An image's numbers are drawn in the order [C, H, W], in
// float32.
at::Tensor UniformNoise(const at::Tensor& images, const AttackStreams& streams);

}  // namespace robbench

#endif  // TRAINING_ATTACK_ATTACK_STREAMS_H_
