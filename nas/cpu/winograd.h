// 3x3 convolutions of stride 1 by Winograd's minimal filtering: a tile of m x m
// outputs from (m + 2)^2 products for each pair of channels, in place of 9 m^2
// (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016):
//
//   Y = A^T [ (G g G^T) * (B^T d B) ] A
//
// with d the tile's (m + 2)^2 inputs, g the 3x3 kernel and * the product point
// by point, which sums over input channels and so is (m + 2)^2 products of
// matrices, [tiles, in] x [in, out].
//
// m = 4 (a quarter of the multiplications) where the image has at least 2x2
// such tiles, else m = 2 (4/9 of them). The points of m = 4 are 0, +-3/4,
// +-3/2 and infinity: the customary 0, +-1, +-2 have twice the rounding error,
// and four times the largest one; these products are exact in float32 too.
//
// Error: root mean square below 1e-6 and largest below 1e-5 of the root mean
// square of the outputs, two to three times those of a direct convolution in
// float32 (winograd_test.cc).
//
// Layout as in cpu_kernels.h, one image with a border of zeros. Sums run in a
// fixed order. Needs AVX2 and FMA (CpuKernelsAvailable).
#ifndef NAS_CPU_WINOGRAD_H_
#define NAS_CPU_WINOGRAD_H_

#include "nas/cpu/aligned_floats.h"
#include "nas/cpu/cpu_kernels.h"

namespace robbench {

// A convolution with its weights transformed, G g G^T.
struct WinogradConvolution {
  int in_channels = 0;
  int out_channels = 0;
  int size = 0;  // height = width of input and output
  int tile = 0;  // m; 0: none
  // [(m + 2)^2][group][in][GroupWidth(out_channels)], a cache line after each
  // of the (m + 2)^2 points.
  AlignedFloats weights;
};

// Whether Winograd's algorithm can run the shape: both numbers of channels must
// be multiples of 8, and the size even.
bool WinogradSupports(int in_channels, int out_channels, int size);

// Transforms the weights. `taps` is [9][in_channels][out_channels]; tap
// (ky, kx) reads input (y + ky - 1, x + kx - 1). WinogradSupports must hold.
WinogradConvolution MakeWinograd(int in_channels, int out_channels, int size,
                                 const float* taps);

// out = or += bias + convolution, the inside only; `bias` may be null. An
// image's outputs do not depend on the other images. Working memory is kept for
// each thread.
void RunWinograd(const WinogradConvolution& convolution,
                 const ImageGroup& images, const float* bias, bool accumulate);

}  // namespace robbench

#endif  // NAS_CPU_WINOGRAD_H_
