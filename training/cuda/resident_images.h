// Keeps the training images on a device, uploaded once, as bytes. A batch is
// gathered, cropped and mirrored there. Its crops are drawn on the CPU from the
// same streams as in augmentation.h, so the result is byte for byte that of
// AugmentedImages.
#ifndef TRAINING_CUDA_RESIDENT_IMAGES_H_
#define TRAINING_CUDA_RESIDENT_IMAGES_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "training/augmentation.h"
#include "training/dataset/dataset.h"

namespace robbench {

// The train split of a data set, padded for the crop.
class ResidentImages {
 public:
  // Takes N * C * (H + 2 padding) * (W + 2 padding) bytes of the device.
  ResidentImages(const Dataset& dataset, const AugmentationOptions& options,
                 const at::Device& device);

  // Returns the augmented images at positions `indices` of the train split,
  // [B, C, H, W] bytes, on the device.
  at::Tensor Augmented(const std::vector<int64_t>& indices, uint32_t seed,
                       uint32_t epoch) const;

  // Returns the labels at positions `indices`, int64 [B], on the device.
  at::Tensor Labels(const std::vector<int64_t>& indices) const;

 private:
  const AugmentationOptions options_;
  at::Tensor padded_;  // [N, C, H + 2 padding, W + 2 padding] bytes
  at::Tensor labels_;  // int64 [N]
};

}  // namespace robbench

#endif  // TRAINING_CUDA_RESIDENT_IMAGES_H_
