#include "ntk/theory/studies/unit_images.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/status_macros.h"

namespace robbench {

absl::StatusOr<Eigen::MatrixXd> UnitImages(const std::string& path,
                                           const Dataset& dataset,
                                           const ImageSplit& split,
                                           const std::vector<int64_t>& images) {
  const int64_t pixels = int64_t{1} * dataset.image_size * dataset.image_size;
  const int64_t inputs = dataset.channels * pixels;
  Eigen::MatrixXd x(inputs, images.size());
  for (size_t i = 0; i < images.size(); ++i) {
    for (int64_t k = 0; k < inputs; ++k) {
      const auto byte =
          static_cast<unsigned char>(split.pixels[images[i] * inputs + k]);
      x(k, i) = byte - dataset.mean[k / pixels];
    }
    const double norm = x.col(i).norm();
    if (norm == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": image ", images[i],
                       ": expected a norm above 0 to scale to 1, found 0"));
    }
    x.col(i) /= norm;
  }
  return x;
}

absl::StatusOr<TwoClasses> ReadTwoClasses(const std::string& path,
                                          const Dataset& dataset,
                                          const ImageSplit& split,
                                          int64_t negative, int64_t positive,
                                          int64_t count) {
  for (const int64_t label : {negative, positive}) {
    if (label < 0 || label >= dataset.classes) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": class: expected 0 to ", dataset.classes - 1,
                       ", found ", label));
    }
  }
  std::vector<int64_t> images;
  for (int64_t i = 0; i < split.count(); ++i) {
    if (static_cast<int64_t>(images.size()) == count) break;
    if (split.labels[i] == negative || split.labels[i] == positive) {
      images.push_back(i);
    }
  }
  if (static_cast<int64_t>(images.size()) < count) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": images of classes ", negative, " and ", positive,
                     ": expected at least ", count, ", found ", images.size()));
  }
  TwoClasses result;
  ROBBENCH_ASSIGN_OR_RETURN(result.x, UnitImages(path, dataset, split, images));
  result.y.resize(count);
  for (int64_t i = 0; i < count; ++i) {
    result.y(i) = split.labels[images[i]] == positive ? 1 : -1;
  }
  return result;
}

}  // namespace robbench
