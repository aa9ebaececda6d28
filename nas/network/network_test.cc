// Compares the network with PyTorch (testdata/make_network_golden.py): logits,
// gradients of images and parameters and running statistics of 21 cells, in
// both modes, in float64 and float32, by the general passes and by the folded
// network.
#include "nas/network/network.h"

#include <ATen/ATen.h>
#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "nas/base/safetensors.h"
#include "nas/cell.h"
#include "nas/cpu/image_threads.h"
#include "nas/network/cpu_backend.h"
#include "nas/network/libtorch_backend.h"
#include "nas/network/network_operations.h"
#include "nas/network/normalizer.h"
#include "nas/network_plan.h"

namespace robbench {
namespace {

constexpr int kClasses = 10;

// Returns numbers by the generator's rule, splitmix64 of stream * 2^32 +
// position, in [-1, 1).
std::vector<double> RuleVector(uint64_t stream, int64_t count) {
  std::vector<double> values(count);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t z =
        (static_cast<uint64_t>(i) + (stream << 32)) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z = z ^ (z >> 31);
    values[i] = static_cast<double>(z >> 11) * 0x1p-52 - 1.0;
  }
  return values;
}

at::Tensor RuleTensor(uint64_t stream, at::IntArrayRef shape) {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  return at::tensor(RuleVector(stream, count), at::kDouble).view(shape);
}

at::Tensor RuleParameter(const Parameter& parameter, uint64_t stream) {
  const at::Tensor u = RuleTensor(stream, parameter.shape);
  switch (parameter.kind) {
    case ParameterKind::kConvolutionWeight:
      return u * std::sqrt(3.0 / parameter.fan_in);
    case ParameterKind::kLinearWeight:
      return u / std::sqrt(parameter.fan_in);
    case ParameterKind::kLinearBias:
      return 0.1 * u;
    case ParameterKind::kBatchNormBias:
    case ParameterKind::kRunningMean:
      return 0.3 * u;
    case ParameterKind::kBatchNormWeight:
      return 1 + 0.5 * u;
    case ParameterKind::kRunningVariance:
      return 1 + 0.5 * u;
  }
  return u;
}

struct GoldenCase {
  std::string name;
  NetworkPlan plan;
  Normalizer normalizer;
  at::Tensor images;
  at::Tensor direction;
  std::vector<at::Tensor> state;
};

GoldenCase MakeCase(const std::string& name, at::ScalarType dtype) {
  // CODE_cC_nN_iI_bB
  const std::vector<std::string> parts = absl::StrSplit(name, '_');
  const auto number = [&](int i) { return std::stoi(parts[i].substr(1)); };
  const SkeletonSize size{.channels = number(1),
                          .cells_per_stage = number(2),
                          .image_channels = number(3),
                          .image_size = number(2) == 5 ? 16 : 8,
                          .classes = kClasses};
  GoldenCase golden;
  golden.name = name;
  golden.plan = MakeNetworkPlan(*Cell::FromCode(parts[0]), size).value();
  golden.normalizer = {{125.3, 123.0, 113.9}, {63.0, 62.1, 66.7}};
  golden.normalizer.mean.resize(size.image_channels);
  golden.normalizer.standard_deviation.resize(size.image_channels);
  const int64_t batch = number(4);
  golden.images = ((RuleTensor(80001, {batch, size.image_channels,
                                       size.image_size, size.image_size}) +
                    1) /
                   2)
                      .to(dtype);
  golden.direction = RuleTensor(80002, {batch, kClasses}).to(dtype);
  for (size_t i = 0; i < golden.plan.parameters.size(); ++i) {
    golden.state.push_back(
        RuleParameter(golden.plan.parameters[i], i).to(dtype));
  }
  return golden;
}

class NetworkGoldenTest : public testing::TestWithParam<at::ScalarType> {
 protected:
  NetworkGoldenTest()
      : file_(SafetensorsFile::Read(
                  "nas/network/testdata/network_golden.safetensors")
                  .value()),
        tolerance_(GetParam() == at::kDouble ? 1e-9 : 1e-4) {
    for (const auto& [name, entry] : file_.tensors()) {
      cases_.insert(name.substr(0, name.find('.')));
    }
  }

