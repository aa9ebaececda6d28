// Reads any bytes as IDX files of one to four dimensions, plain or gzipped.
#include <cstddef>
#include <cstdint>
#include <string>

#include "nas/base/fuzz.h"
#include "training/dataset/gzip.h"
#include "training/dataset/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const robbench::FuzzMemoryBound bound(size);
  const std::string bytes = robbench::FuzzInput(data, size);
  if (robbench::IsGzip(bytes)) {
    (void)robbench::Gunzip("f", bytes, 1 << 24);
    return 0;
  }
  for (int dimensions = 1; dimensions <= 4; ++dimensions) {
    (void)robbench::ParseIdx("f", bytes, dimensions);
  }
  return 0;
}
