// CIFAR-10-C (D. Hendrycks, T. Dietterich, "Benchmarking Neural Network
// Robustness to Common Corruptions and Perturbations", 2019): CORRUPTION.npy,
// uint8 [5 N, 32, 32, 3], the test images at severity 1, then at 2 ... 5, and
// labels.npy, uint8 [5 N]. N is 10,000.
#ifndef TRAINING_DATASET_CIFAR10C_H_
#define TRAINING_DATASET_CIFAR10C_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "training/dataset/dataset.h"

namespace robbench {

inline constexpr int kCifar10cSeverities = 5;

// The N images of one severity, 1 ... 5, as [N, 3, 32, 32]. Errors
// name path, field, expected and found.
absl::StatusOr<ImageSplit> ParseCifar10c(const std::string& images_path,
                                         absl::string_view images,
                                         const std::string& labels_path,
                                         absl::string_view labels,
                                         int severity);

}  // namespace robbench

#endif  // TRAINING_DATASET_CIFAR10C_H_
