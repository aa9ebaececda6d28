// A data set as the stages exchange it: `NAME.dataset.safetensors`.
//
//   train_images, test_images  U8   [N, C, H, W], H = W, values 0 ... 255
//   train_labels, test_labels  I64  [N], 0 ... classes-1
//   metadata: name; classes; mean, standard_deviation: the normaliser, per
//   channel, in 0 ... 255, as comma-separated decimal numbers
//
// image_tensors.h makes tensors of images; nothing here needs LibTorch.
#ifndef TRAINING_DATASET_DATASET_H_
#define TRAINING_DATASET_DATASET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/base/safetensors.h"

namespace robbench {

// The images of one split with their labels, 0 ... classes-1.
struct ImageSplit {
  std::string pixels;           // [count, channels, size, size]
  std::vector<int64_t> labels;  // [count]

  int64_t count() const { return static_cast<int64_t>(labels.size()); }
};

// A data set in memory: 154 MB for CIFAR-10.
struct Dataset {
  std::string name;  // nas/base/name.h
  int classes = 0;
  int channels = 0;
  int image_size = 0;  // height = width
  // The network's normaliser, per channel, in 0 ... 255. It is a part of the
  // spec and need not be that of the images.
  std::vector<double> mean;
  std::vector<double> standard_deviation;
  ImageSplit train;
  ImageSplit test;
};

// Returns InvalidArgument, naming `path` and the field, when sizes, labels or
// the normaliser do not fit together.
absl::Status CheckDataset(const std::string& path, const Dataset& dataset);

// Returns the bytes of the file. `dataset` must pass CheckDataset.
std::string SerializeDataset(const Dataset& dataset);

// Reads a data set from its file and checks types, shapes, labels and
// normaliser. InvalidArgument or NotFound, naming file and tensor or field.
absl::StatusOr<Dataset> ParseDataset(const SafetensorsFile& file);

}  // namespace robbench

#endif  // TRAINING_DATASET_DATASET_H_