  std::vector<double> Golden(const std::string& name) const {
    const TensorEntry& entry = file_.tensors().at(name);
    std::vector<double> values(entry.NumElements());
    std::memcpy(values.data(), entry.data.data(), entry.data.size());
    return values;
  }

  // Digest as in the generator: norm and two products.
  static std::vector<double> Digest(const at::Tensor& tensor) {
    const at::Tensor v = tensor.to(at::kDouble).contiguous().view({-1});
    std::vector<double> digest = {v.norm().item<double>()};
    for (uint64_t stream : {90001, 90002}) {
      digest.push_back(v.dot(RuleTensor(stream, {v.numel()})).item<double>());
    }
    return digest;
  }

  // Digests row by row, within the tolerance relative to each tensor's norm.
  // Rounding in a tensor whose gradient is zero in exact arithmetic is of the
  // order of the largest norm times the precision.
  void ExpectDigests(const std::vector<at::Tensor>& tensors,
                     const std::string& name) const {
    const std::vector<double> golden = Golden(name);
    ASSERT_EQ(golden.size(), 3 * tensors.size()) << name;
    double largest = 0;
    for (size_t i = 0; i < golden.size(); i += 3) {
      largest = std::max(largest, golden[i]);
    }
    for (size_t i = 0; i < tensors.size(); ++i) {
      const std::vector<double> found = Digest(tensors[i]);
      const double scale = golden[3 * i] + 1e-3 * largest + 1e-12;
      for (int k = 0; k < 3; ++k) {
        EXPECT_NEAR(found[k], golden[3 * i + k], tolerance_ * scale)
            << name << " tensor " << i << " entry " << k;
      }
    }
  }

  void ExpectLogits(const at::Tensor& logits, const std::string& name) const {
    const std::vector<double> golden = Golden(name);
    const at::Tensor found = logits.to(at::kDouble).contiguous();
    ASSERT_EQ(found.numel(), golden.size()) << name;
    for (size_t i = 0; i < golden.size(); ++i) {
      EXPECT_NEAR(found.data_ptr<double>()[i], golden[i],
                  tolerance_ * std::max(1.0, std::abs(golden[i])))
          << name << " entry " << i;
    }
  }

  static std::vector<at::Tensor> Trainable(
      const NetworkPlan& plan, const std::vector<at::Tensor>& tensors,
      bool buffers) {
    std::vector<at::Tensor> chosen;
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (IsBuffer(plan.parameters[i].kind) == buffers) {
        chosen.push_back(tensors[i]);
      }
    }
    return chosen;
  }

  SafetensorsFile file_;
  std::set<std::string> cases_;
  double tolerance_;
};

TEST_P(NetworkGoldenTest, GeneralPassesEqualPyTorch) {
  ASSERT_EQ(cases_.size(), 21);
  for (const std::string& name : cases_) {
    GoldenCase golden = MakeCase(name, GetParam());
    for (const NetworkMode mode : {NetworkMode::kEval, NetworkMode::kTrain}) {
      const std::string prefix =
          name + (mode == NetworkMode::kEval ? ".eval." : ".train.");
      const Trace trace = Forward(golden.plan, golden.normalizer, golden.state,
                                  golden.images, mode);
      ExpectLogits(trace.logits(), prefix + "logits");
      const Gradients gradients =
          Backward(golden.plan, golden.normalizer, golden.state, trace,
                   golden.direction);
      ExpectDigests({gradients.values[0]}, prefix + "image_gradient");
      ExpectDigests(
          Trainable(golden.plan, gradients.parameters, /*buffers=*/false),
          prefix + "gradients");
      if (mode == NetworkMode::kEval) continue;
      UpdateRunningStatistics(golden.plan, trace, golden.state);
      ExpectDigests(Trainable(golden.plan, golden.state, /*buffers=*/true),
                    prefix + "buffers");
    }
  }
}

