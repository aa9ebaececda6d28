#include "ntk/gradients/gradient_kernel.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/core/Tensor.h>

#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/base/safetensors.h"
#include "nas/network/backend_choice.h"
#include "nas/network/cuda_devices.h"
#include "nas/network/network.h"
#include "nas/network_plan.h"
#include "ntk/gradients/golden_network.h"
#include "ntk/gradients/sample_gradients.h"
#include "ntk/gradients/scalar_output.h"

namespace robbench {
namespace {

constexpr char kGolden[] = "ntk/gradients/testdata/kernel_golden.safetensors";

// The cases of testdata/make_kernel_golden.py.
constexpr GoldenCase kCases[] = {
    {"323133", 4, 1, 8, 3}, {"132013", 4, 1, 8, 3},  {"333333", 4, 1, 8, 3},
    {"222222", 4, 1, 8, 3}, {"111111", 4, 1, 8, 3},  {"444444", 4, 1, 8, 3},
    {"000000", 4, 1, 8, 3}, {"030000", 4, 1, 8, 3},  {"003003", 4, 1, 8, 3},
    {"003303", 4, 1, 8, 3}, {"421211", 3, 2, 12, 1}, {"333133", 8, 2, 8, 1},
};

std::vector<at::Tensor> Kernels(const GoldenNetwork& network) {
  return GradientKernels(network.plan, network.normalizer, network.state,
                         {{"clean", network.clean}, {"robust", network.robust}},
                         network.labels, {{0, 0}, {0, 1}, {1, 1}})
      .value();
}

double SmallestEigenvalue(const at::Tensor& kernel) {
  return at::linalg_eigvalsh(kernel).min().item<double>();
}

at::Tensor Ones(const at::Tensor& logits) { return at::ones_like(logits); }

class GradientKernelTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(GradientKernelTest, EqualsPerSampleAutograd) {
  const auto golden = SafetensorsFile::Read(kGolden);
  ASSERT_TRUE(golden.ok()) << golden.status();
  for (const auto& [type, tolerance] :
       {std::pair(at::kDouble, 1e-12), std::pair(at::kFloat, 1e-5)}) {
    const std::vector<at::Tensor> kernels =
        Kernels(GoldenNetwork(GetParam(), type));
    int k = 0;
    for (const char* kind : {"clean", "cross", "robust"}) {
      const auto entry = golden->Get(GetParam().Name() + kind, DType::kF64,
                                     {kGoldenImages, kGoldenImages});
      ASSERT_TRUE(entry.ok()) << entry.status();
      at::Tensor expected =
          at::empty({kGoldenImages, kGoldenImages}, at::kDouble);
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
  // The general walk of nas/network/network.h, image by image, knows nothing of
  // folding, groups or patches.
  const GoldenNetwork network(GetParam(), at::kDouble);
  std::vector<at::Tensor> visited(network.plan.parameters.size());
  const at::Tensor logits = VisitSampleGradients(
      network.plan, network.normalizer, network.state, network.clean, Ones,
      [&](int parameter, const at::Tensor& gradients) {
        EXPECT_FALSE(visited[parameter].defined());
        visited[parameter] = gradients;
      });
  for (int i = 0; i < kGoldenImages; ++i) {
    const Trace trace =
        Forward(network.plan, network.normalizer, network.state,
                network.clean.narrow(0, i, 1), NetworkMode::kEval);
    EXPECT_LT(RelativeError(logits[i], trace.logits()[0]), 1e-12);
    const Gradients gradients =
        Backward(network.plan, network.normalizer, network.state, trace,
                 at::ones({1, 10}, at::kDouble));
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
    const std::vector<at::Tensor> k = Kernels(GoldenNetwork(GetParam(), type));
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
  const GoldenNetwork network(GetParam(), at::kFloat);
  const std::vector<at::Tensor> k =
      GradientKernels(network.plan, network.normalizer, network.state,
                      {{"clean", network.clean}, {"same", network.clean}},
                      network.labels, {{0, 0}, {0, 1}, {1, 1}})
          .value();
  EXPECT_LT(RelativeError(k[1], k[0]), 1e-6);
  EXPECT_LT(RelativeError(k[2], k[0]), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Cells, GradientKernelTest, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<GoldenCase>& info) {
                           return std::string("Cell") + info.param.code;
                         });

TEST(GradientKernelTest, DeadCellHasRankOne) {
  // 000000: the logits do not depend on the image.
  const std::vector<at::Tensor> k =
      Kernels(GoldenNetwork(kCases[6], at::kFloat));
  EXPECT_TRUE(k[0].allclose(k[0][0][0].expand({kGoldenImages, kGoldenImages})));
  EXPECT_TRUE(k[0].equal(k[2]));
}

// Compares float32 by SampleGradientEngine with float64 by LibTorch's
// operations, for cells of all kinds: with zero nodes, with dead edges, with
// sums of sums.
TEST(GradientKernelTest, EngineEqualsLibTorch) {
  std::vector<std::string> codes = {"000000", "030000", "003003", "003303",
                                    "000300", "111111", "444444", "101010",
                                    "333333", "134240", "110110", "011011"};
  PhiloxStream random(3, Purpose::kTest);
  while (codes.size() < 60) {
    std::string& code = codes.emplace_back();
    for (int edge = 0; edge < 6; ++edge) code += '0' + random.Below(5);
  }
  const std::vector<KernelPair> pairs = {{0, 0}, {0, 1}, {1, 1}};
  for (const std::string& code : codes) {
    const GoldenCase golden_case{.code = code.c_str(), .channels = 8};
    for (const ScalarOutput::Kind scalar :
         {ScalarOutput::kSumOfLogits, ScalarOutput::kAllLogits}) {
      for (const bool weights_only : {false, true}) {
        const auto kernels = [&](at::ScalarType type, BackendChoice backend) {
          const GoldenNetwork network(golden_case, type);
          return GradientKernels(
                     network.plan, network.normalizer, network.state,
                     {{"clean", network.clean}, {"robust", network.robust}},
                     network.labels, pairs,
                     {.scalar = {scalar},
                      .weights_only = weights_only,
                      .backend = backend})
              .value();
        };
        const auto found = kernels(at::kFloat, BackendChoice::kAuto);
        const auto exact = kernels(at::kDouble, BackendChoice::kLibtorch);
        for (size_t k = 0; k < pairs.size(); ++k) {
          EXPECT_LT(RelativeError(found[k], exact[k]), 1e-5)
              << code << " kernel " << k << " scalar " << scalar;
        }
      }
    }
  }
}

TEST(GradientKernelTest, ACheckedKernelIsTheEngines) {
  const GoldenNetwork network({.code = "323133", .channels = 8}, at::kFloat);
  const auto kernels = [&](BackendChoice backend) {
    return GradientKernels(
        network.plan, network.normalizer, network.state,
        {{"clean", network.clean}, {"robust", network.robust}}, network.labels,
        {{0, 0}, {0, 1}}, {.backend = backend});
  };
  const auto checked = kernels(BackendChoice::kCheck);
  ASSERT_TRUE(checked.ok()) << checked.status();
  const auto found = kernels(BackendChoice::kAuto);
  EXPECT_TRUE((*checked)[0].equal((*found)[0]));
  EXPECT_TRUE((*checked)[1].equal((*found)[1]));
}

TEST(GradientKernelTest, AWrongKernelIsCaught) {
  const std::vector<ImageSet> sets = {{"clean", {}}, {"robust_8", {}}};
  const std::vector<KernelPair> pairs = {{0, 0}, {0, 1}};
  const std::vector<at::Tensor> expected = {at::eye(4, at::kDouble),
                                            at::ones({4, 4}, at::kDouble)};
  std::vector<at::Tensor> found = {expected[0] * 1.0005, expected[1].clone()};
  EXPECT_TRUE(CompareKernels(sets, pairs, found, expected).ok());
  const at::Tensor zero = at::zeros({4, 4}, at::kDouble);
  EXPECT_TRUE(CompareKernels(sets, {{0, 0}}, {zero}, {zero}).ok());
  found[1][2][3] = 3;
  EXPECT_EQ(CompareKernels(sets, pairs, found, expected).message(),
            "--backend=check: kernel of clean and robust_8: expected that of "
            "LibTorch within 0.001 of its norm, found 0.5");
}

// In the paper's skeleton there are up to 45 pools on a path, forward and
// backward, which would add up any bias that one of them has.
TEST(GradientKernelTest, DeepPoolsInFloat32HaveNoBias) {
  for (const char* code : {"444444", "434141", "400403", "004004", "414424"}) {
    const GoldenCase golden_case{
        .code = code, .channels = 16, .cells_per_stage = 5, .image_size = 32};
    const auto kernel = [&](at::ScalarType type, BackendChoice backend) {
      const GoldenNetwork network(golden_case, type);
      return GradientKernels(network.plan, network.normalizer, network.state,
                             {{"clean", network.clean}}, network.labels,
                             {{0, 0}}, {.backend = backend})
          .value()[0];
    };
    const at::Tensor exact = kernel(at::kDouble, BackendChoice::kLibtorch);
    for (const BackendChoice backend :
         {BackendChoice::kAuto, BackendChoice::kLibtorch}) {
      EXPECT_LT(RelativeError(kernel(at::kFloat, backend), exact), 3e-7)
          << code
          << (backend == BackendChoice::kAuto ? ", engine" : ", LibTorch");
    }
  }
}

TEST(GradientKernelTest, EngineNamesTheParameterWithoutFiniteGradient) {
  GoldenNetwork network({.code = "323133", .channels = 8}, at::kFloat);
  network.robust[4][1][2][3] = std::numeric_limits<float>::infinity();
  const absl::Status status =
      GradientKernels(network.plan, network.normalizer, network.state,
                      {{"clean", network.clean}, {"robust_8", network.robust}},
                      network.labels, {{0, 0}, {0, 1}, {1, 1}})
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "gradient of classifier.weight: expected finite numbers, found NaN "
            "or infinity at image 4 of set robust_8");
}

TEST(GradientKernelTest, NamesTheParameterWithoutFiniteGradient) {
  GoldenNetwork network(kCases[0], at::kFloat);
  network.robust[4][1][2][3] = std::numeric_limits<float>::quiet_NaN();
  const absl::Status status =
      GradientKernels(network.plan, network.normalizer, network.state,
                      {{"clean", network.clean}, {"robust_8", network.robust}},
                      network.labels, {{1, 1}})
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "gradient of classifier.weight: expected finite numbers, found NaN "
            "or infinity at image 4 of set robust_8");
}

TEST(GradientKernelTest, OnCudaAsOnTheProcessor) {
  const auto devices = FindCudaDevices();
  if (!devices.ok()) GTEST_SKIP() << devices.status().message();
  // As under the profile cuda; LibTorch's own choice is TF32.
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  const std::vector<KernelPair> pairs = {{0, 0}, {0, 1}, {1, 1}};
  const auto kernels = [&](const GoldenCase& c, at::ScalarType type,
                           const at::Device& device) {
    const GoldenNetwork network(c, type);
    return GradientKernels(network.plan, network.normalizer,
                           ToDevice(network.state, device),
                           {{"clean", network.clean.to(device)},
                            {"robust", network.robust.to(device)}},
                           network.labels.to(device), pairs)
        .value();
  };
  for (const GoldenCase& c : kCases) {
    const auto exact = kernels(c, at::kDouble, at::kCPU);
    const auto host = kernels(c, at::kFloat, at::kCPU);
    const auto device = kernels(c, at::kDouble, at::kCUDA);
    const auto narrow = kernels(c, at::kFloat, at::kCUDA);
    for (size_t k = 0; k < pairs.size(); ++k) {
      EXPECT_LE(RelativeError(device[k].cpu(), exact[k]), 1e-10)
          << c.Name() << " kernel " << k;
      EXPECT_LE(RelativeError(narrow[k].cpu(), exact[k]),
                10 * RelativeError(host[k], exact[k]) + 1e-6)
          << c.Name() << " kernel " << k << " in float32";
    }
  }
}

TEST(GradientKernelTest, OneClassAtATimeSumsToTheScalarOfOnes) {
  // The gradient is linear in that of the logits: sum over classes c, d of
  // <g_c(x), g_d(x')> is the kernel of the summed logits.
  const GoldenNetwork network(kCases[0], at::kDouble);
  at::Tensor gradient;
  for (int c = 0; c < 10; ++c) {
    std::vector<at::Tensor> parts;
    VisitSampleGradients(
        network.plan, network.normalizer, network.state, network.clean,
        [&](const at::Tensor& logits) {
          return LogitGradients({ScalarOutput::kOneClass, c}, 0, logits,
                                network.labels);
        },
        [&](int, const at::Tensor& g) { parts.push_back(g); });
    const at::Tensor all = at::cat(parts, 1);
    gradient = gradient.defined() ? gradient + all : all;
  }
  EXPECT_LT(RelativeError(gradient.mm(gradient.t()), Kernels(network)[0]),
            1e-12);
}

}  // namespace
}  // namespace robbench
