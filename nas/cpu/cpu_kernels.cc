#include "nas/cpu/cpu_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "nas/cpu/avx2.h"

namespace robbench {
namespace {

// Computes one block: kPixels neighbouring outputs of a row, of kVectors
// registers of output channels each. `weights` starts at the group. kInPixel,
// where it is not 0, is geometry.in_pixel: a constant saves the address
// arithmetic, which is a third of the instructions.
template <int kPixels, int kVectors, int kInPixel>
ROBBENCH_AVX2_INLINE void ConvolveBlock(const TapConvolution::Tap* taps,
                                        int num_taps, int in_channels,
                                        const TapGeometry& geometry,
                                        const float* in, const float* weights,
                                        const float* bias, bool accumulate,
                                        float* out) {
  constexpr int kWidth = kVectors * kVector;
  const ptrdiff_t in_pixel = kInPixel == 0 ? geometry.in_pixel : kInPixel;
  __m256 sum[kPixels][kVectors];
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const __m256 start = bias == nullptr ? _mm256_setzero_ps()
                                         : _mm256_loadu_ps(bias + v * kVector);
#pragma GCC unroll 8
    for (int p = 0; p < kPixels; ++p) {
      sum[p][v] =
          accumulate
              ? _mm256_add_ps(
                    start,
                    _mm256_loadu_ps(out + p * geometry.out_pixel + v * kVector))
              : start;
    }
  }
  for (int t = 0; t < num_taps; ++t) {
    const float* pixel = in + taps[t].dy * geometry.tap_row +
                         static_cast<ptrdiff_t>(taps[t].dx) * in_channels;
    for (int c = 0; c < in_channels; ++c) {
      __m256 w[kVectors];
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        w[v] = _mm256_loadu_ps(weights + v * kVector);
      }
      weights += kWidth;
#pragma GCC unroll 8
      for (int p = 0; p < kPixels; ++p) {
        const __m256 x = _mm256_broadcast_ss(pixel + p * in_pixel + c);
#pragma GCC unroll 8
        for (int v = 0; v < kVectors; ++v) {
          sum[p][v] = _mm256_fmadd_ps(x, w[v], sum[p][v]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      _mm256_storeu_ps(out + p * geometry.out_pixel + v * kVector, sum[p][v]);
    }
  }
}

template <int kVectors, int kInPixel>
ROBBENCH_AVX2 void ConvolveGroups(const TapConvolution& convolution,
                                  const TapGeometry& geometry, const float* in,
                                  const float* bias, bool accumulate,
                                  float* out) {
  constexpr int kWidth = kVectors * kVector;
  constexpr int kBlock = kVectors == 1 ? 8 : 4;
  const int num_taps = static_cast<int>(convolution.taps.size());
  const TapConvolution::Tap* taps = convolution.taps.data();
  const int channels = convolution.in_channels;
  const int64_t group_floats = int64_t{num_taps} * channels * kWidth;
  for (int group = 0; group * kWidth < convolution.out_channels; ++group) {
    const float* weights = convolution.weights.data() + group * group_floats;
    const float* group_bias = bias == nullptr ? nullptr : bias + group * kWidth;
    for (int y = 0; y < geometry.rows; ++y) {
      const float* from = in + y * geometry.in_row;
      float* to = out + y * geometry.out_row + group * kWidth;
      int left = geometry.columns;
      // Twelve sums hide the latency of an addition better than eight, where a
      // row has room for blocks of six and then of four.
      for (; kVectors == 2 && (left >= 10 || left == 6); left -= 6) {
        ConvolveBlock<6, kVectors, kInPixel>(taps, num_taps, channels, geometry,
                                             from, weights, group_bias,
                                             accumulate, to);
        from += 6 * geometry.in_pixel;
        to += 6 * geometry.out_pixel;
      }
      for (; left >= kBlock; left -= kBlock) {
        ConvolveBlock<kBlock, kVectors, kInPixel>(taps, num_taps, channels,
                                                  geometry, from, weights,
                                                  group_bias, accumulate, to);
        from += kBlock * geometry.in_pixel;
        to += kBlock * geometry.out_pixel;
      }
      // The rest of a row is rare, so it is not worth a constant kInPixel.
      for (; left >= 4; left -= 4) {
        ConvolveBlock<4, kVectors, 0>(taps, num_taps, channels, geometry, from,
                                      weights, group_bias, accumulate, to);
        from += 4 * geometry.in_pixel;
        to += 4 * geometry.out_pixel;
      }
      for (; left >= 1; --left) {
        ConvolveBlock<1, kVectors, 0>(taps, num_taps, channels, geometry, from,
                                      weights, group_bias, accumulate, to);
        from += geometry.in_pixel;
        to += geometry.out_pixel;
      }
    }
  }
}

template <int kVectors>
void DispatchGroups(const TapConvolution& convolution,
                    const TapGeometry& geometry, const float* in,
                    const float* bias, bool accumulate, float* out) {
  const auto run = [&](auto* groups) {
    groups(convolution, geometry, in, bias, accumulate, out);
  };
  switch (geometry.in_pixel) {
    case 3:
      return run(ConvolveGroups<kVectors, 3>);
    case 8:
      return run(ConvolveGroups<kVectors, 8>);
    case 16:
      return run(ConvolveGroups<kVectors, 16>);
    case 32:
      return run(ConvolveGroups<kVectors, 32>);
    case 64:
      return run(ConvolveGroups<kVectors, 64>);
    default:
      return run(ConvolveGroups<kVectors, 0>);
  }
}

ROBBENCH_AVX2_INLINE float HorizontalSum(__m256 v) {
  const __m128 half =
      _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)));
}