TEST_P(NetworkGoldenTest, FoldedNetworkEqualsPyTorch) {
  for (const std::string& name : cases_) {
    const GoldenCase golden = MakeCase(name, GetParam());
    const auto network = CpuBackend().MakeFoldedNetwork(
        golden.plan, golden.normalizer, golden.state);
    ExpectLogits(network->Logits(golden.images), name + ".eval.logits");
    const at::Tensor gradient = network->ImageGradient(
        golden.images, [&](const at::Tensor&) { return golden.direction; });
    ExpectDigests({gradient}, name + ".eval.image_gradient");
  }
}

// Compares the engines without LibTorch with LibTorch's operations, on channel
// counts and sizes that the golden file does not have (8 channels and more).
class EngineTest : public testing::TestWithParam<SkeletonSize> {
 protected:
  EngineTest() : normalizer_{{125.3, 123.0, 113.9}, {63.0, 62.1, 66.7}} {
    const SkeletonSize& size = GetParam();
    normalizer_.mean.resize(size.image_channels);
    normalizer_.standard_deviation.resize(size.image_channels);
    images_ = ((RuleTensor(80001, {kImages, size.image_channels,
                                   size.image_size, size.image_size}) +
                1) /
               2)
                  .to(at::kFloat);
    direction_ = RuleTensor(80002, {kImages, size.classes}).to(at::kFloat);
  }

  void Prepare(const char* code) {
    plan_ = MakeNetworkPlan(*Cell::FromCode(code), GetParam()).value();
    state_.clear();
    for (size_t i = 0; i < plan_.parameters.size(); ++i) {
      state_.push_back(RuleParameter(plan_.parameters[i], i).to(at::kFloat));
    }
  }

  // Skipped by name where the processor cannot run the kernels.
  static bool HasAvx2() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
  }

  static void ExpectClose(const at::Tensor& found, const at::Tensor& expected,
                          double scale, const std::string& what) {
    EXPECT_LT((found - expected).norm().item<double>(),
              1e-4 * expected.norm().item<double>() + 1e-6 * scale)
        << what;
  }

  static constexpr int kImages = 3;
  static constexpr const char* kCodes[] = {
      "000000", "030000", "003333", "300030", "330300", "001324", "111111",
      "444444", "323133", "333333", "222222", "143201", "410114", "104111"};

  Normalizer normalizer_;
  at::Tensor images_;
  at::Tensor direction_;
  NetworkPlan plan_;
  std::vector<at::Tensor> state_;
};

TEST_P(EngineTest, EngineEqualsLibTorchsOperations) {
  if (!HasAvx2()) GTEST_SKIP() << "no AVX2";
  for (const char* code : kCodes) {
    Prepare(code);
    const auto gradient = [&](const at::Tensor&) { return direction_; };
    ASSERT_TRUE(HasImageGradientEngine(plan_, state_));
    const auto engine =
        CpuBackend().MakeFoldedNetwork(plan_, normalizer_, state_);
    const auto plain =
        LibtorchBackend().MakeFoldedNetwork(plan_, normalizer_, state_);
    ExpectClose(engine->Logits(images_), plain->Logits(images_), 1, code);
    ExpectClose(engine->ImageGradient(images_, gradient),
                plain->ImageGradient(images_, gradient), 1e-6, code);
  }
}

