// For fuzz targets (tools/checks/check_fuzz.sh): a reader may use at most twice
// the size of its input and 64 MiB of memory, its copy of the input included.
//
//   extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
//     robbench::FuzzMemoryBound bound(size);
//     ...
//   }
//
// Aborts with a message on the allocation that goes beyond. One at a time;
// needs AddressSanitizer's allocator.
#ifndef NAS_BASE_FUZZ_H_
#define NAS_BASE_FUZZ_H_

#include <sanitizer/allocator_interface.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace robbench {

class FuzzMemoryBound {
 public:
  explicit FuzzMemoryBound(size_t input_size) {
    static const int installed =
        __sanitizer_install_malloc_and_free_hooks(Allocated, Freed);
    if (installed == 0) std::abort();
    live_ = 0;
    limit_ = 2 * input_size + (size_t{64} << 20);
  }
  ~FuzzMemoryBound() { limit_ = 0; }
  FuzzMemoryBound(const FuzzMemoryBound&) = delete;
  FuzzMemoryBound& operator=(const FuzzMemoryBound&) = delete;

 private:
  static void Allocated(const volatile void*, size_t size) {
    live_ += static_cast<int64_t>(size);
    if (limit_ == 0 || live_ <= static_cast<int64_t>(limit_)) return;
    std::fprintf(stderr, "memory: expected at most %zu bytes, found %lld\n",
                 limit_, static_cast<long long>(live_));
    limit_ = 0;
    std::abort();
  }
  static void Freed(const volatile void* pointer) {
    live_ -= static_cast<int64_t>(
        __sanitizer_get_allocated_size(const_cast<void*>(pointer)));
  }

  inline static int64_t live_ = 0;  // since the start
  inline static size_t limit_ = 0;  // 0: none
};

inline std::string FuzzInput(const uint8_t* data, size_t size) {
  return std::string(reinterpret_cast<const char*>(data), size);
}

}  // namespace robbench

#endif  // NAS_BASE_FUZZ_H_
