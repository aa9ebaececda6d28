// CIFAR-10-C (D. Hendrycks, T. Dietterich, "Benchmarking Neural Network
// Robustness to Common Corruptions and Perturbations", 2019): CORRUPTION.npy,
// [5 N, 32, 32, 3], the test images at severity 1, then at 2 ... 5, and
// labels.npy, [5 N]: the test images' labels five times. N is 10,000. Integers
// of any kind that numpy writes (npy.h), pixels 0 ... 255.
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

// The N images of one severity, 1 ... 5, as [N, 3, 32, 32], where `test_labels`
// are the N test images' labels: files of another number of images (of one
// severity, for example) or with other labels are refused. Errors name path,
// field, expected and found.
absl::StatusOr<ImageSplit> ParseCifar10c(
    const std::string& images_path, absl::string_view images,
    const std::string& labels_path, absl::string_view labels,
    const std::vector<int64_t>& test_labels, int severity);

}  // namespace robbench

#endif  // TRAINING_DATASET_CIFAR10C_H_
