#include "training/dataset/cifar10c.h"

#include <cstdint>
#include <string>
#include <vector>

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

absl::StatusOr<ImageSplit> ParseCifar10c(
    const std::string& images_path, absl::string_view images,
    const std::string& labels_path, absl::string_view labels,
    const std::vector<int64_t>& test_labels, int severity) {
  ROBBENCH_ASSIGN_OR_RETURN(const NpyArray image_array,
                            ParseNpy(images_path, images));
  ROBBENCH_ASSIGN_OR_RETURN(const NpyArray label_array,
                            ParseNpy(labels_path, labels));
  const int64_t count = static_cast<int64_t>(test_labels.size());
  const int64_t all = kCifar10cSeverities * count;
  const std::vector<int64_t> expected = {all, kCifarImageSize, kCifarImageSize,
                                         kCifarChannels};
  if (image_array.shape != expected) {
    return absl::InvalidArgumentError(absl::StrCat(
        images_path, ": shape: expected [", absl::StrJoin(expected, ", "),
        "], ", kCifar10cSeverities, " severities of the data set's ", count,
        " test images, found ", ShapeText(image_array)));
  }
  if (label_array.shape != std::vector<int64_t>{all}) {
    return absl::InvalidArgumentError(absl::StrCat(
        labels_path, ": shape: expected [", all, "], one an image of ",
        images_path, ", found ", ShapeText(label_array)));
  }
  const int64_t first = (severity - 1) * count;
  const std::vector<int64_t>& strides = image_array.strides;
  ImageSplit split;
  split.pixels.reserve(count * kPixels);
  split.labels = test_labels;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t place = first + i;
    const int64_t label = label_array.At(place * label_array.strides[0]);
    if (label != test_labels[i]) {
      return absl::InvalidArgumentError(absl::StrCat(
          labels_path, ": label ", place, ": expected ", test_labels[i],
          ", that of the data set's test image ", i, ", found ", label));
    }
    for (int channel = 0; channel < kCifarChannels; ++channel) {
      for (int64_t k = 0; k < kArea; ++k) {
        const int64_t pixel = image_array.At(
            place * strides[0] + k / kCifarImageSize * strides[1] +
            k % kCifarImageSize * strides[2] + channel * strides[3]);
        if (pixel < 0 || pixel > 255) {
          return absl::InvalidArgumentError(
              absl::StrCat(images_path, ": image ", place,
                           ": expected pixels 0 to 255, found ", pixel));
        }
        split.pixels.push_back(static_cast<char>(pixel));
      }
    }
  }
  return split;
}

}  // namespace robbench
