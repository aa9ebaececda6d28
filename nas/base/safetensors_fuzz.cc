// Reads any bytes as a safetensors file. What parses has the sizes that it
// states.
#include <cstdint>
#include <cstdlib>

#include "nas/base/fuzz.h"
#include "nas/base/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const robbench::FuzzMemoryBound bound(size);
  const auto file =
      robbench::SafetensorsFile::Parse("f", robbench::FuzzInput(data, size));
  if (!file.ok()) return 0;
  for (const auto& [name, entry] : file->tensors()) {
    if (entry.NumElements() * robbench::ByteSize(entry.dtype) !=
        static_cast<int64_t>(entry.data.size())) {
      std::abort();
    }
  }
  return 0;
}
