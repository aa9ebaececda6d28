// Turns images of a data set into inputs of the theory's networks, which have
// |x| = 1: the normaliser's mean is subtracted from the bytes of each channel,
// and the image is scaled to norm 1.
#ifndef NTK_THEORY_STUDIES_UNIT_IMAGES_H_
#define NTK_THEORY_STUDIES_UNIT_IMAGES_H_

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "training/dataset/dataset.h"

namespace robbench {

// Returns the images as columns [pixels, n] in the order of `images`, which are
// positions in the split and must exist. InvalidArgument, naming `path` and the
// image, when one has norm 0.
absl::StatusOr<Eigen::MatrixXd> UnitImages(const std::string& path,
                                           const Dataset& dataset,
                                           const ImageSplit& split,
                                           const std::vector<int64_t>& images);

// Images of two classes.
struct TwoClasses {
  Eigen::MatrixXd x;  // columns of norm 1
  Eigen::VectorXd y;  // -1 and 1
};

// Returns the first `count` images of a split that are of one of two classes,
// with y = -1 for `negative` and 1 for `positive`. InvalidArgument, naming
// `path`, when there are fewer, when a class is not one of the data set's, or
// when an image has norm 0.
absl::StatusOr<TwoClasses> ReadTwoClasses(const std::string& path,
                                          const Dataset& dataset,
                                          const ImageSplit& split,
                                          int64_t negative, int64_t positive,
                                          int64_t count);

}  // namespace robbench

#endif  // NTK_THEORY_STUDIES_UNIT_IMAGES_H_
