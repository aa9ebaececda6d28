// Compares average pools with float64. They must not only be close but have no
// bias: a mean that is always a little too large passes any tolerance of one
// pool, and adds up in a network of many.
#include "nas/cpu/cpu_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "nas/base/philox.h"

namespace robbench {
namespace {

constexpr int kChannels = 16;
// Half a unit in the last place of 1, which is the largest error of one
// rounding.
constexpr double kRounding = 0x1p-24;

// An image with its border of zeros, of numbers from 0.5 to 1.5.
std::vector<float> Image(int size, uint32_t seed) {
  PhiloxStream stream(seed, Purpose::kTest);
  std::vector<float> image(PaddedFloats(kChannels, size), 0.0f);
  for (int y = 1; y <= size; ++y) {
    for (int x = 1; x <= size; ++x) {
      for (int c = 0; c < kChannels; ++c) {
        image[(y * (size + 2) + x) * kChannels + c] =
            0.5f + static_cast<float>(stream.Next() >> 8) * 0x1p-24f;
      }
    }
  }
  return image;
}

// Signed relative errors of many means.
class Errors {
 public:
  void Add(double found, double expected) {
    const double error = (found - expected) / expected;
    sum_ += error;
    largest_ = std::max(largest_, std::abs(error));
    ++count_;
  }
  // Rounding to nearest goes up as often as down: the mean of n errors of at
  // most four roundings is near 0. A constant factor's own rounding is not.
  void ExpectUnbiased(const char* what) const {
    EXPECT_LT(largest_, 8 * kRounding) << what;
    EXPECT_LT(std::abs(sum_ / count_),
              4 * kRounding / std::sqrt(count_) + 0.02 * kRounding)
        << what << ": " << sum_ / count_ << " of " << count_ << " means";
  }

 private:
  double sum_ = 0;
  double largest_ = 0;
  double count_ = 0;
};

// Pixels at most one from `i` that lie in 0 ... size-1: first and last.
std::pair<int, int> Window(int i, int size) {
  return {std::max(i - 1, 0), std::min(i + 1, size - 1)};
}

class AveragePoolTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (!CpuKernelsAvailable()) GTEST_SKIP() << "no AVX2";
    scratch_.resize((GetParam() + 2) * kChannels);
  }

  static double At(const std::vector<float>& image, int y, int x, int c) {
    const int size = GetParam();
    return image[((y + 1) * (size + 2) + x + 1) * kChannels + c];
  }

  // Calls compare(y, x, c) for every number inside the image.
  template <typename Compare>
  static void ForEach(const Compare& compare) {
    for (int y = 0; y < GetParam(); ++y) {
      for (int x = 0; x < GetParam(); ++x) {
        for (int c = 0; c < kChannels; ++c) compare(y, x, c);
      }
    }
  }

  // The mean around (y, x) in float64.
  static double Mean(const std::vector<float>& image, int y, int x, int c) {
    const auto [top, bottom] = Window(y, GetParam());
    const auto [left, right] = Window(x, GetParam());
    double sum = 0;
    for (int v = top; v <= bottom; ++v) {
      for (int u = left; u <= right; ++u) sum += At(image, v, u, c);
    }
    return sum / ((bottom - top + 1) * (right - left + 1));
  }

  // What the means around (y, x) hand back to it, in float64.
  static double Adjoint(const std::vector<float>& gradient, int y, int x,
                        int c) {
    const auto [top, bottom] = Window(y, GetParam());
    const auto [left, right] = Window(x, GetParam());
    double sum = 0;
    for (int v = top; v <= bottom; ++v) {
      for (int u = left; u <= right; ++u) {
        const auto [first_row, last_row] = Window(v, GetParam());
        const auto [first, last] = Window(u, GetParam());
        sum += At(gradient, v, u, c) /
               ((last_row - first_row + 1) * (last - first + 1));
      }
    }
    return sum;
  }

  std::vector<float> scratch_;
};

TEST_P(AveragePoolTest, MeansHaveNoBias) {
  Errors errors;
  for (uint32_t seed = 0; seed < 16; ++seed) {
    const std::vector<float> in = Image(GetParam(), seed);
    std::vector<float> out(in.size(), 0.0f);
    AveragePool3x3(in.data(), kChannels, GetParam(), /*accumulate=*/false,
                   scratch_.data(), out.data());
    ForEach([&](int y, int x, int c) {
      errors.Add(At(out, y, x, c), Mean(in, y, x, c));
    });
    std::vector<float> twice = out;
    AveragePool3x3(in.data(), kChannels, GetParam(), /*accumulate=*/true,
                   scratch_.data(), twice.data());
    ForEach([&](int y, int x, int c) {
      ASSERT_EQ(At(twice, y, x, c), 2 * At(out, y, x, c));
    });
  }
  errors.ExpectUnbiased("mean");
}

TEST_P(AveragePoolTest, AdjointsHaveNoBias) {
  Errors errors;
  for (uint32_t seed = 0; seed < 16; ++seed) {
    const std::vector<float> in = Image(GetParam(), seed);
    std::vector<float> out(in.size(), 0.0f);
    AveragePool3x3Adjoint(in.data(), kChannels, GetParam(),
                          /*accumulate=*/false, scratch_.data(), out.data());
    ForEach([&](int y, int x, int c) {
      errors.Add(At(out, y, x, c), Adjoint(in, y, x, c));
    });
    std::vector<float> twice = out;
    AveragePool3x3Adjoint(in.data(), kChannels, GetParam(),
                          /*accumulate=*/true, scratch_.data(), twice.data());
    ForEach([&](int y, int x, int c) {
      ASSERT_EQ(At(twice, y, x, c), 2 * At(out, y, x, c));
    });
  }
  errors.ExpectUnbiased("adjoint");
}

// 1 / (size * size) is exact for powers of two only.
TEST_P(AveragePoolTest, GlobalMeansHaveNoBias) {
  const int size = GetParam();
  const std::vector<float> ones(kChannels, 1.0f);
  const std::vector<float> zeros(kChannels, 0.0f);
  std::vector<uint8_t> mask(size * size * kChannels / kVector);
  std::vector<float> features(kChannels);
  Errors gradients;
  for (uint32_t seed = 0; seed < 64; ++seed) {
    const std::vector<float> in = Image(size, seed);
    HeadFeatures(in.data(), ones.data(), zeros.data(), kChannels, size,
                 features.data(), mask.data());
    std::vector<float> out(in.size(), 0.0f);
    HeadGradient(features.data(), ones.data(), mask.data(), kChannels, size,
                 out.data());
    for (int c = 0; c < kChannels; ++c) {
      gradients.Add(At(out, 0, 0, c),
                    features[c] / static_cast<double>(size * size));
    }
  }
  gradients.ExpectUnbiased("gradient of the global mean");
}

INSTANTIATE_TEST_SUITE_P(Sizes, AveragePoolTest,
                         testing::Values(1, 2, 3, 7, 8, 16, 32));

}  // namespace
}  // namespace robbench
