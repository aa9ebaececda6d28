// Networks, states and images of ntk/testdata/make_kernel_golden.py.
#ifndef NTK_GOLDEN_NETWORK_H_
#define NTK_GOLDEN_NETWORK_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nas/network/network.h"
#include "nas/network_plan.h"

namespace robbench {

constexpr uint32_t kGoldenSeed = 7;
constexpr int kGoldenImages = 6;

struct GoldenCase {
  const char* code;
  int channels = 4;
  int cells_per_stage = 1;
  int image_size = 8;
  int image_channels = 3;

  // "323133 4x1 8x3/"
  std::string Name() const;
};

// A network with its state and images by the golden script's rule: 16-bit
// (images: 8-bit) Philox words, exact in float32.
struct GoldenNetwork {
  GoldenNetwork(const GoldenCase& c, at::ScalarType type);

  NetworkPlan plan;
  Normalizer normalizer;
  std::vector<at::Tensor> state;
  at::Tensor clean;
  at::Tensor robust;
  at::Tensor labels;  // 0, 1, ...
};

// |a - b| / |b| in the Frobenius norm.
double RelativeError(const at::Tensor& a, const at::Tensor& b);

}  // namespace robbench

#endif  // NTK_GOLDEN_NETWORK_H_
