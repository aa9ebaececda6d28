#include "ntk/theory/input_attack.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"
#include "ntk/theory/normal_stream.h"

namespace robbench {
namespace {

constexpr double kMaxLength = 10;
constexpr uint32_t kMaxSteps = 1000;

// For each column, the offset to a uniform point of the ball around it.
Eigen::MatrixXd RandomStart(const Eigen::MatrixXd& x, const InputAttack& attack,
                            const StartStream& start) {
  Eigen::MatrixXd offset(x.rows(), x.cols());
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    PhiloxStream stream = start(i);
    if (attack.norm() == InputAttack::LINF) {
      for (Eigen::Index k = 0; k < x.rows(); ++k) {
        offset(k, i) = attack.epsilon() * (2 * stream.UniformDouble() - 1);
      }
      continue;
    }
    const double radius =
        attack.epsilon() *
        std::pow(stream.UniformDouble(), 1.0 / static_cast<double>(x.rows()));
    NormalStream normal(stream);
    for (Eigen::Index k = 0; k < x.rows(); ++k) offset(k, i) = normal.Next();
    offset.col(i) *= radius / offset.col(i).norm();
  }
  return offset;
}

}  // namespace

absl::Status CheckInputAttack(const std::string& path, const std::string& field,
                              const InputAttack& attack) {
  const auto error = [&](absl::string_view name, absl::string_view expected,
                         const absl::AlphaNum& found) {
    return FieldError(path, absl::StrCat(field, ".", name), expected, found);
  };
  if (!(attack.epsilon() >= 0 && attack.epsilon() <= kMaxLength)) {
    return error("epsilon", absl::StrCat("0 to ", kMaxLength),
                 attack.epsilon());
  }
  if (!(attack.step_size() >= 0 && attack.step_size() <= kMaxLength)) {
    return error("step_size", absl::StrCat("0 to ", kMaxLength),
                 attack.step_size());
  }
  if (attack.steps() < 1 || attack.steps() > kMaxSteps) {
    return error("steps", absl::StrCat("1 to ", kMaxSteps), attack.steps());
  }
  return absl::OkStatus();
}

Eigen::MatrixXd AttackInputs(const ResidualNetwork& network,
                             const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                             const InputAttack& attack,
                             const StartStream& start) {
  Eigen::MatrixXd offset = attack.random_start()
                               ? RandomStart(x, attack, start)
                               : Eigen::MatrixXd::Zero(x.rows(), x.cols());
  for (uint32_t step = 0; step < attack.steps(); ++step) {
    Eigen::MatrixXd gradient = network.InputGradients(x + offset);
    gradient *= (-y).asDiagonal();
    if (attack.norm() == InputAttack::LINF) {
      offset.array() += attack.step_size() * gradient.array().sign();
      offset = offset.cwiseMin(attack.epsilon()).cwiseMax(-attack.epsilon());
      continue;
    }
    for (Eigen::Index i = 0; i < x.cols(); ++i) {
      const double length = gradient.col(i).norm();
      if (length > 0) {
        offset.col(i) += attack.step_size() / length * gradient.col(i);
      }
      const double radius = offset.col(i).norm();
      if (radius > attack.epsilon()) {
        offset.col(i) *= attack.epsilon() / radius;
      }
    }
  }
  return x + offset;
}

}  // namespace robbench
