// The training images on a device: uploaded once, as bytes. A batch is
// gathered, cropped and mirrored there, at positions drawn on the CPU from the
// same streams as in augmentation.h: byte for byte AugmentedImages.
#ifndef TRAINING_RESIDENT_IMAGES_H_
#define TRAINING_RESIDENT_IMAGES_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "training/augmentation.h"
#include "training/dataset/dataset.h"

namespace robbench {

class ResidentImages {
 public:
  ResidentImages(const Dataset& dataset, const AugmentationOptions& options,
                 const at::Device& device);

  // The augmented images at `indices` of the train split, [B, C, H, W] bytes.
  at::Tensor Augmented(const std::vector<int64_t>& indices, uint32_t seed,
                       uint32_t epoch) const;

  // Their labels, int64 [B].
  at::Tensor Labels(const std::vector<int64_t>& indices) const;

 private:
  const AugmentationOptions options_;
  at::Tensor padded_;  // [N, C, H + 2 padding, W + 2 padding] bytes
  at::Tensor labels_;  // int64 [N]
};

}  // namespace robbench

#endif  // TRAINING_RESIDENT_IMAGES_H_
