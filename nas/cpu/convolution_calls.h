// A convolution and its gradients as calls of the kernels of cpu_kernels.h, on
// images with a border of zeros.
#ifndef NAS_CPU_CONVOLUTION_CALLS_H_
#define NAS_CPU_CONVOLUTION_CALLS_H_

#include <cstddef>
#include <vector>

#include "nas/cpu/cpu_kernels.h"
#include "nas/cpu/winograd.h"
#include "nas/network_plan.h"

namespace robbench {

struct ConvolutionShape {
  int in_channels;
  int out_channels;
  int kernel;  // 1 or 3, padding kernel / 2
  int stride;  // 1 or 2
  int in_size;
  int out_size;
};

ConvolutionShape ShapeOf(const Layer& convolution);

// Whether the kernels can run it forward.
bool SupportsConvolution(const ConvolutionShape& shape);

struct ConvolutionCall {
  TapConvolution convolution;
  TapGeometry geometry;
  ptrdiff_t in_offset;  // floats from the corner of the border
  ptrdiff_t out_offset;
  WinogradConvolution winograd;  // where it has a tile, instead of the above
};

enum class ConvolutionMethod {
  kDirect,   // the definition's sum
  kFastest,  // Winograd where the shape allows it, at two to three times the
             // rounding error (winograd.h)
};

// `weight` is [out, in, k, k].
ConvolutionCall ForwardCall(
    const ConvolutionShape& shape, const float* weight,
    ConvolutionMethod method = ConvolutionMethod::kDirect);

// The gradient with respect to the input, from that of the output: one call
// for each parity of row and column. Both channel counts a multiple of 8.
std::vector<ConvolutionCall> InputGradientCalls(
    const ConvolutionShape& shape, const float* weight,
    ConvolutionMethod method = ConvolutionMethod::kDirect);

// out = or += bias + the call's sum; `bias` may be null.
void RunCall(const ConvolutionCall& call, ImageGroup images, const float* bias,
             bool accumulate);
// One image.
inline void RunCall(const ConvolutionCall& call, const float* in,
                    const float* bias, bool accumulate, float* out) {
  RunCall(call, {.in = in, .out = out}, bias, accumulate);
}

// Adds one image's gradient of the weights to `sum`, in the order of
// AccumulateWeightGradient; UnpackWeightGradient turns it into [out, in, k, k].
void AddWeightGradient(const ConvolutionShape& shape, const float* in,
                       const float* gradient, float* sum);
void UnpackWeightGradient(const ConvolutionShape& shape, const float* sum,
                          float* weight_gradient);

}  // namespace robbench

#endif  // NAS_CPU_CONVOLUTION_CALLS_H_
