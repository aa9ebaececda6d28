// Turns a convolution and its gradients into calls of the kernels of
// cpu_kernels.h and winograd.h, on images with a border of zeros. A call holds
// the weights in the kernel's order, so it is made once and run for many
// images.
#ifndef NAS_CPU_CONVOLUTION_CALLS_H_
#define NAS_CPU_CONVOLUTION_CALLS_H_

#include <cstddef>
#include <vector>

#include "nas/cpu/cpu_kernels.h"
#include "nas/cpu/winograd.h"
#include "nas/network_plan.h"

namespace robbench {

// The shape of a convolution without bias. Sizes are height = width.
struct ConvolutionShape {
  int in_channels;
  int out_channels;
  int kernel;  // 1 or 3, padding kernel / 2
  int stride;  // 1 or 2
  int in_size;
  int out_size;
};

// The shape of a layer of kind kConvolution.
ConvolutionShape ShapeOf(const Layer& convolution);

// Whether the kernels can run the convolution forward: output channels are a
// multiple of 8, kernel is 1 or 3, stride is 1 or 2 and divides the size.
bool SupportsConvolution(const ConvolutionShape& shape);

// A call that RunCall can run.
struct ConvolutionCall {
  TapConvolution convolution;
  TapGeometry geometry;
  ptrdiff_t in_offset;  // floats from the corner of the border
  ptrdiff_t out_offset;
  // Used in place of the above where it has a tile (winograd.tile > 0).
  WinogradConvolution winograd;
};

// How a convolution is computed.
enum class ConvolutionMethod {
  kDirect,   // the definition's sum
  kFastest,  // Winograd where the shape allows it, at two to three times the
             // rounding error (winograd.h)
};

// The convolution itself. `weight` is [out, in, k, k] and is copied.
// SupportsConvolution(shape) must hold.
ConvolutionCall ForwardCall(
    const ConvolutionShape& shape, const float* weight,
    ConvolutionMethod method = ConvolutionMethod::kDirect);

// The gradient with respect to the input, from that of the output. With stride
// 2 there are four calls, one for each parity of row and column, else one. Both
// numbers of channels must be multiples of 8.
std::vector<ConvolutionCall> InputGradientCalls(
    const ConvolutionShape& shape, const float* weight,
    ConvolutionMethod method = ConvolutionMethod::kDirect);

// out = or += bias + the call's sum, for each image of the group. `bias` is by
// output channel, or null for zero.
void RunCall(const ConvolutionCall& call, ImageGroup images, const float* bias,
             bool accumulate);
// Does the same for one image.
inline void RunCall(const ConvolutionCall& call, const float* in,
                    const float* bias, bool accumulate, float* out) {
  RunCall(call, {.in = in, .out = out}, bias, accumulate);
}

// Adds one image's gradient of the weights to `sum`, in the order
// [ky][kx][in][out] of AccumulateWeightGradient. `in` is the input of the
// convolution, `gradient` that of its output, both with a border.
// UnpackWeightGradient turns the sum into [out, in, k, k].
void AddWeightGradient(const ConvolutionShape& shape, const float* in,
                       const float* gradient, float* sum);
void UnpackWeightGradient(const ConvolutionShape& shape, const float* sum,
                          float* weight_gradient);

}  // namespace robbench

#endif  // NAS_CPU_CONVOLUTION_CALLS_H_
