#include "ntk/gradients/golden_network.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "nas/base/philox.h"
#include "nas/cell.h"

namespace robbench {
namespace {

at::Tensor ParameterByRule(const Parameter& parameter, int position) {
  double scale = 1;
  double shift = -0.5;  // BatchNorm's bias and mean: [-0.5, 0.5)
  switch (parameter.kind) {
    case ParameterKind::kBatchNormWeight:
    case ParameterKind::kRunningVariance:
      shift = 0.5;
      break;
    case ParameterKind::kConvolutionWeight:
    case ParameterKind::kLinearWeight: {
      double bound = 1;
      while (bound * bound * parameter.fan_in > 4) bound /= 2;
      scale = 2 * bound;
      shift = -bound;
      break;
    }
    case ParameterKind::kLinearBias:
      scale = 2;
      shift = -1;
      break;
    default:
      break;
  }
  int64_t count = 1;
  for (const int64_t n : parameter.shape) count *= n;
  PhiloxStream stream(kGoldenSeed, Purpose::kTest, 0, position);
  std::vector<double> values(count);
  for (double& v : values) {
    v = (stream.Next() >> 16) / 65536.0 * scale + shift;
  }
  return at::tensor(values, at::kDouble).view(parameter.shape);
}

}  // namespace

std::string GoldenCase::Name() const {
  return absl::StrCat(code, " ", channels, "x", cells_per_stage, " ",
                      image_size, "x", image_channels, "/");
}

GoldenNetwork::GoldenNetwork(const GoldenCase& c, at::ScalarType type) {
  plan = *MakeNetworkPlan(*ParseCell(c.code),
                          {.channels = c.channels,
                           .cells_per_stage = c.cells_per_stage,
                           .image_channels = c.image_channels,
                           .image_size = c.image_size});
  normalizer = {{125.3, 123.0, 113.9}, {63.0, 62.1, 66.7}};
  normalizer.mean.resize(c.image_channels);
  normalizer.standard_deviation.resize(c.image_channels);
  for (size_t p = 0; p < plan.parameters.size(); ++p) {
    state.push_back(ParameterByRule(plan.parameters[p], p).to(type));
  }
  std::vector<double> first;
  std::vector<double> second;
  for (int i = 0; i < kGoldenImages; ++i) {
    PhiloxStream image(kGoldenSeed, Purpose::kTest, 1, 0, i);
    PhiloxStream move(kGoldenSeed, Purpose::kTest, 2, 0, i);
    for (int k = 0; k < c.image_channels * c.image_size * c.image_size; ++k) {
      const double x = (image.Next() >> 24) / 256.0;
      const double d = (static_cast<int>(move.Next() >> 24) - 128) / 2048.0;
      first.push_back(x);
      second.push_back(std::clamp(x + d, 0.0, 1.0));
    }
  }
  const std::vector<int64_t> shape = {kGoldenImages, c.image_channels,
                                      c.image_size, c.image_size};
  clean = at::tensor(first, at::kDouble).view(shape).to(type);
  robust = at::tensor(second, at::kDouble).view(shape).to(type);
  labels = at::arange(kGoldenImages) % 10;
}

double RelativeError(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

}  // namespace robbench
