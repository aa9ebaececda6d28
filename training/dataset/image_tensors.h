// Turns the images of a Dataset into tensors. An image has shape [C, H, W] and
// values in [0, 1]; the normaliser is a layer of the network.
#ifndef TRAINING_DATASET_IMAGE_TENSORS_H_
#define TRAINING_DATASET_IMAGE_TENSORS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "training/dataset/dataset.h"

namespace robbench {

// Returns bytes [count, channels, size, size] as numbers in [0, 1]: byte / 255,
// correctly rounded.
at::Tensor PixelTensor(absl::string_view pixels, int64_t count,
                       int64_t channels, int64_t size,
                       at::ScalarType dtype = at::kFloat);

// Does the same with bytes in a tensor, on the tensor's device.
at::Tensor PixelTensor(const at::Tensor& bytes, at::ScalarType dtype);

// Returns the images at positions `indices` of the split, [B, C, H, W] in
// [0, 1], on the CPU.
at::Tensor ImageTensor(const Dataset& dataset, const ImageSplit& split,
                       const std::vector<int64_t>& indices,
                       at::ScalarType dtype = at::kFloat);

// Returns the labels at positions `indices`, int64 [B], on the CPU.
at::Tensor LabelTensor(const ImageSplit& split,
                       const std::vector<int64_t>& indices);

// Returns the positions first, first + 1, ..., first + count - 1.
std::vector<int64_t> Range(int64_t first, int64_t count);

}  // namespace robbench

#endif  // TRAINING_DATASET_IMAGE_TENSORS_H_
