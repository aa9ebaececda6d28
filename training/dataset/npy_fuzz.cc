// Any bytes as a .npy file, and as CIFAR-10-C's images and labels.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "nas/base/fuzz.h"
#include "training/dataset/cifar10c.h"
#include "training/dataset/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const robbench::FuzzMemoryBound bound(size);
  const std::string bytes = robbench::FuzzInput(data, size);
  const auto array = robbench::ParseNpy("f", bytes);
  if (!array.ok()) return 0;
  int64_t elements = 1;
  for (const int64_t length : array->shape) elements *= length;
  if (elements != static_cast<int64_t>(array->bytes.size())) std::abort();
  (void)robbench::ParseCifar10c("f", bytes, "f", bytes, 5);
  return 0;
}