// All ones in the lanes whose bit is set.
ROBBENCH_AVX2_INLINE __m256 LaneMask(uint8_t bits) {
  const __m256i lanes = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const __m256i all = _mm256_set1_epi32(bits);
  return _mm256_castsi256_ps(
      _mm256_cmpeq_epi32(_mm256_and_si256(all, lanes), lanes));
}

// How many pixels of a line of three around `i` lie in 0 ... size-1.
inline int LineCount(int i, int size) { return 1 + (i > 0) + (i < size - 1); }

// The weight of window `i` of a line in the adjoint of the 3x3 pool, over that
// of a window that lies in the image as a whole: 1, 1.5 or 3, which are exact.
// Windows outside the image have none.
inline float LineWeight(int i, int size) {
  if (i < 0 || i >= size) return 0;
  return 3.0f / static_cast<float>(LineCount(i, size));
}

// One row of the 3x3 pool or of its adjoint: the rows y-1, y, y+1 of `in` (with
// the border) are summed into `scratch`, then its columns. The sum is divided
// once, by the number of pixels; a factor such as float(1/9) would make every
// mean too large by the factor's own rounding, which a stack of pools adds up.
// The adjoint weighs each window by LineWeight before, and divides by 9.
template <bool kAdjoint>
ROBBENCH_AVX2_INLINE void PoolRow(const float* in, int channels, int size,
                                  int y, bool accumulate, float* scratch,
                                  float* out) {
  const int64_t row = int64_t{channels} * (size + 2);
  const float* middle = in + (y + 1) * row;
  const auto weight_of = [size](int i) {
    return kAdjoint ? LineWeight(i, size) : 1.0f;
  };
  const __m256 above = _mm256_set1_ps(weight_of(y - 1));
  const __m256 here = _mm256_set1_ps(weight_of(y));
  const __m256 below = _mm256_set1_ps(weight_of(y + 1));
  for (int x = 0; x < size + 2; ++x) {
    const __m256 weight = _mm256_set1_ps(weight_of(x - 1));
    for (int c = 0; c < channels; c += kVector) {
      const float* at = middle + int64_t{x} * channels + c;
      __m256 sum = _mm256_mul_ps(_mm256_loadu_ps(at - row), above);
      sum = _mm256_fmadd_ps(_mm256_loadu_ps(at), here, sum);
      sum = _mm256_fmadd_ps(_mm256_loadu_ps(at + row), below, sum);
      _mm256_storeu_ps(scratch + int64_t{x} * channels + c,
                       _mm256_mul_ps(sum, weight));
    }
  }
  float* to = out + (y + 1) * row + channels;
  for (int x = 0; x < size; ++x) {
    const int pixels = kAdjoint ? 9 : LineCount(x, size) * LineCount(y, size);
    const __m256 count = _mm256_set1_ps(static_cast<float>(pixels));
    for (int c = 0; c < channels; c += kVector) {
      const float* at = scratch + int64_t{x} * channels + c;
      const __m256 sum = _mm256_add_ps(
          _mm256_add_ps(_mm256_loadu_ps(at), _mm256_loadu_ps(at + channels)),
          _mm256_loadu_ps(at + 2 * channels));
      float* target = to + int64_t{x} * channels + c;
      __m256 mean = _mm256_div_ps(sum, count);
      if (accumulate) mean = _mm256_add_ps(mean, _mm256_loadu_ps(target));
      _mm256_storeu_ps(target, mean);
    }
  }
}

