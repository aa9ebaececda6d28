#include "ntk/kernel_scores.h"

#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/safetensors.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

constexpr char kGolden[] = "ntk/gradients/testdata/kernel_golden.safetensors";
constexpr double kDouble = 0x1p-53;
constexpr double kFloat = 0x1p-24;

Eigen::MatrixXd ToMatrix(const TensorEntry& entry) {
  using RowMajor =
      Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  RowMajor matrix(entry.shape[0], entry.shape[1]);
  std::memcpy(matrix.data(), entry.data.data(), entry.data.size());
  return matrix;
}

// Labels 0, 1, 2, 0, ... of three classes.
ScoreOptions Options(int64_t images, double gradient_roundoff) {
  ScoreOptions options{.classes = 3, .gradient_roundoff = gradient_roundoff};
  for (int64_t i = 0; i < images; ++i) options.labels.push_back(i % 3);
  return options;
}

absl::StatusOr<KernelScores> Score(const Eigen::MatrixXd& kernel,
                                   double gradient_roundoff) {
  return ScoreKernel(kernel, Options(kernel.rows(), gradient_roundoff));
}

std::string ErrorOf(const Eigen::MatrixXd& kernel) {
  const auto scores = Score(kernel, kDouble);
  return scores.ok() ? "no error" : std::string(scores.status().message());
}

TEST(KernelScoresTest, TwoByTwo) {
  // [[a, c], [c, b]]: eigenvalues (a + b)/2 -+ sqrt((a - b)^2/4 + c^2).
  const Eigen::MatrixXd kernel{{5, 2}, {2, 2}};
  const auto scores = Score(kernel, kDouble);
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_NEAR(scores->min_eigenvalue, 1, 1e-14);
  EXPECT_NEAR(scores->max_eigenvalue, 6, 1e-14);
  EXPECT_NEAR(scores->condition_number, 6, 1e-13);
  EXPECT_EQ(scores->trace, 7);
  EXPECT_NEAR(scores->frobenius_norm, std::sqrt(37.0), 1e-14);
  EXPECT_FALSE(scores->singular);
}

TEST(KernelScoresTest, EquicorrelatedKernel) {
  // (1 - r) I + r 11^T: 1 - r (n - 1 times) and 1 + (n - 1) r.
  const int n = 64;
  const double r = 0.999;
  const Eigen::MatrixXd kernel = (1 - r) * Eigen::MatrixXd::Identity(n, n) +
                                 r * Eigen::MatrixXd::Ones(n, n);
  const auto scores = Score(kernel, kFloat);
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_NEAR(scores->min_eigenvalue, 1 - r, 1e-13);
  EXPECT_NEAR(scores->max_eigenvalue, 1 + 63 * r, 1e-12);
  EXPECT_NEAR(scores->condition_number, (1 + 63 * r) / (1 - r), 1e-5);
  EXPECT_FALSE(scores->singular);
}

TEST(KernelScoresTest, DeepNetworksHaveTinyKernels) {
  const auto scores =
      Score(Eigen::MatrixXd{{5e-200, 2e-200}, {2e-200, 2e-200}}, kFloat);
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_NEAR(scores->min_eigenvalue / 1e-200, 1, 1e-12);
  EXPECT_NEAR(scores->condition_number, 6, 1e-12);
  EXPECT_NEAR(scores->frobenius_norm / 1e-200, std::sqrt(37.0), 1e-12);
}

TEST(KernelScoresTest, SingularKernelsAreReported) {
  for (const Eigen::MatrixXd& kernel :
       {Eigen::MatrixXd(10 * Eigen::MatrixXd::Ones(6, 6)),
        Eigen::MatrixXd(Eigen::MatrixXd::Zero(4, 4)),
        Eigen::MatrixXd(Eigen::Vector3d(1, 1e-3, 1e-15).asDiagonal())}) {
    const auto scores = Score(kernel, kFloat);
    ASSERT_TRUE(scores.ok()) << scores.status();
    EXPECT_TRUE(scores->singular);
    EXPECT_EQ(scores->condition_number,
              std::numeric_limits<double>::infinity());
  }
}

TEST(KernelScoresTest, SingularRatioFollowsTheGradients) {
  const Eigen::MatrixXd kernel = Eigen::Vector3d(1, 1e-3, 1e-14).asDiagonal();
  EXPECT_FALSE(Score(kernel, kDouble)->singular);
  EXPECT_TRUE(Score(kernel, kFloat)->singular);  // (3 2^-24)^2 = 3e-14
}

TEST(KernelScoresTest, IndefiniteCrossKernel) {
  const auto scores =
      Score(Symmetrized(Eigen::MatrixXd{{1, 3}, {-1, -2}}), kDouble);
  ASSERT_TRUE(scores.ok()) << scores.status();
  // [[2, 2], [2, -4]]: -1 -+ sqrt(13).
  EXPECT_NEAR(scores->min_eigenvalue, -1 - std::sqrt(13.0), 1e-13);
  EXPECT_NEAR(scores->max_eigenvalue, -1 + std::sqrt(13.0), 1e-13);
  EXPECT_NEAR(scores->condition_number,
              (std::sqrt(13.0) + 1) / (std::sqrt(13.0) - 1), 1e-12);
}

