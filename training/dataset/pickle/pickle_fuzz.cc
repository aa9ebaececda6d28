// Reads any bytes as a pickle, and what parses as a batch of ImageNet16.
#include <cstddef>
#include <cstdint>

#include "nas/base/fuzz.h"
#include "training/dataset/imagenet16.h"
#include "training/dataset/pickle/pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const robbench::FuzzMemoryBound bound(size);
  const auto batch =
      robbench::PickledDict::Parse("f", robbench::FuzzInput(data, size));
  if (batch.ok()) (void)robbench::SelectImagenet16(*batch, 120);
  return 0;
}