// The engine takes images by groups, and each image has the same bits as on its
// own. One of them here has no gradient.
TEST_P(EngineTest, ImagesDoNotDependOnTheirGroup) {
  if (!HasAvx2()) GTEST_SKIP() << "no AVX2";
  for (const char* code : kCodes) {
    Prepare(code);
    at::Tensor direction = direction_.clone();
    direction[1].zero_();
    ASSERT_TRUE(HasImageGradientEngine(plan_, state_));
    const auto network =
        CpuBackend().MakeFoldedNetwork(plan_, normalizer_, state_);
    const at::Tensor logits = network->Logits(images_);
    const at::Tensor gradient = network->ImageGradient(
        images_, [&](const at::Tensor&) { return direction; });
    for (int64_t i = 0; i < kImages; ++i) {
      const at::Tensor image = images_.narrow(0, i, 1);
      EXPECT_TRUE(network->Logits(image).equal(logits.narrow(0, i, 1))) << code;
      EXPECT_TRUE(network
                      ->ImageGradient(image,
                                      [&](const at::Tensor&) {
                                        return direction.narrow(0, i, 1);
                                      })
                      .equal(gradient.narrow(0, i, 1)))
          << code;
    }
  }
}

// There are more images than a thread takes in a row, and not a multiple of
// them.
TEST_P(EngineTest, ThreadsChangeNoBit) {
  if (!HasAvx2()) GTEST_SKIP() << "no AVX2";
  Prepare("143201");
  const int64_t copies = 5 * ImageQueue::kPart / kImages + 1;
  const at::Tensor scale =
      at::linspace(0, 1, copies * kImages, at::kFloat).view({-1, 1, 1, 1});
  const at::Tensor images = images_.repeat({copies, 1, 1, 1}).mul_(scale);
  const at::Tensor direction = direction_.repeat({copies, 1});
  ASSERT_TRUE(HasImageGradientEngine(plan_, state_));
  const auto network =
      CpuBackend().MakeFoldedNetwork(plan_, normalizer_, state_);
  const auto run = [&](int threads) {
    EXPECT_TRUE(SetImageThreads(threads).ok());
    const at::Tensor logits = network->Logits(images);
    const at::Tensor gradient = network->ImageGradient(
        images, [&](const at::Tensor&) { return direction; });
    EXPECT_TRUE(SetImageThreads(1).ok());
    return std::pair(logits, gradient);
  };
  const auto [logits, gradient] = run(1);
  EXPECT_FALSE(logits[0].equal(logits[1]));
  for (int threads : {2, 3, 7, 64}) {
    const auto [others_logits, others_gradient] = run(threads);
    EXPECT_TRUE(others_logits.equal(logits)) << threads;
    EXPECT_TRUE(others_gradient.equal(gradient)) << threads;
  }
  EXPECT_EQ(SetImageThreads(0).message(),
            "--threads: expected 1 to 256, found 0");
}

TEST_P(EngineTest, TrainingEqualsLibTorchsOperations) {
  if (!HasAvx2()) GTEST_SKIP() << "no AVX2";
  for (const char* code : kCodes) {
    Prepare(code);
    const auto engine =
        CpuBackend().MakeTrainingPass(plan_, normalizer_, state_);
    // In float64, so that only the engine rounds.
    std::vector<at::Tensor> exact;
    for (const at::Tensor& tensor : state_) {
      exact.push_back(tensor.to(at::kDouble));
    }
    const Trace trace = Forward(plan_, normalizer_, exact,
                                images_.to(at::kDouble), NetworkMode::kTrain);
    const Gradients gradients =
        Backward(plan_, normalizer_, exact, trace, direction_.to(at::kDouble));
    UpdateRunningStatistics(plan_, trace, exact);
    // Twice, and a smaller batch in between: memory is used again.
    for (const int64_t count : {kImages, 2, kImages}) {
      std::vector<at::Tensor> state;
      for (const at::Tensor& tensor : state_) state.push_back(tensor.clone());
      const at::Tensor logits =
          engine->Forward(state, images_.narrow(0, 0, count));
      const std::vector<at::Tensor> found =
          engine->Backward(state, direction_.narrow(0, 0, count));
      engine->UpdateRunningStatistics(state);
      if (count != kImages) continue;
      ExpectClose(logits, trace.logits(), 1, code);
      double largest = 0;
      for (const at::Tensor& gradient : gradients.parameters) {
        if (!gradient.defined()) continue;
        largest = std::max(largest, gradient.norm().item<double>());
      }
      for (size_t p = 0; p < state.size(); ++p) {
        const std::string what =
            std::string(code) + " " + plan_.parameters[p].name;
        if (IsBuffer(plan_.parameters[p].kind)) {
          ExpectClose(state[p], exact[p], 1, what);
        } else {
          ExpectClose(found[p], gradients.parameters[p], 10 * largest, what);
        }
      }
    }
  }
}

