// Reads any bytes as a .npy file, and as CIFAR-10-C's images and labels.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "nas/base/fuzz.h"
#include "training/dataset/cifar10c.h"
#include "training/dataset/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const robbench::FuzzMemoryBound bound(size);
  const std::string bytes = robbench::FuzzInput(data, size);
  const auto array = robbench::ParseNpy("f", bytes);
  if (!array.ok()) return 0;
  // Every element lies within the file.
  int64_t last = 0;
  for (size_t d = 0; d < array->shape.size(); ++d) {
    if (array->shape[d] == 0 && array->count() != 0) std::abort();
    last += (array->shape[d] - 1) * array->strides[d];
  }
  if (array->count() > 0) (void)array->At(last);
  if (array->count() > 0 &&
      last + array->element_size != static_cast<int64_t>(array->bytes.size())) {
    std::abort();
  }
  const std::vector<int64_t> labels(
      array->shape.empty() ? 0 : std::min<int64_t>(array->shape[0] / 5, 1000));
  (void)robbench::ParseCifar10c("f", bytes, "f", bytes, labels, 5);
  return 0;
}
