// Limits the memory of fuzz targets (tools/checks/check_fuzz.sh), so that a
// small file cannot make a reader allocate much. A reader may use at most twice
// the size of its input plus 64 MiB, its copy of the input included.
//
//   extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
//     robbench::FuzzMemoryBound bound(size);
//     ...
//   }
//
// The program aborts with a message on the allocation that goes beyond, which
// the fuzzer reports as a crash. It works only with AddressSanitizer's
// allocator, whose hooks count what is live.
#ifndef NAS_BASE_FUZZ_H_
#define NAS_BASE_FUZZ_H_

#include <sanitizer/allocator_interface.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace robbench {

// Applies the limit while it is in scope. Counters are static, so only one may
// exist at a time.
class FuzzMemoryBound {
 public:
  // `input_size` is in bytes.
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

  // Bytes allocated and not freed since the bound began.
  inline static int64_t live_ = 0;
  inline static size_t limit_ = 0;  // in bytes; 0 stands for no limit
};

// Returns the fuzzer's input as the string that readers take.
inline std::string FuzzInput(const uint8_t* data, size_t size) {
  return std::string(reinterpret_cast<const char*>(data), size);
}

}  // namespace robbench

#endif  // NAS_BASE_FUZZ_H_
