// Gives tests the networks, states and images that
// ntk/gradients/testdata/make_kernel_golden.py used, so that their kernels can
// be compared with the golden file's.
#ifndef NTK_GRADIENTS_GOLDEN_NETWORK_H_
#define NTK_GRADIENTS_GOLDEN_NETWORK_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nas/network/normalizer.h"
#include "nas/network_plan.h"

namespace robbench {

constexpr uint32_t kGoldenSeed = 7;
constexpr int kGoldenImages = 6;

// A network of the golden file: a cell's code and the size of its skeleton.
struct GoldenCase {
  const char* code;
  int channels = 4;
  int cells_per_stage = 1;
  int image_size = 8;
  int image_channels = 3;

  // What the names of its tensors begin with: "323133 4x1 8x3/".
  std::string Name() const;
};

// A network with its state and images by the golden script's rule: 16-bit
// (images: 8-bit) Philox words, exact in float32.
struct GoldenNetwork {
  GoldenNetwork(const GoldenCase& c, at::ScalarType type);

  NetworkPlan plan;
  Normalizer normalizer;
  std::vector<at::Tensor> state;
  at::Tensor clean;   // [kGoldenImages, image_channels, H, W] in [0, 1]
  at::Tensor robust;  // other images, in place of adversarial examples
  at::Tensor labels;  // 0, 1, ...
};

// Returns |a - b| / |b| in the Frobenius norm.
double RelativeError(const at::Tensor& a, const at::Tensor& b);

}  // namespace robbench

#endif  // NTK_GRADIENTS_GOLDEN_NETWORK_H_
