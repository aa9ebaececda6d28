#include "analysis/studies/predictor/statistics/rank_ridge.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

#include "analysis/statistics/rank_statistics.h"
#include "glog/logging.h"
#include "nas/base/philox.h"

namespace robbench {
namespace {

// Returns the positions of the cells of each group, the groups in random order.
// `purpose` is the `step` of the stream, so that folds and draws of labels do
// not share random numbers.
std::vector<std::vector<int>> ShuffledGroups(
    const std::vector<std::string>& groups, uint32_t seed, uint32_t purpose,
    uint32_t repeat) {
  std::map<std::string, std::vector<int>> members;
  for (size_t i = 0; i < groups.size(); ++i) {
    members[groups[i]].push_back(static_cast<int>(i));
  }
  std::vector<std::vector<int>> shuffled;
  for (auto& [name, positions] : members) {
    shuffled.push_back(std::move(positions));
  }
  PhiloxStream random(seed, Purpose::kShuffle, /*epoch=*/repeat,
                      /*step=*/purpose);
  for (size_t i = shuffled.size(); i > 1; --i) {
    std::swap(shuffled[i - 1], shuffled[random.Below(i)]);
  }
  return shuffled;
}

constexpr uint32_t kFolds = 1, kLabels = 2;

Eigen::MatrixXd Rows(const Eigen::MatrixXd& matrix,
                     const std::vector<int>& rows) {
  Eigen::MatrixXd taken(rows.size(), matrix.cols());
  for (size_t i = 0; i < rows.size(); ++i) taken.row(i) = matrix.row(rows[i]);
  return taken;
}

}  // namespace

Eigen::MatrixXd RankFeatures(const std::vector<std::vector<double>>& columns) {
  CHECK(!columns.empty());
  const Eigen::Index n = columns[0].size();
  Eigen::MatrixXd features(n, columns.size());
  for (size_t c = 0; c < columns.size(); ++c) {
    const std::vector<int64_t> ranks = DoubledRanks(columns[c]);
    CHECK_EQ(ranks.size(), n);
    double squares = 0;
    for (Eigen::Index i = 0; i < n; ++i) {
      features(i, c) = static_cast<double>(ranks[i] - (n + 1));
      squares += features(i, c) * features(i, c);
    }
    if (squares > 0) features.col(c) /= std::sqrt(squares / n);
  }
  return features;
}

std::vector<std::vector<double>> PredictRanks(
    const Eigen::MatrixXd& features,
    const std::vector<std::vector<double>>& targets, const Split& split,
    absl::Span<const double> penalties) {
  const Eigen::Index n = split.train.size();
  CHECK_GE(n, 1);
  CHECK(!penalties.empty() && !targets.empty());
  const Eigen::MatrixXd train = Rows(features, split.train);
  const Eigen::RowVectorXd mean = train.colwise().mean();
  const Eigen::MatrixXd centred = train.rowwise() - mean;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(
      centred.transpose() * centred);
  // Rounding may leave eigenvalues of a singular product below 0.
  const Eigen::ArrayXd values = eigen.eigenvalues().array().max(0);
  // In the directions of the eigenvectors, the columns of the centred cells are
  // orthogonal.
  const Eigen::MatrixXd along = centred * eigen.eigenvectors();
  const Eigen::MatrixXd tested =
      (Rows(features, split.test).rowwise() - mean) * eigen.eigenvectors();

  std::vector<std::vector<double>> predictions;
  for (const std::vector<double>& target : targets) {
    CHECK_EQ(target.size(), features.rows());
    std::vector<double> seen;
    for (const int i : split.train) seen.push_back(target[i]);
    const std::vector<int64_t> ranks = DoubledRanks(seen);
    // The mean of ranks is (n + 1) / 2 whatever ties there are, and here ranks
    // are scaled to 0 ... 1.
    const double level = 0.5;
    Eigen::VectorXd y(n);
    for (Eigen::Index i = 0; i < n; ++i) {
      y[i] = (ranks[i] - 1) / (2.0 * n) - level;
    }
    const Eigen::VectorXd projected = along.transpose() * y;
    double least = 0;
    Eigen::VectorXd weights;
    for (const double penalty : penalties) {
      CHECK_GT(penalty, 0);
      const Eigen::VectorXd scale = (values + penalty * n).inverse().matrix();
      const Eigen::VectorXd fitted = scale.cwiseProduct(projected);
      const Eigen::VectorXd residual = y - along * fitted;
      const Eigen::ArrayXd leverage =
          (along.cwiseAbs2() * scale).array() + 1.0 / n;
      const double error = (residual.array() / (1 - leverage)).square().sum();
      // With a single cell the error is not a number, and the weights stay 0.
      if (weights.size() == 0 || error < least) {
        least = error;
        weights = fitted;
      }
    }
    const Eigen::VectorXd predicted =
        ((tested * weights).array() + level).matrix();
    predictions.emplace_back(predicted.data(),
                             predicted.data() + predicted.size());
  }
  return predictions;
}

std::vector<Split> GroupedFolds(const std::vector<std::string>& groups,
                                int folds, uint32_t seed, uint32_t repeat) {
  std::vector<std::vector<int>> tests(folds);
  for (const std::vector<int>& group :
       ShuffledGroups(groups, seed, kFolds, repeat)) {
    const auto smallest = std::min_element(
        tests.begin(), tests.end(),
        [](const auto& a, const auto& b) { return a.size() < b.size(); });
    smallest->insert(smallest->end(), group.begin(), group.end());
  }
  std::vector<Split> splits;
  for (std::vector<int>& test : tests) {
    if (test.empty()) continue;
    std::sort(test.begin(), test.end());
    Split& split = splits.emplace_back();
    for (int i = 0; i < static_cast<int>(groups.size()); ++i) {
      if (!std::binary_search(test.begin(), test.end(), i)) {
        split.train.push_back(i);
      }
    }
    split.test = std::move(test);
  }
  return splits;
}

Split DrawLabels(const std::vector<std::string>& groups, int labels,
                 uint32_t seed, uint32_t repeat) {
  Split split;
  for (const std::vector<int>& group :
       ShuffledGroups(groups, seed, kLabels, repeat)) {
    const int room = labels - static_cast<int>(split.train.size());
    if (room <= 0) {
      split.test.insert(split.test.end(), group.begin(), group.end());
    } else {
      const int taken = std::min<int>(room, static_cast<int>(group.size()));
      split.train.insert(split.train.end(), group.begin(),
                         group.begin() + taken);
    }
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.test.begin(), split.test.end());
  return split;
}

}  // namespace robbench
