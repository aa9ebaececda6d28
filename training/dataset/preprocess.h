// Turns the published files of a data set into a Dataset: it takes the first
// images of each split, pads them with zeros, and averages square blocks of
// pixels, all as a spec says (training/dataset_spec.proto).
#ifndef TRAINING_DATASET_PREPROCESS_H_
#define TRAINING_DATASET_PREPROCESS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "training/dataset/dataset.h"
#include "training/dataset_spec.pb.h"

namespace robbench {

// Reads the raw files `inputs`, in the order that the spec's format states. If
// the spec has the name of a published set, they must be that set's files
// (published_set.h), of which the spec may take the first images. Errors name
// file or spec, field, expected and found; `spec_path` is only for messages.
absl::StatusOr<Dataset> Preprocess(const std::string& spec_path,
                                   const DatasetSpec& spec,
                                   const std::vector<std::string>& inputs);

// Pads one plane of size x size bytes by `pad` zeros on each side, averages it
// over blocks of downsample x downsample, rounded half up, and appends it to
// `out`. `downsample` must divide size + 2 * pad.
void PadAndDownsample(const char* image, int size, int pad, int downsample,
                      std::string& out);

// The mean and the standard deviation (of the population) of each channel's
// pixels, in 0 ... 255.
struct PixelStatistics {
  std::vector<double> mean;
  std::vector<double> standard_deviation;
};
PixelStatistics ComputePixelStatistics(const Dataset& dataset,
                                       const ImageSplit& split);

}  // namespace robbench

#endif  // TRAINING_DATASET_PREPROCESS_H_
