#include "training/dataset/imagenet16.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

constexpr int64_t kPixels =
    kImagenet16Channels * kImagenet16ImageSize * kImagenet16ImageSize;
constexpr int64_t kLabels = 1000;

}  // namespace

absl::StatusOr<ImageSplit> SelectImagenet16(const PickledDict& batch,
                                            int classes) {
  ROBBENCH_ASSIGN_OR_RETURN(const PickledArray data, batch.Array("data"));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<int64_t> labels,
                            batch.Integers("labels"));
  if (data.dtype != "u1" || data.shape.size() != 2 ||
      data.shape[1] != kPixels) {
    return absl::InvalidArgumentError(absl::StrCat(
        batch.path(), ": key 'data': expected u1 [N, ", kPixels, "], found ",
        data.dtype, " [", absl::StrJoin(data.shape, ", "), "]"));
  }
  if (data.shape[0] != static_cast<int64_t>(labels.size())) {
    return absl::InvalidArgumentError(
        absl::StrCat(batch.path(), ": key 'labels': expected ", data.shape[0],
                     ", one a row of data, found ", labels.size()));
  }
  int64_t count = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 1 || labels[i] > kLabels) {
      return absl::InvalidArgumentError(
          absl::StrCat(batch.path(), ": key 'labels': label ", i,
                       ": expected 1 to ", kLabels, ", found ", labels[i]));
    }
    count += labels[i] <= classes;
  }
  ImageSplit split;
  split.labels.reserve(count);
  split.pixels.reserve(count * kPixels);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] > classes) continue;
    split.labels.push_back(labels[i] - 1);
    if (!data.fortran_order) {
      split.pixels.append(data.data.data() + i * kPixels, kPixels);
      continue;
    }
    for (int64_t k = 0; k < kPixels; ++k) {
      split.pixels.push_back(data.data[k * data.shape[0] + i]);
    }
  }
  return split;
}

absl::StatusOr<ImageSplit> ReadImagenet16(const std::string& path,
                                          int classes) {
  ROBBENCH_ASSIGN_OR_RETURN(const PickledDict batch, PickledDict::Read(path));
  return SelectImagenet16(batch, classes);
}

}  // namespace robbench
