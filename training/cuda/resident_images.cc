#include "training/cuda/resident_images.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

namespace robbench {
namespace {

using at::Tensor;

// Returns rows of numbers, of equal lengths, as a tensor on a device. They are
// copied at once.
Tensor Upload(const std::vector<std::vector<int64_t>>& rows,
              const at::Device& device) {
  std::vector<int64_t> all;
  for (const std::vector<int64_t>& row : rows) {
    all.insert(all.end(), row.begin(), row.end());
  }
  const int64_t count = static_cast<int64_t>(rows.size());
  return at::from_blob(all.data(),
                       {count, static_cast<int64_t>(rows[0].size())}, at::kLong)
      .to(device, /*non_blocking=*/false, /*copy=*/true);
}

}  // namespace

ResidentImages::ResidentImages(const Dataset& dataset,
                               const AugmentationOptions& options,
                               const at::Device& device)
    : options_(options), labels_(Upload({dataset.train.labels}, device)[0]) {
  const int64_t size = dataset.image_size;
  const int64_t padding = options.crop_padding;
  const std::vector<int64_t> shape = {dataset.train.count(), dataset.channels,
                                      size, size};
  padded_ =
      at::zeros({shape[0], shape[1], size + 2 * padding, size + 2 * padding},
                at::TensorOptions(at::kByte).device(device));
  // The bytes are only read, as they are copied to the device.
  padded_.narrow(2, padding, size)
      .narrow(3, padding, size)
      .copy_(at::from_blob(const_cast<char*>(dataset.train.pixels.data()),
                           shape, at::kByte));
}

Tensor ResidentImages::Augmented(const std::vector<int64_t>& indices,
                                 uint32_t seed, uint32_t epoch) const {
  std::vector<std::vector<int64_t>> draws = {indices, {}, {}, {}};
  for (int64_t index : indices) {
    const CropDraw draw =
        DrawCrop(options_, seed, epoch, static_cast<uint32_t>(index));
    draws[1].push_back(draw.dy);
    draws[2].push_back(draw.dx);
    draws[3].push_back(draw.mirrored ? 1 : 0);
  }
  const Tensor drawn = Upload(draws, padded_.device()).view({4, -1, 1, 1, 1});
  const int64_t width = padded_.size(3);
  const int64_t size = width - 2 * options_.crop_padding;
  const Tensor pixel = at::arange(size, drawn.options());
  const Tensor channel = at::arange(padded_.size(1), drawn.options());
  const Tensor row = drawn[1] + pixel.view({1, 1, -1, 1});
  const Tensor column =
      drawn[2] + pixel + drawn[3] * (size - 1 - 2 * pixel);  // mirrored
  const Tensor plane = drawn[0] * padded_.size(1) + channel.view({1, -1, 1, 1});
  return padded_.take((plane * width + row) * width + column);
}

Tensor ResidentImages::Labels(const std::vector<int64_t>& indices) const {
  return labels_.take(Upload({indices}, labels_.device())[0]);
}

}  // namespace robbench
