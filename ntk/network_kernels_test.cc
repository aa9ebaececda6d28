// Compares whole runs, attacks included, with PyTorch's autograd: every kernel
// of ten random cells, in every BatchNorm mode, of every scalar and choice of
// parameters.
#include "ntk/network_kernels.h"

#include <ATen/ATen.h>
#include <ATen/core/Tensor.h>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <cstdint>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nas/base/safetensors.h"
#include "nas/network/network.h"
#include "ntk/gradients/golden_network.h"
#include "ntk/gradients/gradient_kernel.h"
#include "ntk/ntk.pb.h"

namespace robbench {
namespace {

constexpr char kGolden[] = "ntk/gradients/testdata/variant_golden.safetensors";
constexpr int kImages = 5;
constexpr const char* kCells[] = {"403443", "300101", "412331", "020240",
                                  "223241", "344423", "114121", "004403",
                                  "000012", "034020"};
// The kernels in the golden file's order.
constexpr const char* kKernels[] = {"clean", "cross", "robust", "cross_twice",
                                    "robust_twice"};

NtkSpec MakeSpec(NtkSpec::BatchNorm batch_norm) {
  NtkSpec spec;
  spec.set_images(kImages);
  spec.set_image_choice(NtkSpec::FIRST);
  spec.mutable_attack()->add_epsilon(16);
  spec.mutable_attack()->set_relative_step_size(0.25);
  spec.mutable_attack()->set_steps(4);
  spec.mutable_attack()->set_random_start(true);
  spec.set_twice(true);
  spec.set_scalar(NtkSpec::SUM_OF_LOGITS);
  spec.set_parameters(NtkSpec::ALL);
  spec.set_batch_norm(batch_norm);
  return spec;
}

// A cell's network, five images and their labels.
struct Experiment {
  Experiment(const std::string& code, at::ScalarType type)
      : code(code), network({.code = this->code.c_str(), .channels = 8}, type) {
    images.images = network.clean.narrow(0, 0, kImages);
    images.labels = at::tensor(std::vector<int64_t>{0, 3, 6, 9, 2});
    images.samples = {0, 1, 2, 3, 4};
    images.seed = 11;
  }

  KernelSets Attack(const NtkSpec& spec) const {
    return AttackImages(network.plan, network.normalizer, network.state, images,
                        spec);
  }

  std::vector<NetworkKernel> Kernels(const KernelSets& sets,
                                     const NtkSpec& spec) const {
    const auto kernels = NetworkKernels(network.plan, network.normalizer, sets,
                                        images.labels, spec);
    EXPECT_TRUE(kernels.ok()) << kernels.status();
    return *kernels;
  }

