// Images of a Dataset as tensors.
#ifndef TRAINING_DATASET_IMAGE_TENSORS_H_
#define TRAINING_DATASET_IMAGE_TENSORS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "training/dataset/dataset.h"

namespace robbench {

// Bytes [count, channels, size, size] as numbers in [0, 1] (byte / 255).
at::Tensor PixelTensor(absl::string_view pixels, int64_t count,
                       int64_t channels, int64_t size,
                       at::ScalarType dtype = at::kFloat);

// The same of bytes in a tensor, on any device.
at::Tensor PixelTensor(const at::Tensor& bytes, at::ScalarType dtype);

// The images at `indices`, [B, C, H, W] in [0, 1].
at::Tensor ImageTensor(const Dataset& dataset, const ImageSplit& split,
                       const std::vector<int64_t>& indices,
                       at::ScalarType dtype = at::kFloat);

// Their labels, int64 [B].
at::Tensor LabelTensor(const ImageSplit& split,
                       const std::vector<int64_t>& indices);

// first, first + 1, ..., first + count - 1.
std::vector<int64_t> Range(int64_t first, int64_t count);

}  // namespace robbench

#endif  // TRAINING_DATASET_IMAGE_TENSORS_H_
