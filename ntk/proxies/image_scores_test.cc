// Compares every score, attacks included, with testdata/make_proxy_golden.py.
#include "ntk/proxies/image_scores.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/safetensors.h"
#include "ntk/gradients/golden_network.h"
#include "ntk/proxies/epe_nas.h"
#include "ntk/proxies/proxies.pb.h"
#include "training/attack_suite.pb.h"

namespace robbench {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr const char* kCells[] = {
    "403443", "300101", "412331", "020240", "223241", "344423", "114121",
    "004403", "000012", "034020", "003303", "003003", "323133"};

const SafetensorsFile& Golden() {
  static const SafetensorsFile* const file = new SafetensorsFile(
      *SafetensorsFile::Read("ntk/proxies/testdata/proxy_golden.safetensors"));
  return *file;
}

std::vector<double> GoldenNumbers(const std::string& name) {
  const auto entry = Golden().Get(name, DType::kF64, {-1});
  EXPECT_TRUE(entry.ok()) << entry.status();
  std::vector<double> numbers(entry->NumElements());
  std::memcpy(numbers.data(), entry->data.data(), entry->data.size());
  return numbers;
}

at::Tensor GoldenImages(const std::string& name) {
  const auto entry = Golden().Get(name, DType::kF64, {kGoldenImages, 3, 8, 8});
  EXPECT_TRUE(entry.ok()) << entry.status();
  const at::Tensor images = at::empty({kGoldenImages, 3, 8, 8}, at::kDouble);
  std::memcpy(images.data_ptr<double>(), entry->data.data(),
              entry->data.size());
  return images;
}

// All scores; FGSM and PGD at 16/255.
ProxySpec Spec() {
  ProxySpec spec;
  spec.mutable_skeleton()->set_channels(4);
  spec.mutable_skeleton()->set_cells_per_stage(1);
  spec.set_images(kGoldenImages);
  for (int score = ProxySpec::Score_MIN; score <= ProxySpec::Score_MAX;
       ++score) {
    spec.add_score(static_cast<ProxySpec::Score>(score));
  }
  Attack& fgsm = *spec.add_attacks();
  fgsm.set_name("fgsm");
  fgsm.mutable_fgsm()->set_epsilon(16);
  Attack& pgd = *spec.add_attacks();
  pgd.set_name("pgd");
  pgd.mutable_pgd()->set_epsilon(16);
  pgd.mutable_pgd()->set_step_size(4);
  pgd.mutable_pgd()->set_steps(4);
  pgd.mutable_pgd()->set_random_start(true);
  return spec;
}

ProxyInputs Inputs(const std::string& code, at::ScalarType type) {
  const GoldenNetwork network({.code = code.c_str()}, type);
  ProxyInputs inputs{.plan = network.plan,
                     .normalizer = network.normalizer,
                     .state = network.state,
                     .images = network.clean,
                     .labels = at::arange(kGoldenImages) % 3,
                     .seed = 11};
  inputs.samples.resize(kGoldenImages);
  std::iota(inputs.samples.begin(), inputs.samples.end(), 0);
  return inputs;
}

std::vector<NamedImages> GoldenSets(const std::string& code,
                                    const ProxyInputs& inputs,
                                    at::ScalarType type) {
  return {{"clean", inputs.images},
          {"fgsm", GoldenImages(code + "/fgsm").to(type)},
          {"pgd", GoldenImages(code + "/pgd").to(type)}};
}

std::map<std::string, std::vector<double>> ByName(
    const std::vector<ProxyScore>& scores) {
  std::map<std::string, std::vector<double>> by_name;
  for (const ProxyScore& score : scores) {
    by_name[score.score()].push_back(score.value());
  }
  return by_name;
}

// Expects numbers within `tolerance` of the golden ones, relative to them or to
// `scale` where that is larger, the infinite and undefined ones alike.
void ExpectScore(const std::string& name, const std::vector<double>& found,
                 double tolerance, double scale) {
  const std::vector<double> golden = GoldenNumbers(name);
  ASSERT_EQ(found.size(), golden.size()) << name;
  for (size_t i = 0; i < golden.size(); ++i) {
    const std::string where = absl::StrCat(name, "[", i, "]");
    if (std::isfinite(golden[i])) {
      EXPECT_NEAR(found[i], golden[i],
                  tolerance * std::max(std::abs(golden[i]), scale))
          << where;
    } else if (std::isnan(golden[i])) {
      EXPECT_TRUE(std::isnan(found[i])) << where << found[i];
    } else {
      EXPECT_EQ(found[i], golden[i]) << where;
    }
  }
}

void ExpectAllScores(at::ScalarType type, double tolerance) {
  for (const std::string code : kCells) {
    const ProxyInputs inputs = Inputs(code, type);
    const auto scores =
        ByName(ImageScores(inputs, GoldenSets(code, inputs, type), Spec()));
    EXPECT_EQ(scores.size(), ProxySpec::Score_ARRAYSIZE) << code;
    const std::vector<double> snip = GoldenNumbers(code + "/snip");
    for (const auto& [name, values] : scores) {
      // Plain's terms are SNIP's with signs, and cancel.
      const double scale = name == "plain"
                               ? *std::min_element(snip.begin(), snip.end())
                           : name == "local_linearity" ? 1
                                                       : 0;
      ExpectScore(absl::StrCat(code, "/", name), values, tolerance, scale);
    }
  }
}

TEST(ImageScoresTest, Float64AsPyTorch) { ExpectAllScores(at::kDouble, 1e-9); }

TEST(ImageScoresTest, Float32AsPyTorch) { ExpectAllScores(at::kFloat, 1e-4); }

TEST(ImageScoresTest, AttacksAsPyTorch) {
  for (const std::string code : kCells) {
    const ProxyInputs inputs = Inputs(code, at::kDouble);
    const std::vector<NamedImages> sets = AttackedImages(inputs, Spec());
    const std::vector<NamedImages> golden =
        GoldenSets(code, inputs, at::kDouble);
    ASSERT_EQ(sets.size(), golden.size());
    for (size_t i = 0; i < sets.size(); ++i) {
      EXPECT_EQ(sets[i].name, golden[i].name);
      EXPECT_LT((sets[i].images - golden[i].images).abs().max().item<double>(),
                1e-12)
          << code << sets[i].name;
    }
  }
}

TEST(ImageScoresTest, NamesInTheSpecsOrder) {
  ProxySpec spec = Spec();
  spec.clear_score();
  spec.add_score(ProxySpec::CROZE);
  spec.add_score(ProxySpec::SNIP);
  spec.add_score(ProxySpec::L2_NORM);
  const ProxyInputs inputs = Inputs("323133", at::kFloat);
  const std::vector<ProxyScore> scores =
      ImageScores(inputs, AttackedImages(inputs, spec), spec);
  std::vector<std::string> names;
  for (const ProxyScore& score : scores) {
    names.push_back(absl::StrCat(score.score(), "/", score.images()));
  }
  EXPECT_THAT(names, ElementsAre("croze/fgsm", "croze/pgd", "snip/clean",
                                 "snip/fgsm", "snip/pgd", "l2_norm/"));
}

// Each score is what it is when it is computed alone.
TEST(ImageScoresTest, EachAlone) {
  const ProxyInputs inputs = Inputs("412331", at::kFloat);
  const std::vector<NamedImages> sets = AttackedImages(inputs, Spec());
  const ProxySpec whole = Spec();
  const auto all = ByName(ImageScores(inputs, sets, whole));
  for (const int score : whole.score()) {
    ProxySpec spec = whole;
    spec.clear_score();
    spec.add_score(static_cast<ProxySpec::Score>(score));
    const auto alone = ByName(ImageScores(inputs, sets, spec));
    ASSERT_EQ(alone.size(), 1);
    EXPECT_EQ(alone.begin()->second, all.at(alone.begin()->first))
        << alone.begin()->first;
  }
}

// Attacks of no length leave the images, and every score, as they are.
TEST(ImageScoresTest, EpsilonZero) {
  ProxySpec spec = Spec();
  spec.mutable_attacks(0)->mutable_fgsm()->set_epsilon(0);
  spec.mutable_attacks(1)->mutable_pgd()->set_epsilon(0);
  const ProxyInputs inputs = Inputs("323133", at::kDouble);
  const auto scores =
      ByName(ImageScores(inputs, AttackedImages(inputs, spec), spec));
  for (const auto& [name, values] : scores) {
    if (name == "local_linearity") {
      EXPECT_LT(std::abs(values[0]), 1e-12);
      EXPECT_LT(std::abs(values[1]), 1e-12);
      continue;
    }
    EXPECT_THAT(values, Each(values[0])) << name;
  }
}

// Two classes by hand: three images, then one.
TEST(EpeNasTest, ByHand) {
  Eigen::MatrixXd r = Eigen::MatrixXd::Identity(4, 4);
  r(0, 1) = r(1, 0) = 0.5;
  r(0, 2) = r(2, 0) = -0.25;
  r(1, 2) = r(2, 1) = 0;
  r(0, 3) = r(3, 0) = 0.75;  // of two classes, so not read
  const double k = 1e-5;
  const double first =
      3 * std::log(1 + k) +
      2 * (std::log(0.5 + k) + std::log(0.25 + k) + std::log(k));
  const double second = std::log(1 + k);
  EXPECT_NEAR(EpeNas(r, {7, 7, 7, 3}, 10), std::abs(first) + second, 1e-12);
  EXPECT_NEAR(EpeNas(r, {7, 7, 7, 3}, 120), std::abs(first / 3 - second),
              1e-12);
}

}  // namespace
}  // namespace robbench