// Computes kChannels planes of the gradient, four pixels of a row at a time;
// `size` is a multiple of 4.
template <int kChannels>
ROBBENCH_AVX2 void FewChannels(const float* gradient, int channels, int size,
                               const float* weights, const float* scale,
                               float* out) {
  constexpr int kPixels = 4;
  const int64_t row = int64_t{channels} * (size + 2);
  const int64_t plane = int64_t{size} * size;
  const int64_t kernel = int64_t{9} * channels;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; x += kPixels) {
      __m256 sum[kPixels][kChannels];
#pragma GCC unroll 4
      for (int p = 0; p < kPixels; ++p) {
#pragma GCC unroll 4
        for (int k = 0; k < kChannels; ++k) sum[p][k] = _mm256_setzero_ps();
      }
      for (int tap = 0; tap < 9; ++tap) {
        // Input (y, x) reached output (y + 1 - ky, x + 1 - kx).
        const float* at = gradient + (y + 2 - tap / 3) * row +
                          int64_t{x + 2 - tap % 3} * channels;
        const float* w = weights + int64_t{tap} * channels;
        for (int c = 0; c < channels; c += kVector) {
          __m256 slope[kPixels];
#pragma GCC unroll 4
          for (int p = 0; p < kPixels; ++p) {
            slope[p] = _mm256_loadu_ps(at + p * channels + c);
          }
#pragma GCC unroll 4
          for (int k = 0; k < kChannels; ++k) {
            const __m256 weight = _mm256_loadu_ps(w + k * kernel + c);
#pragma GCC unroll 4
            for (int p = 0; p < kPixels; ++p) {
              sum[p][k] = _mm256_fmadd_ps(slope[p], weight, sum[p][k]);
            }
          }
        }
      }
      float* to = out + int64_t{y} * size + x;
#pragma GCC unroll 4
      for (int k = 0; k < kChannels; ++k) {
#pragma GCC unroll 4
        for (int p = 0; p < kPixels; ++p) {
          to[k * plane + p] = scale[k] * HorizontalSum(sum[p][k]);
        }
      }
    }
  }
}

}  // namespace

bool CpuKernelsAvailable() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

void RunTapConvolution(const TapConvolution& convolution,
                       const TapGeometry& geometry, const float* in,
                       const float* bias, bool accumulate, float* out) {
  if (GroupWidth(convolution.out_channels) == kVector) {
    DispatchGroups<1>(convolution, geometry, in, bias, accumulate, out);
  } else {
    DispatchGroups<2>(convolution, geometry, in, bias, accumulate, out);
  }
}

