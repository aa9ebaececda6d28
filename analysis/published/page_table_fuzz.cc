// Reads any bytes as the published tables.
#include <cstddef>
#include <cstdint>
#include <string>

#include "analysis/published/published_table.h"
#include "nas/base/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes = robbench::FuzzInput(data, size);
  const robbench::FuzzMemoryBound bound(size);
  (void)robbench::ParsePublishedTable("f", bytes);
  (void)robbench::ParseStandardTable("f", bytes);
  return 0;
}
