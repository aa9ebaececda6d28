// The kernels of cpu_kernels.h that only training needs.
#include <cstdint>

#include "nas/cpu/cpu_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>

#include "nas/cpu/avx2.h"

namespace robbench {
namespace {

// Pixels whose inputs and gradients fit the first-level cache.
constexpr int kBandPixels = 64;

// kColumns neighbouring input floats times kVectors registers of output
// channels, summed over all output pixels.
template <int kColumns, int kVectors>
ROBBENCH_AVX2_INLINE void WeightBlock(const float* in,
                                      const TapGeometry& geometry,
                                      const float* gradient, int out_channels,
                                      float* out) {
  __m256 sum[kColumns][kVectors];
#pragma GCC unroll 12
  for (int i = 0; i < kColumns; ++i) {
#pragma GCC unroll 12
    for (int v = 0; v < kVectors; ++v) {
      sum[i][v] = _mm256_loadu_ps(out + i * out_channels + v * kVector);
    }
  }
  for (int y = 0; y < geometry.rows; ++y) {
    const float* x = in + y * geometry.in_row;
    const float* g = gradient + y * geometry.out_row;
    for (int p = 0; p < geometry.columns; ++p) {
      __m256 slope[kVectors];
#pragma GCC unroll 12
      for (int v = 0; v < kVectors; ++v) {
        slope[v] = _mm256_loadu_ps(g + v * kVector);
      }
#pragma GCC unroll 12
      for (int i = 0; i < kColumns; ++i) {
        const __m256 value = _mm256_broadcast_ss(x + i);
#pragma GCC unroll 12
        for (int v = 0; v < kVectors; ++v) {
          sum[i][v] = _mm256_fmadd_ps(value, slope[v], sum[i][v]);
        }
      }
      x += geometry.in_pixel;
      g += geometry.out_pixel;
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < kColumns; ++i) {
#pragma GCC unroll 12
    for (int v = 0; v < kVectors; ++v) {
      _mm256_storeu_ps(out + i * out_channels + v * kVector, sum[i][v]);
    }
  }
}

template <int kVectors>
ROBBENCH_AVX2 void WeightGroups(const float* in, int in_channels, int kernel,
                                const TapGeometry& geometry,
                                const float* gradient, int out_channels,
                                float* out) {
  constexpr int kWidth = kVectors * kVector;
  constexpr int kBlock = 12 / kVectors;  // twelve sums
  // The taps of a kernel's row read neighbouring floats.
  const int columns = kernel * in_channels;
  for (int group = 0; group < out_channels; group += kWidth) {
    for (int ky = 0; ky < kernel; ++ky) {
      const float* row = in + ky * geometry.tap_row;
      float* to = out + (int64_t{ky} * columns) * out_channels + group;
      int column = 0;
      const auto left = [&] { return columns - column; };
      for (; left() >= kBlock + 4 || left() == kBlock; column += kBlock) {
        WeightBlock<kBlock, kVectors>(row + column, geometry, gradient + group,
                                      out_channels,
                                      to + int64_t{column} * out_channels);
      }
      for (; left() >= 4; column += 4) {
        WeightBlock<4, kVectors>(row + column, geometry, gradient + group,
                                 out_channels,
                                 to + int64_t{column} * out_channels);
      }
      for (; left() >= 1; ++column) {
        WeightBlock<1, kVectors>(row + column, geometry, gradient + group,
                                 out_channels,
                                 to + int64_t{column} * out_channels);
      }
    }
  }
}

ROBBENCH_AVX2_INLINE void AddToDoubles(__m256 v, double* out) {
  const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(v));
  const __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1));
  _mm256_storeu_pd(out, _mm256_add_pd(_mm256_loadu_pd(out), low));
  _mm256_storeu_pd(out + 4, _mm256_add_pd(_mm256_loadu_pd(out + 4), high));
}

// A row is summed in so many registers, so that an addition need not wait for
// the one before.
constexpr int kChains = 4;

ROBBENCH_AVX2_INLINE void Clear(__m256* chains) {
#pragma GCC unroll 4
  for (int k = 0; k < kChains; ++k) chains[k] = _mm256_setzero_ps();
}

ROBBENCH_AVX2_INLINE __m256 Total(const __m256* chains) {
  return _mm256_add_ps(_mm256_add_ps(chains[0], chains[1]),
                       _mm256_add_ps(chains[2], chains[3]));
}

}  // namespace

void AccumulateWeightGradient(const float* in, int in_channels, int kernel,
                              const TapGeometry& geometry,
                              const float* gradient, int out_channels,
                              float* gradient_of_weights) {
  // A few rows at a time stay in the first-level cache.
  const int rows = std::max(4, kBandPixels / geometry.columns);
  for (int first = 0; first < geometry.rows; first += rows) {
    TapGeometry band = geometry;
    band.rows = std::min(rows, geometry.rows - first);
    const float* band_in = in + first * geometry.in_row;
    const float* band_gradient = gradient + first * geometry.out_row;
    if (GroupWidth(out_channels) == kVector) {
      WeightGroups<1>(band_in, in_channels, kernel, band, band_gradient,
                      out_channels, gradient_of_weights);
    } else {
      WeightGroups<2>(band_in, in_channels, kernel, band, band_gradient,
                      out_channels, gradient_of_weights);
    }
  }
}

