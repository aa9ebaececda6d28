#include "ntk/gradient_kernel.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/base/safetensors.h"
#include "nas/cell.h"
#include "nas/cuda_devices.h"
#include "nas/network.h"
#include "nas/network_plan.h"
#include "ntk/sample_gradients.h"

namespace robbench {
namespace {

constexpr char kGolden[] = "ntk/testdata/kernel_golden.safetensors";
constexpr uint32_t kSeed = 7;
constexpr int kImages = 6;

struct Case {
  const char* code;
  int channels;
  int cells_per_stage;
  int image_size;
  int image_channels;

  std::string Name() const {
    return absl::StrCat(code, " ", channels, "x", cells_per_stage, " ",
                        image_size, "x", image_channels, "/");
  }
};

// As in testdata/make_kernel_golden.py.
constexpr Case kCases[] = {
    {"323133", 4, 1, 8, 3}, {"132013", 4, 1, 8, 3},  {"333333", 4, 1, 8, 3},
    {"222222", 4, 1, 8, 3}, {"111111", 4, 1, 8, 3},  {"444444", 4, 1, 8, 3},
    {"000000", 4, 1, 8, 3}, {"030000", 4, 1, 8, 3},  {"003003", 4, 1, 8, 3},
    {"003303", 4, 1, 8, 3}, {"421211", 3, 2, 12, 1}, {"333133", 8, 2, 8, 1},
};

// A network with its state and images by the golden script's rule: 16-bit
// (images: 8-bit) Philox words, exact in float32.
struct Network {
  explicit Network(const Case& c, at::ScalarType type) {
    plan = *MakeNetworkPlan(*ParseCell(c.code),
                            {.channels = c.channels,
                             .cells_per_stage = c.cells_per_stage,
                             .image_channels = c.image_channels,
                             .image_size = c.image_size});
    normalizer = {{125.3, 123.0, 113.9}, {63.0, 62.1, 66.7}};
    normalizer.mean.resize(c.image_channels);
    normalizer.standard_deviation.resize(c.image_channels);
    for (size_t p = 0; p < plan.parameters.size(); ++p) {
      state.push_back(ParameterByRule(p).to(type));
    }
    std::vector<double> first;
    std::vector<double> second;
    for (int i = 0; i < kImages; ++i) {
      PhiloxStream image(kSeed, Purpose::kTest, 1, 0, i);
      PhiloxStream move(kSeed, Purpose::kTest, 2, 0, i);
      for (int k = 0; k < c.image_channels * c.image_size * c.image_size; ++k) {
        const double x = (image.Next() >> 24) / 256.0;
        const double d = (static_cast<int>(move.Next() >> 24) - 128) / 2048.0;
        first.push_back(x);
        second.push_back(std::clamp(x + d, 0.0, 1.0));
      }
    }
    const std::vector<int64_t> shape = {kImages, c.image_channels, c.image_size,
                                        c.image_size};
    clean = at::tensor(first, at::kDouble).view(shape).to(type);
    robust = at::tensor(second, at::kDouble).view(shape).to(type);
    ones = at::ones({kImages, 10}, type);
  }

  at::Tensor ParameterByRule(int position) const {
    const Parameter& parameter = plan.parameters[position];
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
    PhiloxStream stream(kSeed, Purpose::kTest, 0, position);
    std::vector<double> values(count);
    for (double& v : values) {
      v = (stream.Next() >> 16) / 65536.0 * scale + shift;
    }
    return at::tensor(values, at::kDouble).view(parameter.shape);
  }

  std::vector<at::Tensor> Kernels() const {
    return GradientKernels(plan, normalizer, state, {clean, robust}, ones,
                           {{0, 0}, {0, 1}, {1, 1}})
        .value();
  }

