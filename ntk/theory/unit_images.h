// Images of a data set as inputs of the theory's networks: bytes minus the
// normaliser's mean of their channel, scaled to |x| = 1.
#ifndef NTK_THEORY_UNIT_IMAGES_H_
#define NTK_THEORY_UNIT_IMAGES_H_

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "training/dataset/dataset.h"

namespace robbench {

// Columns in the order of `images` (indices of the split, which must be
// there). InvalidArgument naming `path` and the image when one has norm 0.
absl::StatusOr<Eigen::MatrixXd> UnitImages(const std::string& path,
                                           const Dataset& dataset,
                                           const ImageSplit& split,
                                           const std::vector<int64_t>& images);

struct TwoClasses {
  Eigen::MatrixXd x;
  Eigen::VectorXd y;  // -1 and 1
};

// The first `count` images of a split that are of one of two classes.
// InvalidArgument naming `path` when there are fewer, when a class is not one
// of the data set's, and as UnitImages.
absl::StatusOr<TwoClasses> ReadTwoClasses(const std::string& path,
                                          const Dataset& dataset,
                                          const ImageSplit& split,
                                          int64_t negative, int64_t positive,
                                          int64_t count);

}  // namespace robbench

#endif  // NTK_THEORY_UNIT_IMAGES_H_
