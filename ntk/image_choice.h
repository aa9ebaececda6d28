// Which images of a split a kernel is of. No LibTorch.
#ifndef NTK_IMAGE_CHOICE_H_
#define NTK_IMAGE_CHOICE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "training/dataset/dataset.h"

namespace robbench {

// `count` positions in the split, as equal in number by class as can be:
// classes take turns in an order drawn from
// PhiloxStream(seed, kNtkImages), and class c gives its images in an order
// drawn from PhiloxStream(seed, kNtkImages, 0, 1 + c). So fewer images are the
// first of more, and neither cell nor attack matters. InvalidArgument naming
// the class that has too few.
absl::StatusOr<std::vector<int64_t>> BalancedImages(const ImageSplit& split,
                                                    int classes, int64_t count,
                                                    uint32_t seed);

}  // namespace robbench

#endif  // NTK_IMAGE_CHOICE_H_