ROBBENCH_AVX2 void ChannelSums(const float* in, int channels, int size,
                               double* sums) {
  const int64_t row = int64_t{channels} * (size + 2);
  for (int y = 0; y < size; ++y) {
    for (int c = 0; c < channels; c += kVector) {
      const float* at = in + (y + 1) * row + channels + c;
      __m256 sum[kChains];
      Clear(sum);
      int x = 0;
      for (; x + kChains <= size; x += kChains) {
#pragma GCC unroll 4
        for (int k = 0; k < kChains; ++k, at += channels) {
          sum[k] = _mm256_add_ps(sum[k], _mm256_loadu_ps(at));
        }
      }
      for (; x < size; ++x, at += channels) {
        sum[0] = _mm256_add_ps(sum[0], _mm256_loadu_ps(at));
      }
      AddToDoubles(Total(sum), sums + c);
    }
  }
}

ROBBENCH_AVX2 void ChannelMoments(const float* in, const float* shift,
                                  int channels, int size, double* sums,
                                  double* squares) {
  const int64_t row = int64_t{channels} * (size + 2);
  for (int y = 0; y < size; ++y) {
    for (int c = 0; c < channels; c += kVector) {
      const float* at = in + (y + 1) * row + channels + c;
      const __m256 m = _mm256_loadu_ps(shift + c);
      __m256 sum[kChains];
      __m256 square[kChains];
      Clear(sum);
      Clear(square);
      int x = 0;
      for (; x + kChains <= size; x += kChains) {
#pragma GCC unroll 4
        for (int k = 0; k < kChains; ++k, at += channels) {
          const __m256 d = _mm256_sub_ps(_mm256_loadu_ps(at), m);
          sum[k] = _mm256_add_ps(sum[k], d);
          square[k] = _mm256_fmadd_ps(d, d, square[k]);
        }
      }
      for (; x < size; ++x, at += channels) {
        const __m256 d = _mm256_sub_ps(_mm256_loadu_ps(at), m);
        sum[0] = _mm256_add_ps(sum[0], d);
        square[0] = _mm256_fmadd_ps(d, d, square[0]);
      }
      AddToDoubles(Total(sum), sums + c);
      AddToDoubles(Total(square), squares + c);
    }
  }
}

ROBBENCH_AVX2 void ChannelAffine(const float* in, const float* scale,
                                 const float* shift, int channels, int size,
                                 bool accumulate, float* out) {
  const int64_t row = int64_t{channels} * (size + 2);
  for (int y = 0; y < size; ++y) {
    for (int c = 0; c < channels; c += kVector) {
      const __m256 a = _mm256_loadu_ps(scale + c);
      const __m256 b = _mm256_loadu_ps(shift + c);
      int64_t at = (y + 1) * row + channels + c;
      for (int x = 0; x < size; ++x, at += channels) {
        __m256 v = _mm256_fmadd_ps(_mm256_loadu_ps(in + at), a, b);
        if (accumulate) v = _mm256_add_ps(v, _mm256_loadu_ps(out + at));
        _mm256_storeu_ps(out + at, v);
      }
    }
  }
}

ROBBENCH_AVX2 void ChannelProducts(const float* gradient, const float* in,
                                   const float* mean, int channels, int size,
                                   double* sums, double* products) {
  const int64_t row = int64_t{channels} * (size + 2);
  for (int y = 0; y < size; ++y) {
    for (int c = 0; c < channels; c += kVector) {
      const __m256 m = _mm256_loadu_ps(mean + c);
      int64_t at = (y + 1) * row + channels + c;
      __m256 sum[kChains];
      __m256 product[kChains];
      Clear(sum);
      Clear(product);
      int x = 0;
      for (; x + kChains <= size; x += kChains) {
#pragma GCC unroll 4
        for (int k = 0; k < kChains; ++k, at += channels) {
          const __m256 g = _mm256_loadu_ps(gradient + at);
          const __m256 d = _mm256_sub_ps(_mm256_loadu_ps(in + at), m);
          sum[k] = _mm256_add_ps(sum[k], g);
          product[k] = _mm256_fmadd_ps(g, d, product[k]);
        }
      }
      for (; x < size; ++x, at += channels) {
        const __m256 g = _mm256_loadu_ps(gradient + at);
        const __m256 d = _mm256_sub_ps(_mm256_loadu_ps(in + at), m);
        sum[0] = _mm256_add_ps(sum[0], g);
        product[0] = _mm256_fmadd_ps(g, d, product[0]);
      }
      AddToDoubles(Total(sum), sums + c);
      AddToDoubles(Total(product), products + c);
    }
  }
}

ROBBENCH_AVX2 void BatchNormInputGradient(const float* gradient,
                                          const float* in, const float* mean,
                                          const float* a, const float* b,
                                          const float* d, int channels,
                                          int size, bool accumulate,
                                          float* out) {
  const int64_t row = int64_t{channels} * (size + 2);
  for (int y = 0; y < size; ++y) {
    for (int c = 0; c < channels; c += kVector) {
      const __m256 m = _mm256_loadu_ps(mean + c);
      const __m256 on_gradient = _mm256_loadu_ps(a + c);
      const __m256 on_input = _mm256_loadu_ps(b + c);
      const __m256 constant = _mm256_loadu_ps(d + c);
      int64_t at = (y + 1) * row + channels + c;
      for (int x = 0; x < size; ++x, at += channels) {
        const __m256 centred = _mm256_sub_ps(_mm256_loadu_ps(in + at), m);
        __m256 v = _mm256_fmadd_ps(on_input, centred, constant);
        v = _mm256_fmadd_ps(_mm256_loadu_ps(gradient + at), on_gradient, v);
        if (accumulate) v = _mm256_add_ps(v, _mm256_loadu_ps(out + at));
        _mm256_storeu_ps(out + at, v);
      }
    }
  }
}

}  // namespace robbench

#endif  // defined(__x86_64__)
