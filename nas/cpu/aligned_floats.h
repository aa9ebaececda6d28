// A vector of floats that starts at a cache line: no register of a kernel lies
// across two.
#ifndef NAS_CPU_ALIGNED_FLOATS_H_
#define NAS_CPU_ALIGNED_FLOATS_H_

#include <cstddef>
#include <new>
#include <vector>

namespace robbench {

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

using AlignedFloats = std::vector<float, CacheLineAllocator<float>>;

}  // namespace robbench

#endif  // NAS_CPU_ALIGNED_FLOATS_H_
