// Compares convolutions of stride 1 and their input gradients with the
// definition in float64. They run as convolution_calls.h runs them: by Winograd
// where the shape allows it, else by the direct kernels.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <tuple>
#include <vector>

#include "nas/cpu/aligned_floats.h"
#include "nas/cpu/convolution_calls.h"
#include "nas/cpu/cpu_kernels.h"

namespace robbench {
namespace {

// The errors that are allowed, relative to the root mean square of the outputs.
// A direct convolution in float32 has about 2e-7 and 2e-6.
constexpr double kMeanError = 1e-6;
constexpr double kLargestError = 1e-5;

class Noise {
 public:
  double operator()() { return distribution_(generator_); }

 private:
  std::mt19937 generator_{1};
  std::normal_distribution<double> distribution_;
};

// Position of a channel of pixel (y, x), -1 ... size, with the border.
int64_t At(int channels, int size, int y, int x, int c) {
  return (int64_t{y + 1} * (size + 2) + x + 1) * channels + c;
}

template <typename Body>
void ForEach(int channels, int size, const Body& body) {
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      for (int c = 0; c < channels; ++c) body(y, x, c);
    }
  }
}

struct Case {
  int in_channels;
  int out_channels;
  int size;
  int tile;  // 0: direct
};

class WinogradTest
    : public testing::TestWithParam<std::tuple<Case, bool, bool>> {
 protected:
  void SetUp() override {
    if (!CpuKernelsAvailable()) GTEST_SKIP() << "no AVX2";
    const auto& [test_case, with_bias, accumulate] = GetParam();
    case_ = test_case;
    with_bias_ = with_bias;
    accumulate_ = accumulate;
    weight_.resize(int64_t{9} * case_.in_channels * case_.out_channels);
    for (float& w : weight_) {
      w = static_cast<float>(noise_() / std::sqrt(9.0 * case_.in_channels));
    }
  }

  ConvolutionShape Shape() const {
    return {case_.in_channels, case_.out_channels, 3, 1,
            case_.size,        case_.size};
  }

  double Weight(int out, int in, int ky, int kx) const {
    return weight_[((int64_t{out} * case_.in_channels + in) * 3 + ky) * 3 + kx];
  }

  // Half zeros, as after a ReLU.
  AlignedFloats Image(int channels) {
    AlignedFloats image(PaddedFloats(channels, case_.size), 0.0f);
    ForEach(channels, case_.size, [&](int y, int x, int c) {
      image[At(channels, case_.size, y, x, c)] =
          static_cast<float>(std::max(noise_(), 0.0));
    });
    return image;
  }

  // weight(o, i, ky, kx) is that of the input at (y + ky - 1, x + kx - 1).
  template <typename Weights>
  void Check(const ConvolutionCall& call, int in_channels, int out_channels,
             const Weights& weight) {
    const int size = case_.size;
    EXPECT_EQ(call.winograd.tile, case_.tile);
    const AlignedFloats in = Image(in_channels);
    AlignedFloats out = Image(out_channels);
    const AlignedFloats before = out;
    std::vector<float> bias(out_channels);
    for (float& b : bias) b = static_cast<float>(noise_());
    RunCall(call, {.in = in.data(), .out = out.data()},
            with_bias_ ? bias.data() : nullptr, accumulate_);
    double squares = 0;
    double errors = 0;
    double largest = 0;
    ForEach(out_channels, size, [&](int y, int x, int o) {
      const int64_t at = At(out_channels, size, y, x, o);
      double sum =
          (with_bias_ ? bias[o] : 0.0) + (accumulate_ ? before[at] : 0.0);
      for (int tap = 0; tap < 9; ++tap) {
        for (int i = 0; i < in_channels; ++i) {
          sum += weight(o, i, tap / 3, tap % 3) *
                 in[At(in_channels, size, y + tap / 3 - 1, x + tap % 3 - 1, i)];
        }
      }
      const double error = std::abs(out[at] - sum);
      squares += sum * sum;
      errors += error * error;
      largest = std::max(largest, error);
      out[at] = 0;
    });
    const double count = static_cast<double>(size) * size * out_channels;
    const double scale = std::sqrt(squares / count);
    EXPECT_GT(scale, 0.1);
    EXPECT_LT(std::sqrt(errors / count), kMeanError * scale);
    EXPECT_LT(largest, kLargestError * scale);
    EXPECT_TRUE(std::all_of(out.begin(), out.end(), [](float f) {
      return f == 0;
    })) << "the border is not zero";
  }

  Noise noise_;
  Case case_;
  bool with_bias_;
  bool accumulate_;
  std::vector<float> weight_;
};

TEST_P(WinogradTest, Forward) {
  Check(ForwardCall(Shape(), weight_.data(), ConvolutionMethod::kFastest),
        case_.in_channels, case_.out_channels,
        [&](int o, int i, int ky, int kx) { return Weight(o, i, ky, kx); });
}

TEST_P(WinogradTest, InputGradient) {
  const std::vector<ConvolutionCall> calls =
      InputGradientCalls(Shape(), weight_.data(), ConvolutionMethod::kFastest);
  ASSERT_EQ(calls.size(), 1);
  Check(calls[0], case_.out_channels, case_.in_channels,
        [&](int o, int i, int ky, int kx) {
          return Weight(i, o, 2 - ky, 2 - kx);
        });
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, WinogradTest,
    testing::Combine(
        testing::Values(
            // The paper's skeleton, the embedded one, ImageNet16's.
            Case{16, 16, 32, 4}, Case{32, 32, 16, 4}, Case{64, 64, 8, 4},
            Case{8, 8, 16, 4}, Case{16, 16, 8, 4}, Case{32, 32, 4, 2},
            Case{16, 16, 16, 4}, Case{32, 32, 8, 4}, Case{64, 64, 4, 2},
            // Numbers of tiles and channels without a block of their own.
            Case{24, 40, 12, 4}, Case{8, 16, 20, 4}, Case{128, 8, 8, 4},
            Case{8, 24, 6, 2}, Case{16, 8, 2, 2}, Case{40, 24, 10, 2},
            // Odd sizes: direct.
            Case{16, 8, 5, 0}, Case{32, 16, 9, 0}, Case{8, 8, 3, 0}),
        testing::Bool(), testing::Bool()));

}  // namespace
}  // namespace robbench
