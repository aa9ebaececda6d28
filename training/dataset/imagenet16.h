// Reads ImageNet16 (P. Chrabaszcz et al., "A Downsampled Variant of ImageNet",
// 2017) as NAS-Bench-201 uses it. It comes in pickled batches, each a dict with
// `data`, uint8 [N, 768], a row being 16x16 red, then green, then blue pixels,
// and `labels`, N numbers 1 ... 1000, as a list, tuple or array.
#ifndef TRAINING_DATASET_IMAGENET16_H_
#define TRAINING_DATASET_IMAGENET16_H_

#include <string>

#include "absl/status/statusor.h"
#include "training/dataset/dataset.h"
#include "training/dataset/pickle/pickle.h"

namespace robbench {

inline constexpr int kImagenet16Channels = 3;
inline constexpr int kImagenet16ImageSize = 16;

// Returns the batch's images with labels 1 ... classes, as classes
// 0 ... classes-1, in the batch's order; there may be none. Errors name path,
// key, expected and found.
absl::StatusOr<ImageSplit> SelectImagenet16(const PickledDict& batch,
                                            int classes);

// Does the same from a file.
absl::StatusOr<ImageSplit> ReadImagenet16(const std::string& path, int classes);

}  // namespace robbench

#endif  // TRAINING_DATASET_IMAGENET16_H_
