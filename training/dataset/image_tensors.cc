#include "training/dataset/image_tensors.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>

#include <cstddef>
#include <numeric>
#include <string>

namespace robbench {

at::Tensor PixelTensor(absl::string_view pixels, int64_t count,
                       int64_t channels, int64_t size, at::ScalarType dtype) {
  // The bytes are only read, as the conversion copies them.
  return PixelTensor(at::from_blob(const_cast<char*>(pixels.data()),
                                   {count, channels, size, size}, at::kByte),
                     dtype);
}

at::Tensor PixelTensor(const at::Tensor& bytes, at::ScalarType dtype) {
  at::Tensor numbers = bytes.to(dtype);
  // The divisor is a tensor, because CUDA would multiply by the inverse of a
  // number, which does not always give the nearest quotient.
  return numbers.div_(at::full({}, 255.0, numbers.options()));
}

at::Tensor ImageTensor(const Dataset& dataset, const ImageSplit& split,
                       const std::vector<int64_t>& indices,
                       at::ScalarType dtype) {
  const int64_t bytes =
      int64_t{dataset.channels} * dataset.image_size * dataset.image_size;
  std::string pixels;
  pixels.reserve(indices.size() * bytes);
  for (int64_t index : indices) {
    pixels.append(split.pixels, index * bytes, bytes);
  }
  return PixelTensor(pixels, static_cast<int64_t>(indices.size()),
                     dataset.channels, dataset.image_size, dtype);
}

at::Tensor LabelTensor(const ImageSplit& split,
                       const std::vector<int64_t>& indices) {
  at::Tensor labels =
      at::empty({static_cast<int64_t>(indices.size())}, at::kLong);
  for (size_t i = 0; i < indices.size(); ++i) {
    labels.data_ptr<int64_t>()[i] = split.labels[indices[i]];
  }
  return labels;
}

std::vector<int64_t> Range(int64_t first, int64_t count) {
  std::vector<int64_t> indices(count);
  std::iota(indices.begin(), indices.end(), first);
  return indices;
}

}  // namespace robbench