  NetworkPlan plan;
  Normalizer normalizer;
  std::vector<at::Tensor> state;
  at::Tensor clean;
  at::Tensor robust;
  at::Tensor ones;
};

// |a - b| / |b| in the Frobenius norm.
double RelativeError(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

double SmallestEigenvalue(const at::Tensor& kernel) {
  return at::linalg_eigvalsh(kernel).min().item<double>();
}

class GradientKernelTest : public testing::TestWithParam<Case> {};

TEST_P(GradientKernelTest, EqualsPerSampleAutograd) {
  const auto golden = SafetensorsFile::Read(kGolden);
  ASSERT_TRUE(golden.ok()) << golden.status();
  for (const auto& [type, tolerance] :
       {std::pair(at::kDouble, 1e-12), std::pair(at::kFloat, 1e-5)}) {
    const std::vector<at::Tensor> kernels = Network(GetParam(), type).Kernels();
    int k = 0;
    for (const char* kind : {"clean", "cross", "robust"}) {
      const auto entry = golden->Get(GetParam().Name() + kind, DType::kF64,
                                     {kImages, kImages});
      ASSERT_TRUE(entry.ok()) << entry.status();
      at::Tensor expected = at::empty({kImages, kImages}, at::kDouble);
      std::memcpy(expected.data_ptr(), entry->data.data(), entry->data.size());
      EXPECT_LT(RelativeError(kernels[k], expected), tolerance)
          << kind << " " << type;
      // Entry by entry too: relative to sqrt(K_ii K_jj), the entry's scale.
      const at::Tensor scale = expected.diag().abs().sqrt();
      EXPECT_LT(((kernels[k] - expected).abs() / at::outer(scale, scale))
                    .max()
                    .item<double>(),
                10 * tolerance)
          << kind << " " << type;
      ++k;
    }
  }
}

TEST_P(GradientKernelTest, EqualsOneBackwardPassPerImage) {
  // The general walk of nas/network.h, image by image, knows nothing of
  // folding, groups or patches.
  const Network network(GetParam(), at::kDouble);
  std::vector<at::Tensor> visited(network.plan.parameters.size());
  const at::Tensor logits = VisitSampleGradients(
      network.plan, network.normalizer, network.state, network.clean,
      network.ones, [&](int parameter, const at::Tensor& gradients) {
        EXPECT_FALSE(visited[parameter].defined());
        visited[parameter] = gradients;
      });
  for (int i = 0; i < kImages; ++i) {
    const Trace trace =
        Forward(network.plan, network.normalizer, network.state,
                network.clean.narrow(0, i, 1), NetworkMode::kEval);
    EXPECT_LT(RelativeError(logits[i], trace.logits()[0]), 1e-12);
    const Gradients gradients =
        Backward(network.plan, network.normalizer, network.state, trace,
                 network.ones.narrow(0, i, 1));
    for (size_t p = 0; p < network.plan.parameters.size(); ++p) {
      const Parameter& parameter = network.plan.parameters[p];
      if (IsBuffer(parameter.kind)) {
        EXPECT_FALSE(visited[p].defined()) << parameter.name;
        continue;
      }
      const at::Tensor expected = gradients.parameters[p].flatten();
      if (!visited[p].defined()) {
        EXPECT_EQ(expected.abs().max().item<double>(), 0) << parameter.name;
        continue;
      }
      EXPECT_LE((visited[p][i] - expected).norm().item<double>(),
                1e-11 * (expected.norm().item<double>() + 1e-3))
          << parameter.name;
    }
  }
}

TEST_P(GradientKernelTest, SymmetricAndPositiveSemiDefinite) {
  for (const auto type : {at::kDouble, at::kFloat}) {
    const std::vector<at::Tensor> k = Network(GetParam(), type).Kernels();
    const double rounding = 1e-13 * k[0].norm().item<double>();
    EXPECT_TRUE(k[0].equal(k[0].t()));
    EXPECT_TRUE(k[2].equal(k[2].t()));
    for (const double b : {0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0}) {
      const at::Tensor mixed = (1 - b) * (1 - b) * k[0] +
                               b * (1 - b) * (k[1] + k[1].t()) + b * b * k[2];
      EXPECT_GE(SmallestEigenvalue(mixed), -rounding) << type << " b " << b;
    }
  }
}

TEST_P(GradientKernelTest, NoPerturbationMakesAllKernelsEqual) {
  const Network network(GetParam(), at::kFloat);
  const std::vector<at::Tensor> k =
      GradientKernels(network.plan, network.normalizer, network.state,
                      {network.clean, network.clean}, network.ones,
                      {{0, 0}, {0, 1}, {1, 1}})
          .value();
  EXPECT_LT(RelativeError(k[1], k[0]), 1e-6);
  EXPECT_LT(RelativeError(k[2], k[0]), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Cells, GradientKernelTest, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<Case>& info) {
                           return std::string("Cell") + info.param.code;
                         });

TEST(GradientKernelTest, DeadCellHasRankOne) {
  // 000000: the logits do not depend on the image.
  const std::vector<at::Tensor> k = Network(kCases[6], at::kFloat).Kernels();
  EXPECT_TRUE(k[0].allclose(k[0][0][0].expand({kImages, kImages})));
  EXPECT_TRUE(k[0].equal(k[2]));
}

TEST(GradientKernelTest, NamesTheParameterWithoutFiniteGradient) {
  Network network(kCases[0], at::kFloat);
  network.robust[4][1][2][3] = std::numeric_limits<float>::quiet_NaN();
  const absl::Status status =
      GradientKernels(network.plan, network.normalizer, network.state,
                      {network.clean, network.robust}, network.ones, {{1, 1}})
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "gradient of classifier.weight: expected finite numbers, found NaN "
            "or infinity at image 4 of set 1");
}

TEST(GradientKernelTest, OnCudaAsOnTheProcessor) {
  const auto devices = FindCudaDevices();
  if (!devices.ok()) GTEST_SKIP() << devices.status().message();
  for (const Case& c : kCases) {
    const Network network(c, at::kDouble);
    const std::vector<KernelPair> pairs = {{0, 0}, {0, 1}, {1, 1}};
    const auto host =
        GradientKernels(network.plan, network.normalizer, network.state,
                        {network.clean, network.robust}, network.ones, pairs);
    const auto device = GradientKernels(
        network.plan, network.normalizer, ToDevice(network.state, at::kCUDA),
        {network.clean.cuda(), network.robust.cuda()}, network.ones.cuda(),
        pairs);
    ASSERT_TRUE(host.ok() && device.ok()) << host.status() << device.status();
    for (size_t k = 0; k < pairs.size(); ++k) {
      const double size = (*host)[k].norm().item<double>();
      EXPECT_NEAR(((*device)[k] - (*host)[k]).norm().item<double>(), 0,
                  1e-10 * size)
          << c.Name() << " kernel " << k;
    }
  }
}

TEST(GradientKernelTest, OneClassAtATimeSumsToTheScalarOfOnes) {
  // The gradient is linear in logit_gradients: sum over classes c, d of
  // <g_c(x), g_d(x')> is the kernel of the summed logits.
  const Network network(kCases[0], at::kDouble);
  at::Tensor gradient;
  for (int c = 0; c < 10; ++c) {
    const at::Tensor one =
        at::eye(10, at::kDouble)[c].expand({kImages, 10}).contiguous();
    std::vector<at::Tensor> parts;
    VisitSampleGradients(network.plan, network.normalizer, network.state,
                         network.clean, one,
                         [&](int, const at::Tensor& g) { parts.push_back(g); });
    const at::Tensor all = at::cat(parts, 1);
    gradient = gradient.defined() ? gradient + all : all;
  }
  EXPECT_LT(RelativeError(gradient.mm(gradient.t()), network.Kernels()[0]),
            1e-12);
}

}  // namespace
}  // namespace robbench
