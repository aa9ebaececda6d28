#include "training/dataset/cifar10c.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nas/base/status_macros.h"
#include "training/dataset/cifar.h"
#include "training/dataset/npy.h"

namespace robbench {
namespace {

constexpr int64_t kArea = kCifarImageSize * kCifarImageSize;
constexpr int64_t kPixels = kCifarChannels * kArea;

std::string ShapeText(const NpyArray& array) {
  return absl::StrCat("[", absl::StrJoin(array.shape, ", "), "]");
}

}  // namespace

absl::StatusOr<ImageSplit> ParseCifar10c(const std::string& images_path,
                                         absl::string_view images,
                                         const std::string& labels_path,
                                         absl::string_view labels,
                                         int severity) {
  ROBBENCH_ASSIGN_OR_RETURN(const NpyArray image_array,
                            ParseNpy(images_path, images));
  ROBBENCH_ASSIGN_OR_RETURN(const NpyArray label_array,
                            ParseNpy(labels_path, labels));
  if (image_array.shape.size() != 4 || image_array.shape[0] == 0 ||
      image_array.shape[0] % kCifar10cSeverities != 0 ||
      image_array.shape[1] != kCifarImageSize ||
      image_array.shape[2] != kCifarImageSize ||
      image_array.shape[3] != kCifarChannels) {
    return absl::InvalidArgumentError(
        absl::StrCat(images_path, ": shape: expected [", kCifar10cSeverities,
                     " N, ", kCifarImageSize, ", ", kCifarImageSize, ", ",
                     kCifarChannels, "], found ", ShapeText(image_array)));
  }
  const int64_t all = image_array.shape[0];
  if (label_array.shape.size() != 1 || label_array.shape[0] != all) {
    return absl::InvalidArgumentError(absl::StrCat(
        labels_path, ": shape: expected [", all, "], one an image of ",
        images_path, ", found ", ShapeText(label_array)));
  }
  const int64_t count = all / kCifar10cSeverities;
  const int64_t first = (severity - 1) * count;
  ImageSplit split;
  split.pixels.reserve(count * kPixels);
  split.labels.reserve(count);
  for (int64_t i = first; i < first + count; ++i) {
    const int label = static_cast<uint8_t>(label_array.bytes[i]);
    if (label >= CifarClasses(CifarKind::kCifar10)) {
      return absl::InvalidArgumentError(absl::StrCat(
          labels_path, ": label ", i, ": expected 0 to ",
          CifarClasses(CifarKind::kCifar10) - 1, ", found ", label));
    }
    split.labels.push_back(label);
    const char* image = image_array.bytes.data() + i * kPixels;
    for (int channel = 0; channel < kCifarChannels; ++channel) {
      for (int64_t k = 0; k < kArea; ++k) {
        split.pixels.push_back(image[k * kCifarChannels + channel]);
      }
    }
  }
  return split;
}

}  // namespace robbench
