#include "nas/base/philox.h"

namespace robbench {

std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> c,
                                   std::array<uint32_t, 2> k) {
  constexpr uint64_t kM0 = 0xD2511F53;
  constexpr uint64_t kM1 = 0xCD9E8D57;
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = kM0 * c[0];
    const uint64_t p1 = kM1 * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k[0],
         static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k[1],
         static_cast<uint32_t>(p0)};
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  return c;
}

uint32_t PhiloxStream::Next() {
  if (used_ == 4) {
    block_ = Philox4x32(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[used_++];
}

double PhiloxStream::UniformDouble() {
  const uint64_t high = Next() >> 5;  // 27 bits
  const uint64_t low = Next() >> 6;   // 26 bits
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

uint32_t PhiloxStream::Below(uint32_t n) {
  // Words past the last multiple of n would favour small results.
  const uint32_t remainder = (UINT32_MAX % n + 1) % n;  // 2^32 mod n
  for (;;) {
    const uint32_t word = Next();
    if (word <= UINT32_MAX - remainder) return word % n;
  }
}

}  // namespace robbench
