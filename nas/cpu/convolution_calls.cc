#include "nas/cpu/convolution_calls.h"

#include <cstdint>
#include <utility>

#include "nas/cpu/aligned_floats.h"

namespace robbench {
namespace {

// Puts weight(out, in, tap) into the order of TapConvolution::weights, one
// group of output channels after the other.
template <typename Weight>
AlignedFloats PackWeights(int out_channels, int in_channels, int taps,
                          const Weight& weight) {
  const int width = GroupWidth(out_channels);
  AlignedFloats packed;
  packed.reserve(int64_t{out_channels} * in_channels * taps);
  for (int group = 0; group < out_channels; group += width) {
    for (int tap = 0; tap < taps; ++tap) {
      for (int in = 0; in < in_channels; ++in) {
        for (int out = group; out < group + width; ++out) {
          packed.push_back(weight(out, in, tap));
        }
      }
    }
  }
  return packed;
}

// Winograd's convolution of a 3x3 kernel, with `weight` as in PackWeights.
template <typename Weight>
WinogradConvolution Winograd(int out_channels, int in_channels, int size,
                             const Weight& weight) {
  std::vector<float> taps;
  taps.reserve(int64_t{9} * in_channels * out_channels);
  for (int tap = 0; tap < 9; ++tap) {
    for (int in = 0; in < in_channels; ++in) {
      for (int out = 0; out < out_channels; ++out) {
        taps.push_back(weight(out, in, tap));
      }
    }
  }
  return MakeWinograd(in_channels, out_channels, size, taps.data());
}

bool IsWinograd(const ConvolutionShape& shape) {
  return shape.kernel == 3 && shape.stride == 1 &&
         WinogradSupports(shape.in_channels, shape.out_channels, shape.in_size);
}

// Floats of a row with its border.
ptrdiff_t RowFloats(int channels, int size) {
  return ptrdiff_t{channels} * (size + 2);
}

}  // namespace

ConvolutionShape ShapeOf(const Layer& convolution) {
  return {convolution.in_channels, convolution.out_channels,
          convolution.kernel,      convolution.stride,
          convolution.in_size,     convolution.out_size};
}

bool SupportsConvolution(const ConvolutionShape& shape) {
  return shape.out_channels % kVector == 0 &&
         (shape.kernel == 1 || shape.kernel == 3) &&
         (shape.stride == 1 || shape.stride == 2) &&
         shape.in_size == shape.stride * shape.out_size;
}

ConvolutionCall ForwardCall(const ConvolutionShape& shape, const float* weight,
                            ConvolutionMethod method) {
  const int k = shape.kernel;
  const int area = k * k;
  const auto packed = [&](int o, int i, int tap) {
    return weight[(int64_t{o} * shape.in_channels + i) * area + tap];
  };
  if (method == ConvolutionMethod::kFastest && IsWinograd(shape)) {
    return {.winograd = Winograd(shape.out_channels, shape.in_channels,
                                 shape.in_size, packed)};
  }
  const ptrdiff_t in_row = RowFloats(shape.in_channels, shape.in_size);
  const ptrdiff_t out_row = RowFloats(shape.out_channels, shape.out_size);
  ConvolutionCall call{
      .convolution = {.in_channels = shape.in_channels,
                      .out_channels = shape.out_channels},
      .geometry = {.rows = shape.out_size,
                   .columns = shape.out_size,
                   .in_row = shape.stride * in_row,
                   .in_pixel = ptrdiff_t{shape.stride} * shape.in_channels,
                   .tap_row = in_row,
                   .out_row = out_row,
                   .out_pixel = shape.out_channels},
      .in_offset = in_row + shape.in_channels,
      .out_offset = out_row + shape.out_channels};
  for (int tap = 0; tap < area; ++tap) {
    call.convolution.taps.push_back({tap / k - k / 2, tap % k - k / 2});
  }
  call.convolution.weights =
      PackWeights(shape.out_channels, shape.in_channels, area, packed);
  return call;
}

// Input row y = stride * r + parity was read by the output rows
// (y + pad - ky) / stride, for those ky for which that is an integer.
std::vector<ConvolutionCall> InputGradientCalls(const ConvolutionShape& shape,
                                                const float* weight,
                                                ConvolutionMethod method) {
  const int k = shape.kernel;
  const int pad = k / 2;
  const int stride = shape.stride;
  const ptrdiff_t in_row = RowFloats(shape.out_channels, shape.out_size);
  const ptrdiff_t out_row = RowFloats(shape.in_channels, shape.in_size);
  std::vector<ConvolutionCall> calls;
  if (method == ConvolutionMethod::kFastest && IsWinograd(shape)) {
    // The gradient is a convolution with the kernel turned by half a turn, and
    // inputs and outputs exchanged.
    calls.push_back(
        {.winograd =
             Winograd(shape.in_channels, shape.out_channels, shape.in_size,
                      [&](int o, int i, int tap) {
                        return weight[(int64_t{i} * shape.in_channels + o) * 9 +
                                      8 - tap];
                      })});
    return calls;
  }
  for (int parity = 0; parity < stride * stride; ++parity) {
    const int py = parity / stride;
    const int px = parity % stride;
    ConvolutionCall call{
        .convolution = {.in_channels = shape.out_channels,
                        .out_channels = shape.in_channels},
        .geometry = {.rows = shape.in_size / stride,
                     .columns = shape.in_size / stride,
                     .in_row = in_row,
                     .in_pixel = shape.out_channels,
                     .tap_row = in_row,
                     .out_row = stride * out_row,
                     .out_pixel = ptrdiff_t{stride} * shape.in_channels},
        .in_offset = in_row + shape.out_channels,
        .out_offset =
            (1 + py) * out_row + ptrdiff_t{1 + px} * shape.in_channels};
    std::vector<int> kernel_position;
    for (int ky = 0; ky < k; ++ky) {
      for (int kx = 0; kx < k; ++kx) {
        const int dy = py + pad - ky;
        const int dx = px + pad - kx;
        if (dy % stride != 0 || dx % stride != 0) continue;
        call.convolution.taps.push_back({dy / stride, dx / stride});
        kernel_position.push_back(ky * k + kx);
      }
    }
    call.convolution.weights = PackWeights(
        shape.in_channels, shape.out_channels,
        static_cast<int>(kernel_position.size()), [&](int o, int i, int tap) {
          return weight[(int64_t{i} * shape.in_channels + o) * k * k +
                        kernel_position[tap]];
        });
    calls.push_back(std::move(call));
  }
  return calls;
}

void RunCall(const ConvolutionCall& call, ImageGroup images, const float* bias,
             bool accumulate) {
  if (call.winograd.tile > 0) {
    RunWinograd(call.winograd, images, bias, accumulate);
    return;
  }
  for (int i = 0; i < images.images; ++i, images.Next()) {
    RunTapConvolution(call.convolution, call.geometry,
                      images.in + call.in_offset, bias, accumulate,
                      images.out + call.out_offset);
  }
}

void AddWeightGradient(const ConvolutionShape& shape, const float* in,
                       const float* gradient, float* sum) {
  const ptrdiff_t in_row = RowFloats(shape.in_channels, shape.in_size);
  const ptrdiff_t out_row = RowFloats(shape.out_channels, shape.out_size);
  // Tap (0, 0) of output (0, 0) is the border's corner, or the first pixel.
  const ptrdiff_t corner = shape.kernel == 1 ? in_row + shape.in_channels : 0;
  const TapGeometry geometry{
      .rows = shape.out_size,
      .columns = shape.out_size,
      .in_row = shape.stride * in_row,
      .in_pixel = ptrdiff_t{shape.stride} * shape.in_channels,
      .tap_row = in_row,
      .out_row = out_row,
      .out_pixel = shape.out_channels};
  AccumulateWeightGradient(in + corner, shape.in_channels, shape.kernel,
                           geometry, gradient + out_row + shape.out_channels,
                           shape.out_channels, sum);
}

void UnpackWeightGradient(const ConvolutionShape& shape, const float* sum,
                          float* weight_gradient) {
  const int area = shape.kernel * shape.kernel;
  for (int tap = 0; tap < area; ++tap) {
    for (int i = 0; i < shape.in_channels; ++i) {
      for (int o = 0; o < shape.out_channels; ++o) {
        weight_gradient[(int64_t{o} * shape.in_channels + i) * area + tap] =
            *sum++;
      }
    }
  }
}

}  // namespace robbench
