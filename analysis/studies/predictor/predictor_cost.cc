#include "analysis/studies/predictor/predictor_cost.h"

#include "absl/strings/ascii.h"
#include "analysis/table/predictor_name.h"

namespace robbench {
namespace {

// Returns the score of that name; counts and other names have none.
std::optional<ProxySpec::Score> ScoreOf(const std::string& name) {
  ProxySpec::Score score;
  if (name != absl::AsciiStrToLower(name) ||
      !ProxySpec::Score_Parse(absl::AsciiStrToUpper(name), &score)) {
    return std::nullopt;
  }
  return score;
}

// Returns the passes of the score itself, without those that make its images.
std::optional<double> OwnPasses(ProxySpec::Score score, double images) {
  constexpr double kForward = 1, kImageGradient = 2, kWeightGradient = 3;
  constexpr double kCalibration = kForward;
  switch (score) {
    case ProxySpec::L2_NORM:
      return 0;
    case ProxySpec::SYNFLOW:
      return kWeightGradient / images;
    case ProxySpec::NASWOT:
    case ProxySpec::LINEAR_REGIONS:
      return kForward;
    case ProxySpec::ZEN:
      return 2 * kForward;
    case ProxySpec::JACOBIAN_COVARIANCE:
    case ProxySpec::EPE_NAS:
      return kImageGradient;
    case ProxySpec::GRADIENT_NORM:
    case ProxySpec::SNIP:
    case ProxySpec::PLAIN:
    case ProxySpec::FISHER:
    case ProxySpec::ZICO:
      return kWeightGradient;
    case ProxySpec::GRASP:
      return 3 * kWeightGradient;
    case ProxySpec::INPUT_GRADIENT_NORM:
      return kCalibration + kImageGradient;
    case ProxySpec::LOCAL_LINEARITY:
      return kCalibration + 2 * kImageGradient;
    case ProxySpec::CROZE:
      return 2 * kWeightGradient;
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> AttackPasses(const Attack& attack) {
  if (attack.has_fgsm()) return 2;
  if (attack.has_pgd() && attack.pgd().restarts() == 1 &&
      !attack.pgd().best_iterate()) {
    return 2.0 * attack.pgd().steps();
  }
  return std::nullopt;
}

std::optional<double> ForwardPasses(const ProxySpec& spec,
                                    const std::string& score,
                                    const std::string& images) {
  if (IsCount(score)) return 0;
  const std::optional<ProxySpec::Score> known = ScoreOf(score);
  if (!known) return std::nullopt;
  const std::optional<double> own = OwnPasses(*known, spec.images());
  if (!own || images.empty() || images == "clean") return own;
  for (const Attack& attack : spec.attacks()) {
    if (attack.name() != images) continue;
    const std::optional<double> passes = AttackPasses(attack);
    if (!passes) return std::nullopt;
    // These scores count the pass for BatchNorm's statistics already.
    const bool calibrated = *known == ProxySpec::INPUT_GRADIENT_NORM ||
                            *known == ProxySpec::LOCAL_LINEARITY;
    return *own + *passes + (calibrated ? 0 : 1);
  }
  return std::nullopt;
}

}  // namespace robbench
