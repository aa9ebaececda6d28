#include "nas/cpu/winograd.h"

#include <cstddef>

#include "nas/cpu/cpu_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "nas/cpu/avx2.h"

namespace robbench {
namespace {

// Transforms of a line. Tile<m>::Input is B^T d, Tile<m>::Output is A^T y up to
// powers of a constant: output i is to be multiplied by kScale^i.
template <int m>
struct Tile;

template <>
struct Tile<2> {
  static constexpr float kScale = 1;
  static constexpr double kWeights[4][3] = {
      {1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

  static ROBBENCH_AVX2_INLINE void Input(const __m256* d, __m256* t) {
    t[0] = _mm256_sub_ps(d[0], d[2]);
    t[1] = _mm256_add_ps(d[1], d[2]);
    t[2] = _mm256_sub_ps(d[2], d[1]);
    t[3] = _mm256_sub_ps(d[3], d[1]);
  }

  static ROBBENCH_AVX2_INLINE void Output(const __m256* t, __m256* y) {
    y[0] = _mm256_add_ps(_mm256_add_ps(t[0], t[1]), t[2]);
    y[1] = _mm256_add_ps(_mm256_sub_ps(t[1], t[2]), t[3]);
  }
};

template <>
struct Tile<4> {
  // The points 0, +-a, +-b, infinity. With b = 2a, output i of the points +-1,
  // +-2 times a^i is the output here, if the weights' last point is over a^3.
  static constexpr double a = 0.75;
  static constexpr double b = 1.5;
  static constexpr float kScale = a;
  static constexpr double kA = 1 / (2 * a * a * (a * a - b * b));
  static constexpr double kB = 1 / (2 * b * b * (b * b - a * a));
  static constexpr double kWeights[6][3] = {
      {1 / (a * a * b * b), 0, 0}, {kA, kA* a, kA* a* a},
      {kA, -kA* a, kA* a* a},      {kB, kB* b, kB* b* b},
      {kB, -kB* b, kB* b* b},      {0, 0, 1 / (a * a * a)}};

  static ROBBENCH_AVX2_INLINE void Input(const __m256* d, __m256* t) {
    const __m256 one = _mm256_set1_ps(a);
    const __m256 two = _mm256_set1_ps(b);
    const __m256 one2 = _mm256_set1_ps(a * a);
    const __m256 two2 = _mm256_set1_ps(b * b);
    const __m256 product = _mm256_set1_ps(a * a * b * b);
    const __m256 sum = _mm256_set1_ps(a * a + b * b);
    const __m256 even_a = _mm256_fnmadd_ps(two2, d[2], d[4]);
    const __m256 odd_a = _mm256_fnmadd_ps(two2, d[1], d[3]);
    const __m256 even_b = _mm256_fnmadd_ps(one2, d[2], d[4]);
    const __m256 odd_b = _mm256_fnmadd_ps(one2, d[1], d[3]);
    t[0] = _mm256_fmadd_ps(product, d[0], _mm256_fnmadd_ps(sum, d[2], d[4]));
    t[1] = _mm256_fmadd_ps(one, odd_a, even_a);
    t[2] = _mm256_fnmadd_ps(one, odd_a, even_a);
    t[3] = _mm256_fmadd_ps(two, odd_b, even_b);
    t[4] = _mm256_fnmadd_ps(two, odd_b, even_b);
    t[5] = _mm256_fmadd_ps(product, d[1], _mm256_fnmadd_ps(sum, d[3], d[5]));
  }

  static ROBBENCH_AVX2_INLINE void Output(const __m256* t, __m256* y) {
    const __m256 even_a = _mm256_add_ps(t[1], t[2]);
    const __m256 odd_a = _mm256_sub_ps(t[1], t[2]);
    const __m256 even_b = _mm256_add_ps(t[3], t[4]);
    const __m256 odd_b = _mm256_sub_ps(t[3], t[4]);
    y[0] = _mm256_add_ps(_mm256_add_ps(t[0], even_a), even_b);
    y[1] = _mm256_fmadd_ps(_mm256_set1_ps(2), odd_b, odd_a);
    y[2] = _mm256_fmadd_ps(_mm256_set1_ps(4), even_b, even_a);
    y[3] =
        _mm256_add_ps(_mm256_fmadd_ps(_mm256_set1_ps(8), odd_b, odd_a), t[5]);
  }
};

// Floats ahead of their use that weights are fetched: two groups of 64 input
// channels.
constexpr int kAhead = 2048;

// Computes one block of a point's product: kTiles tiles times kVectors
// registers of output channels. kIn, where it is not 0, is the number of input
// channels, as a constant for the compiler.
template <int kTiles, int kVectors, int kIn>
ROBBENCH_AVX2_INLINE void MultiplyBlock(const float* in, int in_channels,
                                        const float* weights, float* out,
                                        int out_channels) {
  const int channels = kIn == 0 ? in_channels : kIn;
  __m256 sum[kTiles][kVectors];
#pragma GCC unroll 8
  for (int p = 0; p < kTiles; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sum[p][v] = _mm256_setzero_ps();
  }
#pragma GCC unroll 2
  for (int c = 0; c < channels; ++c) {
    __m256 w[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      w[v] = _mm256_loadu_ps(weights + v * kVector);
    }
    // Weights of many channels come from the third-level cache.
    if (kIn == 0 || kIn >= 64) {
      _mm_prefetch(reinterpret_cast<const char*>(weights + kAhead),
                   _MM_HINT_T0);
    }
    weights += kVectors * kVector;
#pragma GCC unroll 8
    for (int p = 0; p < kTiles; ++p) {
      const __m256 x = _mm256_broadcast_ss(in + p * channels + c);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        sum[p][v] = _mm256_fmadd_ps(x, w[v], sum[p][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int p = 0; p < kTiles; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      _mm256_storeu_ps(out + p * out_channels + v * kVector, sum[p][v]);
    }
  }
}

// Computes the product [tiles, in] x [in, kVectors registers] of a point.
template <int kVectors, int kIn>
ROBBENCH_AVX2_INLINE void MultiplyGroup(const float* in, int in_channels,
                                        const float* weights, int tiles,
                                        float* out, int out_channels) {
  constexpr int kBlock = kVectors == 1 ? 8 : 6;
  int left = tiles;
  for (; left >= kBlock + 4 || left == kBlock; left -= kBlock) {
    MultiplyBlock<kBlock, kVectors, kIn>(in, in_channels, weights, out,
                                         out_channels);
    in += kBlock * in_channels;
    out += kBlock * out_channels;
  }
  for (; left >= 4; left -= 4) {
    MultiplyBlock<4, kVectors, kIn>(in, in_channels, weights, out,
                                    out_channels);
    in += 4 * in_channels;
    out += 4 * out_channels;
  }
  for (; left >= 1; --left) {
    MultiplyBlock<1, kVectors, kIn>(in, in_channels, weights, out,
                                    out_channels);
    in += in_channels;
    out += out_channels;
  }
}

// A point's matrix is followed by a cache line that nothing uses: places a
// power of two apart would share a few sets of the cache.
constexpr int kLine = 16;

// Places of an image's parts in the working memory, in floats.
template <int m>
struct Memory {
  static constexpr int kPoints = m + 2;

  Memory(const WinogradConvolution& w, int images)
      : tiles(ptrdiff_t{images} * (w.size / m) * (w.size / m)),
        row(static_cast<ptrdiff_t>(w.in_channels) * (w.size + 2)),
        in_point(tiles * w.in_channels + kLine),
        out_point(tiles * w.out_channels + kLine),
        in((kPoints * row + kLine - 1) / kLine * kLine),
        out(in + kPoints * kPoints * in_point),
        total(out + kPoints * kPoints * out_point) {}

  ptrdiff_t tiles;
  ptrdiff_t row;        // of an image with its border
  ptrdiff_t in_point;   // [tiles][in_channels]
  ptrdiff_t out_point;  // [tiles][out_channels]
  // From 0: [m + 2][size + 2][in_channels], a row of tiles half transformed.
  ptrdiff_t in;
  ptrdiff_t out;
  ptrdiff_t total;
};

template <int m>
ROBBENCH_AVX2 void TransformInput(const WinogradConvolution& w,
                                  const Memory<m>& memory, const float* in,
                                  float* scratch, float* tile) {
  constexpr int kPoints = m + 2;
  const int side = w.size / m;
  const int channels = w.in_channels;
  for (int ty = 0; ty < side; ++ty) {
    // Columns first: neighbouring tiles share two of them.
    const float* rows = in + ty * m * memory.row;
    for (ptrdiff_t x = 0; x < memory.row; x += kVector) {
      __m256 d[kPoints];
      __m256 t[kPoints];
#pragma GCC unroll 8
      for (int i = 0; i < kPoints; ++i) {
        d[i] = _mm256_loadu_ps(rows + i * memory.row + x);
      }
      Tile<m>::Input(d, t);
#pragma GCC unroll 8
      for (int i = 0; i < kPoints; ++i) {
        _mm256_storeu_ps(scratch + i * memory.row + x, t[i]);
      }
    }
    for (int tx = 0; tx < side; ++tx, tile += channels) {
      for (int i = 0; i < kPoints; ++i) {
        const float* from = scratch + i * memory.row + tx * m * channels;
        float* to = tile + i * kPoints * memory.in_point;
        for (int c = 0; c < channels; c += kVector) {
          __m256 d[kPoints];
          __m256 t[kPoints];
#pragma GCC unroll 8
          for (int j = 0; j < kPoints; ++j) {
            d[j] = _mm256_loadu_ps(from + j * channels + c);
          }
          Tile<m>::Input(d, t);
#pragma GCC unroll 8
          for (int j = 0; j < kPoints; ++j) {
            _mm256_storeu_ps(to + j * memory.in_point + c, t[j]);
          }
        }
      }
    }
  }
}

template <int m>
ROBBENCH_AVX2 void TransformOutput(const WinogradConvolution& w,
                                   const Memory<m>& memory, const float* tile,
                                   const float* bias, bool accumulate,
                                   float* out) {
  constexpr int kPoints = m + 2;
  const int side = w.size / m;
  const int channels = w.out_channels;
  const ptrdiff_t row = static_cast<ptrdiff_t>(channels) * (w.size + 2);
  __m256 scale[2 * m - 1];
  float power = 1;
  for (int i = 0; i < 2 * m - 1; ++i, power *= Tile<m>::kScale) {
    scale[i] = _mm256_set1_ps(power);
  }
  for (int ty = 0; ty < side; ++ty) {
    for (int tx = 0; tx < side; ++tx, tile += channels) {
      float* corner = out + (ty * m + 1) * row + (tx * m + 1) * channels;
      for (int c = 0; c < channels; c += kVector) {
        __m256 half[m][kPoints];
#pragma GCC unroll 8
        for (int j = 0; j < kPoints; ++j) {
          __m256 t[kPoints];
          __m256 y[m];
#pragma GCC unroll 8
          for (int i = 0; i < kPoints; ++i) {
            t[i] = _mm256_loadu_ps(tile + (i * kPoints + j) * memory.out_point +
                                   c);
          }
          Tile<m>::Output(t, y);
#pragma GCC unroll 8
          for (int i = 0; i < m; ++i) half[i][j] = y[i];
        }
        const __m256 shift =
            bias == nullptr ? _mm256_setzero_ps() : _mm256_loadu_ps(bias + c);
#pragma GCC unroll 8
        for (int i = 0; i < m; ++i) {
          __m256 y[m];
          Tile<m>::Output(half[i], y);
#pragma GCC unroll 8
          for (int j = 0; j < m; ++j) {
            float* to = corner + i * row + j * channels + c;
            __m256 start = shift;
            if (accumulate) start = _mm256_add_ps(start, _mm256_loadu_ps(to));
            _mm256_storeu_ps(to, _mm256_fmadd_ps(y[j], scale[i + j], start));
          }
        }
      }
    }
  }
}

template <int m, int kIn>
ROBBENCH_AVX2 void Multiply(const WinogradConvolution& w,
                            const Memory<m>& memory, float* scratch) {
  const int tiles = static_cast<int>(memory.tiles);
  const int width = GroupWidth(w.out_channels);
  const float* weights = w.weights.data();
  for (int point = 0; point < memory.kPoints * memory.kPoints; ++point) {
    const float* in = scratch + memory.in + point * memory.in_point;
    float* out = scratch + memory.out + point * memory.out_point;
    for (int group = 0; group < w.out_channels; group += width) {
      if (width == kVector) {
        MultiplyGroup<1, kIn>(in, w.in_channels, weights, tiles, out + group,
                              w.out_channels);
      } else {
        MultiplyGroup<2, kIn>(in, w.in_channels, weights, tiles, out + group,
                              w.out_channels);
      }
      weights += ptrdiff_t{w.in_channels} * width;
    }
    weights += kLine;
  }
}

template <int m>
void Run(const WinogradConvolution& w, const ImageGroup& images,
         const float* bias, bool accumulate) {
  thread_local AlignedFloats scratch;
  const Memory<m> memory(w, images.images);
  const ptrdiff_t image_tiles = memory.tiles / images.images;
  if (static_cast<ptrdiff_t>(scratch.size()) < memory.total) {
    scratch.resize(memory.total);
  }
  for (int i = 0; i < images.images; ++i) {
    TransformInput<m>(
        w, memory, images.in + i * images.in_stride, scratch.data(),
        scratch.data() + memory.in + i * image_tiles * w.in_channels);
  }
  switch (w.in_channels) {
    case 8:
      Multiply<m, 8>(w, memory, scratch.data());
      break;
    case 16:
      Multiply<m, 16>(w, memory, scratch.data());
      break;
    case 32:
      Multiply<m, 32>(w, memory, scratch.data());
      break;
    case 64:
      Multiply<m, 64>(w, memory, scratch.data());
      break;
    default:
      Multiply<m, 0>(w, memory, scratch.data());
  }
  for (int i = 0; i < images.images; ++i) {
    TransformOutput<m>(
        w, memory,
        scratch.data() + memory.out + i * image_tiles * w.out_channels, bias,
        accumulate, images.out + i * images.out_stride);
  }
}

// kOutputs channels of one input channel: G g G^T to out + point * stride.
template <int m>
ROBBENCH_AVX2_INLINE void TransformWeights(const float* taps,
                                           ptrdiff_t tap_stride, float* out,
                                           ptrdiff_t point_stride) {
  constexpr int kPoints = m + 2;
  __m256 half[kPoints][3];
#pragma GCC unroll 8
  for (int i = 0; i < kPoints; ++i) {
#pragma GCC unroll 8
    for (int x = 0; x < 3; ++x) {
      half[i][x] = _mm256_setzero_ps();
#pragma GCC unroll 8
      for (int y = 0; y < 3; ++y) {
        half[i][x] = _mm256_fmadd_ps(
            _mm256_set1_ps(static_cast<float>(Tile<m>::kWeights[i][y])),
            _mm256_loadu_ps(taps + (3 * y + x) * tap_stride), half[i][x]);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPoints; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < kPoints; ++j) {
      __m256 sum = _mm256_setzero_ps();
#pragma GCC unroll 8
      for (int x = 0; x < 3; ++x) {
        sum = _mm256_fmadd_ps(
            _mm256_set1_ps(static_cast<float>(Tile<m>::kWeights[j][x])),
            half[i][x], sum);
      }
      _mm256_storeu_ps(out + (i * kPoints + j) * point_stride, sum);
    }
  }
}

template <int m>
ROBBENCH_AVX2 void MakeWeights(const float* taps, WinogradConvolution& w) {
  const int width = GroupWidth(w.out_channels);
  const ptrdiff_t area = static_cast<ptrdiff_t>(w.in_channels) * w.out_channels;
  w.weights.resize((m + 2) * (m + 2) * (area + kLine));
  for (int group = 0; group < w.out_channels; group += width) {
    for (int in = 0; in < w.in_channels; ++in) {
      for (int out = 0; out < width; out += kVector) {
        TransformWeights<m>(
            taps + ptrdiff_t{in} * w.out_channels + group + out, area,
            w.weights.data() + ptrdiff_t{group} * w.in_channels +
                ptrdiff_t{in} * width + out,
            area + kLine);
      }
    }
  }
}

}  // namespace

bool WinogradSupports(int in_channels, int out_channels, int size) {
  return in_channels % kVector == 0 && out_channels % kVector == 0 &&
         size % 2 == 0;
}

WinogradConvolution MakeWinograd(int in_channels, int out_channels, int size,
                                 const float* taps) {
  WinogradConvolution made{
      .in_channels = in_channels, .out_channels = out_channels, .size = size};
  made.tile = size % 4 == 0 && size >= 8 ? 4 : 2;
  if (made.tile == 4) {
    MakeWeights<4>(taps, made);
  } else {
    MakeWeights<2>(taps, made);
  }
  return made;
}

void RunWinograd(const WinogradConvolution& convolution,
                 const ImageGroup& images, const float* bias, bool accumulate) {
  if (convolution.tile == 4) {
    Run<4>(convolution, images, bias, accumulate);
  } else {
    Run<2>(convolution, images, bias, accumulate);
  }
}

}  // namespace robbench

#endif  // defined(__x86_64__)
