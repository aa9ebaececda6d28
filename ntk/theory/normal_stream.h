// Standard normal numbers from Philox, by the method of Box and Muller in
// float32, which makes two of two words. The initial weights of the theory's
// networks are made of them.
//
//   NormalStream g(PhiloxStream(seed, Purpose::kInitialWeights, 0, layer));
//   double value = g.Next();  // |value| < 6.7
#ifndef NTK_THEORY_NORMAL_STREAM_H_
#define NTK_THEORY_NORMAL_STREAM_H_

#include <cmath>

#include "nas/base/philox.h"

namespace robbench {

// A sequence of independent numbers, named by its Philox stream.
class NormalStream {
 public:
  explicit NormalStream(const PhiloxStream& words) : words_(words) {}

  // The next number, as a double that float32 holds exactly.
  double Next() {
    if (has_second_) {
      has_second_ = false;
      return second_;
    }
    // In (0, 1]: the logarithm is finite.
    const float u = (words_.Next() + 1.0f) * 0x1p-32f;
    const float angle = 2 * static_cast<float>(M_PI) * words_.Uniform();
    const float radius = std::sqrt(-2 * std::log(u));
    second_ = radius * std::sin(angle);
    has_second_ = true;
    return radius * std::cos(angle);
  }

 private:
  PhiloxStream words_;
  float second_ = 0;
  bool has_second_ = false;
};

}  // namespace robbench

#endif  // NTK_THEORY_NORMAL_STREAM_H_
