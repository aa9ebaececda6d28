// Kernels for one float32 image on x86-64 processors with AVX2 and FMA. The
// engines of this folder run them in place of one call of LibTorch for each
// operation, as an image of this size stays in the cache between two of them.
//
// The layout of an image is [size + 2][size + 2][channels], with `size` the
// height and width without the border. The border of zeros around the image
// spares kernels a special case for its edges. Every kernel writes the inside
// only and leaves the border zero. Channels are a multiple of 8 unless said
// otherwise, and pointers are to the first float of the border.
//
// Where a kernel has the argument `accumulate`, it adds its result to `out` if
// that is true and overwrites `out` otherwise; "out = or +=" says so below.
//
// Sums run in a fixed order, so results depend neither on the batch nor on the
// number of threads.
#ifndef NAS_CPU_CPU_KERNELS_H_
#define NAS_CPU_CPU_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nas/cpu/aligned_floats.h"

namespace robbench {

// Whether this processor can run the kernels below.
bool CpuKernelsAvailable();

inline constexpr int kVector = 8;  // floats in a register

// Floats of an image with its border.
constexpr int64_t PaddedFloats(int channels, int size) {
  return int64_t{channels} * (size + 2) * (size + 2);
}

// Inputs and outputs of a kernel that takes several images of one shape, so
// that they share its weights. Strides in floats.
struct ImageGroup {
  int images = 1;
  const float* in = nullptr;
  ptrdiff_t in_stride = 0;
  float* out = nullptr;
  ptrdiff_t out_stride = 0;

  // Moves on to the next image.
  void Next() {
    in += in_stride;
    out += out_stride;
  }
};

// A sum over taps, out(y, x) = sum_t W_t in(y, x; t): a convolution or one
// parity class of the gradient of a strided one.
struct TapConvolution {
  int in_channels;
  int out_channels;  // multiple of 8
  struct Tap {
    int dy;  // offset in the input, in pixels
    int dx;
  };
  std::vector<Tap> taps;
  // [group][tap][in_channels][GroupWidth(out_channels)]
  AlignedFloats weights;
};

// Output channels that are computed together.
constexpr int GroupWidth(int out_channels) {
  return out_channels % (2 * kVector) == 0 ? 2 * kVector : kVector;
}

// Where a TapConvolution reads and writes; strides in floats. Output (y, x) is
// out[y * out_row + x * out_pixel]; its tap reads
// in[y * in_row + x * in_pixel + dy * tap_row + dx * in_channels].
struct TapGeometry {
  int rows;
  int columns;
  ptrdiff_t in_row;
  ptrdiff_t in_pixel;
  ptrdiff_t tap_row;
  ptrdiff_t out_row;
  ptrdiff_t out_pixel;
};

// out = or += bias + sum over taps. `bias` is [out_channels] or null for zero;
// `in` and `out` are at output (0, 0) and at the pixel that its offset (0, 0)
// reads.
void RunTapConvolution(const TapConvolution& convolution,
                       const TapGeometry& geometry, const float* in,
                       const float* bias, bool accumulate, float* out);

// The gradient of a 3x3 convolution, padding 1, with respect to an input of
// few channels: out[c][y][x] = scale[c] * sum over taps and output channels.
// `weights` is [in_channels][ky][kx][channels]; `gradient` has the border,
// `out` has none and is planar.
void GradientToFewChannels(const float* gradient, int channels, int size,
                           const float* weights, const float* scale,
                           int in_channels, float* out);

// out = max(in, 0); bit i of `mask` says whether in[i] > 0. `count` floats,
// border included (it stays zero), a multiple of 8.
void Relu(const float* in, int64_t count, float* out, uint8_t* mask);

// out = or += gradient where the mask is set.
void ReluGradient(const float* gradient, const uint8_t* mask, int64_t count,
                  bool accumulate, float* out);

// out = or += scale * in, border included.
void AddScaled(const float* in, float scale, int64_t count, bool accumulate,
               float* out);

// The average over those pixels of a 3x3 window that lie inside the image,
// stride 1, and its adjoint, which is the gradient. `scratch` has
// (size + 2) * channels floats.
void AveragePool3x3(const float* in, int channels, int size, bool accumulate,
                    float* scratch, float* out);
void AveragePool3x3Adjoint(const float* gradient, int channels, int size,
                           bool accumulate, float* scratch, float* out);

// The mean of each 2x2 block, and its adjoint. `size` is that of the larger
// image, an even number.
void AveragePool2x2(const float* in, int channels, int size, float* out);
void AveragePool2x2Adjoint(const float* gradient, int channels, int size,
                           bool accumulate, float* out);

// features[c] = mean over pixels of max(in * scale + shift, 0), with the mask
// of the maximum ([size * size * channels] bits, no border), and the gradient
// with respect to `in`, from that of the features.
void HeadFeatures(const float* in, const float* scale, const float* shift,
                  int channels, int size, float* features, uint8_t* mask);
void HeadGradient(const float* feature_gradient, const float* scale,
                  const uint8_t* mask, int channels, int size, float* out);

// The kernels below are for training and for gradients of parameters.

// gradient_of_weights[ky][kx * in_channels + i][out_channels] += sum over
// output pixels of input (at the tap) times gradient, for a k x k convolution
// with padding k / 2. Strides as in TapGeometry: of the input for one output
// row and pixel; `in` is at the tap (0, 0) of output (0, 0).
void AccumulateWeightGradient(const float* in, int in_channels, int kernel,
                              const TapGeometry& geometry,
                              const float* gradient, int out_channels,
                              float* gradient_of_weights);

// sums[c] += sum over pixels of in.
void ChannelSums(const float* in, int channels, int size, double* sums);

// sums[c] += sum over pixels of in - shift[c]; squares[c] += of its square.
void ChannelMoments(const float* in, const float* shift, int channels, int size,
                    double* sums, double* squares);

// out = or += in * scale[c] + shift[c].
void ChannelAffine(const float* in, const float* scale, const float* shift,
                   int channels, int size, bool accumulate, float* out);

// sums[c] += sum of g; products[c] += sum of g * (in - mean[c]).
void ChannelProducts(const float* gradient, const float* in, const float* mean,
                     int channels, int size, double* sums, double* products);

// out = or += a[c] * gradient + b[c] * (in - mean[c]) + d[c]: the gradient of a
// BatchNorm's input.
void BatchNormInputGradient(const float* gradient, const float* in,
                            const float* mean, const float* a, const float* b,
                            const float* d, int channels, int size,
                            bool accumulate, float* out);

}  // namespace robbench

#endif  // NAS_CPU_CPU_KERNELS_H_
