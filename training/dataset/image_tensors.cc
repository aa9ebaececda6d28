#include "training/dataset/image_tensors.h"

#include <ATen/ATen.h>

#include <cstring>
#include <numeric>

namespace robbench {

at::Tensor ImageTensor(const Dataset& dataset, const ImageSplit& split,
                       const std::vector<int64_t>& indices,
                       at::ScalarType dtype) {
  const int64_t count = static_cast<int64_t>(indices.size());
  const int64_t bytes =
      int64_t{dataset.channels} * dataset.image_size * dataset.image_size;
  at::Tensor pixels =
      at::empty({count, dataset.channels, dataset.image_size,
                 dataset.image_size},
                at::kByte);
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(pixels.data_ptr<uint8_t>() + i * bytes,
                split.pixels.data() + indices[i] * bytes, bytes);
  }
  return pixels.to(dtype).div_(255.0);
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
