// Counter-based random numbers: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw:
// "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
//
// A stream is named by (seed, purpose, epoch, step, sample) and nothing else,
// so batch split, thread count, device and resume do not change it:
//
//   PhiloxStream r(seed, Purpose::kAttackStart, epoch, /*step=*/0, image);
//   float u = r.Uniform();
#ifndef NAS_BASE_PHILOX_H_
#define NAS_BASE_PHILOX_H_

#include <array>
#include <cstdint>

namespace robbench {

// The bijection itself: ten rounds over a 128-bit counter with a 64-bit key.
std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter,
                                   std::array<uint32_t, 2> key);

// What a stream is for. The values go into the random numbers, so they must
// never change. The comments say which parts of a stream's name each uses; the
// others are 0.
enum class Purpose : uint32_t {
  kInitialWeights = 1,  // epoch: 1 for Zen's weights; step: tensor in the plan
  kShuffle = 2,         // epoch of a training; step: stratum of a sample
  kCrop = 3,            // epoch, sample
  kFlip = 4,            // epoch, sample
  kTrainingAttack = 5,  // epoch, sample
  // epoch: position of the attack in its suite; step: restart; sample
  kEvaluationAttack = 6,
  kNtkAttack = 7,   // step: 0 for x~ and 1 for x^; sample
  kSearch = 8,      // epoch: algorithm; step: repeat; sample: what is searched
  kBootstrap = 9,   // step: resample
  kNtkImages = 10,  // step: 0, or 1 + class; with epoch 1 Zen's noise
  kTest = 1000,     // for tests only
};

// A sequence of random words. Cheap to make: it has no state but the position.
class PhiloxStream {
 public:
  // key = (seed, purpose); counter = (block, sample, step, epoch), with block
  // counting from 0 within the stream.
  PhiloxStream(uint32_t seed, Purpose purpose, uint32_t epoch = 0,
               uint32_t step = 0, uint32_t sample = 0)
      : key_{seed, static_cast<uint32_t>(purpose)},
        counter_{0, sample, step, epoch} {}

  // The next 32 random bits.
  uint32_t Next();

  // Uniform in [0, 1): the upper 24 bits of one word, exact in float.
  float Uniform() { return static_cast<float>(Next() >> 8) * 0x1p-24f; }

  // Uniform in [0, 1) with 53 bits from two words.
  double UniformDouble();

  // Uniform in 0 ... n-1 without bias (rejection). n >= 1.
  uint32_t Below(uint32_t n);

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};  // the last block of four words
  int used_ = 4;                     // how many of them were given
};

}  // namespace robbench

#endif  // NAS_BASE_PHILOX_H_