ROBBENCH_AVX2 void GradientToFewChannels(const float* gradient, int channels,
                                         int size, const float* weights,
                                         const float* scale, int in_channels,
                                         float* out) {
  const int64_t plane = int64_t{size} * size;
  int k = 0;
  for (; k + 3 <= in_channels; k += 3) {
    FewChannels<3>(gradient, channels, size,
                   weights + int64_t{9} * k * channels, scale + k,
                   out + k * plane);
  }
  for (; k < in_channels; ++k) {
    FewChannels<1>(gradient, channels, size,
                   weights + int64_t{9} * k * channels, scale + k,
                   out + k * plane);
  }
}

ROBBENCH_AVX2 void Relu(const float* in, int64_t count, float* out,
                        uint8_t* mask) {
  const __m256 zero = _mm256_setzero_ps();
  for (int64_t i = 0; i < count; i += kVector) {
    const __m256 x = _mm256_loadu_ps(in + i);
    const __m256 on = _mm256_cmp_ps(x, zero, _CMP_GT_OQ);
    // Not max: a NaN must stay one, for the checks of the caller.
    const __m256 off = _mm256_cmp_ps(x, zero, _CMP_LE_OQ);
    _mm256_storeu_ps(out + i, _mm256_andnot_ps(off, x));
    mask[i / kVector] = static_cast<uint8_t>(_mm256_movemask_ps(on));
  }
}

ROBBENCH_AVX2 void ReluGradient(const float* gradient, const uint8_t* mask,
                                int64_t count, bool accumulate, float* out) {
  for (int64_t i = 0; i < count; i += kVector) {
    __m256 g = _mm256_and_ps(_mm256_loadu_ps(gradient + i),
                             LaneMask(mask[i / kVector]));
    if (accumulate) g = _mm256_add_ps(g, _mm256_loadu_ps(out + i));
    _mm256_storeu_ps(out + i, g);
  }
}

ROBBENCH_AVX2 void AddScaled(const float* in, float scale, int64_t count,
                             bool accumulate, float* out) {
  const __m256 factor = _mm256_set1_ps(scale);
  if (!accumulate) {
    for (int64_t i = 0; i < count; i += kVector) {
      _mm256_storeu_ps(out + i, _mm256_mul_ps(_mm256_loadu_ps(in + i), factor));
    }
    return;
  }
  for (int64_t i = 0; i < count; i += kVector) {
    _mm256_storeu_ps(out + i, _mm256_fmadd_ps(_mm256_loadu_ps(in + i), factor,
                                              _mm256_loadu_ps(out + i)));
  }
}

ROBBENCH_AVX2 void AveragePool3x3(const float* in, int channels, int size,
                                  bool accumulate, float* scratch, float* out) {
  for (int y = 0; y < size; ++y) {
    PoolRow<false>(in, channels, size, y, accumulate, scratch, out);
  }
}

ROBBENCH_AVX2 void AveragePool3x3Adjoint(const float* gradient, int channels,
                                         int size, bool accumulate,
                                         float* scratch, float* out) {
  for (int y = 0; y < size; ++y) {
    PoolRow<true>(gradient, channels, size, y, accumulate, scratch, out);
  }
}

ROBBENCH_AVX2 void AveragePool2x2(const float* in, int channels, int size,
                                  float* out) {
  const int half = size / 2;
  const int64_t row = int64_t{channels} * (size + 2);
  const int64_t out_row = int64_t{channels} * (half + 2);
  const __m256 quarter = _mm256_set1_ps(0.25f);
  for (int y = 0; y < half; ++y) {
    const float* from = in + (2 * y + 1) * row + channels;
    float* to = out + (y + 1) * out_row + channels;
    for (int x = 0; x < half; ++x) {
      for (int c = 0; c < channels; c += kVector) {
        const float* at = from + int64_t{2} * x * channels + c;
        const __m256 upper =
            _mm256_add_ps(_mm256_loadu_ps(at), _mm256_loadu_ps(at + channels));
        const __m256 lower = _mm256_add_ps(
            _mm256_loadu_ps(at + row), _mm256_loadu_ps(at + row + channels));
        _mm256_storeu_ps(to + int64_t{x} * channels + c,
                         _mm256_mul_ps(_mm256_add_ps(upper, lower), quarter));
      }
    }
  }
}

