#include "nas/official_index.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>

#include "glog/logging.h"

namespace robbench {
namespace {

// CPython seeds by init_by_array of the reference MT19937, which none of the
// standard library's seedings is. A seed sequence writes the generator's
// state as it is, so this one runs init_by_array for a key of one word.
class InitByArray {
 public:
  using result_type = uint32_t;

  explicit InitByArray(uint32_t key) : key_(key) {}

  template <typename Iterator>
  void generate(Iterator begin, Iterator end) const {
    const size_t n = end - begin;
    begin[0] = 19650218u;
    for (size_t i = 1; i < n; ++i) {
      begin[i] = 1812433253u * Mixed(begin[i - 1]) + static_cast<uint32_t>(i);
    }
    size_t i = 1;
    for (size_t k = 0; k < n; ++k) {
      begin[i] = (begin[i] ^ (Mixed(begin[i - 1]) * 1664525u)) + key_;
      if (++i == n) begin[0] = begin[n - 1], i = 1;
    }
    for (size_t k = 1; k < n; ++k) {
      begin[i] = (begin[i] ^ (Mixed(begin[i - 1]) * 1566083941u)) -
                 static_cast<uint32_t>(i);
      if (++i == n) begin[0] = begin[n - 1], i = 1;
    }
    begin[0] = 0x80000000u;
  }

  // The standard requires these of a seed sequence; nobody calls them.
  size_t size() const { return 1; }
  template <typename Iterator>
  void param(Iterator out) const {
    *out = key_;
  }

 private:
  static uint32_t Mixed(uint32_t word) { return word ^ (word >> 30); }

  uint32_t key_;
};

// CPython's Random._randbelow: it draws as many bits as n has, and draws again
// while the number is not below n.
uint32_t RandBelow(std::mt19937& generator, uint32_t n) {
  const int unused_bits = std::countl_zero(n);
  uint32_t r;
  do {
    r = static_cast<uint32_t>(generator()) >> unused_bits;
  } while (r >= n);
  return r;
}

struct Permutation {
  std::array<uint16_t, kNumCells> position_of_index;
  std::array<uint16_t, kNumCells> index_of_position;
};

Permutation Compute() {
  Permutation p;
  for (int i = 0; i < kNumCells; ++i) p.position_of_index[i] = i;
  InitByArray seed(88);
  std::mt19937 generator(seed);
  for (int i = kNumCells - 1; i >= 1; --i) {
    std::swap(p.position_of_index[i],
              p.position_of_index[RandBelow(generator, i + 1)]);
  }
  for (int i = 0; i < kNumCells; ++i) {
    p.index_of_position[p.position_of_index[i]] = i;
  }
  return p;
}

const Permutation& Shuffled() {
  static const Permutation permutation = Compute();
  return permutation;
}

}  // namespace

int OfficialIndexOfPosition(int position) {
  CHECK(position >= 0 && position < kNumCells) << position;
  return Shuffled().index_of_position[position];
}

int PositionOfOfficialIndex(int index) {
  CHECK(index >= 0 && index < kNumCells) << index;
  return Shuffled().position_of_index[index];
}

}  // namespace robbench
