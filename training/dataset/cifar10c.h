// Reads CIFAR-10-C (D. Hendrycks, T. Dietterich, "Benchmarking Neural Network
// Robustness to Common Corruptions and Perturbations", 2019). A file
// CORRUPTION.npy, [5 N, 32, 32, 3], has the test images at severity 1, then at
// 2 ... 5, with pixels 0 ... 255; labels.npy, [5 N], has the test images'
// labels five times. N is 10,000. Integers may be of any kind that numpy writes
// (npy.h).
#ifndef TRAINING_DATASET_CIFAR10C_H_
#define TRAINING_DATASET_CIFAR10C_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "training/dataset/dataset.h"

namespace robbench {

inline constexpr int kCifar10cSeverities = 5;

// Returns the N images of one severity, 1 ... 5, as [N, 3, 32, 32].
// `test_labels` are the labels of the data set's N test images. Files of
// another number of images, of one severity for example, or with other labels
// are refused. Errors name path, field, expected and found; the paths are only
// for messages.
absl::StatusOr<ImageSplit> ParseCifar10c(
    const std::string& images_path, absl::string_view images,
    const std::string& labels_path, absl::string_view labels,
    const std::vector<int64_t>& test_labels, int severity);

}  // namespace robbench

#endif  // TRAINING_DATASET_CIFAR10C_H_