ROBBENCH_AVX2 void AveragePool2x2Adjoint(const float* gradient, int channels,
                                         int size, bool accumulate,
                                         float* out) {
  const int half = size / 2;
  const int64_t row = int64_t{channels} * (size + 2);
  const int64_t from_row = int64_t{channels} * (half + 2);
  const __m256 quarter = _mm256_set1_ps(0.25f);
  for (int y = 0; y < size; ++y) {
    const float* from = gradient + (y / 2 + 1) * from_row + channels;
    float* to = out + (y + 1) * row + channels;
    for (int x = 0; x < size; ++x) {
      for (int c = 0; c < channels; c += kVector) {
        float* target = to + int64_t{x} * channels + c;
        __m256 g = _mm256_mul_ps(
            _mm256_loadu_ps(from + int64_t{x / 2} * channels + c), quarter);
        if (accumulate) g = _mm256_add_ps(g, _mm256_loadu_ps(target));
        _mm256_storeu_ps(target, g);
      }
    }
  }
}

ROBBENCH_AVX2 void HeadFeatures(const float* in, const float* scale,
                                const float* shift, int channels, int size,
                                float* features, uint8_t* mask) {
  const int64_t row = int64_t{channels} * (size + 2);
  const int vectors = channels / kVector;
  const __m256 zero = _mm256_setzero_ps();
  const __m256 pixels = _mm256_set1_ps(static_cast<float>(size * size));
  for (int v = 0; v < vectors; ++v) {
    const __m256 a = _mm256_loadu_ps(scale + v * kVector);
    const __m256 b = _mm256_loadu_ps(shift + v * kVector);
    __m256 sum = zero;
    for (int i = 0; i < size * size; ++i) {
      const float* at = in + (i / size + 1) * row +
                        int64_t{i % size + 1} * channels + v * kVector;
      const __m256 x = _mm256_fmadd_ps(_mm256_loadu_ps(at), a, b);
      const __m256 on = _mm256_cmp_ps(x, zero, _CMP_GT_OQ);
      const __m256 off = _mm256_cmp_ps(x, zero, _CMP_LE_OQ);
      sum = _mm256_add_ps(sum, _mm256_andnot_ps(off, x));
      mask[int64_t{i} * vectors + v] =
          static_cast<uint8_t>(_mm256_movemask_ps(on));
    }
    _mm256_storeu_ps(features + v * kVector, _mm256_div_ps(sum, pixels));
  }
}

ROBBENCH_AVX2 void HeadGradient(const float* feature_gradient,
                                const float* scale, const uint8_t* mask,
                                int channels, int size, float* out) {
  const int64_t row = int64_t{channels} * (size + 2);
  const int vectors = channels / kVector;
  const __m256 pixels = _mm256_set1_ps(static_cast<float>(size * size));
  for (int v = 0; v < vectors; ++v) {
    const __m256 g = _mm256_div_ps(
        _mm256_mul_ps(_mm256_loadu_ps(feature_gradient + v * kVector),
                      _mm256_loadu_ps(scale + v * kVector)),
        pixels);
    for (int i = 0; i < size * size; ++i) {
      float* at = out + (i / size + 1) * row +
                  int64_t{i % size + 1} * channels + v * kVector;
      _mm256_storeu_ps(
          at, _mm256_and_ps(g, LaneMask(mask[int64_t{i} * vectors + v])));
    }
  }
}

}  // namespace robbench

#endif  // defined(__x86_64__)
