// A vector of floats whose first lies at the start of a cache line (64 bytes).
// So no vector register that a kernel loads or stores lies across two lines,
// which would take twice the time.
#ifndef NAS_CPU_ALIGNED_FLOATS_H_
#define NAS_CPU_ALIGNED_FLOATS_H_

#include <cstddef>
#include <new>
#include <vector>

namespace robbench {

// An allocator for std::vector, without state: any two are equal.
template <typename T>
struct CacheLineAllocator {
  static constexpr std::align_val_t kAlignment{64};
  using value_type = T;

  CacheLineAllocator() = default;
  template <typename Other>
  CacheLineAllocator(const CacheLineAllocator<Other>&) {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), kAlignment));
  }
  void deallocate(T* data, std::size_t) { ::operator delete(data, kAlignment); }
  friend bool operator==(CacheLineAllocator, CacheLineAllocator) {
    return true;
  }
};

// Used like std::vector<float>: new elements are zero. After a resize the data
// is aligned again.
using AlignedFloats = std::vector<float, CacheLineAllocator<float>>;

}  // namespace robbench

#endif  // NAS_CPU_ALIGNED_FLOATS_H_
