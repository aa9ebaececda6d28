// A data set as the stages exchange it: `NAME.dataset.safetensors`.
//
//   train_images, test_images  U8   [N, C, H, W], H = W, values 0 ... 255
//   train_labels, test_labels  I64  [N], 0 ... classes-1
//   metadata: name; classes; mean, standard_deviation: the normaliser, per
//   channel, in 0 ... 255, as comma-separated decimal numbers
//
// No LibTorch; image_tensors.h makes tensors of it.
#ifndef TRAINING_DATASET_DATASET_H_
#define TRAINING_DATASET_DATASET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/base/safetensors.h"

namespace robbench {

struct ImageSplit {
  std::string pixels;           // [count, channels, size, size]
  std::vector<int64_t> labels;  // [count]

  int64_t count() const { return static_cast<int64_t>(labels.size()); }
};

struct Dataset {
  std::string name;
  int classes = 0;
  int channels = 0;
  int image_size = 0;  // height = width
  std::vector<double> mean;
  std::vector<double> standard_deviation;
  ImageSplit train;
  ImageSplit test;
};

// InvalidArgument naming `path` and the field when sizes, labels or the
// normaliser do not fit together.
absl::Status CheckDataset(const std::string& path, const Dataset& dataset);

std::string SerializeDataset(const Dataset& dataset);

// Reads and checks: types, shapes, labels, normaliser.
absl::StatusOr<Dataset> ParseDataset(const SafetensorsFile& file);

}  // namespace robbench

#endif  // TRAINING_DATASET_DATASET_H_