// LibTorch's operations divide by the number of pixels too: a factor of
// float(1/9) makes every mean 3e-8 too large (cpu_kernels_test.cc).
TEST(AveragePool3x3Test, HasNoBias) {
  for (const int64_t size : {3, 8, 32}) {
    const at::Tensor x = RuleTensor(70001, {16, 8, size, size}).abs() + 0.5;
    const at::Tensor rounded = x.to(at::kFloat);
    for (const auto& operation : {AveragePool3x3, AveragePool3x3Gradient}) {
      const at::Tensor exact = operation(rounded.to(at::kDouble));
      const at::Tensor error =
          (operation(rounded).to(at::kDouble) - exact) / exact;
      EXPECT_LT(error.abs().max().item<double>(), 5e-7);
      EXPECT_LT(std::abs(error.mean().item<double>()), 5e-9) << size;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, EngineTest,
                         testing::Values(SkeletonSize{8, 1, 1, 16, 10},
                                         SkeletonSize{16, 1, 3, 8, 120},
                                         SkeletonSize{24, 2, 3, 12, 7}));

INSTANTIATE_TEST_SUITE_P(Types, NetworkGoldenTest,
                         testing::Values(at::kDouble, at::kFloat),
                         [](const auto& info) {
                           return std::string(info.param == at::kDouble
                                                  ? "Float64"
                                                  : "Float32");
                         });

TEST(InitialStateTest, HasPyTorchsDistributions) {
  const NetworkPlan plan =
      MakeNetworkPlan(*Cell::FromCode("333333"), {.channels = 8,
                                                  .cells_per_stage = 1,
                                                  .image_channels = 1,
                                                  .image_size = 16,
                                                  .classes = 10})
          .value();
  const std::vector<at::Tensor> state = InitialState(plan, 7);
  for (size_t i = 0; i < state.size(); ++i) {
    const Parameter& parameter = plan.parameters[i];
    ASSERT_EQ(state[i].sizes(), at::IntArrayRef(parameter.shape));
    switch (parameter.kind) {
      case ParameterKind::kConvolutionWeight:
      case ParameterKind::kLinearWeight:
      case ParameterKind::kLinearBias: {
        const double bound = 1 / std::sqrt(parameter.fan_in);
        EXPECT_LE(state[i].abs().max().item<double>(), bound);
        if (state[i].numel() < 500) break;
        // Uniform: mean 0, variance bound^2 / 3; four standard errors.
        const double n = static_cast<double>(state[i].numel());
        EXPECT_NEAR(state[i].mean().item<double>(), 0,
                    4 * bound / std::sqrt(3 * n));
        EXPECT_NEAR(state[i].var().item<double>(), bound * bound / 3,
                    4 * bound * bound * 0.3 / std::sqrt(n));
        break;
      }
      case ParameterKind::kBatchNormWeight:
      case ParameterKind::kRunningVariance:
        EXPECT_TRUE(state[i].eq(1).all().item<bool>());
        break;
      case ParameterKind::kBatchNormBias:
      case ParameterKind::kRunningMean:
        EXPECT_TRUE(state[i].eq(0).all().item<bool>());
        break;
    }
  }
  // Known: same seed, same numbers, in both types; another seed, others.
  const std::vector<at::Tensor> again = InitialState(plan, 7, at::kDouble);
  EXPECT_TRUE(again[0].eq(state[0].to(at::kDouble)).all().item<bool>());
  EXPECT_FALSE(InitialState(plan, 8)[0].eq(state[0]).any().item<bool>());
}

}  // namespace
}  // namespace robbench
