// Draws normal random numbers from a stream of nas/base/philox.h, for
// resampling and added noise.
#ifndef ANALYSIS_STATISTICS_NORMAL_DRAWS_H_
#define ANALYSIS_STATISTICS_NORMAL_DRAWS_H_

#include <cmath>
#include <cstddef>

#include "absl/types/span.h"
#include "nas/base/philox.h"

namespace robbench {

// Fills `values` with independent numbers of mean 0 and variance 1, by the
// method of Box and Muller. Two numbers take two doubles of the stream.
inline void DrawNormal(PhiloxStream& random, absl::Span<double> values) {
  constexpr double kTwoPi = 6.283185307179586;
  for (size_t i = 0; i < values.size(); i += 2) {
    const double radius = std::sqrt(-2 * std::log(1 - random.UniformDouble()));
    const double angle = kTwoPi * random.UniformDouble();
    values[i] = radius * std::cos(angle);
    if (i + 1 < values.size()) values[i + 1] = radius * std::sin(angle);
  }
}

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_NORMAL_DRAWS_H_
