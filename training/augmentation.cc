#include "training/augmentation.h"

#include <numeric>
#include <utility>

#include "nas/base/philox.h"

namespace robbench {

void CropAndFlip(const char* plane, int size, int padding, int dy, int dx,
                 bool flip, char* out) {
  for (int row = 0; row < size; ++row) {
    const int y = row + dy - padding;
    for (int column = 0; column < size; ++column) {
      const int x = (flip ? size - 1 - column : column) + dx - padding;
      const bool inside = y >= 0 && y < size && x >= 0 && x < size;
      *out++ = inside ? plane[y * size + x] : 0;
    }
  }
}

CropDraw DrawCrop(const AugmentationOptions& options, uint32_t seed,
                  uint32_t epoch, uint32_t sample) {
  PhiloxStream crop(seed, Purpose::kCrop, epoch, 0, sample);
  PhiloxStream flip(seed, Purpose::kFlip, epoch, 0, sample);
  const uint32_t offsets = 2 * options.crop_padding + 1;
  CropDraw draw;
  draw.dy = static_cast<int>(crop.Below(offsets));
  draw.dx = static_cast<int>(crop.Below(offsets));
  draw.mirrored = flip.UniformDouble() < options.flip_probability;
  return draw;
}

std::string AugmentedImages(const Dataset& dataset,
                            const std::vector<int64_t>& indices,
                            const AugmentationOptions& options, uint32_t seed,
                            uint32_t epoch) {
  const int size = dataset.image_size;
  const int64_t area = int64_t{size} * size;
  const int64_t image_bytes = dataset.channels * area;
  std::string out(indices.size() * image_bytes, '\0');
  char* to = out.data();
  for (int64_t index : indices) {
    const CropDraw draw =
        DrawCrop(options, seed, epoch, static_cast<uint32_t>(index));
    const char* from = dataset.train.pixels.data() + index * image_bytes;
    for (int channel = 0; channel < dataset.channels; ++channel) {
      CropAndFlip(from + channel * area, size, options.crop_padding, draw.dy,
                  draw.dx, draw.mirrored, to);
      to += area;
    }
  }
  return out;
}

std::vector<int64_t> ShuffledOrder(int64_t count, uint32_t seed,
                                   uint32_t epoch) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  PhiloxStream stream(seed, Purpose::kShuffle, epoch);
  for (int64_t i = count - 1; i > 0; --i) {
    std::swap(order[i], order[stream.Below(static_cast<uint32_t>(i + 1))]);
  }
  return order;
}

}  // namespace robbench
