// Reads any bytes as CIFAR-10 and CIFAR-100 batches.
#include <cstddef>
#include <cstdint>
#include <string>

#include "nas/base/fuzz.h"
#include "training/dataset/cifar.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const robbench::FuzzMemoryBound bound(size);
  const std::string bytes = robbench::FuzzInput(data, size);
  (void)robbench::ParseCifar("f", bytes, robbench::CifarKind::kCifar10);
  (void)robbench::ParseCifar("f", bytes, robbench::CifarKind::kCifar100);
  return 0;
}