TEST(KernelScoresTest, EqualsSciPy) {
  const auto golden = SafetensorsFile::Read(kGolden);
  ASSERT_TRUE(golden.ok()) << golden.status();
  int kernels = 0;
  for (const auto& [name, entry] : golden->tensors()) {
    if (!absl::EndsWith(name, "/scores")) continue;
    const std::string prefix = name.substr(0, name.size() - 6);
    const Eigen::MatrixXd expected = ToMatrix(entry);
    int row = 0;
    for (const char* kind : {"clean", "cross", "robust"}) {
      Eigen::MatrixXd kernel = ToMatrix(golden->tensors().at(prefix + kind));
      if (row == 1) kernel = Symmetrized(kernel);
      const auto scores = Score(kernel, kDouble);
      ASSERT_TRUE(scores.ok()) << scores.status();
      const double tolerance = 1e-14 * kernel.norm();
      EXPECT_NEAR(scores->min_eigenvalue, expected(row, 0), tolerance) << name;
      EXPECT_NEAR(scores->max_eigenvalue, expected(row, 1), tolerance) << name;
      EXPECT_NEAR(scores->trace, expected(row, 2), tolerance) << name;
      EXPECT_NEAR(scores->frobenius_norm, expected(row, 3), tolerance) << name;
      ++row;
      ++kernels;
    }
  }
  EXPECT_EQ(kernels, 36);
}

TEST(KernelScoresTest, LabelsByHand) {
  // Eigenvalues 1 and 6 of (1, -2)/sqrt(5) and (2, 1)/sqrt(5); the classes'
  // labels are (1, -1), (-1, 1) and, of the third, (-1, -1).
  const Eigen::MatrixXd kernel{{5, 2}, {2, 2}};
  const auto scores = Score(kernel, kDouble);
  ASSERT_TRUE(scores.ok()) << scores.status();
  // K^-1 = [[2, -2], [-2, 5]] / 6: y^T K^-1 y = 11/6, 11/6, 3/6.
  EXPECT_NEAR(scores->label_complexity, (11 + 11 + 3) / 18.0, 1e-14);
  // y^T K y = 3, 3, 11 over n |K| = 2 sqrt(37).
  EXPECT_NEAR(scores->label_alignment, 17 / (3 * 2 * std::sqrt(37.0)), 1e-15);
  // The kernel that the labels make is aligned best.
  Eigen::VectorXd y(4);
  y << 1, -1, -1, 1;
  const auto own =
      ScoreKernel(y * y.transpose(), {.labels = {0, 1, 1, 0}, .classes = 2});
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_NEAR(own->label_alignment, 1, 1e-15);
  EXPECT_EQ(own->label_complexity, std::numeric_limits<double>::infinity());
}

TEST(KernelScoresTest, RatiosOfEigenvalues) {
  const Eigen::MatrixXd kernel = Eigen::Vector4d(8, 2, 1e-20, -4).asDiagonal();
  ScoreOptions options = Options(4, kDouble);
  options.ratios = {1, 2, 3, 4};
  const auto scores = ScoreKernel(kernel, options);
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_EQ(
      scores->eigenvalue_ratios,
      (std::vector<double>{-2, std::numeric_limits<double>::infinity(), 4, 1}));
  options.ratios = {5};
  EXPECT_THAT(ScoreKernel(kernel, options).status().message(),
              HasSubstr("ratios: expected 1 to 4, found 5"));
  options.ratios = {0};
  EXPECT_FALSE(ScoreKernel(kernel, options).ok());
}

TEST(KernelScoresTest, RefusesLabelsThatDoNotFit) {
  const Eigen::MatrixXd kernel{{5, 2}, {2, 2}};
  EXPECT_THAT(ScoreKernel(kernel, {.labels = {0}}).status().message(),
              HasSubstr("labels: expected 2, found 1"));
  EXPECT_THAT(ScoreKernel(kernel, {.labels = {0, 2}}).status().message(),
              HasSubstr("labels: expected 0 to 1, found 2"));
}

TEST(KernelScoresTest, RefusesWhatIsNoKernel) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(ErrorOf(Eigen::MatrixXd(0, 0)), HasSubstr("found 0 x 0"));
  EXPECT_THAT(ErrorOf(Eigen::MatrixXd::Zero(2, 3)), HasSubstr("found 2 x 3"));
  EXPECT_THAT(ErrorOf(Eigen::MatrixXd{{1, nan}, {nan, 1}}),
              HasSubstr("found NaN"));
  EXPECT_THAT(ErrorOf(Eigen::MatrixXd{{1, 0.5}, {0, 1}}),
              HasSubstr("found entries that differ by 0.5"));
}

TEST(MixedKernelTest, EndsAndMiddle) {
  const Eigen::MatrixXd clean{{4, 1}, {1, 2}};
  const Eigen::MatrixXd cross{{3, 0}, {2, 1}};
  const Eigen::MatrixXd robust{{6, 2}, {2, 5}};
  EXPECT_EQ(*MixedKernel(clean, cross, robust, 0), clean);
  EXPECT_EQ(*MixedKernel(clean, cross, robust, 1), robust);
  EXPECT_EQ(*MixedKernel(clean, cross, robust, 0.5),
            (Eigen::MatrixXd{{4, 1.25}, {1.25, 2.25}}));
  EXPECT_THAT(MixedKernel(clean, cross, robust, 1.5).status().message(),
              HasSubstr("b: expected 0 to 1, found 1.5"));
  EXPECT_FALSE(
      MixedKernel(clean, Eigen::MatrixXd::Zero(3, 3), robust, 0.5).ok());
}

}  // namespace
}  // namespace robbench
