// EPE-NAS (Lopes, Alirezazadeh, Alexandre: "EPE-NAS: efficient performance
// estimation without training for neural architecture search", ICANN 2021):
// with the correlations r of input gradients of the summed logits within each
// class that the batch has,
//
//   e_c = sum over pairs i, j of class c of log(|r_ij| + k),  k = 1e-5
//   up to 100 classes   sum over c of |e_c|
//   more                sum over c, d of |e_c / n_c - e_d / n_d| / classes seen
//
// where class c has n_c images. The unit is nats. The score is not a number for
// a dead cell, whose gradients are zero, and nearly zero where no class has two
// images.
#ifndef NTK_PROXIES_EPE_NAS_H_
#define NTK_PROXIES_EPE_NAS_H_

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace robbench {

// `labels` are those of the rows of `correlations` (RowCorrelations), and
// `classes` is the number of classes of the data set.
inline double EpeNas(const Eigen::MatrixXd& correlations,
                     const std::vector<int64_t>& labels, int classes) {
  constexpr double kOffset = 1e-5;
  std::map<int64_t, double> sums;
  std::map<int64_t, int> counts;
  for (size_t i = 0; i < labels.size(); ++i) {
    ++counts[labels[i]];
    for (size_t j = 0; j < labels.size(); ++j) {
      if (labels[i] != labels[j]) continue;
      sums[labels[i]] += std::log(std::abs(correlations(i, j)) + kOffset);
    }
  }
  double score = 0;
  for (const auto& [c, sum] : sums) {
    if (classes <= 100) {
      score += std::abs(sum);
      continue;
    }
    for (const auto& [d, other] : sums) {
      score += std::abs(sum / counts[c] - other / counts[d]) /
               static_cast<double>(sums.size());
    }
  }
  return score;
}

}  // namespace robbench

#endif  // NTK_PROXIES_EPE_NAS_H_
