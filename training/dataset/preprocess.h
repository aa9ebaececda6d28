// From the published files of a data set to a Dataset: the first images of
// each split, zero padding, then the mean of square blocks of pixels.
#ifndef TRAINING_DATASET_PREPROCESS_H_
#define TRAINING_DATASET_PREPROCESS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "training/dataset/dataset.h"
#include "training/dataset_spec.pb.h"

namespace robbench {

// `inputs` are the paths of the raw files, in the order that the spec's format
// states. Of a spec with the name of a published set they must be that set
// (published_set.h); the spec may still take the first images of it. Errors
// name file or spec, field, expected and found; `spec_path` is only for
// messages.
absl::StatusOr<Dataset> Preprocess(const std::string& spec_path,
                                   const DatasetSpec& spec,
                                   const std::vector<std::string>& inputs);

// One image of size x size bytes, padded by `pad` zeros on each side and
// averaged over blocks of downsample x downsample, rounded half up, appended
// to `out`. downsample divides size + 2 * pad.
void PadAndDownsample(const char* image, int size, int pad, int downsample,
                      std::string& out);

// Mean and standard deviation (population) of each channel's pixels.
struct PixelStatistics {
  std::vector<double> mean;
  std::vector<double> standard_deviation;
};
PixelStatistics ComputePixelStatistics(const Dataset& dataset,
                                       const ImageSplit& split);

}  // namespace robbench

#endif  // TRAINING_DATASET_PREPROCESS_H_
