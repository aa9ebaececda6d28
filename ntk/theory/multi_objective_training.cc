#include "ntk/theory/multi_objective_training.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"
#include "nas/base/philox.h"
#include "ntk/theory/input_attack.h"

namespace robbench {
namespace {

constexpr uint32_t kMaxEpochs = 10000;

// An order of 0 ... n-1 for an epoch (Fisher and Yates).
std::vector<int> Shuffled(int n, uint32_t seed, uint32_t epoch) {
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  PhiloxStream stream(seed, Purpose::kShuffle, epoch);
  for (int i = n - 1; i > 0; --i) {
    std::swap(order[i], order[stream.Below(i + 1)]);
  }
  return order;
}

}  // namespace

absl::Status CheckTraining(const std::string& path, const std::string& field,
                           const MultiObjectiveTraining& training) {
  const auto error = [&](absl::string_view name, absl::string_view expected,
                         const absl::AlphaNum& found) {
    return FieldError(path, absl::StrCat(field, ".", name), expected, found);
  };
  if (!(training.learning_rate() > 0) ||
      !std::isfinite(training.learning_rate())) {
    return error("learning_rate", "a number above 0", training.learning_rate());
  }
  if (training.epochs() < 1 || training.epochs() > kMaxEpochs) {
    return error("epochs", absl::StrCat("1 to ", kMaxEpochs),
                 training.epochs());
  }
  if (training.batch_size() < 1) return error("batch_size", "1 or more", 0);
  return CheckInputAttack(path, field + ".attack", training.attack());
}

absl::Status TrainMultiObjective(const Eigen::MatrixXd& x,
                                 const Eigen::VectorXd& y, double b,
                                 const MultiObjectiveTraining& training,
                                 uint32_t seed, ResidualNetwork& network) {
  if (!(b >= 0 && b <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("b: expected 0 to 1, found ", b));
  }
  const int n = x.cols();
  const int batch_size = std::min<int64_t>(training.batch_size(), n);
  for (uint32_t epoch = 0; epoch < training.epochs(); ++epoch) {
    const std::vector<int> order = Shuffled(n, seed, epoch);
    for (int first = 0, step = 0; first < n; first += batch_size, ++step) {
      const int count = std::min(batch_size, n - first);
      const std::vector<int> batch(order.begin() + first,
                                   order.begin() + first + count);
      // A loop, since Eigen::all has another name in Eigen 5.
      Eigen::MatrixXd clean(x.rows(), count);
      for (int i = 0; i < count; ++i) clean.col(i) = x.col(batch[i]);
      const Eigen::VectorXd labels = y(batch);
      // The batch has clean inputs, then their adversarial examples; where the
      // weight of one kind is zero, it has only the other.
      const int parts = b > 0 && b < 1 ? 2 : 1;
      Eigen::MatrixXd inputs(x.rows(), parts * count);
      Eigen::VectorXd signs = labels.replicate(parts, 1);
      Eigen::VectorXd shares(parts * count);
      if (b < 1) {
        inputs.leftCols(count) = clean;
        shares.head(count).setConstant((1 - b) / count);
      }
      if (b > 0) {
        inputs.rightCols(count) = AttackInputs(
            network, clean, labels, training.attack(), [&](Eigen::Index i) {
              return PhiloxStream(seed, Purpose::kTrainingAttack, epoch, 0,
                                  batch[i]);
            });
        shares.tail(count).setConstant(b / count);
      }
      bool finite = true;
      const std::vector<Eigen::MatrixXd> gradients = network.WeightGradients(
          inputs, [&](const Eigen::VectorXd& outputs) -> Eigen::VectorXd {
            finite = outputs.allFinite();
            // loss'(z) = -1 / (1 + exp(z))
            return -(shares.array() * signs.array() /
                     (1 + (signs.array() * outputs.array()).exp()));
          });
      if (!finite) {
        return absl::InternalError(
            absl::StrCat("epoch ", epoch, ", step ", step,
                         ": expected finite outputs; the learning rate may be "
                         "too large, found ",
                         training.learning_rate()));
      }
      for (size_t k = 0; k < gradients.size(); ++k) {
        network.weights()[k] -= training.learning_rate() * gradients[k];
      }
    }
  }
  return absl::OkStatus();
}

double ErrorShare(const ResidualNetwork& network, const Eigen::MatrixXd& x,
                  const Eigen::VectorXd& y) {
  return (network.Outputs(x).array() * y.array() <= 0).cast<double>().mean();
}

}  // namespace robbench
