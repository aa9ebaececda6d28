// Chooses the images of a split that a kernel is computed from.
#ifndef NTK_IMAGE_CHOICE_H_
#define NTK_IMAGE_CHOICE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "training/dataset/dataset.h"

namespace robbench {

// Returns `count` positions in the split, whose numbers by class differ by one
// at most. Classes take turns in an order drawn from PhiloxStream(seed,
// kNtkImages), and class c gives its images in an order drawn from
// PhiloxStream(seed, kNtkImages, 0, 1 + c). So a smaller `count` gives the
// first of the same images, and neither cell nor attack changes them.
// InvalidArgument, naming the class, when one has too few images. `spec_path`
// is only for messages.
absl::StatusOr<std::vector<int64_t>> BalancedImages(
    const std::string& spec_path, const ImageSplit& split, int classes,
    int64_t count, uint32_t seed);

}  // namespace robbench

#endif  // NTK_IMAGE_CHOICE_H_