  const std::string code;
  const GoldenNetwork network;
  KernelImages images;
};

const NetworkKernel& Find(const std::vector<NetworkKernel>& kernels,
                          const std::string& name) {
  for (const NetworkKernel& kernel : kernels) {
    if (kernel.name == name) return kernel;
  }
  ADD_FAILURE() << "no kernel " << name;
  return kernels[0];
}

double RelativeError(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return (a - b).norm() / b.norm();
}

KernelSets ToFloat(const KernelSets& sets) {
  KernelSets result;
  for (const at::Tensor& tensor : sets.state) {
    result.state.push_back(tensor.to(at::kFloat));
  }
  for (const ImageSet& set : sets.sets) {
    result.sets.push_back({set.name, set.images.to(at::kFloat)});
  }
  return result;
}

class NetworkKernelsTest : public testing::TestWithParam<
                               std::tuple<const char*, NtkSpec::BatchNorm>> {};

TEST_P(NetworkKernelsTest, EqualPyTorch) {
  const auto golden = SafetensorsFile::Read(kGolden);
  ASSERT_TRUE(golden.ok()) << golden.status();
  const auto& [code, batch_norm] = GetParam();
  NtkSpec spec = MakeSpec(batch_norm);
  const Experiment run(code, at::kDouble);
  const KernelSets sets = run.Attack(spec);
  const KernelSets float_sets = ToFloat(sets);
  for (const NtkSpec::Scalar scalar :
       {NtkSpec::SUM_OF_LOGITS, NtkSpec::ONE_CLASS, NtkSpec::MARGIN,
        NtkSpec::ALL_LOGITS}) {
    for (const NtkSpec::Parameters parameters :
         {NtkSpec::ALL, NtkSpec::WEIGHTS}) {
      spec.set_scalar(scalar);
      spec.clear_scalar_class();
      if (scalar == NtkSpec::ONE_CLASS) spec.set_scalar_class(4);
      spec.set_parameters(parameters);
      const std::string name =
          absl::StrCat(code, "/", NtkSpec::BatchNorm_Name(batch_norm), "/",
                       NtkSpec::Scalar_Name(scalar), "/",
                       NtkSpec::Parameters_Name(parameters));
      const auto entry = golden->Get(name, DType::kF64, {5, kImages, kImages});
      ASSERT_TRUE(entry.ok()) << entry.status();
      const auto wide = run.Kernels(sets, spec);
      const auto narrow = run.Kernels(float_sets, spec);
      for (int k = 0; k < 5; ++k) {
        Eigen::MatrixXd expected(kImages, kImages);
        std::memcpy(expected.data(),
                    entry->data.data() + k * kImages * kImages * 8,
                    kImages * kImages * 8);
        expected.transposeInPlace();  // the file is row-major
        EXPECT_LT(RelativeError(Find(wide, kKernels[k]).matrix, expected),
                  1e-10)
            << name << " " << kKernels[k];
        EXPECT_LT(RelativeError(Find(narrow, kKernels[k]).matrix, expected),
                  1e-4)
            << name << " " << kKernels[k];
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cells, NetworkKernelsTest,
    testing::Combine(testing::ValuesIn(kCells),
                     testing::Values(NtkSpec::EVAL, NtkSpec::CALIBRATED,
                                     NtkSpec::BATCH)),
    [](const testing::TestParamInfo<NetworkKernelsTest::ParamType>& info) {
      return absl::StrCat(std::get<0>(info.param), "_",
                          NtkSpec::BatchNorm_Name(std::get<1>(info.param)));
    });

// Tests properties of kernels of float32 gradients in every BatchNorm mode.
class KernelPropertiesTest : public testing::TestWithParam<NtkSpec::BatchNorm> {
};

TEST_P(KernelPropertiesTest, MixturesArePositiveSemiDefinite) {
  NtkSpec spec = MakeSpec(GetParam());
  const double mixes[] = {0, 0.1, 0.25, 0.5, 0.75, 0.9, 1};
  for (const double mix : mixes) spec.add_mix(mix);
  for (const char* code : kCells) {
    const Experiment run(code, at::kFloat);
    const auto kernels = run.Kernels(run.Attack(spec), spec);
    for (const auto& [kind, clean, robust] :
         {std::tuple("mixed", "clean", "robust"),
          std::tuple("mixed_twice", "robust", "robust_twice")}) {
      for (const double mix : mixes) {
        const NetworkKernel& kernel =
            Find(kernels, absl::StrCat(kind, "_", mix));
        EXPECT_EQ(kernel.mix, mix);
        EXPECT_EQ(kernel.epsilon, 16);
        EXPECT_TRUE(kernel.matrix == kernel.matrix.transpose());
        EXPECT_GE(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(kernel.matrix)
                      .eigenvalues()
                      .minCoeff(),
                  -1e-13 * kernel.matrix.norm())
            << code << " " << kernel.name;
      }
      EXPECT_EQ(Find(kernels, absl::StrCat(kind, "_0")).matrix,
                Find(kernels, clean).matrix);
      EXPECT_EQ(Find(kernels, absl::StrCat(kind, "_1")).matrix,
                Find(kernels, robust).matrix);
    }
  }
}

TEST_P(KernelPropertiesTest, NoPerturbationMakesAllKernelsEqual) {
  NtkSpec spec = MakeSpec(GetParam());
  spec.mutable_attack()->set_epsilon(0, 0);
  spec.add_mix(0.3);
  const Experiment run("403443", at::kFloat);
  const auto kernels = run.Kernels(run.Attack(spec), spec);
  ASSERT_EQ(kernels.size(), 7);
  for (const NetworkKernel& kernel : kernels) {
    EXPECT_LT(RelativeError(kernel.matrix, kernels[0].matrix), 1e-6)
        << kernel.name;
  }
}

TEST_P(KernelPropertiesTest, EpsilonsAreIndependent) {
  NtkSpec spec = MakeSpec(GetParam());
  spec.set_twice(false);
  const Experiment run("412331", at::kFloat);
  const auto alone = run.Kernels(run.Attack(spec), spec);
  spec.mutable_attack()->add_epsilon(4);
  const auto both = run.Kernels(run.Attack(spec), spec);
  ASSERT_EQ(both.size(), 5);
  EXPECT_LT(RelativeError(Find(both, "robust_16").matrix,
                          Find(alone, "robust").matrix),
            1e-6);
  EXPECT_GT(RelativeError(Find(both, "robust_16").matrix,
                          Find(both, "robust_4").matrix),
            1e-4);
}

INSTANTIATE_TEST_SUITE_P(
    Modes, KernelPropertiesTest,
    testing::Values(NtkSpec::EVAL, NtkSpec::CALIBRATED, NtkSpec::BATCH),
    [](const testing::TestParamInfo<NtkSpec::BatchNorm>& info) {
      return NtkSpec::BatchNorm_Name(info.param);
    });

TEST(CalibratedState, GivesTheLogitsOfTrainMode) {
  const Experiment run("403443", at::kDouble);
  const GoldenNetwork& network = run.network;
  const auto calibrated = CalibratedState(network.plan, network.normalizer,
                                          network.state, run.images.images);
  const at::Tensor train =
      Forward(network.plan, network.normalizer, network.state,
              run.images.images, NetworkMode::kTrain)
          .logits();
  const at::Tensor eval = Forward(network.plan, network.normalizer, calibrated,
                                  run.images.images, NetworkMode::kEval)
                              .logits();
  EXPECT_LT(robbench::RelativeError(eval, train), 1e-12);
}

}  // namespace
}  // namespace robbench
